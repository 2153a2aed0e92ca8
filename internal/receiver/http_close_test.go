package receiver

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// Close answers the requests whose records are under way, gives the others back, and leaves nothing
// running.
func TestCloseHTTP(t *testing.T) {
	before := runtime.NumGoroutine()
	gate, entered := make(chan struct{}), make(chan struct{}, 1)
	s := sink{before: func(context.Context, []record.Record) error { entered <- struct{}{}; <-gate; return nil }}
	r := New(&s, Options{DrainTimeout: 50 * time.Millisecond})
	addr, err := r.ListenHTTP(t.Context(), "web", "127.0.0.1:0", all(r))
	if err != nil {
		t.Fatal(err)
	}
	silent, slow, idle := dial(t, addr), dial(t, addr), client(t)
	do(t, idle, http.MethodPost, "http://"+addr.String()+"/ingest", nil)
	send(t, slow, []byte("POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"))
	testenv.Await(t, "the slow one under way", func() bool { return r.Stats().HeldBytes > 0 })
	answers := make(chan answer, 1)
	go func() { answers <- post(t, addr.String(), "/ingest", `{"message":"a"}`) }()
	testenv.Receive(t, "the handler to have a record", entered)
	closed := make(chan error, 1)
	go func() { closed <- r.Close(context.Background()) }()
	if got := heard(t, slow); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
		t.Errorf("the slow one: got %s, want 503 with Retry-After", got)
	}
	close(gate)
	if got := testenv.Receive(t, "the answer", answers); got.status != http.StatusOK {
		t.Errorf("the one under way: got %s, want 200", got)
	}
	if err := testenv.Receive(t, "Close", closed); err != nil {
		t.Errorf("Close: got %v", err)
	}
	awaitEnd(t, silent)
	stats := r.Stats()
	checkLaw(t, stats)
	if stats.Accepted != 1 || stats.RequestsRefused[Closed] != 1 || stats.Conns != 0 {
		t.Errorf("got %+v", stats)
	}
	if _, err := r.ListenHTTP(t.Context(), "web", "127.0.0.1:0", all(r)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("ListenHTTP afterwards: got %v, want ErrClosed", err)
	}
	idle.CloseIdleConnections()
	slow.Close()
	testenv.Await(t, "all goroutines gone", func() bool { return runtime.NumGoroutine() <= before })
}

// Close ends with its context, even while a handler hangs.
func TestCloseHTTPInTime(t *testing.T) {
	entered := make(chan struct{})
	s := sink{before: func(ctx context.Context, _ []record.Record) error { close(entered); <-ctx.Done(); return ctx.Err() }}
	r := New(&s, Options{DrainTimeout: time.Millisecond})
	addr, err := r.ListenHTTP(t.Context(), "web", "127.0.0.1:0", all(r))
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, addr)
	send(t, c, []byte("POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\n{\"message\":\"a\"}"))
	testenv.Receive(t, "the handler to have a record", entered)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close: got %v, want its context's error", err)
	}
	testenv.Await(t, "the handler to see the end", func() bool { return r.Stats().Waiting == 0 })
	stats := r.Stats()
	checkLaw(t, stats)
	if stats.Returned[Closed] != 1 {
		t.Errorf("got %+v, want one given back", stats)
	}
}
