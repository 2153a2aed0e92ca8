package record_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// A record of another program's, as a receiver makes it: what is not known stays unset.
func ExampleRecord() {
	r := record.Record{
		Level: record.LevelError, Logger: "shop.pay", Message: "payment failed",
		Source:    slog.Source{Function: "charge", File: "/srv/shop/pay.py", Line: 71},
		Exception: &record.Exception{Type: "ValueError", Message: "no card", Traceback: "Traceback …\nValueError: no card"},
		Process:   record.Process{PID: 4242, Name: "MainProcess"},
		Thread:    record.Thread{Name: "worker-1"},
	}
	fmt.Println(record.LevelName(r.Level), r.Logger, r.Message, "at", r.Caller().File, r.Caller().Line)
	fmt.Println(r.Exception.Type, "in", r.Process.PID, r.Thread.Name)
	// Output:
	// ERROR shop.pay payment failed at /srv/shop/pay.py 71
	// ValueError in 4242 worker-1
}

// The memory of a batch is lent: who keeps a record keeps its clone.
func ExampleRecord_Clone() {
	var last record.Record
	h := record.HandlerFunc(func(ctx context.Context, batch []record.Record) error {
		if len(batch) > 0 {
			last = batch[len(batch)-1].Clone()
		}
		return nil
	})
	batch := []record.Record{{Message: "kept", Attrs: []slog.Attr{slog.Int("n", 1)}}}
	h.Handle(context.Background(), batch)
	batch[0].Attrs[0] = slog.Int("n", 2) // the memory is used again
	fmt.Println(last.Message, last.Attrs)
	// Output: kept [n=1]
}

// A trace is what a tracing library has, in plain bytes.
func ExampleTrace() {
	r := record.Record{Message: "found", Trace: record.Trace{ID: [16]byte{0x4b, 0xf9, 15: 0x36}, Span: [8]byte{7: 0xb7}, Flags: 1}}
	fmt.Printf("%s\n", record.AppendJSON(nil, &r))
	// Output: {"level":"INFO","message":"found","trace_id":"4bf90000000000000000000000000036","span_id":"00000000000000b7","trace_flags":"01"}
}

// mailbox is a handler with all that a handler may have.
type mailbox struct{ letters []string }

// Handle says which records it has taken: those before a bad one.
func (m *mailbox) Handle(ctx context.Context, batch []record.Record) error {
	for i := range batch {
		if batch[i].Message == "" {
			return &record.PartialError{Handled: i, Err: record.Permanent(errors.New("an empty letter"))}
		}
		m.letters = append(m.letters, batch[i].Message)
	}
	return nil
}

// Flush brings out what Handle has taken.
func (m *mailbox) Flush(ctx context.Context) error {
	fmt.Println("sent:", strings.Join(m.letters, ", "))
	m.letters = nil
	return nil
}

// Enabled is asked before a record is handed over.
func (m *mailbox) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= record.LevelError
}

// Whoever calls Handle goes on from where it stopped.
func ExamplePartialError() {
	var h record.Handler = new(mailbox)
	batch := []record.Record{{Message: "one"}, {Message: ""}, {Message: "three"}}
	err := h.Handle(context.Background(), batch)
	if partial, ok := errors.AsType[*record.PartialError](err); ok {
		fmt.Println(partial.Handled, "taken, then:", err, "- again of use:", !record.IsPermanent(err))
		err = h.Handle(context.Background(), batch[partial.Handled+1:])
	}
	fmt.Println(err)
	// Output:
	// 1 taken, then: an empty letter - again of use: false
	// <nil>
}

// A handler that holds records back is asked to bring them out.
func ExampleFlusher() {
	var h record.Handler = new(mailbox)
	h.Handle(context.Background(), []record.Record{{Message: "one"}, {Message: "two"}})
	if f, ok := h.(record.Flusher); ok {
		f.Flush(context.Background())
	}
	// Output: sent: one, two
}

// A handler with a level of its own is asked first; Handle takes what it is given.
func ExampleEnabler() {
	var h record.Handler = new(mailbox)
	if e, ok := h.(record.Enabler); ok {
		fmt.Println(e.Enabled(context.Background(), record.LevelInfo), e.Enabled(context.Background(), record.LevelCritical))
	}
	// Output: false true
}

// A panic of a slog handler is the error of one record.
func ExamplePanicError() {
	h := record.FromSlog(fragile{slog.DiscardHandler})
	err := h.Handle(context.Background(), []record.Record{{Message: "x"}})
	if p, ok := errors.AsType[*record.PanicError](err); ok {
		fmt.Println(p.Value, record.IsPermanent(err))
	}
	// Output: ouch true
}

type fragile struct{ slog.Handler }

func (fragile) Handle(context.Context, slog.Record) error { panic("ouch") }

// What WithAttrs and WithGroup bind, for a slog handler of one's own.
func ExampleScope() {
	var s record.Scope
	s = s.WithAttrs([]slog.Attr{slog.String("service", "shop")}).WithGroup("http")
	r := record.Record{Message: "served", Attrs: s.AppendAttrs(nil, []slog.Attr{slog.Int("status", 200)})}
	fmt.Printf("%s\n", record.AppendJSON(nil, &r))
	// Output: {"level":"INFO","message":"served","attrs":{"service":"shop","http":{"status":200}}}
}

// IDs sort as their records were stored.
func ExampleID() {
	first := record.ID{Epoch: 35, Sequence: 9, Index: 3}
	second, err := record.ParseID("z-10-0")
	fmt.Println(first, second, err, first.Compare(second))
	// Output: z-9-3 z-10-0 <nil> -1
}

// A handler that is full for a while may say when it is worth to come again.
func ExampleFullError() {
	h := record.HandlerFunc(func(ctx context.Context, batch []record.Record) error {
		return &record.FullError{RetryAfter: 30 * time.Second, Err: errors.New("the disk has 1 MB left")}
	})
	err := h.Handle(context.Background(), []record.Record{{Message: "x"}})
	if full, ok := errors.AsType[*record.FullError](err); ok {
		fmt.Println(err, "- again in", full.RetryAfter)
	}
	// Output: the disk has 1 MB left - again in 30s
}
