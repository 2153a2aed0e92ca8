package daemon_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

// keeper is a handler of a file with the messages, as a configuration names it. Of one variant and another it is made
// anew.
func keeper(dir, name string, variant int, opened *atomic.Int64) daemon.Handler {
	path := filepath.Join(dir, name)
	return daemon.Handler{
		Name: name, Config: &config.Handler{Name: name, Class: config.FileClass, Params: &config.File{Path: path, BackupCount: variant}},
		Open: func() (record.Handler, error) {
			opened.Add(1)
			return handler.OpenFile(path, handler.FileOptions{Format: plain})
		},
	}
}

// flow sends numbered records over one connection until it is ended, and returns how many.
type flow struct {
	conn net.Conn
	stop chan struct{}
	sent chan int
}

func startFlow(t *testing.T, to daemon.Address) *flow {
	t.Helper()
	conn, err := net.Dial(to.Network, to.Address)
	if err != nil {
		t.Fatal(err)
	}
	f := &flow{conn: conn, stop: make(chan struct{}), sent: make(chan int, 1)}
	go func() {
		n := 0
		defer func() { f.sent <- n }()
		for tick := time.Tick(time.Millisecond); ; {
			var frames []byte
			for _, r := range numbered(n, 20) {
				frames = pickle.AppendFrame(frames, &r)
			}
			if _, err := conn.Write(frames); err != nil {
				t.Errorf("the connection was closed: %v", err)
				return
			}
			n += 20
			select {
			case <-f.stop:
				return
			case <-tick:
			}
		}
	}()
	return f
}

// end returns how many records the daemon has.
func (f *flow) end(t *testing.T) int {
	t.Helper()
	close(f.stop)
	n := testenv.Receive(t, "what is sent to be taken", f.sent)
	f.conn.(*net.TCPConn).CloseWrite()
	if _, err := io.Copy(io.Discard, f.conn); err != nil {
		t.Error(err)
	}
	f.conn.Close()
	return n
}

