package daemon_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

var loopback = daemon.Address{Network: "tcp", Address: "127.0.0.1:0"}

// screen is a writer that can be read while it is written.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// with returns the options with handlers that hang on the root.
func with(o daemon.Options, handlers ...daemon.Handler) daemon.Options {
	root := hierarchy.Logger[string]{Name: "root"}
	for _, h := range handlers {
		root.Handlers = append(root.Handlers, hierarchy.Attached[string]{Handler: h.Name})
	}
	o.Handlers, o.Loggers = handlers, append(slices.Clone(o.Loggers), root)
	return o
}

func consoleOn(w io.Writer, form format.Format) daemon.Handler {
	return daemon.Handler{Name: "console", Shown: true, Open: func() (record.Handler, error) { return handler.NewConsole(w, form), nil }}
}

func fileAt(path string, form format.Format) daemon.Handler {
	return daemon.Handler{Name: "file " + path, Open: func() (record.Handler, error) {
		return handler.OpenFile(path, handler.FileOptions{Format: form})
	}}
}

func level(logger string, level slog.Level) hierarchy.Logger[string] {
	return hierarchy.Logger[string]{Name: logger, Level: &level}
}

func start(t *testing.T, o daemon.Options) *daemon.Daemon {
	t.Helper()
	d, err := daemon.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, d) })
	return d
}

func stop(t *testing.T, d *daemon.Daemon) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testenv.Patience)
	defer cancel()
	if err := d.Close(ctx); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
}

// send sends records as Python does and returns when the daemon has them.
func send(t *testing.T, to daemon.Address, records ...record.Record) {
	t.Helper()
	var frames []byte
	for i := range records {
		frames = pickle.AppendFrame(frames, &records[i])
	}
	sendBytes(t, to, frames)
}

