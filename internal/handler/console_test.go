package handler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// messages returns the messages of JSON lines.
func messages(t *testing.T, text string) (messages []string) {
	t.Helper()
	for line := range strings.Lines(text) {
		var r struct{ Message string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		messages = append(messages, r.Message)
	}
	return messages
}

// marked returns what follows a '>' at the margin.
func marked(text string) (marked []string) {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, ">"); ok {
			marked = append(marked, strings.TrimSuffix(rest, "\n"))
		}
	}
	return marked
}

// screen is a writer that fails as it is told to.
type screen struct {
	mu     sync.Mutex
	b      bytes.Buffer
	writes int
	room   int   // bytes that are still taken if err is set
	err    error // what a Write that does not fit returns
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if s.err != nil && len(p) > s.room {
		n, _ := s.b.Write(p[:s.room])
		s.room = 0
		return n, s.err
	}
	return s.b.Write(p)
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func batch(n int) (batch []record.Record) {
	for i := range n {
		batch = append(batch, handlertest.Record(i))
	}
	return batch
}

func TestConsoleContract(t *testing.T) {
	t.Run("json", func(t *testing.T) {
		handlertest.Run(t, func(t *testing.T) handlertest.Subject {
			s := new(screen)
			return handlertest.Subject{Handler: handler.NewConsole(s, format.NewJSON()), Messages: func() []string { return messages(t, s.text()) }}
		})
	})
	t.Run("percent", func(t *testing.T) {
		handlertest.Run(t, func(t *testing.T) handlertest.Subject {
			s := new(screen)
			return handlertest.Subject{Handler: handler.NewConsole(s, percent(t, ">%(message)s")), Messages: func() []string { return marked(s.text()) }}
		})
	})
}

func TestConsoleWritesOnceABatch(t *testing.T) {
	s := new(screen)
	c := handler.NewConsole(s, format.JSON)
	for range 3 {
		if err := c.Handle(t.Context(), batch(50)); err != nil {
			t.Fatal(err)
		}
	}
	if s.writes != 3 || len(messages(t, s.text())) != 150 {
		t.Errorf("got %d records in %d writes, want 150 in 3", len(messages(t, s.text())), s.writes)
	}
}

// After a Write that went wrong midway, the caller knows where to go on, and does so on a new line.
func TestConsolePartialWrite(t *testing.T) {
	full := errors.New("full")
	length := len(percent(t, ">%(message)s")(nil, &batch(1)[0]))
	f := func(room, handled int, rest string) {
		t.Helper()
		s := &screen{room: room, err: full}
		c := handler.NewConsole(s, percent(t, ">%(message)s"))
		err := c.Handle(t.Context(), batch(3))
		partial, ok := errors.AsType[*record.PartialError](err)
		if !errors.Is(err, full) || ok != (handled > 0) || ok && partial.Handled != handled || record.IsPermanent(err) {
			t.Errorf("room for %d: got %v (%+v), want full, handled %d", room, err, partial, handled)
		}
		for range 2 { // a retry that fails too
			if err := c.Handle(t.Context(), batch(3)[handled:]); !errors.Is(err, full) {
				t.Errorf("room for %d: second try: got %v", room, err)
			}
		}
		s.err = nil
		if err := c.Handle(t.Context(), batch(3)[handled:]); err != nil {
			t.Errorf("room for %d: after the error: %v", room, err)
		}
		if got, want := s.text(), s.text()[:room]+rest; got != want {
			t.Errorf("room for %d: got %q, want %q", room, got, want)
		}
	}
	const all = ">message 0\n>message 1\n>message 2\n"
	f(0, 0, all)
	f(5, 0, "\n"+all)
	f(length, 1, all[length:])
	f(length+1, 1, "\n"+all[length:])
	f(3*length-1, 2, "\n"+all[2*length:])

	// A line break alone got through.
	s := &screen{room: 5, err: full}
	c := handler.NewConsole(s, percent(t, ">%(message)s"))
	c.Handle(t.Context(), batch(1))
	s.room = 1
	if err := c.Handle(t.Context(), batch(1)); !errors.Is(err, full) {
		t.Errorf("got %v, want full", err)
	}
	s.err = nil
	c.Handle(t.Context(), batch(1))
	if got, want := s.text(), ">mess\n>message 0\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}

	if err := handler.NewConsole(shortWriter{}, format.JSON).Handle(t.Context(), batch(1)); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a short write without an error: got %v, want %v", err, io.ErrShortWrite)
	}
}

// shortWriter breaks the contract of io.Writer.
type shortWriter struct{}

func (shortWriter) Write([]byte) (int, error) { return 0, nil }

func TestConsoleClosedPipe(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	c := handler.NewConsole(writer, format.JSON)
	if err := c.Handle(t.Context(), batch(1)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.Gone():
		t.Error("the reader is gone before it went")
	default:
	}
	reader.Close()
	for range 2 {
		if err := c.Handle(t.Context(), batch(1)); !errors.Is(err, syscall.EPIPE) || !record.IsPermanent(err) {
			t.Errorf("got %v, permanent %v, want EPIPE, permanent", err, record.IsPermanent(err))
		}
	}
	<-c.Gone()

	s := &screen{room: len(format.JSON(nil, &batch(1)[0])), err: syscall.EPIPE}
	err = handler.NewConsole(s, format.JSON).Handle(t.Context(), batch(3))
	if partial, ok := errors.AsType[*record.PartialError](err); !ok || partial.Handled != 1 || !record.IsPermanent(err) {
		t.Errorf("a pipe closed midway: got %v, want a permanent error after 1 record", err)
	}
}

// gate is a writer that hangs until it is opened.
type gate struct {
	screen
	open chan struct{}
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	return g.screen.Write(p)
}

// A reader that stands still holds Handle no longer than its context, and mixes nothing up.
func TestConsoleHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		c := handler.NewConsole(g, format.JSON)
		ctx, cancel := context.WithCancel(t.Context())
		returned := make(chan error)
		go func() { returned <- c.Handle(ctx, batch(1)) }() // writes
		synctest.Wait()
		go func() { returned <- c.Handle(ctx, batch(1)) }() // waits for its turn
		synctest.Wait()
		select {
		case err := <-returned:
			t.Fatalf("returned %v before the write or its context ended", err)
		default:
		}
		cancel()
		for range 2 {
			if err := <-returned; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %v", err, context.Canceled)
			}
		}
		go func() { returned <- c.Handle(context.Background(), batch(3)[1:]) }()
		synctest.Wait()
		close(g.open)
		if err := <-returned; err != nil {
			t.Error(err)
		}
		if got := strings.Join(messages(t, g.text()), ","); got != "message 0,message 1,message 2" {
			t.Errorf("got %s, want each once and in order", got)
		}
	})
}

// percent is a format string of Python's that must be right.
func percent(t testing.TB, text string) format.Format {
	t.Helper()
	f, err := format.Percent(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