func openFiles(t *testing.T) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// While records come without a pause, handlers are made anew, come and go, and so do addresses: those that are always
// there get each record once, one that comes and goes gets what it missed when it is back, nobody's connection is
// closed, and nothing is left behind.
func TestReloadUnderLoad(t *testing.T) {
	reloads := 30
	if testenv.Long() {
		reloads = 1000
	}
	for _, durable := range []bool{true, false} {
		t.Run(fmt.Sprintf("durable=%v", durable), func(t *testing.T) {
			dir := t.TempDir()
			var stays, made, moves atomic.Int64
			options := func(i int) daemon.Options {
				o := daemon.Options{Listen: []daemon.Address{loopback}, Durability: stream.Disk}
				if durable {
					o.Data = filepath.Join(dir, "data")
				}
				handlers := []daemon.Handler{keeper(dir, "stays", 0, &stays), keeper(dir, "made", i%2, &made), consoleOn(io.Discard, plain)}
				if i%2 == 0 {
					handlers = append(handlers, keeper(dir, "moves", 0, &moves))
					o.Listen = append(o.Listen, daemon.Address{Network: "udp", Address: "127.0.0.1:0"}, daemon.Address{Network: "jsonl", Address: "127.0.0.1:0"})
				}
				return with(o, handlers...)
			}
			d := start(t, options(0))
			f := startFlow(t, d.Listening()[0])
			until := func(n uint64) {
				testenv.Await(t, fmt.Sprintf("%d records to be accepted", n), func() bool { return d.Stats().Receiver.Accepted >= n })
			}
			until(100)
			goroutines, files := 0, 0
			for i := 1; i <= reloads; i++ {
				if _, err := d.Reload(t.Context(), options(i)); err != nil {
					t.Fatal(err)
				}
				until(d.Stats().Receiver.Accepted + 20)
				if i == 2 {
					goroutines, files = runtime.NumGoroutine(), openFiles(t)
				}
			}
			testenv.Await(t, fmt.Sprintf("no more open files than the %d of the beginning", files), func() bool { return openFiles(t) <= files+3 })
			testenv.Await(t, fmt.Sprintf("no more goroutines than the %d of the beginning", goroutines), func() bool { return runtime.NumGoroutine() <= goroutines+5 })
			sent := f.end(t)
			caughtUp(t, d)
			s := d.Stats()
			if s.Receiver.ConnsTotal != 1 || s.Receiver.Accepted != uint64(sent) {
				t.Errorf("got %d records over %d connections, want %d over one", s.Receiver.Accepted, s.Receiver.ConnsTotal, sent)
			}
			stop(t, d)
			want := strings.Fields(strings.Trim(fmt.Sprint(slices.Collect(upTo(sent))), "[]"))
			for _, name := range []string{"stays", "made"} {
				if got := lines(t, filepath.Join(dir, name)); !slices.Equal(got, want) {
					t.Errorf("%s: got %d records, want each of %d once, in order: %s", name, len(got), len(want), firstDifference(got, want))
				}
			}
			got := lines(t, filepath.Join(dir, "moves"))
			if durable && !slices.Equal(got, want) {
				t.Errorf("moves: got %d records, want each of %d once, in order: %s", len(got), len(want), firstDifference(got, want))
			}
			slices.Sort(got)
			if n := len(got); len(slices.Compact(got)) != n {
				t.Error("moves: some came twice")
			}
			if stays.Load() != 1 || made.Load() != int64(reloads)+1 {
				t.Errorf("opened %d and %d times, want 1 and %d", stays.Load(), made.Load(), reloads+1)
			}
			all := d.Stats()
			for _, h := range slices.Concat(all.Kept, all.Queue.Handlers) {
				if h.Accepted != h.Handled+h.DroppedTotal()+h.Waiting || h.Name == "made" && h.Handled != uint64(sent) {
					t.Errorf("%s: got %+v, want all %d", h.Name, h.Counts, sent)
				}
			}
		})
	}
}

func firstDifference(got, want []string) string {
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			return fmt.Sprintf("at %d", i)
		}
	}
	return "too many"
}