func sendBytes(t *testing.T, to daemon.Address, b []byte) {
	t.Helper()
	conn, err := net.Dial(to.Network, to.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(testenv.Patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Fatal(err)
	}
}

func rec(level slog.Level, logger, message string, attrs ...slog.Attr) record.Record {
	return record.Record{Time: time.Date(2026, 11, 22, 10, 41, 41, 0, time.UTC), Level: level, Logger: logger, Message: message, Attrs: attrs}
}

// checkLaw fails unless what the receivers accepted is what the queue did, and all counts add up.
func checkLaw(t *testing.T, s daemon.Stats) {
	t.Helper()
	q := &s.Queue
	if s.Receiver.Accepted != q.Accepted || q.Accepted != q.Handled+q.DroppedTotal()+q.Waiting {
		t.Errorf("received %d; queue: accepted %d, handled %d, dropped %d, waiting %d", s.Receiver.Accepted, q.Accepted, q.Handled, q.DroppedTotal(), q.Waiting)
	}
	for i := range q.Handlers {
		if h := &q.Handlers[i]; h.Accepted != h.Handled+h.DroppedTotal()+h.Waiting {
			t.Errorf("%s: accepted %d, handled %d, dropped %d, waiting %d", h.Name, h.Accepted, h.Handled, h.DroppedTotal(), h.Waiting)
		}
	}
}

func TestDaemon(t *testing.T) {
	var console screen
	path := filepath.Join(t.TempDir(), "log.jsonl")
	d := start(t, with(daemon.Options{
		Listen:  []daemon.Address{loopback, {Network: "udp", Address: "127.0.0.1:0"}, {Network: "unix", Address: filepath.Join(t.TempDir(), "s")}},
		Loggers: []hierarchy.Logger[string]{level("shop", slog.LevelWarn), level("shop.pay", slog.LevelDebug)},
	}, consoleOn(&console, format.Text), fileAt(path, format.NewJSON())))
	if len(d.Listening()) != 3 || strings.HasSuffix(d.Listening()[0].Address, ":0") || len(d.Missing()) != 0 {
		t.Fatalf("listening on %v without %v, want three with their ports", d.Listening(), d.Missing())
	}
	send(t, d.Listening()[0], rec(-100, "root", "lowest"), rec(0, "shop.cart", "below"), rec(-4, "shop.pay", "debug"))
	send(t, d.Listening()[2], rec(4, "shop.cart", "warning"))
	stop(t, d)

	var got []string
	for line := range strings.Lines(console.String()) {
		_, line, _ = strings.Cut(strings.TrimSpace(line), " ")
		got = append(got, line)
	}
	if want := []string{"DEBUG-96 root: lowest", "DEBUG shop.pay: debug", "WARNING shop.cart: warning"}; !slices.Equal(got, want) {
		t.Errorf("console: got %q, want %q", got, want)
	}
	b, err := os.ReadFile(path)
	if err != nil || bytes.Count(b, []byte("\n")) != 3 || !json.Valid(b[:bytes.IndexByte(b, '\n')]) {
		t.Errorf("file: got %q, %v, want three lines of JSON", b, err)
	}
	s := d.Stats()
	checkLaw(t, s)
	if s.Queue.Accepted != 4 || s.Queue.Unrouted != 1 || s.Queue.Waiting != 0 || len(s.Queue.Handlers) != 2 {
		t.Errorf("got %+v, want 4 accepted, 1 unrouted, none waiting, 2 handlers", s.Queue)
	}
}

func TestLogName(t *testing.T) {
	var console screen
	d := start(t, with(daemon.Options{Listen: []daemon.Address{loopback}, LogName: "all", Loggers: []hierarchy.Logger[string]{level("all", slog.LevelInfo)}}, consoleOn(&console, format.NewJSON())))
	send(t, d.Listening()[0], rec(0, "shop.pay", "one", slog.Int("n", 1)), rec(0, "all", "two"), rec(-4, "shop", "below"))
	stop(t, d)
	var got []string
	for line := range strings.Lines(console.String()) {
		var r struct {
			Logger, Message string
			Attrs           map[string]any
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(r.Logger, " ", r.Message, " ", r.Attrs))
	}
	if want := []string{"all one map[logger:shop.pay n:1]", "all two map[]"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestListenErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	there := daemon.Address{Network: "tcp", Address: taken.Addr().String()}
	optional := there
	optional.Optional = true

	f := func(listen []daemon.Address, missing int, want error) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "log.jsonl")
		d, err := daemon.Start(t.Context(), with(daemon.Options{Listen: listen}, fileAt(path, plain)))
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%v: got %v, want %v", listen, err, want)
		}
		if e, ok := errors.AsType[*daemon.ListenError](err); want != nil && (!ok || e.Address.Address != there.Address) {
			t.Errorf("%v: got %v, want a ListenError that names the address", listen, err)
		}
		if err != nil {
			return
		}
		if len(d.Missing()) != missing || len(d.Listening()) != len(listen)-missing {
			t.Errorf("%v: got %v without %v", listen, d.Listening(), d.Missing())
		}
		stop(t, d)
	}
	f([]daemon.Address{loopback, there}, 0, syscall.EADDRINUSE)
	f([]daemon.Address{optional, loopback}, 1, nil)
	f([]daemon.Address{optional}, 0, syscall.EADDRINUSE) // none is left

	if d, err := daemon.Start(t.Context(), daemon.Options{}); err == nil {
		stop(t, d)
		t.Error("a daemon that listens nowhere: got nil, want an error")
	}
	o := daemon.Options{Listen: []daemon.Address{loopback}}
	bad := with(o, fileAt(filepath.Join(t.TempDir(), "none", "log"), plain))
	if _, err := daemon.Start(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "there is no directory") {
		t.Errorf("a file without a directory: got %v", err)
	}
	twice := filepath.Join(t.TempDir(), "log")
	bad = with(o, fileAt(twice, plain), fileAt(twice, plain))
	if _, err := daemon.Start(t.Context(), bad); err == nil || !strings.Contains(err.Error(), twice) {
		t.Errorf("a file twice: got %v, want an error that names it", err)
	}
}

// What an operator should know is told.
func TestNotify(t *testing.T) {
	told := make(chan string, 10)
	d := start(t, with(daemon.Options{Listen: []daemon.Address{loopback}, Notify: func(text string) { told <- text }}, consoleOn(io.Discard, plain)))
	sendBytes(t, d.Listening()[0], []byte("GET / HTTP/1.1\r\n\r\n"))
	if text := testenv.Receive(t, "a notice", told); !strings.HasPrefix(text, "127.0.0.1:") || !strings.Contains(text, "HTTP") {
		t.Errorf("got %q, want the peer and HTTP in it", text)
	}
	stop(t, d)
	if s := d.Stats(); s.Receiver.Rejected["foreign protocol"] != 1 {
		t.Errorf("rejected: got %v, want one of a foreign protocol", s.Receiver.Rejected)
	}
}

