// Package web is what a server says of itself and of its records over HTTP:
//
//	GET /api/…       records, found again and as they come: docs/api.md, and openapi.json
//	GET /api/stats   all counts, as JSON: see [Stats]
//	GET /metrics     the same in the text format of Prometheus
//	GET /healthz     200 while records are taken, else 503 with a line that says why not
//	GET /readyz      the same, and 503 while the server closes
//
// docs/operations.md says what each count means.
package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/web/live"
)

// Options say what a [Handler] tells, and whom. Its functions are called from any goroutine.
type Options struct {
	// Stats returns the counts as they are now.
	Stats func() Stats
	// Healthy returns nil while records are taken, and else why they are not.
	Healthy func() error
	// Server returns what the server says of itself.
	Server func() Server
	// Test sends one record on the way that all take, and returns when it is in custody.
	Test func(context.Context) error
	// Reload makes the server anew as its configuration says now, and returns what changed, a line for each thing; after an
	// error nothing did. Nil says that there is nothing to reload.
	Reload func(context.Context) ([]string, error)
	// Closing reports whether the server closes.
	Closing func() bool
	// Permit says whether a request with such an Authorization header may see records, counts and reasons.
	// Everyone may if it is nil. That the server is well, or not, anyone may know.
	Permit func(authorization string) bool
	// AnyHost lets in requests that name any host. Else a page in a browser, whose own name was made to lead
	// here (DNS rebinding), could read and send as if it were ours: of names only localhost is let in, and
	// what Hosts lists. It is for where something else keeps such pages out: a token, or TLS.
	AnyHost bool
	Hosts   []string

	// Store is asked for records. Nil says that none are kept.
	Store store.Reader
	// Window says that Store has the last records alone, in memory.
	Window bool
	// Live shows records as they arrive. Nil says that nobody is shown any.
	Live *live.Hub
	// Queries bounds how many requests ask the store at the same time. Defaults to DefaultQueries if zero.
	Queries int
	// QueryTime bounds how long one may take. Defaults to DefaultQueryTime if zero.
	QueryTime time.Duration
}

// The defaults of Options.
const (
	DefaultQueries   = 8
	DefaultQueryTime = 30 * time.Second
)

// queryPatience is how long a request waits for others that ask the store.
const queryPatience = 5 * time.Second

// Handler serves what [Options] say, and what is added to it. It is safe for use by several goroutines.
type Handler struct {
	o       Options
	mux     *http.ServeMux
	origin  *http.CrossOriginProtection
	queries chan struct{} // slots for those that ask the store
	exports chan struct{} // slots for exports
	zips    zips
}

// New returns a Handler.
func New(o Options) *Handler {
	if o.Queries == 0 {
		o.Queries = DefaultQueries
	}
	if o.QueryTime == 0 {
		o.QueryTime = DefaultQueryTime
	}
	h := &Handler{o: o, mux: http.NewServeMux(), origin: http.NewCrossOriginProtection(), queries: make(chan struct{}, o.Queries), exports: make(chan struct{}, maxExports)}
	for _, rt := range h.routes() {
		h.mux.Handle(rt.path, h.handle(rt))
	}
	h.mux.HandleFunc("/api/", h.nothing)
	h.mux.HandleFunc("GET /login", h.login)
	h.mux.Handle("GET /api/stats", h.permitted(h.stats))
	h.mux.Handle("GET /metrics", h.permitted(h.metrics))
	h.mux.HandleFunc("GET /healthz", h.healthz)
	h.mux.HandleFunc("GET /readyz", h.readyz)
	return h
}

// Handle adds a handler, as [http.ServeMux.Handle] does, before the first request. Permit is not asked for it.
func (h *Handler) Handle(pattern string, next http.Handler) { h.mux.Handle(pattern, next) }

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Content-Security-Policy", policy)
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	if !h.o.AnyHost && !known(req.Host, h.o.Hosts) {
		http.Error(w, fmt.Sprintf("the host %.100q is not known here; use its address, or start jackdaw with --web-host NAME", req.Host), http.StatusMisdirectedRequest)
		return
	}
	h.mux.ServeHTTP(w, req)
}

// policy lets a page that is served here load and send nothing elsewhere, run no code but its own files, and be shown in
// no other page.
const policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// known reports whether a request may name host: an address, for which no name can have been made to lead here,
// this machine by its usual name, or one of names. Only a client that is no browser names none.
func known(host string, names []string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") ||
		slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, host) })
}

func (h *Handler) permitted(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !h.may(req) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "a token is needed: Authorization: Bearer TOKEN", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		next(w, req)
	})
}

// The errors of writing an answer are those of a client that left.

func (h *Handler) stats(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(h.o.Stats())
}

func (h *Handler) metrics(w http.ResponseWriter, _ *http.Request) {
	s := h.o.Stats()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(AppendMetrics(nil, &s))
}

func (h *Handler) healthz(w http.ResponseWriter, req *http.Request) { h.health(w, req, h.o.Healthy()) }

func (h *Handler) readyz(w http.ResponseWriter, req *http.Request) {
	err := h.o.Healthy()
	if h.o.Closing() {
		err = errClosing
	}
	h.health(w, req, err)
}

// errClosing is why a server that closes is not ready.
var errClosing = fmt.Errorf("the server is closing")

func (h *Handler) health(w http.ResponseWriter, req *http.Request, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	switch {
	case err == nil:
		_, _ = io.WriteString(w, "ok\n")
		return
	case !h.may(req):
		err = fmt.Errorf("records are not taken; a token would show why")
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(w, strings.ReplaceAll(err.Error(), "\n", "; ")+"\n")
}
