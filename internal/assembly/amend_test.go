package assembly_test

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/internal/config"
)

// incremental returns an incremental configuration.
func incremental(t *testing.T, text string) *config.Config {
	t.Helper()
	node, err := config.ParseJSON("change.json", []byte(`{"version": 1, "incremental": true, `+text+`}`))
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Check(node, config.Options{File: "change.json"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// An incremental configuration changes levels and propagate of what runs, of which nothing is touched.
func TestAmend(t *testing.T) {
	running := check(t, t.TempDir(), `"own": {"class": "queue", "handlers": ["m"]}, "m": {"class": "memory", "target": "f"}, "f": {"class": "file", "filename": "DIR/f"}`)
	got, err := assembly.Amend(running, incremental(t, `"handlers": {"f": {"level": "ERROR"}, "m": {}}, "loggers": {"new": {"level": "DEBUG", "propagate": false}}, "root": {"level": "CRITICAL"}`))
	if err != nil {
		t.Fatal(err)
	}
	f := got.Handler("f")
	if f.Level == nil || *f.Level != slog.LevelError || got.Handler("m").Level != nil || running.Handler("f").Level != nil {
		t.Errorf("got level %v of f, %v of m, and %v where it runs, want ERROR and none", f.Level, got.Handler("m").Level, running.Handler("f").Level)
	}
	if own := got.Root.Handlers[0]; own != got.Handler("own") || own.Handlers[0] != got.Handler("m") || own.Handlers[0].Target != f {
		t.Error("the handlers that hang somewhere are others than those of the configuration")
	}
	if !got.Handler("f").Same(running.Handler("f")) {
		t.Error("a handler of another level is to go on as it is")
	}
	if l := got.Loggers[0]; l.Name != "new" || *l.Level != slog.LevelDebug || l.Propagates() || got.RootLevel != 12 || running.RootLevel == 12 {
		t.Errorf("got the logger %+v, and %v for the root", l, got.RootLevel)
	}

	again, err := assembly.Amend(got, incremental(t, `"loggers": {"new": {"propagate": true}}`))
	if err != nil || *again.Loggers[0].Level != slog.LevelDebug || !again.Loggers[0].Propagates() || again.RootLevel != 12 {
		t.Errorf("got %+v, %v, want all but propagate as it was", again.Loggers[0], err)
	}
	if alone, err := assembly.Amend(nil, incremental(t, `"root": {"level": "ERROR"}`)); err != nil || alone.RootLevel != slog.LevelError {
		t.Errorf("without one that runs: got %+v, %v", alone, err)
	}
	_, err = assembly.Amend(running, incremental(t, `"handlers": {"owl": {"level": "ERROR"}}`))
	if e, ok := errors.AsType[*config.Error](err); !ok || e.File != "change.json" || e.Column != 50 || e.Word != "own" {
		t.Errorf("got %v, want the place of owl and the word own", err)
	}
}
