package jackdaw_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// openFlight begins flight mode, where there is one.
func openFlight(t *testing.T, h *jackdaw.Hierarchy, file string, o jackdaw.FlightOptions) {
	t.Helper()
	err := h.OpenFlight(file, o)
	if runtime.GOOS != "linux" {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("got %v, want ErrUnsupported", err)
		}
		testenv.Skip(t, "flight mode is for linux")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// hung returns a hierarchy with a handler that has every record, and returns never before the test ends.
func hung(t *testing.T, o jackdaw.Options) *jackdaw.Hierarchy {
	t.Helper()
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	h := jackdaw.New(o)
	gate := make(chan struct{})
	add(t, h, "", record.HandlerFunc(func(context.Context, []record.Record) error { <-gate; return nil }), jackdaw.HandlerOptions{Name: "hung"})
	t.Cleanup(func() { close(gate) })
	return h
}

// giveUp closes a hierarchy whose handler hangs: what is left then is as if the process had been killed.
func giveUp(t *testing.T, h *jackdaw.Hierarchy) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := h.Close(ctx); err == nil {
		t.Error("Close of a hierarchy that hangs: got no error")
	}
}

// waitLeft waits until what processes before have left is handled.
func waitLeft(t *testing.T, h *jackdaw.Hierarchy) {
	t.Helper()
	testenv.Await(t, "nothing to be left", func() bool { return h.Stats().Flight.Left == 0 })
	flush(t, h)
}

// logAll logs in all ways there are.
func logAll(h *jackdaw.Hierarchy, i int) {
	ctx := context.Background()
	l := h.Logger("shop.pay").With("with", "x", "list", []int{1}).WithGroup("g")
	l.Warn("m", "i", i, "took", time.Second, "error", errors.New("reset"), "list", []int{i}, "none", nil, "point", struct{ X, Y int }{i, 2})
	l.Info("many", "a", 1, "b", 2.5, "c", "x", "d", true, "e", uint64(5), "f", time.Unix(1e9, 0), "g", slog.GroupValue(slog.Int("x", i)))
	d := h.Direct("shop").With("shard", 3)
	d.LogAttrs(ctx, slog.LevelDebug, "direct", slog.Int("i", i), slog.Time("at", time.Unix(1e9, 0)), slog.Group("g", slog.Bool("b", true)))
	d.WithSource().Info("source", "i", i)
	h.Logger("").Error(fmt.Sprint("made ", i))
	r := record.Record{Time: time.Unix(int64(i), 0), Message: "record", Logger: "shop", Host: "h", Exception: &record.Exception{Traceback: "t"}}
	_ = h.Handle(ctx, []record.Record{r})
}

const waysToLog = 6

// What a process has logged comes in the next one, as it would have come in the first, behind a record that tells of it.
func TestFlight(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flight")
	ctxAttrs := func(context.Context) []slog.Attr { return []slog.Attr{slog.String("request", "r1")} }
	ctxTrace := func(context.Context) record.Trace { return record.Trace{ID: [16]byte{1}, Span: [8]byte{2}, Flags: 1} }
	for _, o := range []jackdaw.Options{{}, {TrustValues: true}, {ContextAttrs: ctxAttrs, ContextTrace: ctxTrace}} {
		o.Level = slog.LevelDebug
		h, straight, m := hung(t, o), newHierarchy(t, o), new(memory)
		openFlight(t, h, file, jackdaw.FlightOptions{})
		add(t, straight, "", m, jackdaw.HandlerOptions{})
		const n = 50
		for i := range n {
			logAll(h, i)
			logAll(straight, i)
		}
		flush(t, straight)
		if s := h.Stats().Flight; s.File != file || s.Used == 0 || s.Bytes != 32<<20 || s.Uncovered > 0 || s.Err != nil {
			t.Errorf("got %+v", s)
		}
		giveUp(t, h)
		next, got := newHierarchy(t, jackdaw.Options{Level: slog.LevelDebug}), new(memory)
		add(t, next, "", got, jackdaw.HandlerOptions{})
		openFlight(t, next, file, jackdaw.FlightOptions{})
		next.Logger("x").Info("new")
		flush(t, next)
		if len(got.records) != n*waysToLog+2 || len(m.records) != n*waysToLog {
			t.Fatalf("got %d records, want one that tells, %d, and a new one", len(got.records), len(m.records))
		}
		name := filepath.Base(os.Args[0])
		if told, want := got.records[0].Message, fmt.Sprintf("%d records follow that process %d (%s) left when it ended", n*waysToLog, os.Getpid(), name); told != want {
			t.Errorf("got %q, want %q", told, want)
		}
		for i := range m.records {
			a, b := &got.records[i+1], &m.records[i]
			if a.Process != (record.Process{PID: os.Getpid(), Name: name[:min(len(name), 71)]}) {
				t.Fatalf("record %d: got %+v", i, a.Process)
			}
			if b.Message == "direct" || b.Message == "source" || b.Message == "m" || b.Message == "many" || strings.HasPrefix(b.Message, "made") {
				if d := a.Time.Sub(b.Time).Abs(); d > time.Minute {
					t.Fatalf("record %d: got the time %v, want %v", i, a.Time, b.Time)
				}
				a.Time = b.Time
			}
			a.Process = record.Process{}
			if x, y := record.AppendJSON(nil, a), record.AppendJSON(nil, b); !bytes.Equal(x, y) {
				t.Fatalf("record %d: got\n%s\nwant\n%s", i, x, y)
			}
		}
		checkLaw(t, next.Stats())
		if s := next.Stats().Flight; s.Left != 0 {
			t.Errorf("got %+v, want that nothing is left", s)
		}
		if err := next.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v, want that the file is gone when all was handled", err)
		}
	}
}

