package queue

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/flight"
	"github.com/jackdaw-log/jackdaw/record"
)

// keeping is a listener whose calls are kept, with a handler that takes a batch, and a Spill that takes one, whenever it is told to.
type keeping struct {
	*Listener
	memory []byte
	origin *Origin
	turns  chan struct{}
	disk   chan error

	mu      sync.Mutex // guards what follows
	handled []int64
	spilled []int64 // ever
}

func newKeeping(t *testing.T, spills bool) *keeping {
	t.Helper()
	x := &keeping{
		Listener: New(Options{Budget: 256 << 10, OnError: func(error) {}}), memory: make([]byte, 2<<20),
		turns: make(chan struct{}), disk: make(chan error),
	}
	o := OutletOptions{Name: "x"}
	if spills {
		o.Spill = &slowSpill{append: func() error { return <-x.disk }}
	}
	out, err := x.Add(record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		<-x.turns
		x.note(&x.handled, batch)
		return nil
	}), o)
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := o.Spill.(*slowSpill); ok {
		s.appended = func(batch []record.Record) { x.note(&x.spilled, batch) }
	}
	x.origin = &Origin{To: everywhere{out}, Logger: "x", Kept: flight.NewOrigin("x", record.Scope{})}
	r, _, err := flight.New(x.memory, flight.Options{Place: x.Place, Moment: x.Moment, Base: x.Base(), Tell: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	x.Keep(r)
	return x
}

// note notes the numbers of calls.
func (x *keeping) note(to *[]int64, batch []record.Record) {
	x.mu.Lock()
	defer x.mu.Unlock()
	*to = append(*to, numbersOf(batch)...)
}

func numbersOf(batch []record.Record) (numbers []int64) {
	for _, r := range batch {
		if r.Logger == "x" {
			numbers = append(numbers, r.Attrs[0].Value.Int64())
		}
	}
	return numbers
}

// log logs some calls, from a number on.
func (x *keeping) log(from int64, n int) {
	for i := range int64(n) {
		x.Put(&Call{Origin: x.origin, Time: time.Now(), Message: "m"}, []slog.Attr{slog.Int64("i", from+i)})
	}
	x.move(allCalls)
}

// safe returns which calls would not be lost if the process were killed now, when nothing moves.
func (x *keeping) safe(t *testing.T) (kept int, safe map[int64]bool) {
	t.Helper()
	left, err := flight.Read(slices.Clone(x.memory))
	if err != nil || left.Damaged > 0 {
		t.Fatalf("got %d damaged, %v", left.Damaged, err)
	}
	kept, safe = left.Len(), map[int64]bool{}
	records, _ := left.Next(math.MaxInt)
	for _, numbers := range [][]int64{numbersOf(records), x.handled, x.spilled} {
		for _, n := range numbers {
			safe[n] = true
		}
	}
	return kept, safe
}

// Whatever a handler and its disk do, a record that comes to the handler in the end was kept, or in the Spill, until it did; and
// nothing is kept once all is handled.
func TestKept(t *testing.T) {
	t.Run("in memory", func(t *testing.T) { synctest.Test(t, func(t *testing.T) { testKept(t, false) }) })
	t.Run("with a Spill", func(t *testing.T) { synctest.Test(t, func(t *testing.T) { testKept(t, true) }) })
}

func testKept(t *testing.T, spills bool) {
	x := newKeeping(t, spills)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	type moment struct {
		logged int64
		safe   map[int64]bool
	}
	var moments []moment
	logged := int64(0)
	for range 200 {
		switch what := rand.N(10); what {
		case 0, 1, 2:
			n := rand.N(400)
			x.log(logged, n)
			logged += int64(n)
		case 3, 4, 5:
			select {
			case x.turns <- struct{}{}:
			default:
			}
		case 6, 7:
			select {
			case x.disk <- []error{nil, errors.New("the disk is full")}[what-6]:
			default:
			}
		case 8:
			_ = x.Flush(ended) // it looks who waits
		case 9:
			time.Sleep(2 * time.Second)
		}
		synctest.Wait()
		_, safe := x.safe(t)
		moments = append(moments, moment{logged, safe})
	}
	close(x.turns)
	close(x.disk)
	if err := x.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for at, m := range moments {
		for _, n := range x.handled {
			if n < m.logged && !m.safe[n] {
				t.Fatalf("call %d of %d was neither handled nor kept at moment %d, and handled later", n, m.logged, at)
			}
		}
	}
	if kept, _ := x.safe(t); kept > 0 {
		t.Errorf("got %d calls that are kept, of %d, when %d are handled", kept, logged, len(x.handled))
	}
}
