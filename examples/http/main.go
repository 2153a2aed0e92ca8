// Program http is a server whose records say which request they belong to.
//
//	go run ./examples/http                  # then: curl localhost:8080/orders/7
//	go run ./examples/http 127.0.0.1:9999   # another address
//
// Each request has a context that holds its attrs, and whatever is logged with this context has them
// too: no logger is handed around. A level may be changed while the server runs:
//
//	curl -X PUT localhost:8080/level/shop.access/WARNING
//
// At Ctrl-C or SIGTERM it serves what it has begun, and then brings out its last records.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// Loggers are made where they are used; main says later what becomes of their records.
var (
	server = jackdaw.Logger("shop.server")
	access = jackdaw.Logger("shop.access")
	orders = jackdaw.Logger("shop.orders")
)

func main() {
	address := "127.0.0.1:8080"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	os.Exit(run(address))
}

// run is main, with an exit code: os.Exit would leave out what is deferred.
func run(address string) int {
	jackdaw.SetDefault(jackdaw.New(jackdaw.Options{ContextAttrs: requestAttrs}))
	defer jackdaw.Shutdown(5 * time.Second)
	if err := jackdaw.AddHandler("", jackdaw.NewConsole(os.Stdout, jackdaw.JSON), jackdaw.HandlerOptions{}); err != nil {
		server.Error("no handler", "error", err)
		return 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		server.Error("cannot listen", "error", err)
		return 1
	}
	server.Info("listening", "address", listener.Addr().String())
	if err := serve(ctx, listener); err != nil {
		server.Error("stopped", "error", err)
		return 1
	}
	server.Info("stopped")
	return 0
}

// serve serves until ctx ends.
func serve(ctx context.Context, listener net.Listener) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", order)
	mux.HandleFunc("PUT /level/{logger}/{level}", setLevel)
	s := &http.Server{
		Handler:  withRequest(mux),
		ErrorLog: slog.NewLogLogger(server.Handler(), slog.LevelError), // what net/http has to say
	}
	ended := make(chan error, 1)
	go func() {
		<-ctx.Done()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		ended <- s.Shutdown(ctx)
	}()
	if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-ended
}

// requestKey is where a context has the attrs of its request.
type requestKey struct{}

// requestAttrs is what Jackdaw asks the context of each call for.
func requestAttrs(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(requestKey{}).([]slog.Attr)
	return attrs
}

// withRequest gives each request an id, and logs what became of it.
func withRequest(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if id == "" {
			id = rand.Text()
		}
		ctx := context.WithValue(r.Context(), requestKey{}, []slog.Attr{slog.String("request", id)})
		answer, start := &answer{ResponseWriter: w, status: http.StatusOK}, time.Now()
		next.ServeHTTP(answer, r.WithContext(ctx))
		access.InfoContext(ctx, "served", "method", r.Method, "path", r.URL.Path, "status", answer.status, "took", time.Since(start))
	})
}

// answer keeps the status that was answered.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func order(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	orders.InfoContext(r.Context(), "looking up", "order", id)
	if id == "0" {
		orders.WarnContext(r.Context(), "no such order", "order", id)
		http.Error(w, "no such order", http.StatusNotFound)
		return
	}
	_, _ = w.Write([]byte("order " + id + "\n"))
}

// setLevel changes a logger's level, at once and for all loggers below it.
func setLevel(w http.ResponseWriter, r *http.Request) {
	level, err := record.ParseLevel(r.PathValue("level"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	jackdaw.SetLevel(r.PathValue("logger"), level)
	server.InfoContext(r.Context(), "level changed", "logger", r.PathValue("logger"), "level", record.LevelName(level))
}
