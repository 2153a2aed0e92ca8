package spell_test

import (
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/spell"
)

func TestNearest(t *testing.T) {
	known := []string{"name", "message", "levelname", "off", "pretty", "text", "json"}
	f := func(word, want string) {
		t.Helper()
		if got := spell.Nearest(word, known...); got != want {
			t.Errorf("Nearest(%q): got %q, want %q", word, got, want)
		}
	}
	f("nmae", "name")  // two neighbours swapped are one edit
	f("nam", "name")   // left out
	f("names", "name") // added
	f("nome", "name")  // changed
	f("NAME", "name")  // case is no difference
	f("massage", "message")
	f("levlname", "levelname")
	f("prety", "pretty")
	f("of", "") // one of two letters is too much
	f("offf", "off")
	f("", "")
	f("user_id", "")
	f("xxxx", "")
	f(strings.Repeat("name", 1000), "")
	if got := spell.Nearest("name"); got != "" {
		t.Errorf("nothing known: got %q, want none", got)
	}
}

func TestOr(t *testing.T) {
	f := func(want string, words ...string) {
		t.Helper()
		if got := spell.Or(words...); got != want {
			t.Errorf("Or(%q): got %q, want %q", words, got, want)
		}
	}
	f("")
	f("a", "a")
	f("a or b", "a", "b")
	f("a, b or c", "a", "b", "c")
}
