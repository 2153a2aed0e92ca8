package format

import (
	"strings"
	"testing"
	"time"
)

// Every byte is seen wherever it stands among the eight that are looked at together.
func TestWords(t *testing.T) {
	for b := range 256 {
		plain := b >= 0x20 && b < 0x7f
		word := plain && !strings.ContainsRune(` "'=`, rune(b))
		for n := range 24 {
			for at := range n + 1 {
				for _, behind := range []string{strings.Repeat("z", n-at), strings.Repeat(string([]byte{byte(b)}), n-at)} {
					s := strings.Repeat("a", at) + string([]byte{byte(b)}) + behind
					want, wantWord := len(s), len(s)
					if !plain {
						want = at
					}
					if !word {
						wantWord = at
					}
					if got := indexOdd(s, 0); got != want {
						t.Fatalf("indexOdd(%q): got %d, want %d", s, got, want)
					}
					if got := indexOdd(s, at); got != want {
						t.Fatalf("indexOdd(%q, %d): got %d, want %d", s, at, got, want)
					}
					if got := indexUnbare(s); got != wantWord {
						t.Fatalf("indexUnbare(%q): got %d, want %d", s, got, wantWord)
					}
				}
			}
		}
	}
	if indexOdd("", 0) != 0 || indexUnbare("") != 0 {
		t.Error("an empty text has bytes")
	}
}

// Times are those that the time package makes of its layouts.
func TestMoments(t *testing.T) {
	local := time.Local
	defer func() { time.Local = local }()
	for _, zone := range []*time.Location{time.UTC, time.FixedZone("", 3600), time.FixedZone("", -12600), time.FixedZone("", 18000)} {
		time.Local = zone
		for i := range 2000 {
			at := time.Unix(int64(i)*31_556_952-11_000_000_000+int64(i)*7919, int64(i)*499_999).UTC()
			f := func(got []byte, layout string) {
				t.Helper()
				if want := "x" + at.Local().Format(layout); string(got) != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
			f(appendMoment([]byte("x"), at.Local()), "2006-01-02T15:04:05.000Z07:00")
			f(appendTimeOfDay([]byte("x"), at.Local()), "15:04:05.000")
			f(appendAsctime([]byte("x"), at), "2006-01-02 15:04:05,000")
			day := at.Local()
			next := day.AddDate(0, 0, 1)
			midnight := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
			if dayOf(midnight) != dayOf(day) || dayOf(midnight.Add(24*time.Hour-1)) != dayOf(day) || dayOf(next) != dayOf(day)+1 {
				t.Errorf("%v: got day %d, midnight's %d, the next %d", day, dayOf(day), dayOf(midnight), dayOf(next))
			}
		}
	}
}
