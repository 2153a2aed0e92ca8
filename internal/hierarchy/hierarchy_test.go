package hierarchy_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/record"
)

// wants returns the handlers, by name, that r is handed to.
func wants(tree *hierarchy.Tree[string], r record.Record) (names []string) {
	route := tree.View().Route(r.Logger)
	if r.Level < route.Level || !route.Passes(&r) {
		return nil
	}
	for i := range route.Handlers {
		if a := &route.Handlers[i]; a.Wants(&r, true) {
			names = append(names, a.Handler)
		}
	}
	return names
}

func TestRules(t *testing.T) {
	tree := hierarchy.New[string](slog.LevelInfo)
	tree.AddHandler("", hierarchy.Attached[string]{Handler: "root"})
	tree.AddHandler("root", hierarchy.Attached[string]{Handler: "alarm", Level: slog.LevelError})
	tree.AddHandler("shop", hierarchy.Attached[string]{Handler: "shop"})
	tree.AddHandler("shop.pay.card", hierarchy.Attached[string]{Handler: "card"})
	tree.AddHandler("audit", hierarchy.Attached[string]{Handler: "audit", Filters: []hierarchy.Filter{hierarchy.NamePrefix("audit.kept")}})
	tree.SetLevel("shop", slog.LevelWarn)
	tree.SetLevel("shop.pay", slog.LevelDebug)
	tree.SetLevel("audit", record.LevelAll)
	tree.SetPropagate("audit", false)
	tree.AddFilter("filtered", func(r *record.Record) bool { return strings.HasPrefix(r.Message, "pass") })

	f := func(logger string, level slog.Level, want string) {
		t.Helper()
		got := strings.Join(wants(tree, record.Record{Logger: logger, Level: level, Message: "m"}), " ")
		if got != want {
			t.Errorf("%s at %v: got %q, want %q", logger, level, got, want)
		}
	}
	f("", slog.LevelInfo, "root")
	f("root", slog.LevelInfo, "root")
	f("root", slog.LevelDebug, "")
	f("other", slog.LevelError, "root alarm")
	f("other.deep.down", slog.LevelInfo, "root")
	f("shop", slog.LevelInfo, "")
	f("shop", slog.LevelWarn, "shop root")
	f("shopping", slog.LevelInfo, "root") // not below shop
	f("shop.cart", slog.LevelInfo, "")
	f("shop.pay", slog.LevelDebug, "shop root") // the root's level is not asked
	f("shop.pay.card", slog.LevelDebug, "card shop root")
	f("shop.pay.card.visa", slog.LevelError, "card shop root alarm")
	f("audit.kept", -8, "audit")
	f("audit.keptnot", slog.LevelError, "")
	f("audit", slog.LevelError, "")
	f("filtered", slog.LevelError, "")          // a logger's filter holds for its own records
	f("filtered.child", slog.LevelInfo, "root") // and not for those of the loggers below
	f("filtered.", slog.LevelInfo, "root")      // names may be odd
	f("shop..x", slog.LevelInfo, "root")        // not below shop, as in Python
	f("shop.x.", slog.LevelInfo, "")
	f(".shop", slog.LevelInfo, "root")
	f(".", slog.LevelInfo, "root")
	tree.AddHandler("shop.", hierarchy.Attached[string]{Handler: "dot"})
	f("shop..x", slog.LevelWarn, "dot shop root") // but below what is below shop
	f("shop..x", slog.LevelInfo, "")

	tree.UnsetLevel("shop.pay")
	f("shop.pay", slog.LevelInfo, "")
	tree.SetPropagate("audit", true)
	f("audit.kept", slog.LevelError, "audit root alarm")
	tree.RemoveHandler("root")
	f("other", slog.LevelError, "alarm")
	tree.UnsetLevel("")
	f("other", slog.LevelDebug, "")
}

