package jackdaw_test

import (
	"log"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw"
)

// What others log through slog and through the log package comes along, with its place, and follows the
// default hierarchy.
func TestStandardLoggers(t *testing.T) {
	was, old := slog.Default(), jackdaw.Default()
	defer func() {
		slog.SetDefault(was)
		log.SetOutput(os.Stderr)
		log.SetFlags(log.LstdFlags)
		jackdaw.SetDefault(old)
	}()
	log.SetFlags(log.Lshortfile) // asks slog for the place
	slog.SetDefault(jackdaw.Logger(""))
	h := newHierarchy(t, jackdaw.Options{})
	jackdaw.SetDefault(h) // after it, as a main may
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	slog.Info("by slog", "n", 1)
	slog.Debug("below the level")
	log.Printf("by %s", "log")
	slog.NewLogLogger(jackdaw.Logger("http").Handler(), slog.LevelError).Print("by a library")
	flush(t, h)
	equal(t, "lines", m.lines(), []string{"INFO root by slog", "INFO root by log", "ERROR http by a library"})
	for _, r := range m.records {
		if src := r.Caller(); src == nil || !strings.HasSuffix(src.File, "bridge_test.go") {
			t.Errorf("%s: got source %+v, want this file", r.Message, src)
		}
	}
}
