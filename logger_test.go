package jackdaw_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// either is what the loggers of both doors have in common.
type either interface {
	Enabled(ctx context.Context, level slog.Level) bool
	Handler() slog.Handler
	Log(ctx context.Context, level slog.Level, msg string, args ...any)
	LogAttrs(ctx context.Context, level slog.Level, msg string, attrs ...slog.Attr)
	Debug(msg string, args ...any)
	DebugContext(ctx context.Context, msg string, args ...any)
	Info(msg string, args ...any)
	InfoContext(ctx context.Context, msg string, args ...any)
	Warn(msg string, args ...any)
	WarnContext(ctx context.Context, msg string, args ...any)
	Error(msg string, args ...any)
	ErrorContext(ctx context.Context, msg string, args ...any)
}

// bound is a logger that makes others.
type bound interface {
	either
	with(args ...any) bound
	withGroup(name string) bound
}

type (
	slogDoor   struct{ *slog.Logger }
	directDoor struct{ *jackdaw.DirectLogger }
)

func (d slogDoor) with(args ...any) bound        { return slogDoor{d.With(args...)} }
func (d slogDoor) withGroup(name string) bound   { return slogDoor{d.WithGroup(name)} }
func (d directDoor) with(args ...any) bound      { return directDoor{d.With(args...)} }
func (d directDoor) withGroup(name string) bound { return directDoor{d.WithGroup(name)} }

// doors are the ways into a hierarchy.
func doors() map[string]func(h *jackdaw.Hierarchy, name string) bound {
	return map[string]func(h *jackdaw.Hierarchy, name string) bound{
		"slog":   func(h *jackdaw.Hierarchy, name string) bound { return slogDoor{h.Logger(name)} },
		"direct": func(h *jackdaw.Hierarchy, name string) bound { return directDoor{h.Direct(name)} },
	}
}

// Both doors lead to the same records.
func TestDoorsAgree(t *testing.T) {
	own := &ownError{"own"}
	script := func(h *jackdaw.Hierarchy, log bound) {
		ctx := request(slog.String("request", "r-1"))
		log.Debug("debug", "n", 1)
		log.Info("info", "s", "x", slog.Int("attr", 2), "d", time.Second, "err", io.EOF)
		log.Warn("warn", "own", own)
		log.Error("error", "wrapped", fmt.Errorf("call: %w", own), "valuer", &secret{"s"}, "panic", broken{})
		log.Log(ctx, record.LevelCritical, "critical")
		log.DebugContext(ctx, "debug", "n", 1)
		log.InfoContext(ctx, "info")
		log.WarnContext(ctx, "warn", slog.Group("g", slog.Int("in", 1), "list", []int{1, 2}))
		log.ErrorContext(ctx, "error", "empty", slog.GroupValue())
		log.Info("odd", "key")
		log.Info("odd", 1, "a", "b", nil)
		log.Info("many", "a", 1, "b", 2, "c", 3, "d", 4, "e", 5, "f", 6, "g", 7, "h", 8, "i", 9, "j", 10, "k", 11, "l", 12, "m", 13)
		log.LogAttrs(ctx, slog.LevelInfo, "attrs", slog.Int("a", 1), slog.Any("e", own), slog.Time("t", time.Unix(1, 2).UTC()))
		log.LogAttrs(context.Background(), slog.LevelInfo, "none")
		with := log.with("bound", 1, "secret", &secret{"b"})
		with.Info("with", "n", 1)
		grouped := with.withGroup("g").with("in", 1).withGroup("h")
		grouped.Info("groups", "n", 1)
		grouped.InfoContext(ctx, "groups and context", "n", 1)
		grouped.Info("nothing in the inner group")
		log.withGroup("").with().Info("the same")
		slog.New(log.with("bound", 2).Handler()).Info("its handler")
		h.SetLevel("app", slog.LevelError)
		log.Warn("too low")
		with.LogAttrs(ctx, slog.LevelWarn, "too low")
		log.Error("high enough", "enabled", log.Enabled(ctx, slog.LevelWarn), "above", log.Enabled(ctx, slog.LevelError))
	}
	for _, o := range []jackdaw.Options{
		{Level: slog.LevelDebug},
		{Level: slog.LevelDebug, ContextAttrs: ofRequest, ContextTrace: ofSpan},
		{Level: slog.LevelInfo, TrustValues: true},
	} {
		got := map[string][]string{}
		for name, door := range doors() {
			h := newHierarchy(t, o)
			m := new(memory)
			add(t, h, "", m, jackdaw.HandlerOptions{})
			script(h, door(h, "app.db"))
			flush(t, h)
			got[name] = m.objects()
			checkLaw(t, h.Stats())
		}
		if len(got["slog"]) < 15 {
			t.Errorf("got %d records, want most of the script's", len(got["slog"]))
		}
		equal(t, "records of the direct door, compared with those of slog's", got["direct"], got["slog"])
	}
}

