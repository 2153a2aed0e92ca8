package daemon

import (
	"io"
	"net/http"
)

// web is what is served on the web address.
func (d *Daemon) web() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/ingest", d.receiver.Ingest())
	mux.HandleFunc("GET /healthz", d.healthz)
	return mux
}

// healthz answers 200 while records are taken, and else 503 with the reason.
func (d *Daemon) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if d.durable != nil {
		if err := d.durable.stream.Healthy(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			io.WriteString(w, err.Error()+"\n")
			return
		}
	}
	io.WriteString(w, "ok\n")
}
