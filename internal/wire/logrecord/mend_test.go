package logrecord_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

// What is no UTF-8 is found wherever it stands in a text of whatever length, and mended; lone surrogates stay.
func TestMend(t *testing.T) {
	for length := range 40 {
		text := strings.Repeat("a", length)
		if !logrecord.IsText(text) || logrecord.Mend(text) != text {
			t.Errorf("%q: want it as it is", text)
		}
		for at := range length + 1 {
			for odd, mended := range map[string]string{"é": "é", "\xff": "�", "\xc3": "�", "\xed\xb3\xbf": "\xed\xb3\xbf", "\xed\xb3": "��"} {
				text, want := text[:at]+odd+text[at:], text[:at]+mended+text[at:]
				if got := logrecord.IsText(text); got != utf8.ValidString(text) {
					t.Errorf("%q is text: got %v", text, got)
				}
				if got := logrecord.Mend(text); got != want {
					t.Errorf("%q: got %q, want %q", text, got, want)
				}
			}
		}
	}
}

// A text is what its bytes say, also where others have its hash or its place, and it outlives them.
func TestTexts(t *testing.T) {
	var texts logrecord.Texts
	var got, want []string
	for range 3 {
		for length := range 2 * logrecord.LongestKnown {
			for _, c := range []byte("ab") {
				b := []byte(strings.Repeat(string(c), length))
				for _, at := range []int{0, length / 3, length - 1} {
					if length > 0 {
						b[at] = 'x'
					}
					want, got = append(want, string(b)), append(got, texts.Text(b))
					clear(b[:length/2]) // it is not kept
					copy(b, strings.Repeat(string(c), length))
				}
			}
		}
		long := []byte(strings.Repeat("l", 100_000))
		want, got = append(want, string(long), "\ufffd"), append(got, texts.Text(long), texts.Text([]byte("\xff")))
		clear(long)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("text %d: got %.200q, want %.200q", i, got[i], want[i])
		}
	}
	known := []byte("a name that comes again")
	texts.Text(known)
	texts.Text(known)
	if n := testing.AllocsPerRun(100, func() { texts.Text(known) }); n > 0 {
		t.Errorf("a text that is known: got %v allocations, want none", n)
	}
}