// A view does not change, and a change makes a new one.
func TestView(t *testing.T) {
	tree := hierarchy.New[string](slog.LevelInfo)
	old := tree.View()
	if tree.View() != old {
		t.Error("the view is another although nothing changed")
	}
	tree.SetLevel("a", slog.LevelError)
	if tree.View() == old {
		t.Error("the view is the same although a level changed")
	}
	if got := old.Route("a.b").Level; got != slog.LevelInfo {
		t.Errorf("level in the old view: got %v, want INFO", got)
	}
	if got := tree.View().Route("a.b").Level; got != slog.LevelError {
		t.Errorf("level in the new view: got %v, want ERROR", got)
	}
}

// Names that were never configured take no memory.
func TestRouteDoesNotAllocate(t *testing.T) {
	tree := hierarchy.New[string](slog.LevelInfo)
	tree.SetLevel("stranger", slog.LevelError)
	name := "stranger" + strings.Repeat(".part", 100)
	if got := testing.AllocsPerRun(100, func() { tree.View().Route(name) }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
	if got := tree.View().Route(name).Level; got != slog.LevelError {
		t.Errorf("level: got %v, want ERROR", got)
	}
}

func TestConcurrentChanges(t *testing.T) {
	tree := hierarchy.New[string](slog.LevelInfo)
	var wg sync.WaitGroup
	for c := range 4 {
		wg.Go(func() {
			for i := range 50 {
				name := fmt.Sprintf("a.b%d.c%d", c, i)
				tree.AddHandler(name, hierarchy.Attached[string]{Handler: name})
				tree.SetLevel(name, slog.LevelError)
				if got := tree.View().Route(name + ".x"); got.Level != slog.LevelError || !slices.ContainsFunc(got.Handlers,
					func(a hierarchy.Attached[string]) bool { return a.Handler == name }) {
					t.Errorf("%s: a change is not seen after it returned: %v", name, got)
				}
			}
		})
	}
	wg.Wait()
}

// Replace makes a whole new hierarchy in one view.
func TestReplace(t *testing.T) {
	tree := hierarchy.New[string](slog.LevelDebug)
	tree.AddHandler("", hierarchy.Attached[string]{Handler: "before"})
	tree.SetLevel("gone", slog.LevelError)
	old := tree.View()
	warn := slog.LevelWarn
	tree.Replace([]hierarchy.Logger[string]{
		{Name: "shop", Isolated: true, Handlers: []hierarchy.Attached[string]{{Handler: "shop"}}},
		{Name: "shop.pay", Level: &warn, Filters: []hierarchy.Filter{func(r *record.Record) bool { return r.Message != "secret" }}},
		{Name: "root", Handlers: []hierarchy.Attached[string]{{Handler: "root", Level: slog.LevelError}}},
	})
	f := func(logger string, level slog.Level, message, want string) {
		t.Helper()
		r := record.Record{Logger: logger, Level: level, Message: message}
		if got := strings.Join(wants(tree, r), " "); got != want {
			t.Errorf("%s at %v: got %q, want %q", logger, level, got, want)
		}
		for _, h := range []string{"before", "root", "shop"} {
			if got := tree.View().Route(logger).IsFor(h, &r, true); got != (h == want) {
				t.Errorf("%s at %v: for %s: got %v", logger, level, h, got)
			}
		}
	}
	f("gone", slog.LevelInfo, "", "")
	f("gone", slog.LevelError, "", "root")
	f("shop", slog.LevelDebug, "", "") // the root's level is INFO where none is given
	f("shop.cart", slog.LevelError, "", "shop")
	f("shop.pay", slog.LevelInfo, "", "")
	f("shop.pay", slog.LevelWarn, "", "shop")
	f("shop.pay", slog.LevelWarn, "secret", "")
	if old.Route("gone").Level != slog.LevelError || old.Route("").Handlers[0].Handler != "before" {
		t.Error("a view that was taken before is another one now")
	}
	tree.Replace(nil)
	f("shop", slog.LevelError, "", "")
	if got := tree.View().Route("x").Level; got != slog.LevelInfo {
		t.Errorf("level of the root: got %v, want INFO", got)
	}
}