// Without handlers what is WARNING or above goes to the last resort; the rest is not enabled.
func TestDoorsWithoutHandlers(t *testing.T) {
	for name, door := range doors() {
		h := newHierarchy(t, jackdaw.Options{NoLastResort: true})
		log := door(h, "app")
		if ctx := t.Context(); log.Enabled(ctx, slog.LevelInfo) || !log.Enabled(ctx, slog.LevelWarn) {
			t.Errorf("%s: INFO is enabled, or WARNING is not", name)
		}
		log.Info("nobody")
		log.Warn("nobody")
		if s := h.Stats(); s.Accepted != 1 || s.Unrouted != 1 {
			t.Errorf("%s: got %+v, want one record, unrouted", name, s.Counts)
		}
		m := new(memory)
		add(t, h, "", m, jackdaw.HandlerOptions{})
		log.Info("somebody")
		flush(t, h)
		equal(t, name, m.lines(), []string{"INFO app somebody"})
	}
}

// The place of a call is where the program calls, and is looked for only if asked.
func TestDirectSource(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{Level: slog.LevelDebug})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	plain := h.Direct("x")
	log := plain.WithSource()
	grouped := log.With("a", 1).WithGroup("g")
	ctx := t.Context()
	_, file, line, _ := runtime.Caller(0)
	log.Debug("1")
	log.DebugContext(ctx, "2")
	log.Info("3")
	log.InfoContext(ctx, "4")
	log.Warn("5")
	log.WarnContext(ctx, "6")
	log.Error("7")
	log.ErrorContext(ctx, "8")
	log.Log(ctx, slog.LevelInfo, "9")
	log.LogAttrs(ctx, slog.LevelInfo, "10")
	log.LogAttrs(ctx, slog.LevelInfo, "11", slog.Any("e", &ownError{}))
	grouped.Info("12", "b", 2)
	plain.Info("13")
	flush(t, h)
	for i, r := range m.records[:12] {
		if src := r.Caller(); src == nil || src.File != file || src.Line != line+1+i || !strings.HasSuffix(src.Function, ".TestDirectSource") {
			t.Errorf("record %s: got %+v, want line %d", r.Message, src, line+1+i)
		}
	}
	if src := m.records[12].Caller(); src != nil {
		t.Errorf("source of a logger that was not asked for it: got %+v", src)
	}
}

