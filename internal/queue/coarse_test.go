package queue

import (
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// Where the clock stands, calls that are made now have its time, and come in their order.
func TestPutNowWhereTheClockStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{OnError: func(err error) { t.Error(err) }})
		origin, next := numbered(t, l)
		const calls = 100
		for i := range int64(calls) {
			if !l.PutNow(origin, slog.LevelInfo, "m", 0, []slog.Attr{slog.Int64("i", i)}) {
				t.Fatal("a call was not put")
			}
		}
		all := 0
		for i := range l.front.own {
			for _, c := range l.front.own[i].calls {
				if all++; !c.time.Equal(time.Now()) || c.stamp != 0 || c.message != "m" {
					t.Errorf("got a call at %v by stamp %d, want it at %v", c.time, c.stamp, time.Now())
				}
			}
		}
		if pins && all != calls {
			t.Errorf("got %d calls in the shards of processors, want %d", all, calls)
		}
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if *next != calls {
			t.Errorf("got %d calls, want %d", *next, calls)
		}
	})
}
