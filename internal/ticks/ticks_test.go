package ticks

import "testing"

// A processor's place becomes the sole one unless another one is it; a call that is left elsewhere ends it.
func TestSole(t *testing.T) {
	var s Sole
	for _, c := range []struct {
		name string
		do   func()
		want uint32
	}{
		{"a call in a shared place", func() { s.Take(0) }, 0},
		{"a call", func() { s.Take(1) }, 1},
		{"one elsewhere", func() { s.Take(2) }, 1},
		{"one that was left there", func() { s.Leave(1, 5) }, 1},
		{"one that was left elsewhere", func() { s.Leave(2, 5) }, 0},
		{"one that was left where there is none", func() { s.Leave(2, 5) }, 0},
		{"a call elsewhere", func() { s.Take(2) }, 2},
		{"one that was left in a shared place", func() { s.Leave(0, 5) }, 0},
		{"a call again", func() { s.Take(1) }, 1},
		{"one with a key of before the start, left elsewhere", func() { s.Leave(2, -5) }, 1},
	} {
		if c.do(); s.Number() != c.want {
			t.Errorf("%s: got %d, want %d", c.name, s.Number(), c.want)
		}
	}
	if s.Take(1) || s.Take(2) {
		t.Error("it was taken twice")
	}
}

// Readings between which the caller was stopped are tried again.
func TestBeside(t *testing.T) {
	counts := []int64{100, 9000, 9010, 9040, 9050, 9100}
	shown := 0
	at, now := Beside(func() int64 {
		n := counts[0]
		counts = counts[1:]
		return n
	}, func() int { shown++; return shown })
	if at != 9010 || now != 2 {
		t.Errorf("got %d and %d, want those that took the shortest, 9010 and 2", at, now)
	}
}
