package terminal

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestParseKeys(t *testing.T) {
	f := func(sent string, want ...Key) {
		t.Helper()
		var got []Key
		parseKeys([]byte(sent), func(k Key) { got = append(got, k) })
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", sent, got, want)
		}
	}
	f("a ü1/", 'a', ' ', 'ü', '1', '/')
	f("\r\x7f\x15\x17\x04", Enter, Backspace, KillLine, KillWord, EndOfInput)
	f("\x1b", Escape)
	f("\x1b[D\x1bOC\x1b[H\x1b[4~\x1b[3~x", Left, Right, Home, End, Delete, 'x')
	f("\x1b[1;5Dx\x1b[200~", 'x') // what is not known is no text
	f("\x1b[12")
	f("\x1b\x1b", Escape, Escape)
	f("\x00\x03\xff\x9bq", 'q')
	f("")
}

func TestLine(t *testing.T) {
	f := func(text, cursor string, keys ...Key) {
		t.Helper()
		l := NewLine("ab cd")
		for _, k := range keys {
			l.Press(k)
		}
		if l.String() != text || string(l.text[:l.at]) != cursor {
			t.Errorf("%v: got %q, the cursor behind %q, want %q, %q", keys, l, string(l.text[:l.at]), text, cursor)
		}
	}
	f("ab cdx", "ab cdx", 'x')
	f("ab xcd", "ab x", Left, Left, 'x')
	f("ab d", "ab ", Left, Backspace)
	f("b cd", "", Home, Delete)
	f("b cd", "", Home, Backspace, Delete, Left)
	f("ab ", "ab ", KillWord)
	f("", "", KillWord, KillWord, KillWord)
	f("d", "", Left, KillLine)
	f("ab cd", "ab cd", Home, End, Right, Delete, Enter, Escape, '\x1b', '\u202e')
	l := NewLine(strings.Repeat("x", maxLine))
	l.Press('y')
	if n := len(l.String()); n != maxLine {
		t.Errorf("got %d characters, want at most %d", n, maxLine)
	}
}

func TestLineShow(t *testing.T) {
	f := func(columns int, home bool, text string, cursor int) {
		t.Helper()
		l := NewLine("0123456789")
		if home {
			l.Press(Home)
		}
		if got, at := l.Show(columns); got != text || at != cursor {
			t.Errorf("%d columns: got %q, %d, want %q, %d", columns, got, at, text, cursor)
		}
	}
	f(20, false, "0123456789", 10)
	f(4, false, "789", 3)
	f(4, true, "0123", 0)
	f(0, true, "0", 0)
}

func TestColored(t *testing.T) {
	f := func(want bool, flag string, terminal bool, env ...string) {
		t.Helper()
		getenv := func(name string) string {
			for _, e := range env {
				if value, ok := strings.CutPrefix(e, name+"="); ok {
					return value
				}
			}
			return ""
		}
		if got := Colored(flag, terminal, getenv); got != want {
			t.Errorf("--color %s, terminal %v, %v: got %v, want %v", flag, terminal, env, got, want)
		}
	}
	f(true, "auto", true)
	f(false, "auto", false)
	f(true, "always", false, "NO_COLOR=1")
	f(false, "never", true, "CLICOLOR_FORCE=1")
	f(false, "auto", true, "NO_COLOR=1")
	f(true, "auto", true, "NO_COLOR=")
	f(false, "auto", true, "NO_COLOR=1", "CLICOLOR_FORCE=1")
	f(true, "auto", false, "CLICOLOR_FORCE=1")
	f(false, "auto", false, "CLICOLOR_FORCE=0")
	f(false, "auto", true, "TERM=dumb")
	f(true, "auto", true, "TERM=xterm")
}

func TestPagerCommand(t *testing.T) {
	f := func(terminal, want string, env ...string) {
		t.Helper()
		lookup := func(name string) (string, bool) {
			for _, e := range env {
				if value, ok := strings.CutPrefix(e, name+"="); ok {
					return value, true
				}
			}
			return "", false
		}
		if got := PagerCommand(lookup, terminal); got != want {
			t.Errorf("%q: got %q, want %q", env, got, want)
		}
	}
	f("xterm", "more", "PAGER=more")
	f("xterm", "less -S", "PAGER=more", "JACKDAW_PAGER=less -S")
	f("xterm", "", "PAGER=more", "JACKDAW_PAGER=")
	f("xterm", "", "PAGER=cat")
	f("dumb", "", "PAGER=more")
	t.Setenv("PATH", t.TempDir())
	f("xterm", "")
}

// Whatever a terminal sends, all of it is read, and a line stays one of what can be shown.
func FuzzKeys(f *testing.F) {
	f.Add([]byte("a\x1b[D\x1b[3~\x15\x17\x7fü\x1b[200~x"))
	f.Add([]byte("\x1b[\x1bO\x1b"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		l := NewLine("")
		parseKeys(sent, l.Press)
		for _, columns := range []int{0, 1, 7} {
			if text, cursor := l.Show(columns); cursor < 0 || cursor > len(text) || strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("%d columns: got %q, %d", columns, text, cursor)
			}
		}
	})
}