// hanging is a console whose reader stands still.
type hanging struct{ open chan struct{} }

func (h hanging) Write(p []byte) (int, error) {
	<-h.open
	return len(p), nil
}

// A console that hangs holds up neither the receiver nor the file, nor the end.
func TestConsoleHangs(t *testing.T) {
	console := hanging{make(chan struct{})}
	defer close(console.open)
	path := filepath.Join(t.TempDir(), "log.jsonl")
	d, err := daemon.Start(t.Context(), with(daemon.Options{Listen: []daemon.Address{loopback}}, consoleOn(console, plain), fileAt(path, plain)))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		send(t, d.Listening()[0], rec(0, "root", "m"), rec(0, "root", "m"))
	}
	testenv.Await(t, "the file to have all", func() bool { return d.Stats().Queue.Handlers[1].Handled == 6 }) // Close waits for the console alone
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := d.Close(ctx); err == nil || !strings.Contains(err.Error(), "console") {
		t.Errorf("Close: got %v, want an error that names the console", err)
	}
	if err := d.Close(t.Context()); err == nil {
		t.Error("the second Close: got nil, want the first one's error")
	}
	s := d.Stats()
	checkLaw(t, s)
	for _, h := range s.Queue.Handlers {
		want := uint64(6)
		if h.Name == "console" {
			want = 0 // what it has in its hands may still be waiting
		}
		if h.Handled != want || h.Accepted != 6 {
			t.Errorf("%s: got %+v, want the file to have all 6 and the console none", h.Name, h.Counts)
		}
	}
}

// pipe is a console that the test can close.
func pipe(t *testing.T) (reader, writer *os.File) {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close(); writer.Close() })
	return reader, writer
}

func TestUnread(t *testing.T) {
	reader, writer := pipe(t)
	var told screen
	d := start(t, with(daemon.Options{Listen: []daemon.Address{loopback}, Notify: func(text string) { io.WriteString(&told, text) }}, consoleOn(writer, plain)))
	reader.Close()
	send(t, d.Listening()[0], rec(0, "root", "m"))
	testenv.Receive(t, "the console to be unread", d.Unread())
	send(t, d.Listening()[0], rec(0, "root", "m"))
	stop(t, d)
	s := d.Stats()
	checkLaw(t, s)
	if n := s.Queue.Handlers[0].DroppedTotal(); n != 2 || told.String() != "" {
		t.Errorf("got %d dropped and told %q, want 2, silently", n, told.String())
	}
}

// With a file there is a use in going on.
func TestUnreadWithFile(t *testing.T) {
	reader, writer := pipe(t)
	told := make(chan string, 10)
	path := filepath.Join(t.TempDir(), "log.jsonl")
	d := start(t, with(daemon.Options{
		Listen: []daemon.Address{loopback}, Notify: func(text string) { told <- text },
	}, consoleOn(writer, plain), fileAt(path, plain)))
	reader.Close()
	send(t, d.Listening()[0], rec(0, "root", "m"))
	if text := testenv.Receive(t, "a notice", told); !strings.Contains(text, "the other handlers go on") {
		t.Errorf("told %q", text)
	}
	select {
	case <-d.Unread():
		t.Error("Unread: it is closed, though there is a file")
	default:
	}
	send(t, d.Listening()[0], rec(0, "root", "m"))
	stop(t, d)
	if len(told) > 0 {
		t.Errorf("told %q too", <-told)
	}
	if b, err := os.ReadFile(path); err != nil || bytes.Count(b, []byte("\n")) != 2 {
		t.Errorf("file: got %q, %v, want 2 lines", b, err)
	}
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.jsonl")
	d := start(t, with(daemon.Options{Listen: []daemon.Address{loopback}}, fileAt(path, plain)))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := d.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	send(t, d.Listening()[0], rec(0, "root", "m"))
	stop(t, d)
	if b, err := os.ReadFile(path); err != nil || bytes.Count(b, []byte("\n")) != 1 {
		t.Errorf("the new file: got %q, %v, want 1 line", b, err)
	}
}
