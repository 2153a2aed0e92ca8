package daemon

import (
	"net/http"

	"github.com/jackdaw-log/jackdaw/internal/web"
)

// web is what is served on the web address.
func (d *Daemon) web() http.Handler {
	o := web.Options{
		Stats: d.ledger, Healthy: d.healthy, Closing: d.closing.Load,
		// A page that came here by a name of its own brings no token, and agrees on no certificate.
		AnyHost: d.o.Receive.Tokens != nil || d.o.Receive.TLS != nil, Hosts: d.o.WebHosts,
		Store: d.Store(), Live: d.live, Version: d.o.Version,
	}
	if tokens := d.o.Receive.Tokens; tokens != nil {
		o.Permit = tokens.Has
	}
	h := web.New(o)
	h.Handle("/ingest", d.receiver.Ingest())
	return h
}

// healthy returns nil while records are taken, and else why they are not.
func (d *Daemon) healthy() error {
	if d.durable == nil {
		return nil
	}
	return d.durable.stream.Healthy()
}
