package flight

import (
	"errors"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

func testOptions(t testing.TB) Options {
	base := time.Now()
	return Options{
		PID: 4711, Name: "shop",
		Place: func(pc uintptr) *slog.Source {
			return &slog.Source{Function: "main.f", File: "/src/main.go", Line: int(pc)}
		},
		Moment: func() (time.Time, int64) { now := time.Now(); return now, int64(now.Sub(base)) },
		Base:   base,
		Tell:   func(err error) { t.Log(err) },
	}
}

func recorder(t *testing.T, m []byte) *Recorder {
	t.Helper()
	r, left, err := New(m, testOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	if left.Len() > 0 || left.Damaged > 0 {
		t.Fatalf("new memory: got %d records left, %d damaged", left.Len(), left.Damaged)
	}
	return r
}

// oneLane makes all callers go to one lane. Otherwise who is moved to another processor, or whose stack is moved, goes on in another
// one, and so in another segment.
func oneLane(r *Recorder) { r.own, r.shared = nil, r.shared[:1] }

// rest returns what is left in memory, as it would be in another process.
func rest(t *testing.T, m []byte) ([]record.Record, *Left) {
	t.Helper()
	left, err := Read(slices.Clone(m))
	if err != nil {
		t.Fatal(err)
	}
	var all []record.Record
	for left.Len() > 0 {
		records, segments := left.Next(math.MaxInt)
		if len(records)+left.Damaged < len(segments) {
			t.Errorf("got %d segments for %d records", len(segments), len(records))
		}
		all = append(all, records...)
	}
	return all, left
}

// few keeps n calls with their number, and returns their tokens.
func few(r *Recorder, from, to int) (tokens []Token) {
	o := NewOrigin("shop", record.Scope{})
	for i := from; i < to; i++ {
		tokens = append(tokens, r.Call(&Call{Origin: o, Message: "m", Key: int64(i), Now: true}, []slog.Attr{slog.Int("i", i), slog.String("s", strings.Repeat("x", i%50))}, nil))
	}
	return tokens
}

// numbers returns those of the calls that are left.
func numbers(t *testing.T, m []byte) (n []int) {
	t.Helper()
	records, left := rest(t, m)
	if left.Damaged > 0 {
		t.Errorf("got %d damaged", left.Damaged)
	}
	for _, r := range records {
		n = append(n, int(r.Attrs[0].Value.Int64()))
	}
	return n
}

// What was released does not come again, once all before it in its segment was, and its room is used again.
func TestRelease(t *testing.T) {
	m := make([]byte, MinBytes)
	r := recorder(t, m)
	oneLane(r)
	tokens := few(r, 0, 10)
	r.Release(tokens[3:7])
	if got := numbers(t, m); len(got) != 10 {
		t.Errorf("got %v, want all", got)
	}
	r.Release(tokens[:3])
	if got, want := numbers(t, m), []int{7, 8, 9}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	r.Release(append(tokens[7:10:10], 0)) // as one that was not kept
	if got := numbers(t, m); len(got) != 0 {
		t.Errorf("got %v, want none", got)
	}
	for i := range 200 {
		tokens := few(r, i*100, i*100+100)
		if got := numbers(t, m); i%50 == 0 && (len(got) != 100 || got[0] != i*100) {
			t.Errorf("round %d: got %v", i, got)
		}
		r.Release(tokens)
	}
	if s := r.Stats(); s.Used > int64(len(r.lanes)+1)*segmentBytes || s.Missed > 0 {
		t.Errorf("got %+v, want that the same segments are used again", s)
	}
	if !r.Close() {
		t.Error("Close: got that something is kept")
	}
	if got := numbers(t, m); len(got) != 0 {
		t.Errorf("at the end: got %v", got)
	}
}

// A segment that is begun anew has nothing of what was there, before the first call is in it.
func TestBegunAnew(t *testing.T) {
	m := make([]byte, MinBytes)
	r := recorder(t, m)
	r.Release(few(r, 0, 10))
	for i := range r.lanes {
		if l := &r.lanes[i]; l.seg != nil {
			at := l.seg.index
			if !l.begin(segmentBytes) || l.seg.index != at {
				t.Error("got another segment, want the one that is free")
			}
		}
	}
	if got := numbers(t, m); len(got) != 0 {
		t.Errorf("got %v, want none of those that were handled", got)
	}
}

// Memory that is full is told once, until there was room; what is there stays, and what comes is counted.
func TestFull(t *testing.T) {
	m := make([]byte, MinBytes)
	o := testOptions(t)
	var told []error
	o.Tell = func(err error) { told = append(told, err) }
	r, _, err := New(m, o)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		before, stats := len(told), r.Stats().Missed
		tokens := few(r, 0, 20000)
		missed := 0
		for _, token := range tokens {
			if token == 0 {
				missed++
			}
		}
		if s := r.Stats(); missed == 0 || s.Missed-stats != uint64(missed) || s.Used != s.Bytes-segmentBytes {
			t.Errorf("got %+v, want %d missed", s, missed)
		}
		if len(told) != before+1 || !errors.Is(told[before], ErrFull) {
			t.Errorf("got %v, want one ErrFull", told[before:])
		}
		if got := numbers(t, m); len(got) != len(tokens)-missed {
			t.Errorf("got %d records, want %d", len(got), len(tokens)-missed)
		}
		r.Release(tokens)
	}
	if got := numbers(t, m); len(got) != 0 {
		t.Errorf("got %d, want none", len(got))
	}
	// A call that is larger than the memory is not kept, and does no harm.
	if token := r.Call(&Call{Origin: NewOrigin("x", record.Scope{}), Message: strings.Repeat("x", MinBytes)}, nil, nil); token != 0 {
		t.Error("a call larger than all was kept")
	}
	if token := few(r, 1, 2)[0]; token == 0 {
		t.Error("the next was not kept")
	}
}

// A call that is larger than a segment does no harm to those that follow, however many there are, and they none to it.
func TestLarge(t *testing.T) {
	m := make([]byte, 48<<20)
	r := recorder(t, m)
	o := NewOrigin("shop", record.Scope{})
	number := func(i int) []slog.Attr { return []slog.Attr{slog.Int("i", i)} }
	for _, size := range []int{60 << 10, 70 << 10, 1 << 20, 12 << 20} {
		large := strings.Repeat("x", size)
		first := r.Call(&Call{Origin: o, Message: large, Now: true}, number(0), nil)
		// In a value it comes behind a shape.
		second := r.Call(&Call{Origin: o, Message: "m", Key: 1, Now: true}, append(number(1), slog.String("s", large)), nil)
		tokens := append(few(r, 2, 2+2*maxCalls), second)
		if slices.Contains(tokens, 0) || first == 0 {
			t.Fatalf("a call of %d bytes, or one that follows, was not kept", size)
		}
		if n := r.Record(&record.Record{Message: large}, 2); n == 0 {
			t.Fatalf("a record of %d bytes was not kept", size)
		} else {
			tokens = append(tokens, n)
		}
		r.Release(tokens)
		if got := numbers(t, m); len(got) == 0 || got[0] != 0 {
			t.Errorf("after a call of %d bytes: got %v, want it to be there", size, got)
		}
		r.Release([]Token{first})
		if got := numbers(t, m); len(got) != 0 {
			t.Errorf("after a call of %d bytes: got %v, want none", size, got)
		}
	}
	if s := r.Stats(); s.Err != nil || s.Missed > 0 || s.Used > int64(len(r.lanes)+1)*segmentBytes {
		t.Errorf("got %+v, want that large segments are free", s)
	}
}

// What is too large to be ever kept is counted, and told.
func TestTooLarge(t *testing.T) {
	o := testOptions(t)
	var told []string
	o.Tell = func(err error) { told = append(told, err.Error()) }
	r, _, err := New(make([]byte, 32<<20), o)
	if err != nil {
		t.Fatal(err)
	}
	origin, huge := NewOrigin("shop", record.Scope{}), strings.Repeat("x", maxSize)
	for _, token := range []Token{
		r.Call(&Call{Origin: origin, Message: huge}, nil, nil), r.Call(&Call{Origin: origin}, make([]slog.Attr, maxAttrs), make([]slog.Attr, 1)),
		r.Record(&record.Record{Message: huge}, 1),
	} {
		if token != 0 {
			t.Errorf("got %v, want that it is not kept", token)
		}
	}
	if len(told) != 3 || !strings.HasSuffix(told[0], "bytes, want 16777216 at most") || told[1] != "a record is not kept: got 65536 attrs, want 65535 at most" || r.Stats().Missed != 3 {
		t.Errorf("got %q, %+v", told, r.Stats())
	}
	if few(r, 1, 2)[0] == 0 {
		t.Error("the next was not kept")
	}
}

// What earlier processes have left stays until it is released, in its order, whatever comes meanwhile.
func TestLeft(t *testing.T) {
	m := make([]byte, MinBytes)
	first := recorder(t, m)
	oneLane(first)
	few(first, 0, 2000)
	r, left, err := New(m, testOptions(t))
	if err != nil || left.Len() != 2000 {
		t.Fatalf("got %d, %v", left.Len(), err)
	}
	few(r, 2000, 2010)
	records, segments := left.Next(1500)
	r.ReleaseLeft(segments)
	if len(records) != 1500 || r.Stats().Left != 500 {
		t.Errorf("got %d records, %+v", len(records), r.Stats())
	}
	// It is killed as well: what was not released comes first.
	r, left, err = New(m, testOptions(t))
	if err != nil || len(left.Runs) != 2 || left.Runs[1].Records != 10 || left.Len() > 1500 || left.Len() < 510 {
		t.Fatalf("got %d, %+v, %v", left.Len(), left.Runs, err)
	}
	n, last := left.Len(), -1
	for left.Len() > 0 {
		records, segments := left.Next(100)
		for _, rec := range records {
			i := int(rec.Attrs[0].Value.Int64())
			if i <= last {
				t.Fatalf("%d came after %d", i, last)
			}
			last = i
		}
		r.ReleaseLeft(segments)
	}
	if s := r.Stats(); last != 2009 || s.Left != 0 || s.Used != 0 {
		t.Errorf("got %d records up to %d, %+v", n, last, s)
	}
	if !r.Close() {
		t.Error("Close: got that something is kept")
	}
}

// The order of processes is that in which they ran, though the clock was set back in between.
func TestLeftOfAClockSetBack(t *testing.T) {
	m := make([]byte, MinBytes)
	for i := range 5 {
		r, left, err := New(m, testOptions(t))
		if err != nil || left.Len() != i*10 {
			t.Fatalf("got %d, %v", left.Len(), err)
		}
		r.started -= int64(i%3) * int64(time.Hour)
		few(r, i*10, i*10+10)
	}
	if got := numbers(t, m); len(got) != 50 || !slices.IsSorted(got) {
		t.Errorf("got %v", got)
	}
}

// Many callers at once lose nothing, and those that release get along with them.
func TestConcurrent(t *testing.T) {
	m := make([]byte, 8<<20)
	r := recorder(t, m)
	const callers, each = 8, 3000
	kept := make(chan []Token, callers)
	var wg, releasing sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := 0; i < each; i += 100 {
				tokens := few(r, c*each+i, c*each+i+100)
				if i%200 == 0 {
					kept <- tokens
				}
			}
		})
	}
	releasing.Go(func() {
		for tokens := range kept {
			r.Release(tokens)
		}
	})
	wg.Wait()
	close(kept)
	releasing.Wait()
	got := map[int]int{}
	for _, n := range numbers(t, m) {
		got[n]++
	}
	for n := range callers * each {
		if odd := n / 100 % 2; odd == 1 && got[n] != 1 || got[n] > 1 {
			t.Fatalf("call %d: got it %d times", n, got[n])
		}
	}
}

// Calls after Close are not kept.
func TestClosed(t *testing.T) {
	m := make([]byte, MinBytes)
	r := recorder(t, m)
	tokens := few(r, 0, 3)
	if r.Close() {
		t.Error("got that nothing is kept")
	}
	if got := few(r, 3, 4); got[0] != 0 {
		t.Errorf("after Close: got %v", got)
	}
	r.Release(tokens)
	r.ReleaseLeft([]int{1})
	if got := numbers(t, m); len(got) != 3 {
		t.Errorf("got %v", got)
	}
}
