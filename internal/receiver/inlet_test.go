package receiver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// Shut takes what was sent to one address, ends its connections in order, and touches no other; the address is free
// then.
func TestShut(t *testing.T) {
	for _, network := range []string{"tcp", "unix", "udp", "unixgram"} {
		var s sink
		r := newReceiver(t, &s, Options{DrainTimeout: 50 * time.Millisecond})
		other, err := r.Listen(t.Context(), network, at(t, network))
		if err != nil {
			t.Fatal(err)
		}
		stays := dial(t, other)
		addr, err := r.Listen(t.Context(), network, at(t, network))
		if err != nil {
			t.Fatal(err)
		}
		c := dial(t, addr)
		send(t, c, frame("before"))
		send(t, stays, frame("before"))
		s.await(t, 2)
		drain, err := r.Shut(network, addr.String())
		if err != nil {
			t.Fatalf("%s: %v", network, err)
		}
		if err := drain(t.Context()); err != nil {
			t.Errorf("%s: %v", network, err)
		}
		if network == "tcp" || network == "unix" {
			if err := awaitEnd(t, c); err != nil {
				t.Errorf("%s: end: got %v, want an orderly one", network, err)
			}
		}
		if again, err := net.Dial(network, addr.String()); err == nil && network != "udp" {
			again.Close()
			t.Errorf("%s: could connect after Shut", network)
		}
		send(t, stays, frame("after"))
		s.await(t, 3)
		if _, err := r.Shut(network, addr.String()); err == nil || !strings.Contains(err.Error(), "nobody listens there") {
			t.Errorf("%s: shut again: got %v, want that nobody listens there", network, err)
		}
		if _, err := r.Listen(t.Context(), network, addr.String()); err != nil {
			t.Errorf("%s: listen there again: %v", network, err)
		}
		if got := len(r.inlets); got != 2 {
			t.Errorf("%s: got %d addresses, want 2", network, got)
		}
	}
}

// at returns where to listen. Nobody else takes the place of a listener that has left it.
func at(t testing.TB, network string) string {
	t.Helper()
	switch {
	case strings.HasPrefix(network, "unix"):
		return filepath.Join(t.TempDir(), "s")
	case network == "tcp":
		return fmt.Sprint("127.0.0.1:", testenv.FreePort(t))
	}
	return "127.0.0.1:0"
}

// Behind a handler that hangs, Shut returns when its context ends, and what it could not hand over is dropped.
func TestShutGivesUp(t *testing.T) {
	in := make(chan struct{}, 1)
	s := sink{before: func(ctx context.Context, _ []record.Record) error {
		in <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}}
	r := newReceiver(t, &s, Options{})
	addr, err := r.Listen(t.Context(), "tcp", at(t, "tcp"))
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, addr)
	send(t, c, frame("stuck"))
	testenv.Receive(t, "the handler to have a record", in)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	drain, err := r.Shut("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.Listen(t.Context(), "tcp", addr.String()); err != nil {
		t.Errorf("listen there again, before it is drained: %v", err)
	} else if _, err := r.Shut("tcp", again.String()); err != nil {
		t.Error(err)
	}
	if err := drain(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "shut tcp "+addr.String()+": what was still open there was cut off: ") {
		t.Errorf("got %v, want the context's error, and what it means", err)
	}
	testenv.Await(t, "the end of the connection", func() bool { return r.Stats().Conns == 0 })
	if got := r.Stats(); got.Dropped[Closed]+got.Dropped[Unhandled] != 1 {
		t.Errorf("got %+v, want a record that was dropped", got)
	}
	checkLaw(t, r.Stats())
}

// Shut answers the requests that are under way, ends those that go on for ever with its context, and lets nobody in.
func TestShutHTTP(t *testing.T) {
	gate, entered := make(chan struct{}), make(chan struct{}, 1)
	s := sink{before: func(context.Context, []record.Record) error { entered <- struct{}{}; <-gate; return nil }}
	r := newReceiver(t, &s, Options{DrainTimeout: time.Millisecond})
	mux := http.NewServeMux()
	mux.Handle("/ingest", r.Ingest())
	follows := make(chan struct{}, 1)
	mux.HandleFunc("/tail", func(_ http.ResponseWriter, req *http.Request) { follows <- struct{}{}; <-req.Context().Done() })
	addr, err := r.ListenHTTP(t.Context(), "web", at(t, "tcp"), mux)
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan answer, 1)
	go func() { answers <- post(t, addr.String(), "/ingest", `{"message":"a"}`) }()
	testenv.Receive(t, "the handler to have a record", entered)
	viewer := dial(t, addr)
	send(t, viewer, []byte("GET /tail HTTP/1.1\r\nHost: x\r\n\r\n"))
	testenv.Receive(t, "one that follows", follows)
	drain, err := r.Shut("web", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := net.Dial("tcp", addr.String()); err == nil {
		again.Close()
		t.Error("could connect after Shut")
	}
	close(gate)
	if got := testenv.Receive(t, "the answer", answers); got.status != http.StatusOK {
		t.Errorf("the one under way: got %s, want 200", got)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with one that follows: got %v, want the context's error", err)
	}
	io.Copy(io.Discard, viewer) // its answer may still come
	testenv.Await(t, "nobody there", func() bool { return r.Stats().Conns == 0 })
	if got := r.Stats().Accepted; got != 1 {
		t.Errorf("accepted: got %d, want 1", got)
	}
}
