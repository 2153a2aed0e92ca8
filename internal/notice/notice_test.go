package notice

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestGive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		b := Board{Tell: func(text string) { got = append(got, text) }}
		for i := range 3 {
			b.Give("disk", "full %d", i)
			b.Give("net", "away %d", i)
		}
		time.Sleep(every)
		b.Give("disk", "full")
		time.Sleep(every)
		b.Give("disk", "full")
		want := []string{"full 0", "away 0", "full (and 2 times more since the last message)", "full"}
		if !slices.Equal(got, want) {
			t.Errorf("told: got %q, want %q", got, want)
		}
	})
}

func TestGiveIsBounded(t *testing.T) {
	b := Board{Tell: func(string) {}}
	for i := range 5 * maxKeys {
		b.Give(fmt.Sprint(i), "x")
	}
	if n := len(b.said); n > maxKeys+1 {
		t.Errorf("remembered: got %d keys, want at most %d", n, maxKeys+1)
	}
}
