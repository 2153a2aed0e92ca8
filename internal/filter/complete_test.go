package filter_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/filter"
)

func TestComplete(t *testing.T) {
	// The cursor is at the |; what is to be replaced stands between < and >.
	f := func(text string, kind filter.Kind, name, typed string, words ...string) {
		t.Helper()
		plain := strings.NewReplacer("<", "", ">", "").Replace(text)
		cursor := strings.IndexByte(plain, '|')
		plain = strings.Replace(plain, "|", "", 1)
		unmarked := strings.Replace(text, "|", "", 1)
		start := strings.IndexByte(unmarked, '<')
		end := strings.IndexByte(unmarked, '>') - 1
		if start < 0 {
			start, end = cursor, cursor
		}
		got := filter.Complete(plain, cursor)
		if got.Kind != kind || got.Name != name || got.Typed != typed || got.Start != start || got.End != end {
			t.Errorf("%s: got %+v, want %s of %q, typed %q, %d to %d", text, got, kind, name, typed, start, end)
		}
		if len(words) > 0 && !slices.Equal(got.Words, words) {
			t.Errorf("%s: got words %q, want %q", text, got.Words, words)
		}
	}
	f("|", filter.TermExpected, "", "")
	f("a |", filter.TermExpected, "", "")
	f("<a|> b", filter.TermExpected, "", "a")
	f("a <|b>", filter.TermExpected, "", "")
	f("<le|>", filter.TermExpected, "", "le", "level:", "levelno:", "levelname:")
	f("<LEV|el>", filter.TermExpected, "", "LEV", "level:", "levelno:", "levelname:")
	f("x -<tra|>", filter.TermExpected, "", "tra", "traceback:", "trace_id:", "trace_flags:")
	f("(<lo|>", filter.TermExpected, "", "lo", "logger:")
	f("(|)", filter.TermExpected, "", "")
	f("a <O|>", filter.TermExpected, "", "O", "OR")
	f("level:<|>", filter.LevelExpected, "", "", "debug", "info", "warning", "error", "critical")
	f("level:<wa|rn> x", filter.LevelExpected, "", "wa", "warning")
	f("<leve|l>:warn", filter.TermExpected, "", "leve")
	f("-logger:=<sh|op>", filter.LoggerExpected, "", "sh")
	f("logger:<sh*|>", filter.LoggerExpected, "", "sh*")
	f("since:<-|>", filter.TimeExpected, "", "-", "-5m", "-15m", "-1h", "-6h", "-1d", "-7d")
	f("has:<stac|>", filter.NameExpected, "", "stac", "stack")
	f("user_id=<4|2>", filter.ValueExpected, "user_id", "4")
	f("Host:<|> x", filter.ValueExpected, "host", "")
	f(`path:<"/api v|1">`, filter.ValueExpected, "path", "/api v")
	f(`path:<"/api v| >`, filter.ValueExpected, "path", "/api v")
	f(`"odd name":<x|>`, filter.ValueExpected, "odd name", "x")
	f(`<"odd na|>`, filter.TermExpected, "", "odd na")
	f(`</re|/i>`, filter.NothingExpected, "", "")
	f(`x:</re|/>`, filter.NothingExpected, "", "")
	f("a OR |", filter.TermExpected, "", "")
	f("a) <b|>", filter.TermExpected, "", "b") // wrong elsewhere
	f("levle:<x|>", filter.ValueExpected, "attrs.levle", "x")

	// The operators hold the marks of this test, so these are by themselves.
	for text, want := range map[string]filter.Kind{"level>=": filter.LevelExpected, "logger>=": filter.NothingExpected, "x>=": filter.ValueExpected,
		"level>": filter.LevelExpected, ">=": filter.NothingExpected, "time<": filter.TimeExpected} {
		if got := filter.Complete(text, len(text)); got.Kind != want || got.Start != len(text) || got.End != len(text) {
			t.Errorf("%s: got %+v, want %s at the end", text, got, want)
		}
	}
	if got := filter.Complete("level>=warn", 6); got.Kind != filter.NothingExpected {
		t.Errorf("within an operator: got %+v, want nothing", got)
	}
	for _, cursor := range []int{-5, 100} {
		if got := filter.Complete("a b", cursor); got.Kind != filter.TermExpected {
			t.Errorf("cursor at %d: got %+v", cursor, got)
		}
	}
	if got := filter.Complete(strings.Repeat("x", filter.MaxLength+1), 5); got.Kind != filter.NothingExpected {
		t.Errorf("too long: got %+v, want nothing", got)
	}
}
