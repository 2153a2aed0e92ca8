//go:build unix

package receiver

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// What a peer had sent before its end is taken, although the handler was so slow that the time for draining is over.
func TestCloseTakesWhatIsLeft(t *testing.T) {
	a := newAuthority(t)
	for _, network := range []string{"tcp", "unix", "tls"} {
		const n, length = 1000, 100 // more than is read in one go
		gate := make(chan struct{})
		s := sink{before: func(context.Context, []record.Record) error { <-gate; return nil }}
		o := Options{DrainTimeout: time.Millisecond}
		var c net.Conn
		if network == "tls" {
			o.TLS = a.server(false)
		}
		r := newReceiver(t, &s, o)
		if c = connect(t, r, strings.Replace(network, "tls", "tcp", 1)); network == "tls" {
			c = tls.Client(c, a.client(""))
		}
		send(t, c, frame(slices.Repeat([]string{repeat('x', length)}, n)...))
		c.Close()
		testenv.Await(t, "the handler to have records", func() bool { return r.Stats().Waiting > 0 })
		closed := make(chan error, 1)
		go func() { closed <- r.Close(context.Background()) }()
		testenv.Await(t, "the end of draining", r.drained)
		close(gate)
		if err := testenv.Receive(t, "Close", closed); err != nil {
			t.Errorf("%s: Close: got %v, want nil", network, err)
		}
		if got := r.Stats(); got.Accepted != n || len(got.Rejected) > 0 {
			t.Errorf("%s: got %+v, want all %d accepted", network, got, n)
		}
	}
}
