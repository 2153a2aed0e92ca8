package e2e

import (
	"context"
	"log/slog"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// program is a Go program that logs to a receiver.
type program struct {
	t      *testing.T
	h      *jackdaw.Hierarchy
	socket *jackdaw.Socket
	logger *slog.Logger
	stop   chan struct{}
	going  sync.WaitGroup
	logged int // while it goes on, its goroutine's
}

func newProgram(t *testing.T, addr string) *program {
	t.Helper()
	socket, err := jackdaw.NewSocket(jackdaw.SocketOptions{Address: addr})
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, h: jackdaw.New(jackdaw.Options{}), socket: socket, stop: make(chan struct{})}
	p.logger = p.h.Logger("e2e.restart")
	if err := p.h.AddHandler("", socket, jackdaw.HandlerOptions{Name: "socket"}); err != nil {
		t.Fatal(err)
	}
	return p
}

// log logs n records.
func (p *program) log(n int) {
	for range n {
		p.logger.Info("a record", slog.Int("n", p.logged))
		p.logged++
	}
}

// goOn logs one record after another, until the end.
func (p *program) goOn() {
	p.going.Go(func() {
		pace := time.NewTicker(200 * time.Microsecond)
		defer pace.Stop()
		for {
			select {
			case <-p.stop:
				return
			case <-pace.C:
				p.log(1)
			}
		}
	})
}

// written waits until everything that was logged is written to the connection.
func (p *program) written() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for p.socket.Stats().Handled < uint64(p.logged) {
		select {
		case <-again.C:
		case <-ctx.Done():
			p.t.Fatalf("written: got %+v, want %d records handled", p.socket.Stats(), p.logged)
		}
	}
}

// end ends the program and returns its last counts.
func (p *program) end() (logged int, s jackdaw.SocketStats) {
	p.t.Helper()
	close(p.stop)
	p.going.Wait()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	if err := p.h.Flush(ctx); err != nil {
		p.t.Errorf("Flush: got %v, want nil", err)
	}
	s = p.socket.Stats()
	if err := p.h.Close(ctx); err != nil {
		p.t.Errorf("Close: got %v, want nil", err)
	}
	st := p.h.Stats()
	logged = p.logged
	if h := st.Handlers[0]; h.Accepted != uint64(logged) || h.Handled != h.Accepted || s.Handled != h.Handled {
		p.t.Errorf("counts after the end: got %+v and %+v, want all %d records handled", h, s, logged)
	}
	return logged, s
}

// numbers returns how often each record of the program was received, and checks that each of the
// servers got them in order.
func numbers(t *testing.T, logged int, servers ...*server) []int {
	t.Helper()
	times := make([]int, logged)
	for i, s := range servers {
		last := -1
		for _, r := range s.records() {
			n := int(r.Attrs["n"].(float64))
			if n <= last || n >= logged {
				t.Fatalf("server %d: got record %d after %d, want ascending ones below %d", i, n, last, logged)
			}
			times[n]++
			last = n
		}
	}
	return times
}

// TestRestart stops the receiver in peace and starts it again, several times, while a Go program
// sends to it: nothing is lost, and nothing comes twice.
func TestRestart(t *testing.T) {
	restarts := 2
	if testenv.Long() {
		restarts = 20
	}
	addr := freeAddress(t)
	s := serve(t, "--tcp", addr, "--udp", "off", "--unix", "off")
	p := newProgram(t, addr)
	p.goOn()
	servers := []*server{s}
	for range restarts {
		s.wait(300)
		s.stop()
		s = serve(t, "--tcp", addr, "--udp", "off", "--unix", "off")
		servers = append(servers, s)
	}
	s.wait(300)
	logged, st := p.end()
	if st.Confirmed != uint64(logged) || st.Unconfirmed != 0 {
		t.Errorf("counts of the sender: got %+v, want all %d confirmed", st, logged)
	}
	s.stop()
	for n, times := range numbers(t, logged, servers...) {
		if times != 1 {
			t.Errorf("record %d of %d: received %d times, want once", n, logged, times)
		}
	}
}

// TestKill kills a receiver with records that were written to it and that it has not read: it stands
// still before. What is missing then is no more than what the sender says is unconfirmed.
func TestKill(t *testing.T) {
	addr := freeAddress(t)
	s := serve(t, "--tcp", addr, "--udp", "off", "--unix", "off")
	p := newProgram(t, addr)
	const each = 300
	p.log(each)
	s.wait(each)
	if err := s.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	p.log(each)
	p.written()
	s.kill()
	second := serve(t, "--tcp", addr, "--udp", "off", "--unix", "off")
	p.log(each)
	second.wait(each)
	logged, st := p.end()
	second.stop()

	missing := 0
	for n, times := range numbers(t, logged, s, second) {
		if times == 0 {
			missing++
		}
		if times > 1 {
			t.Errorf("record %d: received %d times, want once at most", n, times)
		}
	}
	if missing == 0 || uint64(missing) > st.Unconfirmed {
		t.Errorf("missing records: got %d, want some, and at most the %d unconfirmed ones", missing, st.Unconfirmed)
	}
	if st.Confirmed+st.Unconfirmed != uint64(logged) {
		t.Errorf("counts of the sender: got %+v, want %d confirmed or unconfirmed", st, logged)
	}
	t.Logf("%d records, %d unconfirmed, %d missing", logged, st.Unconfirmed, missing)
}

// TestBound shows that a program that cannot send loses only what does not fit its bound, exactly
// counted.
func TestBound(t *testing.T) {
	addr := freeAddress(t) // nobody is there
	socket, err := jackdaw.NewSocket(jackdaw.SocketOptions{Address: addr})
	if err != nil {
		t.Fatal(err)
	}
	h := jackdaw.New(jackdaw.Options{QueueBytes: 1 << 20})
	if err := h.AddHandler("", socket, jackdaw.HandlerOptions{Policy: jackdaw.DropNewest}); err != nil {
		t.Fatal(err)
	}
	const logged = 20_000
	log := h.Logger("e2e.bound")
	for n := range logged {
		log.Info("a record", slog.Int("n", n))
	}
	s := serve(t, "--tcp", addr, "--udp", "off", "--unix", "off")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := h.Close(ctx); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	s.stop()
	st := h.Stats().Handlers[0]
	received := 0
	for _, r := range s.records() {
		if r.Message == "a record" {
			received++
		}
	}
	dropped := int(st.DroppedTotal())
	if dropped == 0 || received+dropped != logged {
		t.Errorf("received %d and dropped %d of %d records, want some dropped and the sum exact", received, dropped, logged)
	}
}
