package hierarchy_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/record"
)

type loggers = []hierarchy.Logger[string]

func hung(names ...string) (all []hierarchy.Attached[string]) {
	for _, name := range names {
		all = append(all, hierarchy.Attached[string]{Handler: name})
	}
	return all
}

func TestConfigure(t *testing.T) {
	tree := hierarchy.New[string](slog.LevelInfo)
	f := func(logger string, level slog.Level, want string) {
		t.Helper()
		got := strings.Join(wants(tree, record.Record{Logger: logger, Level: level, Message: "m"}), " ")
		if got != want {
			t.Errorf("%s at %v: got %q, want %q", logger, level, got, want)
		}
	}
	debug, errs := slog.LevelDebug, slog.LevelError

	tree.AddHandler("", hierarchy.Attached[string]{Handler: "program"})
	tree.AddFilter("kept", func(r *record.Record) bool { return r.Level >= slog.LevelWarn })
	tree.SetLevel("a", slog.LevelWarn)
	tree.SetPropagate("c", false)
	tree.Configure(loggers{
		{Name: "root", Level: &debug, Handlers: hung("one")},
		{Name: "a", Level: &errs},
		{Name: "b", Isolated: true, Handlers: hung("two")},
		{Name: "c"},
		{Name: "kept", Filters: []hierarchy.Filter{hierarchy.NamePrefix("other")}},
	})
	f("x", slog.LevelDebug, "program one")
	f("a", slog.LevelWarn, "")
	f("a.deep", slog.LevelError, "program one")
	f("b.deep", slog.LevelDebug, "two")
	f("c", slog.LevelInfo, "program one")
	f("kept", slog.LevelError, "")                 // both filters hold
	f("kept.below", slog.LevelInfo, "program one") // they are the logger's own

	tree.SetLevel("a", slog.LevelDebug) // what was set last holds
	f("a", slog.LevelDebug, "program one")
	tree.UnsetLevel("")
	f("x", slog.LevelDebug, "")
	tree.SetPropagate("b", true)
	f("b", slog.LevelInfo, "two program one")

	tree.Configure(loggers{{Handlers: hung("three")}, {Name: "a", Level: &errs}})
	f("x", slog.LevelInfo, "program three")
	f("a", slog.LevelWarn, "")
	f("b", slog.LevelInfo, "program three")
	f("c", slog.LevelInfo, "") // as the program has it
	f("kept", slog.LevelInfo, "")
	f("kept", slog.LevelWarn, "program three")

	tree.RemoveHandler("three")
	f("x", slog.LevelInfo, "program")
	tree.Configure(nil)
	f("a", slog.LevelDebug, "program")
	f("a", slog.LevelDebug-1, "")
}

// A handler that hangs on two loggers, or twice on one, is marked where it comes again.
func TestAgain(t *testing.T) {
	tree := hierarchy.New[string](slog.LevelInfo)
	tree.Configure(loggers{{Handlers: hung("one", "two")}, {Name: "a", Handlers: hung("two", "three", "two")}})
	f := func(logger, want string) {
		t.Helper()
		var got []string
		for _, a := range tree.View().Route(logger).Handlers {
			name := a.Handler
			if a.Again {
				name += "!"
			}
			got = append(got, name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, want %s", logger, got, want)
		}
	}
	f("a", "two three two! one two!")
	f("a.b", "two three two! one two!")
	f("b", "one two")
}

// A view shows a configuration whole.
func TestConfigureAtOnce(t *testing.T) {
	tree := hierarchy.New[string](slog.LevelInfo)
	var of [2]loggers
	for i, level := range []slog.Level{slog.LevelDebug, slog.LevelError} {
		of[i] = loggers{{Level: &level, Handlers: hung(level.String())}, {Name: "a", Level: &level, Handlers: hung(level.String()), Isolated: true}}
	}
	tree.Configure(of[0])
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 500 {
			tree.Configure(of[i%2])
		}
	})
	for range 500 {
		view := tree.View()
		for _, name := range []string{"", "a"} {
			r := view.Route(name)
			if len(r.Handlers) != 1 || r.Handlers[0].Handler != r.Level.String() || r.Level != view.Route("").Level {
				t.Fatalf("got level %v and handlers %v for %q, want those of one configuration", r.Level, r.Handlers, name)
			}
		}
	}
	wg.Wait()
}
