package jackdaw_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

type secret struct{ text string }

func (s *secret) LogValue() slog.Value { return slog.StringValue("<" + s.text + ">") }

type broken struct{}

type brokenJSON struct{}

type endless struct{}

type colour int

// What is logged is what was true at the call.
func TestSnapshot(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	gate := make(chan struct{})
	m := &memory{before: func([]record.Record) error { <-gate; return nil }}
	add(t, h, "", m, jackdaw.HandlerOptions{})
	list, dict, sec, n := []int{1}, map[string]any{"a": 1}, &secret{"before"}, 1
	group := []slog.Attr{slog.Any("in", list)}
	u, _ := url.Parse("http://h/p?q")
	h.Logger("x").With("bound", sec).Info("m", "list", list, "dict", dict, "sec", sec, "ptr", &n, "url", u,
		"err", fmt.Errorf("wrapped: %w", io.EOF), "colour", colour(3), "nilptr", (*secret)(nil), "raw", []byte("ab"),
		slog.Attr{Key: "g", Value: slog.GroupValue(group...)})
	h.Logger("x").Info("p", "panic", broken{}, "json", brokenJSON{}, "endless", endless{}, "func", struct{ F func() }{})
	list[0], dict["a"], sec.text, n, u.Path = 2, 2, "after", 2, "/other"
	group[0] = slog.String("in", "changed")
	close(gate)
	flush(t, h)
	var lines []string
	for _, r := range m.records {
		r.Time, r.PC, r.Source = time.Time{}, 0, slog.Source{}
		lines = append(lines, string(record.AppendJSON(nil, &r)))
	}
	equal(t, "lines", lines, []string{
		`{"level":"INFO","logger":"x","message":"m","attrs":{"bound":"<before>","list":[1],"dict":{"a":1},"sec":"<before>","ptr":1,"url":"http://h/p?q",` +
			`"err":"wrapped: EOF","colour":3,"nilptr":null,"raw":"YWI=","g":{"in":[1]}}}`,
		`{"level":"INFO","logger":"x","message":"p","attrs":{"panic":"!PANIC: no value","json":"!PANIC: no JSON",` +
			`"endless":"!ERROR: LogValue returns a LogValuer without end","func":"{F:<nil>}"}}`,
	})
}

// An error that cannot change arrives as it is, any other as its text.
func TestErrorsArrive(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	own := &ownError{"before"}
	h.Logger("x").Info("m", "eof", fmt.Errorf("read: %w", io.EOF), "own", fmt.Errorf("call: %w", own))
	own.text = "after"
	flush(t, h)
	eof, text := m.records[0].Attrs[0].Value, m.records[0].Attrs[1].Value
	if err, ok := eof.Any().(error); !ok || !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want an error that is io.EOF", eof)
	}
	if text.Kind() != slog.KindString || text.String() != "call: before" {
		t.Errorf("got %v, want the text at the call", text)
	}
}

// keeper is a slog handler that keeps the records it is given, as one may.
type keeper struct{ kept *[]slog.Record }

func (k keeper) Enabled(context.Context, slog.Level) bool { return true }
func (k keeper) WithAttrs([]slog.Attr) slog.Handler       { return k }
func (k keeper) WithGroup(string) slog.Handler            { return k }

func (k keeper) Handle(_ context.Context, r slog.Record) error {
	*k.kept = append(*k.kept, r.Clone())
	return nil
}

// What a slog handler keeps of a record stays as it is, though the memory of groups is used again.
func TestKeptRecords(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	var kept []slog.Record
	add(t, h, "", record.FromSlog(keeper{&kept}), jackdaw.HandlerOptions{})
	log := h.Logger("")
	const records = 500
	for i := range records {
		log.Info("m", slog.Group("inner", "i", i), "i", i)
		if i%50 == 0 {
			flush(t, h)
		}
	}
	flush(t, h)
	for i, r := range kept {
		var got []string
		r.Attrs(func(a slog.Attr) bool {
			got = append(got, a.String())
			return true
		})
		if want := fmt.Sprintf("[inner=[i=%d] i=%d]", i, i); fmt.Sprint(got) != want {
			t.Fatalf("record %d: got %v, want %s", i, got, want)
		}
	}
	if len(kept) != records {
		t.Errorf("got %d records, want %d", len(kept), records)
	}
}

// A program that never changes what it logged may have its values passed through as they are.
func TestTrustValues(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{TrustValues: true})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	list := []int{1}
	h.Logger("x").Info("m", "list", list)
	flush(t, h)
	if got, ok := m.records[0].Attrs[0].Value.Any().([]int); !ok || &got[0] != &list[0] {
		t.Errorf("got %v, want the very slice", m.records[0].Attrs[0])
	}
}

func TestSource(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	h.Logger("x").Info("here")
	flush(t, h)
	// It is on the record: a handler need not resolve anything.
	if src := &m.records[0].Source; src.Line == 0 || !strings.HasSuffix(src.File, "snapshot_test.go") || !strings.HasSuffix(src.Function, "TestSource") {
		t.Errorf("source: got %+v", src)
	}
}