// The place of a call of LogAttrs is what the runtime says it is, however it is called, the first time and later.
func TestSourceOfLogAttrs(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	log := h.Direct("x").WithSource()
	ctx := t.Context()
	var line int // of each call
	here := func(n int) { _, _, line, _ = runtime.Caller(1); line += n }
	embedding := struct{ *jackdaw.DirectLogger }{log}
	var wrapped interface {
		LogAttrs(context.Context, slog.Level, string, ...slog.Attr)
	} = embedding
	value := log.LogAttrs
	for what, call := range map[string]func(){
		"itself":                 func() { here(0); log.LogAttrs(ctx, slog.LevelInfo, "m") },
		"with attrs":             func() { here(0); log.LogAttrs(ctx, slog.LevelInfo, "m", slog.Int("a", 1)) },
		"by an embedding struct": func() { here(0); embedding.LogAttrs(ctx, slog.LevelInfo, "m") },
		"by an interface":        func() { here(0); wrapped.LogAttrs(ctx, slog.LevelInfo, "m") },
		"by its value":           func() { here(0); value(ctx, slog.LevelInfo, "m") },
		"by its expression":      func() { here(0); (*jackdaw.DirectLogger).LogAttrs(log, ctx, slog.LevelInfo, "m") },
		"deferred":               func() { here(0); defer log.LogAttrs(ctx, slog.LevelInfo, "m") },
		"in a function that is inlined": func() {
			here(1)
			inlined(log)
			line = inlinedLine
		},
	} {
		for range 3 {
			call()
			flush(t, h)
			if src := m.records[0].Caller(); src == nil || !strings.HasSuffix(src.File, "logger_test.go") || src.Line != line {
				t.Errorf("%s: got %+v, want line %d", what, src, line)
			}
			m.records = nil
		}
	}
}

// inlined logs at inlinedLine.
func inlined(log *jackdaw.DirectLogger) {
	log.LogAttrs(context.Background(), slog.LevelInfo, "m")
}

// inlinedLine is a line of this file.
var inlinedLine = func() int {
	_, _, line, _ := runtime.Caller(0)
	return line - 5
}()

// A record has the time of its call, through either door, and records of both come in their order. A direct call's is about that
// time: see DirectLogger.
func TestDoorsInOrder(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	through := []either{h.Logger("x"), h.Direct("x")}
	const records, about = 4000, time.Microsecond // where some ten nanoseconds are meant
	times := []time.Time{time.Now()}
	for i := range records {
		through[i*7/3%2].Info(fmt.Sprint(i))
		times = append(times, time.Now())
	}
	flush(t, h)
	if len(m.records) != records {
		t.Fatalf("got %d records, want %d", len(m.records), records)
	}
	for i, r := range m.records {
		from, to := times[i], times[i+1]
		if i*7/3%2 == 1 {
			from, to = from.Add(-about), to.Add(about)
		}
		if r.Message != fmt.Sprint(i) || r.Time.Before(from) || r.Time.After(to) {
			t.Fatalf("record %d: got %q of %v, want a time between %v and %v", i, r.Message, r.Time, times[i], times[i+1])
		}
		if wall := r.Time.Round(0).Sub(times[i].Round(0)); wall < -time.Second || wall > time.Second {
			t.Fatalf("record %d is %v away from the wall clock", i, wall)
		}
	}
}

// The package's Direct follows the default hierarchy.
func TestDirectOfTheDefaultHierarchy(t *testing.T) {
	was := jackdaw.Default()
	defer jackdaw.SetDefault(was)
	log := jackdaw.Direct("")
	for range 2 {
		h := newHierarchy(t, jackdaw.Options{})
		m := new(memory)
		add(t, h, "", m, jackdaw.HandlerOptions{})
		jackdaw.SetDefault(h)
		log.Info("m", "err", errors.ErrUnsupported)
		flush(t, h)
		equal(t, "lines", m.lines(), []string{"INFO root m"})
	}
}

// A call after Close is counted and told, through either door.
func TestDoorsAfterClose(t *testing.T) {
	for name, door := range doors() {
		var told []error
		h := jackdaw.New(jackdaw.Options{OnError: func(err error) { told = append(told, err) }})
		add(t, h, "", new(memory), jackdaw.HandlerOptions{})
		log := door(h, "x")
		log.Info("before")
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
		log.Info("after")
		log.LogAttrs(t.Context(), slog.LevelError, "after")
		s := h.Stats()
		checkLaw(t, s)
		if d := s.Dropped["closed"]; d["INFO"] != 1 || d["ERROR"] != 1 || len(told) != 1 || !errors.Is(told[0], jackdaw.ErrClosed) {
			t.Errorf("%s: got %v and %v, want both counted and the first told", name, s.Dropped, told)
		}
	}
}