// Each record goes where the configuration of its moment says, and what changed is told.
func TestReloadRoutes(t *testing.T) {
	for _, data := range []string{"", t.TempDir()} {
		dir := t.TempDir()
		var opened atomic.Int64
		a, b := keeper(dir, "a", 0, &opened), keeper(dir, "b", 0, &opened)
		base := daemon.Options{Listen: []daemon.Address{loopback}, Data: data, Durability: stream.Disk}
		d := start(t, with(base, a))
		say := func(text string, level slog.Level, logger string) {
			send(t, d.Listening()[0], rec(level, logger, text))
			settle(t, d)
		}
		reload := func(o daemon.Options, want ...string) {
			t.Helper()
			got, err := d.Reload(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		say("1", slog.LevelInfo, "shop")
		reload(with(base, a, b), "handler b: new")
		say("2", slog.LevelInfo, "shop")
		o := base
		o.Loggers = []hierarchy.Logger[string]{{Name: "shop", Isolated: true, Handlers: []hierarchy.Attached[string]{{Handler: "b", Level: slog.LevelWarn}}}}
		reload(with(o, a, b))
		say("3", slog.LevelInfo, "shop")
		say("4", slog.LevelError, "shop")
		say("5", slog.LevelInfo, "mail") // to both, by the root
		gone := "handler b: gone"
		if data != "" {
			gone += "; its place in the stream is kept"
		}
		reload(with(base, keeper(dir, "a", 1, &opened)), "handler a: changed", gone)
		say("6", slog.LevelInfo, "shop")
		reload(with(base, keeper(dir, "a", 1, &opened), b), "handler b: new")
		say("7", slog.LevelInfo, "shop")
		stop(t, d)
		if got := lines(t, filepath.Join(dir, "a")); !slices.Equal(got, []string{"1", "2", "5", "6", "7"}) {
			t.Errorf("a: got %q", got)
		}
		want := []string{"2", "4", "5", "7"}
		if data != "" {
			want = []string{"2", "4", "5", "6", "7"} // what waited for it while it was not there
		}
		if got := lines(t, filepath.Join(dir, "b")); !slices.Equal(got, want) {
			t.Errorf("b: got %q, want %q", got, want)
		}
		if opened.Load() != 4 {
			t.Errorf("got %d files opened, want 4", opened.Load())
		}
	}
}

// settle waits until all handlers have what was received.
func settle(t *testing.T, d *daemon.Daemon) {
	t.Helper()
	testenv.Await(t, "all handlers to have what was received", func() bool {
		s := d.Stats()
		waits := s.Entrance().Waiting
		for _, h := range slices.Concat(s.Kept, s.Queue.Handlers) {
			waits += h.Waiting
		}
		return waits == 0
	})
}

// After an error all is as it was: handlers, addresses, who may send.
func TestReloadRefused(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	var opened atomic.Int64
	a := keeper(dir, "a", 0, &opened)
	base := daemon.Options{Listen: []daemon.Address{loopback}, Data: filepath.Join(dir, "data"), Durability: stream.Disk}
	d := start(t, with(base, a))
	address := d.Listening()[0]
	f := func(o daemon.Options, want string) {
		t.Helper()
		if told, err := d.Reload(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, %v, want an error with %q", told, err, want)
		}
		if now := d.Listening(); len(now) != 1 || now[0] != address {
			t.Errorf("%s: got %v, want %v", want, now, address)
		}
	}
	bad := keeper(filepath.Join(dir, "nowhere"), "b", 0, &opened)
	f(with(base, keeper(dir, "a", 1, &opened), keeper(dir, "new", 0, &opened), consoleOn(io.Discard, plain), bad), "there is no directory")
	f(with(base, a, a), "two handlers named a")
	f(with(base, keeper(dir, "store", 0, &opened)), "the server's own")
	o := with(base, a)
	o.Loggers = append(o.Loggers, hierarchy.Logger[string]{Name: "x", Handlers: []hierarchy.Attached[string]{{Handler: "nobody"}}})
	f(o, "logger x: there is no handler nobody")
	o = with(base, a)
	o.Listen = []daemon.Address{{Network: "udp", Address: "127.0.0.1:0"}, {Network: "tcp", Address: taken.Addr().String()}}
	f(o, "address already in use")
	o.Listen = nil
	f(o, "no address")
	send(t, address, numbered(0, 3)...)
	settle(t, d)
	if got := lines(t, filepath.Join(dir, "a")); !slices.Equal(got, []string{"0", "1", "2"}) {
		t.Errorf("got %q, want that it goes on", got)
	}
	if s := d.Stats(); len(s.Kept) != 2 || len(s.Stream.Cursors) != 2 {
		t.Errorf("got %+v, want the handler and the store alone", s.Stream.Cursors)
	}
	stop(t, d)
	if _, err := d.Reload(t.Context(), with(base, a)); !errors.Is(err, daemon.ErrClosing) {
		t.Errorf("after Close: got %v", err)
	}
}

// What takes a restart is told, and an address can go over to another protocol.
func TestReloadAddresses(t *testing.T) {
	base := daemon.Options{Listen: []daemon.Address{loopback}}
	d := start(t, with(base))
	here := d.Listening()[0].Address
	o := with(base)
	o.Listen = []daemon.Address{{Network: "jsonl", Address: here}, {Network: "udp", Address: here}, {Network: "web", Address: "127.0.0.1:0"}}
	o.LogName, o.QueueBytes = "all", 1<<20
	told, err := d.Reload(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	web := webOf(t, d)
	want := []string{
		"receiver udp " + here + ": new", "receiver web " + web + ": new", "receiver tcp " + here + ": gone", "receiver jsonl " + here + ": new",
		"the bound of the queue changes with a restart only, and stays as it is", "the logger of all records changes with a restart only, and stays as it is",
	}
	slices.Sort(told)
	slices.Sort(want)
	if !slices.Equal(told, want) {
		t.Errorf("got %q, want %q", told, want)
	}
	sendBytes(t, daemon.Address{Network: "tcp", Address: here}, []byte(`{"message":"a line"}`+"\n"))
	if n := d.Stats().Receiver.Accepted; n != 1 {
		t.Errorf("got %d records, want 1", n)
	}
	if status, _ := ask(t, d, "/healthz"); status != 200 {
		t.Errorf("web: got %d", status)
	}
	o.Listen = o.Listen[:1]
	if _, err := d.Reload(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if _, err := net.Dial("tcp", web); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("web is gone: got %v", err)
	}
	o.Listen = []daemon.Address{{Network: "jsonl", Address: strings.Replace(here, "127.0.0.1", "0.0.0.0", 1)}} // in the way of itself
	if _, err := d.Reload(t.Context(), o); err == nil || !strings.Contains(err.Error(), "allow-list") {
		t.Errorf("an address in the open: got %v, want that it is refused", err)
	}
	sendBytes(t, daemon.Address{Network: "tcp", Address: here}, []byte(`{"message":"a line"}`+"\n"))
	if n := d.Stats().Receiver.Accepted; n != 2 {
		t.Errorf("got %d records, want that the address stays", n)
	}
}

// Addresses of which the port is to be chosen are as many as are asked for.
func TestReloadSameAddress(t *testing.T) {
	two := daemon.Options{Listen: []daemon.Address{loopback, loopback}}
	d := start(t, with(two))
	first := d.Listening()
	if _, err := d.Reload(t.Context(), with(two)); err != nil {
		t.Fatal(err)
	}
	if got := d.Listening(); !slices.Equal(got, first) || first[0] == first[1] {
		t.Errorf("got %v, want %v", got, first)
	}
	one := daemon.Options{Listen: []daemon.Address{loopback}}
	if _, err := d.Reload(t.Context(), with(one)); err != nil {
		t.Fatal(err)
	}
	if got := d.Listening(); !slices.Equal(got, first[:1]) {
		t.Errorf("got %v, want %v", got, first[:1])
	}
	if _, err := net.Dial("tcp", first[1].Address); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the other one: got %v, want that it is shut", err)
	}
}

// patientHandler waits, at its records, until it is told to give up, as a sender does whose receiver is away.
type patientHandler struct{ at chan struct{} }

func (p *patientHandler) Handle(ctx context.Context, _ []record.Record) error {
	select {
	case p.at <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return ctx.Err()
}

// A handler that waits for what does not come is exchanged all the same, and the next one gets the records.
func TestReloadBehindOneThatWaits(t *testing.T) {
	for _, data := range []string{"", t.TempDir()} {
		dir := t.TempDir()
		waits := &patientHandler{at: make(chan struct{}, 1)}
		var opened atomic.Int64
		h := daemon.Handler{
			Name: "a", Config: &config.Handler{Name: "a", Class: config.SocketClass, Params: &config.Socket{}},
			Open: func() (record.Handler, error) { return waits, nil },
		}
		o := daemon.Options{Listen: []daemon.Address{loopback}, Data: data, Durability: stream.Disk}
		d := start(t, with(o, h))
		send(t, d.Listening()[0], numbered(0, 10)...)
		testenv.Receive(t, "the handler to have records", waits.at)
		if _, err := d.Reload(t.Context(), with(o, keeper(dir, "a", 0, &opened))); err != nil {
			t.Fatal(err)
		}
		settle(t, d)
		if got := lines(t, filepath.Join(dir, "a")); len(got) != 10 || got[0] != "0" {
			t.Errorf("got %q, want all that waited", got)
		}
	}
}
