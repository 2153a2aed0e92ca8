package daemon_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/receiver"
	"github.com/jackdaw-log/jackdaw/internal/sender"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// arrivals keeps the messages that arrived, and says when there are enough.
type arrivals struct {
	mu       sync.Mutex
	messages []string
	enough   int
	reached  chan struct{}
}

func (a *arrivals) Handle(_ context.Context, batch []record.Record) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range batch {
		a.messages = append(a.messages, batch[i].Message)
	}
	if a.reached != nil && len(a.messages) >= a.enough {
		close(a.reached)
		a.reached = nil
	}
	return nil
}

// after returns a channel that is closed once n more messages have arrived.
func (a *arrivals) after(n int) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.enough, a.reached = len(a.messages)+n, make(chan struct{})
	return a.reached
}

// A receiver that is stopped and started again, in the midst of a sender that confirms and connects
// all the time, gets nothing twice and nothing out of order, and loses nothing, save what the sender
// knows: the kernel resets a connection that comes in the microsecond between a listener's last accept
// and its close. With a connection every half millisecond that is seen in one of some five hundred
// restarts.
func TestRestartUnderLoad(t *testing.T) {
	restarts := 10
	if testenv.Long() {
		restarts = 100
	}
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			address := fmt.Sprint("127.0.0.1:", testenv.FreePort(t)) // nobody else is given it while nobody listens
			if network == "unix" {
				address = filepath.Join(t.TempDir(), "socket")
			}
			var got arrivals
			start := func() *receiver.Receiver {
				r := receiver.New(&got, receiver.Options{})
				bound, err := r.Listen(t.Context(), network, address)
				if err != nil {
					t.Fatal(err)
				}
				address = bound.String()
				return r
			}
			r := start()
			s, err := sender.NewSocket(sender.Options{
				Network: network, Address: address, ConfirmBytes: 64 << 10, BackoffMin: time.Millisecond,
			})
			if err != nil {
				t.Fatal(err)
			}
			stop := make(chan struct{})
			var sent int
			var sending sync.WaitGroup
			sending.Go(func() { sent = sendUntil(t, s, stop) })
			for range restarts {
				select {
				case <-got.after(2000):
				case <-time.After(testenv.Patience):
					t.Fatal("the sender does not get through")
				}
				if err := r.Close(t.Context()); err != nil {
					t.Error(err)
				}
				r = start()
			}
			close(stop)
			sending.Wait()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if err := r.Close(t.Context()); err != nil {
				t.Error(err)
			}
			st := s.Stats()
			if st.Confirmed+st.Unconfirmed != uint64(sent) || st.Waiting != 0 {
				t.Errorf("sent %d, but confirmed %d, unconfirmed %d, waiting %d", sent, st.Confirmed, st.Unconfirmed, st.Waiting)
			}
			if lost := sent - len(got.messages); lost < 0 || uint64(lost) > st.Unconfirmed {
				t.Errorf("sent %d, received %d, unconfirmed %d: a loss is not known", sent, len(got.messages), st.Unconfirmed)
			}
			const connection = 2000 // more records than a connection carries
			if limit := uint64(connection * (1 + restarts/100)); st.Unconfirmed > limit {
				t.Errorf("unconfirmed after %d restarts: got %d, want 0 but for a rare connection", restarts, st.Unconfirmed)
			}
			last := -1
			for i, m := range got.messages {
				var n int
				if _, err := fmt.Sscanf(m, "message %d", &n); err != nil || n <= last {
					t.Fatalf("at place %d: got %s after message %d", i, m, last)
				}
				last = n
			}
		})
	}
}

// sendUntil sends numbered records until stop, and returns how many.
func sendUntil(t *testing.T, s *sender.Socket, stop <-chan struct{}) (sent int) {
	for {
		select {
		case <-stop:
			return sent
		default:
		}
		var batch []record.Record
		for range 10 {
			batch = append(batch, record.Record{Message: fmt.Sprintf("message %d", sent)})
			sent++
		}
		if err := s.Handle(context.Background(), batch); err != nil {
			t.Errorf("Handle: %v", err)
			return sent
		}
	}
}
