package chunk

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestLetters(t *testing.T) {
	f := func(text, among string, want bool) {
		t.Helper()
		l := lettersOf(text)
		if got := l.in([]byte(among)); got != want {
			t.Errorf("%q in %q: got %v, want %v", text, among, got, want)
		}
	}
	f("quartz", "", false)
	f("quartz", "quart", false)
	f("quartz", "QuArTz", true)
	f("QUARTZ", "a quartz b", true)
	f("quartz", "quarquartz", true)
	f("quartz", "zzzzquart", false)
	f("aa", "a", false)
	f("connection refused", "Connection refused", true)
	f("connection refused", "connection  refused", false)
	f("[x]", "{X}[X]", true)
	f("k", "\u212a", false) // the language has it so
}

// What is found is what strings.Contains finds of the lower case.
func TestLettersAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	some := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abAB -"[r.IntN(6)]
		}
		return string(b)
	}
	found := 0
	for range 20_000 {
		text, among := some(1+r.IntN(5)), some(r.IntN(20))
		want := strings.Contains(strings.ToLower(among), strings.ToLower(text))
		l := lettersOf(text)
		if got := l.in([]byte(among)); got != want {
			t.Fatalf("%q in %q: got %v, want %v", text, among, got, want)
		}
		if want {
			found++
		}
	}
	if found < 1000 {
		t.Errorf("only %d were found", found)
	}
}
