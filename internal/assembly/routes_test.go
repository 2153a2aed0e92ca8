package assembly_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/record"
)

// What is behind a queue hangs where the queue does, by the levels and filters of both.
func TestRoutes(t *testing.T) {
	info, warn, errs, off := slog.LevelInfo, slog.LevelWarn, slog.LevelError, false
	pay := &config.Filter{Name: "pay", Logger: "shop.pay"}
	file := &config.Handler{Name: "file", Params: &config.File{}}
	mail := &config.Handler{Name: "mail", Params: &config.SMTP{}, Level: &errs, Behind: true}
	card := &config.Handler{Name: "card", Params: &config.File{}, Filters: []*config.Filter{{Name: "card", Logger: "shop.pay.card"}}, Behind: true}
	idle := &config.Handler{Name: "idle", Params: &config.File{}}
	strict := &config.Handler{Name: "strict", Params: &config.Queue{RespectHandlerLevel: true}, Level: &warn, Handlers: []*config.Handler{mail, card}}
	python := &config.Handler{Name: "python", Params: &config.Queue{}, Level: &info, Filters: []*config.Filter{pay}, Handlers: []*config.Handler{mail}}
	outer := &config.Handler{Name: "outer", Params: &config.Queue{}, Handlers: []*config.Handler{strict}}
	c := &config.Config{
		RootLevel: slog.LevelDebug,
		Handlers:  []*config.Handler{card, file, idle, mail, outer, python, strict},
		Root:      &config.Logger{Name: "root", Handlers: []*config.Handler{file, strict}},
		Loggers: []*config.Logger{
			{Name: "audit", Propagate: &off, Filters: []*config.Filter{{Name: "kept", Logger: "audit.kept"}}, Handlers: []*config.Handler{file}},
			{Name: "outer", Propagate: &off, Handlers: []*config.Handler{outer}},
			{Name: "shop.pay", Level: &info, Handlers: []*config.Handler{python}},
		},
	}
	var open []string
	for _, h := range assembly.Handlers(c) {
		open = append(open, h.Name)
	}
	if want := []string{"card", "file", "mail"}; !slices.Equal(open, want) {
		t.Errorf("got the handlers %v, want %v", open, want)
	}

	tree := hierarchy.New[string](slog.LevelInfo)
	tree.Replace(assembly.Loggers(c, func(h *config.Handler) string { return h.Name }))
	f := func(logger string, level slog.Level, want ...string) {
		t.Helper()
		var got []string
		r := record.Record{Logger: logger, Level: level}
		for _, name := range []string{"card", "file", "idle", "mail"} {
			if tree.View().Route(logger).IsFor(name, &r, true) {
				got = append(got, name)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s at %v: got %s, want %s", logger, level, strings.Join(got, " "), strings.Join(want, " "))
		}
	}
	f("x", slog.LevelDebug, "file")
	f("x", slog.LevelWarn, "file") // for card it is of another logger, for mail too low
	f("x", slog.LevelError, "file", "mail")
	f("audit", slog.LevelError)
	f("audit.kept", slog.LevelInfo, "file") // the filter is asked for what audit itself logs
	f("shop.pay", slog.LevelDebug)
	f("shop.pay", slog.LevelInfo, "file", "mail") // the queue there does not ask for mail's level
	f("shop.pay.card", slog.LevelWarn, "card", "file", "mail")
	f("outer", slog.LevelDebug)
	f("outer", slog.LevelWarn)
	f("outer", slog.LevelError, "mail") // a queue behind a queue asks for levels by its own word
}
