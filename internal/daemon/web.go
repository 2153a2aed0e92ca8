package daemon

import (
	"context"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/web"
	"github.com/jackdaw-log/jackdaw/internal/web/page"
	"github.com/jackdaw-log/jackdaw/record"
)

// web is what is served on the web address.
func (d *Daemon) web() http.Handler {
	o := web.Options{
		Stats: d.ledger, Healthy: d.healthy, Closing: d.closing.Load,
		// A page that came here by a name of its own brings no token, and agrees on no certificate.
		AnyHost: d.o.Receive.Tokens != nil || d.o.Receive.TLS != nil, Hosts: d.o.WebHosts,
		Server: d.about, Test: d.test, Reload: d.o.Reconfigure,
	}
	o.Store, o.Window = d.reader()
	o.Live = d.live.Load().hub
	if tokens := d.o.Receive.Tokens; tokens != nil {
		o.Permit = tokens.Has
	}
	h := web.New(o)
	h.Handle("/ingest", d.receiver.Ingest())
	h.Handle("/", page.New())
	return h
}

// healthy returns nil while records are taken, and else why they are not.
func (d *Daemon) healthy() error {
	if d.stream == nil {
		return nil
	}
	return d.stream.Healthy()
}

// purposes say what is understood at an address of each network.
var purposes = map[string]string{
	"tcp": "Python's SocketHandler", "unix": "Python's SocketHandler", "udp": "Python's DatagramHandler", "unixgram": "Python's DatagramHandler",
	"http": "Python's HTTPHandler", "jsonl": "JSON lines", "otlp": "OpenTelemetry's logs over HTTP", "otlp-grpc": "OpenTelemetry's logs over gRPC",
	"web": "this page, and JSON lines by POST /ingest",
}

// shownRejects is how many frames that were no records are shown.
const shownRejects = 20

// about returns what the server says of itself.
func (d *Daemon) about() web.Server {
	s := d.Stats()
	a := web.Server{
		Version: d.o.Version, PID: os.Getpid(), Started: d.started, Data: d.stream != nil, Store: d.Store() != nil,
		FirstRecord: s.Receiver.Accepted > 0 || s.Stream != nil && !s.Stream.Last.IsZero(),
		Listening:   []web.Listening{}, Rejects: []web.Reject{},
	}
	a.Host, _ = os.Hostname()
	for _, n := range d.receiver.StatsByName() {
		if n.Name != "web" { // those are of who asks
			a.Connections += n.Conns
		}
	}
	if !d.up.Load() {
		return a // not all addresses are known
	}
	for _, l := range d.Listening() {
		what := purposes[l.Network]
		if d.HasTLS() && l.Network != "udp" && l.Network != "unix" && l.Network != "unixgram" {
			what += ", over TLS"
		}
		a.Listening = append(a.Listening, web.Listening{Network: l.Network, Address: l.Address, What: what})
	}
	all := d.receiver.Rejects()
	for _, j := range slices.Backward(all[max(0, len(all)-shownRejects):]) {
		r := web.Reject{Time: j.Time, Receiver: j.Receiver, Peer: j.Peer, Reason: string(j.Reason), Hint: j.Detail}
		if like, advice, ok := strings.Cut(strings.TrimPrefix(j.Detail, looksLike), ": "); ok && strings.HasPrefix(j.Detail, looksLike) {
			r.LooksLike, r.Hint = like, advice
		}
		a.Rejects = append(a.Rejects, r)
	}
	return a
}

// looksLike begins what the receiver says of bytes that are none of its protocol.
const looksLike = "this looks like "

// test sends one record on the way of those that are received.
func (d *Daemon) test(ctx context.Context) error {
	now := time.Now()
	host, _ := os.Hostname()
	return d.forRequests().Handle(ctx, []record.Record{{
		Time: now, Received: now, Level: record.LevelInfo, Logger: "jackdaw.test", Message: "this is a test record: what is sent here arrives",
		Host: host, Process: record.Process{PID: os.Getpid(), Name: "jackdaw"},
	}})
}
