package assembly_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/record"
)

// A handler that is a memory's target and gets records itself is one, which is closed when nobody has it any more.
func TestFileOpenOnce(t *testing.T) {
	dir := t.TempDir()
	text := func(formatter string) string {
		return fmt.Sprintf(`"own": {"class": "memory", "capacity": 1, "target": "file"},
			"file": {"class": "rotating_file", "filename": "DIR/app.log", "formatter": %q, "maxBytes": 10, "backupCount": 9}`, formatter)
	}
	env := assembly.Env{Files: new(assembly.Files)}
	openAs := func(name, formatter string) record.Handler {
		t.Helper()
		h, err := assembly.Open(check(t, dir, text(formatter)).Handler(name), env)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	say := func(h record.Handler, message string) {
		t.Helper()
		if err := h.Handle(t.Context(), []record.Record{{Message: message}}); err != nil {
			t.Error(err)
		}
	}
	file, memory := openAs("file", "plain"), openAs("own", "plain")
	say(file, "1....")
	say(memory, "2....")
	say(file, "3....")
	finish(t, file)
	finish(t, file) // which is fine, and does not count again
	say(memory, "4....")
	if got := slices.Sorted(maps.Values(files(t, dir))); !slices.Equal(got, []string{"1....\n", "2....\n", "3....\n", "4....\n"}) {
		t.Errorf("got %q, want a file for each", got)
	}
	other := openAs("file", "brief") // another one, while the memory has that
	say(other, "5")
	finish(t, memory)
	finish(t, other)
	if err := other.Handle(t.Context(), []record.Record{{Message: "6"}}); err == nil {
		t.Error("the file is open although nobody has it")
	}
	again := openAs("file", "plain")
	say(again, "7")
	finish(t, again)
}

// Where a file can only be made, a configuration in which it is there twice can be used.
func TestFileMadeOnce(t *testing.T) {
	dir := t.TempDir()
	c := check(t, dir, `"own": {"class": "memory", "capacity": 1, "target": "file"}, "file": {"class": "file", "filename": "DIR/app.log", "mode": "x"}`)
	env := assembly.Env{Files: new(assembly.Files)}
	for _, name := range []string{"file", "own"} {
		h, err := assembly.Open(c.Handler(name), env)
		if err != nil {
			t.Fatal(err)
		}
		defer h.(io.Closer).Close()
		if err := h.(record.Flusher).Flush(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
