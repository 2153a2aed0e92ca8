package stream

import (
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/queue"
)

func TestMark(t *testing.T) {
	f := func(m mark, want string) {
		t.Helper()
		got := m.String()
		if got != want {
			t.Errorf("mark %+v: got %q, want %q", m, got, want)
		}
		if back, err := parseMark(got); err != nil || back != m {
			t.Errorf("parseMark(%q): got %+v and error %v, want %+v", got, back, err, m)
		}
	}
	f(mark{}, "1 0 0 0 0 0 0 0 0 0 0 0 0")
	f(mark{epoch: 7, after: totals{Bytes: 1 << 40, Levels: queue.Levels{1, 2, 3, 4, 5}}, own: queue.Levels{0, 1, 0, 0, 5}},
		"1 7 1099511627776 1 2 3 4 5 0 1 0 0 5")
}

func TestMarkErrors(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, err := parseMark(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseMark(%q): got error %v, want %s", text, err, want)
		}
	}
	f("", `header Jackdaw is of version "", want 1`)
	f("2 7 1", `header Jackdaw is of version "2", want 1`)
	f("1 7 1", `header Jackdaw: strconv.ParseUint: parsing ""`)
	f("1 7 x 1 2 3 4 5 0 1 0 0 5", `header Jackdaw: strconv.ParseUint: parsing "x"`)
	f("1 0 0 0 0 0 0 0 0 0 0 0 0 and more", `header Jackdaw goes on with "and more"`)
}

func FuzzMark(f *testing.F) {
	f.Add("1 0 0 0 0 0 0 0 0 0 0 0 0")
	f.Add("1 7 1099511627776 1 2 3 4 5 0 1 0 0 5")
	f.Add("2 x")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseMark(text)
		if err != nil {
			return
		}
		if again, err := parseMark(m.String()); err != nil || again != m {
			t.Errorf("%q is %+v, and written and read again %+v, error %v", text, m, again, err)
		}
		before := m.before(10)
		for i := range before.Levels {
			if before.Levels[i] > m.after.Levels[i] {
				t.Errorf("%q: before it were %v records, after it %v", text, before.Levels, m.after.Levels)
			}
		}
	})
}
