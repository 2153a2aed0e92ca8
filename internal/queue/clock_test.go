package queue

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Where the clock stands, keys are higher from call to call all the same, across goroutines too.
func TestClockThatStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock
		c.start()
		if !c.coarse {
			t.Fatal("a clock that stands was taken for one that moves")
		}
		const callers, each = 8, 1000
		var wg sync.WaitGroup
		keys := make(chan int64, callers*each)
		for range callers {
			wg.Go(func() {
				last := int64(-1)
				for range each {
					now := time.Now()
					key := c.key(&now)
					if key <= last {
						t.Errorf("got key %d after %d", key, last)
					}
					last = key
					keys <- key
				}
			})
		}
		wg.Wait()
		close(keys)
		seen := map[int64]bool{}
		for key := range keys {
			if seen[key] {
				t.Fatalf("key %d was given twice", key)
			}
			seen[key] = true
		}
		time.Sleep(time.Second)
		if key := c.now(); key != int64(time.Second) {
			t.Errorf("after a second: got key %d, want the time", key)
		}
	})
}

// Where it moves, keys are the time, to which those of made-up times do not count.
func TestClockThatMoves(t *testing.T) {
	var c clock
	c.start()
	c.coarse = false // should the machine's stand
	at := c.base.Add(time.Hour)
	if got := c.key(&at); got != int64(time.Hour) {
		t.Errorf("key of a time: got %d, want that of the clock", got)
	}
	for _, odd := range []time.Time{{}, at.Round(0)} {
		if got := c.key(&odd); got < 0 || got >= int64(time.Hour) {
			t.Errorf("key of %v, which is not of the clock: got %v, want now", odd, time.Duration(got))
		}
	}
	for _, at := range []time.Time{at, c.base.Add(-time.Second), time.Now()} {
		if got, want := c.key(&at), int64(at.Sub(c.base)); got != want || c.oddKey(at) != want {
			t.Errorf("key of %v: got %d, the long way %d, want %d", at, got, c.oddKey(at), want)
		}
	}
}
