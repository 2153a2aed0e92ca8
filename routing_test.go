package jackdaw_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

func TestHandlerLevels(t *testing.T) {
	f := func(ignore bool, wantErrors []string) {
		t.Helper()
		h := newHierarchy(t, jackdaw.Options{Level: slog.LevelDebug, IgnoreHandlerLevels: ignore})
		all, onlyErrors, slogErrors := new(memory), new(memory), new(bytes.Buffer)
		add(t, h, "", all, jackdaw.HandlerOptions{})
		add(t, h, "", onlyErrors, jackdaw.HandlerOptions{Level: slog.LevelError})
		add(t, h, "", record.FromSlog(slog.NewTextHandler(slogErrors, &slog.HandlerOptions{Level: slog.LevelError})), jackdaw.HandlerOptions{})
		log := h.Logger("app")
		log.Debug("d")
		log.Info("i")
		log.Error("e")
		flush(t, h)
		equal(t, "all", all.messages(), []string{"d", "i", "e"})
		equal(t, "handler at ERROR", onlyErrors.messages(), wantErrors)
		if got := strings.Count(slogErrors.String(), "\n"); got != len(wantErrors) {
			t.Errorf("slog handler at ERROR: got %d lines, want %d", got, len(wantErrors))
		}
		checkLaw(t, h.Stats())
	}
	f(false, []string{"e"})
	f(true, []string{"d", "i", "e"})
}

func TestLoggerRules(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	root, shop := new(memory), new(memory)
	add(t, h, "", root, jackdaw.HandlerOptions{Name: "root"})
	add(t, h, "shop", shop, jackdaw.HandlerOptions{Filter: jackdaw.NamePrefix("shop.pay")})
	h.SetLevel("myapp", slog.LevelWarn)
	area := h.Logger("myapp.area1") // made before and used after the changes below
	area.Info("silent")
	h.Logger("other").Info("heard")
	h.Logger("").Info("from root")
	h.Logger("shop.pay").Info("paid")
	h.Logger("shop.cart").Info("filled")
	if area.Enabled(t.Context(), slog.LevelInfo) {
		t.Error("INFO is enabled at myapp.area1")
	}
	h.SetLevel("myapp.area1", slog.LevelDebug)
	area.Debug("heard at once")
	h.UnsetLevel("myapp.area1")
	area.Info("silent again")
	h.SetPropagate("shop", false)
	h.Logger("shop.pay").Warn("to itself")
	if got := h.EffectiveLevel("myapp.area1.x"); got != slog.LevelWarn {
		t.Errorf("EffectiveLevel: got %v, want WARN", got)
	}
	flush(t, h)
	equal(t, "root", root.lines(), []string{"INFO other heard", "INFO root from root", "INFO shop.pay paid", "INFO shop.cart filled", "DEBUG myapp.area1 heard at once"})
	equal(t, "shop", shop.messages(), []string{"paid", "to itself"})

	if err := h.RemoveHandler(t.Context(), "root"); err != nil || root.closed != 1 {
		t.Errorf("RemoveHandler: got %v, closed %d times", err, root.closed)
	}
	if err := h.Handle(t.Context(), []record.Record{{Logger: "other", Message: "unheard"}}); err != nil {
		t.Errorf("Handle: %v", err)
	}
	flush(t, h)
	if got := len(root.messages()); got != 5 {
		t.Errorf("a removed handler got records: %d", got)
	}
	s := h.Stats()
	checkLaw(t, s)
	if s.Unrouted != 1 {
		t.Errorf("unrouted: got %d, want 1", s.Unrouted)
	}
}

func TestFilters(t *testing.T) {
	told := make(chan error, 10)
	h := newHierarchy(t, jackdaw.Options{OnError: func(err error) { told <- err }})
	m, other := new(memory), new(memory)
	add(t, h, "b", other, jackdaw.HandlerOptions{})
	add(t, h, "", m, jackdaw.HandlerOptions{Filter: func(r *record.Record) bool {
		if r.Message == "panic" {
			panic("in a filter")
		}
		return len(r.Attrs) > 0
	}})
	h.AddFilter("a", func(r *record.Record) bool { return r.Message != "no" })
	log := h.Logger("a").With("k", 1)
	log.Info("no")
	log.Info("panic")
	log.Info("yes")
	h.Logger("a").Info("no attrs")
	h.Logger("a.b").Info("no", "k", 1)
	h.Logger("b").Info("panic")
	flush(t, h)
	equal(t, "messages", m.messages(), []string{"yes", "no"})
	equal(t, "messages of a handler beside the filter", other.messages(), []string{"panic"})
	if err := testenv.Receive(t, "an error", told); !strings.Contains(err.Error(), "in a filter") {
		t.Errorf("OnError: got %v, want the panic", err)
	}
	checkLaw(t, h.Stats())
}

func TestHandlerNames(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	add(t, h, "", new(memory), jackdaw.HandlerOptions{})
	add(t, h, "", new(memory), jackdaw.HandlerOptions{})
	add(t, h, "", new(memory), jackdaw.HandlerOptions{Name: "mine"})
	if err := h.AddHandler("", new(memory), jackdaw.HandlerOptions{Name: "mine"}); err == nil {
		t.Error("two handlers may share a name")
	}
	if err := h.RemoveHandler(t.Context(), "yours"); err == nil || err.Error() != `remove handler: there is none named "yours"` {
		t.Errorf("RemoveHandler: got %v", err)
	}
	var names []string
	for _, hs := range h.Stats().Handlers {
		names = append(names, hs.Name)
	}
	equal(t, "names", names, []string{"*jackdaw_test.memory", "*jackdaw_test.memory-2", "mine"})
}

// A logger made before the default hierarchy was set follows it.
func TestDefault(t *testing.T) {
	early := jackdaw.Logger("myapp.db").With("k", 1)
	old := jackdaw.Default()
	defer jackdaw.SetDefault(old)
	h := newHierarchy(t, jackdaw.Options{})
	jackdaw.SetDefault(h)
	m := new(memory)
	if err := jackdaw.AddHandler("", m, jackdaw.HandlerOptions{}); err != nil {
		t.Fatal(err)
	}
	early.Info("i")
	jackdaw.SetLevel("myapp", slog.LevelError)
	early.Info("silent")
	if err := jackdaw.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	equal(t, "lines", m.lines(), []string{"INFO myapp.db i"})
	if err := jackdaw.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