// What several processes have left comes one after the other, each behind the record that tells of it.
func TestFlightOfSeveral(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flight")
	var want []string
	for run := range 3 {
		h := hung(t, jackdaw.Options{})
		openFlight(t, h, file, jackdaw.FlightOptions{})
		n := 1 + 300*run
		told := fmt.Sprintf("%d records follow", n)
		if n == 1 {
			told = "1 record follows"
		}
		want = append(want, told)
		for i := range n {
			h.Logger("x").Info(fmt.Sprint(run, i))
			want = append(want, fmt.Sprint(run, i))
		}
		giveUp(t, h)
	}
	h, m := newHierarchy(t, jackdaw.Options{}), new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	openFlight(t, h, file, jackdaw.FlightOptions{})
	waitLeft(t, h)
	got := m.messages()
	for i := range got {
		got[i], _, _ = strings.Cut(got[i], " that process")
	}
	equal(t, "messages", got, want)
}

// Records that a process has left come to the handlers of that time by the levels of this one.
func TestFlightLevels(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flight")
	h := hung(t, jackdaw.Options{Level: slog.LevelDebug})
	openFlight(t, h, file, jackdaw.FlightOptions{})
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelError} {
		h.Logger("x").Log(t.Context(), level, level.String())
	}
	giveUp(t, h)
	next, all, errs := newHierarchy(t, jackdaw.Options{}), new(memory), new(memory)
	add(t, next, "", all, jackdaw.HandlerOptions{Name: "all"})
	add(t, next, "x", errs, jackdaw.HandlerOptions{Name: "errors", Level: slog.LevelError})
	openFlight(t, next, file, jackdaw.FlightOptions{})
	waitLeft(t, next)
	if got, want := all.messages()[1:], []string{"INFO", "ERROR"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := errs.messages(), []string{"ERROR"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// In flight mode too a value is what it was when it was logged.
func TestFlightOfValuesThatChange(t *testing.T) {
	h, m := newHierarchy(t, jackdaw.Options{}), new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	openFlight(t, h, filepath.Join(t.TempDir(), "flight"), jackdaw.FlightOptions{})
	changes := map[string]int{}
	var want []string
	for i := range 5 {
		changes["n"] = i
		for _, log := range []func(v any){
			func(v any) { h.Direct("x").LogAttrs(t.Context(), slog.LevelInfo, "m", slog.Any("v", v)) },
			func(v any) { h.Direct("x").WithSource().LogAttrs(t.Context(), slog.LevelInfo, "m", slog.Any("v", v)) },
			func(v any) { h.Direct("x").Info("m", "v", v) },
		} {
			log(changes)
			log(i)
			want = append(want, fmt.Sprintf(`{"n":%d}`, i), fmt.Sprint(i))
		}
	}
	changes["n"] = 99
	flush(t, h)
	var got []string
	for _, r := range m.records {
		got = append(got, string(record.AppendJSONValue(nil, r.Attrs[0].Value)))
	}
	equal(t, "values", got, want)
}
