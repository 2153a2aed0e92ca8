package format_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
)

// pairs reads a line of logfmt, and returns the keys; ok is false where it is none.
func pairs(line string) (keys []string, ok bool) {
	word := func() (w string) {
		if !strings.HasPrefix(line, `"`) {
			end := strings.IndexAny(line, " =\n")
			w, line = line[:end], line[end:]
			return w
		}
		for line = line[1:]; !strings.HasPrefix(line, `"`); line = line[1:] {
			if line[0] == '\\' {
				line = line[1:]
			}
			w += line[:1]
		}
		line = line[1:]
		return w
	}
	for {
		keys = append(keys, word())
		if line, ok = strings.CutPrefix(line, "="); !ok {
			return nil, false
		}
		word()
		if line == "\n" {
			return keys, true
		}
		if line, ok = strings.CutPrefix(line, " "); !ok {
			return nil, false
		}
	}
}

// No text of a record makes a pair.
func FuzzLogfmt(f *testing.F) {
	f.Add(`\" user=admin x="`)
	f.Add(`C:\dir x\`)
	f.Add("a=b \"\n\\\\\" c=d")
	f.Fuzz(func(t *testing.T, s string) {
		r := record.Record{Message: s, Logger: s, LevelName: s, Attrs: []slog.Attr{slog.String("a", s), slog.Any("b", []any{s}), slog.Group("g", slog.String("c", s))}, Stack: s + "x"}
		line := string(format.Logfmt(nil, &r))
		got, ok := pairs(line)
		if want := []string{"level", "logger", "msg", "a", "b", "g.c", "stack"}; !ok || !slices.Equal(got, want) {
			t.Errorf("%q: got the keys %q, want %q", line, got, want)
		}
		// A key is a word, too.
		r = record.Record{Message: "m", Attrs: []slog.Attr{slog.String(s, s)}}
		if got, ok := pairs(string(format.Logfmt(nil, &r))); !ok || len(got) != 4 {
			t.Errorf("%q: got the keys %q, want four", format.Logfmt(nil, &r), got)
		}
	})
}
