// As in ticks_test.go.
//go:build amd64 && gc && !race && !jackdaw_portable && !windows

package flight

import (
	"log/slog"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// callers are goroutines that log at the same time. Each call says how many calls of each of them its caller knew of.
type callers struct {
	r       *Recorder
	base    time.Time
	origin  *Origin
	byTicks atomic.Int64
	made    [3]struct {
		atomic.Int64
		_ [120]byte // so that they share no cache line
	}
}

// call makes the i-th call of caller g, in one way or another.
func (c *callers) call(t *testing.T, random *rand.Rand, g int, i int64) {
	attrs := []slog.Attr{slog.Int("g", g), slog.Int64("i", i)}
	for j := range c.made {
		attrs = append(attrs, slog.Int64("of", c.made[j].Load()))
	}
	var k Kept
	switch random.IntN(200) {
	case 0:
		now := time.Now()
		k.Token = c.r.Call(&Call{Origin: c.origin, Message: "m", Key: int64(now.Sub(c.base)), Time: now}, attrs, nil)
	case 1:
		k.Token = c.r.Record(&record.Record{Attrs: attrs}, int64(time.Since(c.base)))
	case 2:
		c.r.CallNow(c.origin, here(), 0, "m", 0, []slog.Attr{slog.Any("not settled", t)})
		fallthrough
	default:
		sole := c.r.sole.Number()
		if sole == 0 {
			sole = here()
		}
		k, _ = c.r.CallNow(c.origin, sole, 0, "m", 0, attrs)
	}
	if k.Token == 0 {
		t.Errorf("call %d of %d was not kept", i, g)
	}
	if k.Ticks {
		c.byTicks.Add(1)
	}
	c.made[g].Store(i + 1)
}

// A call is left behind all those that its caller knew of, though others log at the same time.
func TestCausesOfLanes(t *testing.T) {
	rounds, byTicks := 1, int64(0)
	if testenv.Long() {
		rounds = 40
	}
	for range rounds {
		byTicks += causesOfLanes(t)
	}
	t.Logf("%d calls with ticks", byTicks)
	if byTicks < int64(rounds)*1000 {
		t.Errorf("got %d calls with ticks in %d rounds, want more", byTicks, rounds)
	}
}

func causesOfLanes(t *testing.T) int64 {
	const each = 100_000
	m, options := make([]byte, 64<<20), testOptions(t)
	r, _, err := New(m, options)
	if err != nil {
		t.Fatal(err)
	}
	c := &callers{r: r, base: options.Base, origin: NewOrigin("shop", record.Scope{})}
	var wg sync.WaitGroup
	for g := range c.made {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(g), rand.Uint64()))
			for i := range int64(each) {
				switch random.IntN(1000) { // so that others have their turn, or are alone
				case 0:
					runtime.Gosched()
				case 1:
					<-time.After(time.Duration(random.IntN(20)) * time.Microsecond)
				}
				c.call(t, random, g, i)
			}
		})
	}
	wg.Wait()
	var seen [len(c.made)]int64
	records, left := rest(t, m)
	for _, rec := range records {
		g, i := rec.Attrs[0].Value.Int64(), rec.Attrs[1].Value.Int64()
		if i != seen[g] {
			t.Fatalf("got call %d of %d, want call %d", i, g, seen[g])
		}
		seen[g]++
		for j := range seen {
			if n := rec.Attrs[2+j].Value.Int64(); n > seen[j] {
				t.Fatalf("call %d of %d: its caller knew of %d calls of %d, got it behind %d of them", i, g, n, j, seen[j])
			}
		}
	}
	if left.Damaged > 0 || len(records) != len(c.made)*each {
		t.Errorf("got %d calls, %d damaged, want %d", len(records), left.Damaged, len(c.made)*each)
	}
	return c.byTicks.Load()
}
