package jackdaw_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// requestKey is what a program keeps the attrs of a request under, spanKey the span.
type (
	requestKey struct{}
	spanKey    struct{}
)

func ofRequest(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(requestKey{}).([]slog.Attr)
	return attrs
}

func ofSpan(ctx context.Context) record.Trace {
	trace, _ := ctx.Value(spanKey{}).(record.Trace)
	return trace
}

// request returns a context with attrs of a request and a trace.
func request(attrs ...slog.Attr) context.Context {
	ctx := context.WithValue(context.Background(), requestKey{}, attrs)
	return context.WithValue(ctx, spanKey{}, record.Trace{ID: [16]byte{0xab, 15: 1}, Span: [8]byte{0xcd}, Flags: 1})
}

const traced = `,"trace_id":"ab000000000000000000000000000001","span_id":"cd00000000000000","trace_flags":"01"}`

// objects returns the records in the JSON form, without times and places.
func (m *memory) objects() (objects []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.records {
		r.Time, r.PC, r.Source = time.Time{}, 0, slog.Source{}
		objects = append(objects, string(record.AppendJSON(nil, &r)))
	}
	return objects
}

// What a call's context holds is on its record, ahead of all else and outside of any group.
func TestContext(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{ContextAttrs: ofRequest, ContextTrace: ofSpan})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	list := []int{1}
	ctx := request(slog.String("request", "r-1"), slog.Any("list", list))
	log := h.Logger("x")
	log.InfoContext(ctx, "plain")
	log.InfoContext(ctx, "own", "n", 1, "own list", list)
	log.With("bound", true).WithGroup("g").With("in", 1).InfoContext(ctx, "group", "n", 2)
	log.WithGroup("g").InfoContext(ctx, "empty group")
	log.InfoContext(context.WithValue(t.Context(), spanKey{}, ofSpan(ctx)), "trace alone", "n", 3)
	log.InfoContext(t.Context(), "no request", "n", 4)
	log.Info("no context")
	list[0] = 2 // what was logged does not change
	flush(t, h)
	const lead = `"attrs":{"request":"r-1","list":[1]`
	equal(t, "records", m.objects(), []string{
		`{"level":"INFO","logger":"x","message":"plain",` + lead + `}` + traced,
		`{"level":"INFO","logger":"x","message":"own",` + lead + `,"n":1,"own list":[1]}` + traced,
		`{"level":"INFO","logger":"x","message":"group",` + lead + `,"bound":true,"g":{"in":1,"n":2}}` + traced,
		`{"level":"INFO","logger":"x","message":"empty group",` + lead + `}` + traced,
		`{"level":"INFO","logger":"x","message":"trace alone","attrs":{"n":3}` + traced,
		`{"level":"INFO","logger":"x","message":"no request","attrs":{"n":4}}`,
		`{"level":"INFO","logger":"x","message":"no context"}`,
	})
}

// A hook that panics costs the record nothing else.
func TestContextHookPanics(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{
		ContextAttrs: func(context.Context) []slog.Attr { panic("no attrs") },
		ContextTrace: func(context.Context) record.Trace { panic("no trace") },
	})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	h.Logger("x").WithGroup("g").Info("m", "n", 1)
	flush(t, h)
	equal(t, "records", m.objects(), []string{
		`{"level":"INFO","logger":"x","message":"m","attrs":{"context":"!PANIC: no trace","context":"!PANIC: no attrs","g":{"n":1}}}`,
	})
}

// The hooks run in the call, once for each record that may be wanted, and with a context always.
func TestContextHooksAreCalled(t *testing.T) {
	var asked []context.Context
	h := newHierarchy(t, jackdaw.Options{ContextAttrs: func(ctx context.Context) []slog.Attr {
		asked = append(asked, ctx)
		return nil
	}})
	add(t, h, "heard", new(memory), jackdaw.HandlerOptions{})
	log := h.Logger("heard")
	ctx := request()
	log.InfoContext(ctx, "m")
	log.DebugContext(ctx, "disabled")
	h.Logger("unheard").InfoContext(ctx, "m")
	log.Info("m")
	var none context.Context // which a caller should not pass, and may all the same
	if err := h.Handler("heard").Handle(none, slog.Record{}); err != nil {
		t.Error(err)
	}
	if len(asked) != 3 || asked[0] != ctx || asked[1] == nil || asked[2] == nil {
		t.Errorf("asked: got %v, want the call's context, then two backgrounds", asked)
	}
}

// A call that had to wait for room keeps what its context holds.
func TestContextOfABlockedCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := jackdaw.New(jackdaw.Options{QueueBytes: 4 << 10, OnError: func(error) {}, ContextAttrs: ofRequest, ContextTrace: ofSpan})
		open := make(chan struct{})
		m := &memory{before: func([]record.Record) error { <-open; return nil }}
		add(t, h, "", m, jackdaw.HandlerOptions{Policy: jackdaw.Block})
		go func() {
			for range 50 {
				h.Logger("x").WithGroup("g").InfoContext(request(slog.Int("request", 1)), "m", "n", 1)
				time.Sleep(time.Millisecond)
			}
		}()
		time.Sleep(time.Second)
		if got := h.Stats().Accepted; got == 0 || got >= 50 {
			t.Fatalf("accepted %d of 50, want that calls wait", got)
		}
		close(open)
		time.Sleep(time.Second)
		flush(t, h)
		objects := m.objects()
		if len(objects) != 50 {
			t.Errorf("got %d records, want 50", len(objects))
		}
		for i, got := range objects {
			if want := `{"level":"INFO","logger":"x","message":"m","attrs":{"request":1,"g":{"n":1}}` + traced; got != want {
				t.Fatalf("record %d:\ngot  %s\nwant %s", i, got, want)
			}
		}
		_ = h.Close(t.Context())
	})
}

// A hook that hands out what the context holds costs no memory of ours.
func TestContextAllocations(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{ContextAttrs: ofRequest, ContextTrace: ofSpan})
	add(t, h, "", record.HandlerFunc(func(context.Context, []record.Record) error { return nil }), jackdaw.HandlerOptions{})
	log, ctx := h.Logger("x"), request(slog.Int("request", 1))
	call := func() { log.LogAttrs(ctx, slog.LevelInfo, "m", slog.Int("n", 1), slog.String("s", "x")) }
	for range 5000 {
		call()
	}
	flush(t, h)
	if got := testing.AllocsPerRun(2000, call); got != 0 {
		t.Errorf("got %v allocations a call, want 0", got)
	}
}
