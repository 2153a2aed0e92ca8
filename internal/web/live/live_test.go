package live_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/storetest"
	"github.com/jackdaw-log/jackdaw/internal/web/live"
	"github.com/jackdaw-log/jackdaw/record"
)

// feed remembers what arrived since it began to forget.
type feed struct {
	mu      sync.Mutex
	records []record.Record
	gone    int  // so many of them are forgotten
	unknown bool // it does not know how many
	grown   chan struct{}
}

func newFeed() *feed { return &feed{grown: make(chan struct{})} }

// arrive lets n records arrive, numbered on.
func (f *feed) arrive(n int, level slog.Level, logger string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range n {
		i := len(f.records)
		f.records = append(f.records, record.Record{
			ID: record.ID{Epoch: 1, Sequence: uint64(i/10 + 1), Index: uint32(i % 10)}, Level: level, Logger: logger, Message: strconv.Itoa(i),
		})
	}
	close(f.grown)
	f.grown = make(chan struct{})
}

func (f *feed) Last(context.Context) (record.ID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.records) == 0 {
		return record.ID{}, nil
	}
	return f.records[len(f.records)-1].ID, nil
}

func (f *feed) Follow(_ context.Context, s live.Start) (live.Follower, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := len(f.records)
	switch {
	case !s.After.IsZero():
		at = int(s.After.Sequence-1)*10 + int(s.After.Index) + 1
	case s.Last > 0:
		at -= int(min(s.Last, uint64(at)))
	}
	return &follower{f: f, at: at}, nil
}

type follower struct {
	f  *feed
	at int
}

func (w *follower) Next(ctx context.Context) ([]record.Record, live.Missed, error) {
	for {
		w.f.mu.Lock()
		var missed live.Missed
		if w.at < w.f.gone {
			missed.Records, w.at = uint64(w.f.gone-w.at), w.f.gone
			if w.f.unknown {
				missed = live.Missed{AtLeast: true}
			}
		}
		batch, grown := w.f.records[w.at:min(w.at+64, len(w.f.records))], w.f.grown
		w.f.mu.Unlock()
		if w.at += len(batch); len(batch) > 0 {
			return batch, missed, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, live.Missed{}, ctx.Err()
		}
	}
}

func (w *follower) Close() {}

// view begins a view in a bubble.
func view(t *testing.T, h *live.Hub, q live.Query) *live.View {
	t.Helper()
	var err error
	if q.End, err = h.Last(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, err := h.View(q)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// sum is what updates told.
type sum struct {
	numbers []int
	gaps    []live.Gap
	missing int // in the gaps
	counts  map[string]queue.Levels
	total   queue.Levels
	at      record.ID
	counted record.ID
}

func (s *sum) add(u *live.Update) {
	for i := range u.Records {
		n, _ := strconv.Atoi(u.Records[i].Message)
		s.numbers = append(s.numbers, n)
	}
	for _, g := range u.Gaps {
		s.gaps = append(s.gaps, g)
		s.missing += int(g.Records)
	}
	if u.Counts != nil {
		if s.counts == nil {
			s.counts = map[string]queue.Levels{}
		}
		for name, l := range u.Counts.Loggers {
			n := s.counts[name]
			n.Add(*l)
			s.counts[name] = n
		}
		s.total.Add(u.Counts.Total)
	}
	if !u.Sources {
		s.at, s.counted = u.At, u.Counted
	}
}

// drain takes all that is there, for as long as a viewer would wait for more.
func (s *sum) drain(t *testing.T, v *live.View) {
	t.Helper()
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		u, err := v.Next(ctx)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		s.add(u)
	}
}

func parse(t *testing.T, text string) *filter.Filter {
	t.Helper()
	f, err := filter.Parse(text, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func numbers(from, to int) (list []int) {
	for i := from; i < to; i++ {
		list = append(list, i)
	}
	return list
}

func TestView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		h := live.New(live.Options{Feed: f})
		defer h.Close()
		f.arrive(25, 0, "shop")
		f.arrive(5, 8, "pay")
		check := func(name string, q live.Query, want ...int) {
			t.Helper()
			v := view(t, h, q)
			defer v.Close()
			var got sum
			got.drain(t, v)
			if !slices.Equal(got.numbers, want) || len(got.gaps) > 0 {
				t.Errorf("%s: got %d and %v, want %d", name, got.numbers, got.gaps, want)
			}
		}
		check("the last ones", live.Query{Last: 3}, 27, 28, 29)
		check("the last ones that match", live.Query{Last: 3, Filter: parse(t, "logger:shop")}, 22, 23, 24)
		check("none", live.Query{})
		check("more than there are", live.Query{Last: 1000}, numbers(0, 30)...)
		check("behind one", live.Query{After: record.ID{Epoch: 1, Sequence: 3, Index: 4}, Last: 1000}, 25, 26, 27, 28, 29)
		check("behind the last", live.Query{After: record.ID{Epoch: 1, Sequence: 3, Index: 9}})

		// What comes after a silence is shown at once, and then what comes within a moment together.
		v := view(t, h, live.Query{})
		defer v.Close()
		synctest.Wait()
		time.Sleep(time.Minute)
		for range 3 {
			began := time.Now()
			f.arrive(1, 0, "shop")
			if u, err := v.Next(t.Context()); err != nil || len(u.Records) != 1 || time.Since(began) > 100*time.Millisecond {
				t.Errorf("got %v, %v after %v, want a record within 100 ms", u, err, time.Since(began))
			}
		}
	})
}

// A viewer begins with what the store has, and goes on behind it: nothing is missing, and nothing there twice.
func TestViewWithStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		f.arrive(100, 0, "shop")
		ref := new(storetest.Reference)
		position := f.records[69].ID
		for _, r := range f.records[:75] { // the store goes on while it is asked
			if err := ref.Handle(t.Context(), []record.Record{r}); err != nil {
				t.Fatal(err)
			}
		}
		h := live.New(live.Options{Feed: f, Store: store.Reader(ref), Position: func() (record.ID, bool) { return position, true }})
		defer h.Close()
		for _, n := range []int{1, 20, 31, 50, 1000} {
			v := view(t, h, live.Query{Last: n})
			f.arrive(5, 0, "shop")
			var got sum
			got.drain(t, v)
			end := len(f.records)
			want := numbers(max(0, end-5-n), end)
			if !slices.Equal(got.numbers, want) {
				t.Errorf("the last %d: got %d, want %d", n, got.numbers, want)
			}
			v.Close()
		}
	})
}

// Who does not read misses what there is no room for, low levels first, and is told exactly how many.
func TestSlowViewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		h := live.New(live.Options{Feed: f})
		defer h.Close()
		v := view(t, h, live.Query{Filter: parse(t, "-logger:noise"), Counts: true})
		defer v.Close()
		synctest.Wait()
		for range 100 {
			f.arrive(100, 0, "shop")
			f.arrive(1, 8, "shop.pay")
			f.arrive(50, 0, "noise")
			synctest.Wait()
			time.Sleep(10 * time.Millisecond)
		}
		var got sum
		got.drain(t, v)
		if n := h.Stats(); n.Viewers != 1 || n.Limit != live.DefaultViewers || n.Unshown != uint64(got.missing) {
			t.Errorf("got %+v, want one viewer and %d records", n, got.missing)
		}
		if len(got.numbers)+got.missing != 10_100 || len(got.gaps) != 1 {
			t.Fatalf("got %d records and %v, want 10100 together, and one gap", len(got.numbers), got.gaps)
		}
		errs := 0
		for _, n := range got.numbers {
			if f.records[n].Level == 8 {
				errs++
			}
		}
		if g := got.gaps[0]; errs != 100 || g.From != f.records[0].ID || g.AtLeast || g.Unfiltered || g.Why == "" || g.To.IsZero() {
			t.Errorf("got %d errors of 100, and %+v", errs, g)
		}
		if !slices.IsSorted(got.numbers) || got.numbers[len(got.numbers)-1] != 101+151*99-1 {
			t.Errorf("got %d, want them in their order up to the last one", got.numbers)
		}
		if got.total != (queue.Levels{0, 15_000, 0, 100, 0}) || got.counts["noise"] != (queue.Levels{0, 5000, 0, 0, 0}) {
			t.Errorf("counts: got %v, %v", got.total, got.counts)
		}
		if want := f.records[len(f.records)-1].ID; got.at != want {
			t.Errorf("at: got %v, want %v", got.at, want)
		}
	})
}

// More than a viewer's share is not shown, but counted; what is of WARNING and above comes first.
func TestShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		h := live.New(live.Options{Feed: f})
		defer h.Close()
		v := view(t, h, live.Query{Counts: true})
		var got sum
		var reading sync.WaitGroup
		reading.Go(func() { got.drain(t, v) })
		const seconds = 10
		for range 100 * seconds {
			f.arrive(99, 0, "shop")
			f.arrive(1, 4, "shop.pay")
			time.Sleep(10 * time.Millisecond)
		}
		reading.Wait()
		v.Close()
		if n := len(got.numbers); n < 2000*seconds || n > 2000*(seconds+2) {
			t.Errorf("got %d records in %d s, want about 2000 each second", n, seconds)
		}
		warnings := 0
		for _, n := range got.numbers {
			if f.records[n].Level == 4 {
				warnings++
			}
		}
		if warnings != 100*seconds || len(got.numbers)+got.missing != 10_000*seconds {
			t.Errorf("got %d warnings, %d records, %d in gaps", warnings, len(got.numbers), got.missing)
		}
		if got.total.Total() != 10_000*seconds || got.counts["shop.pay"][2] != 100*seconds {
			t.Errorf("counts: got %v, %v", got.total, got.counts)
		}
	})
}

// One record more than a share is shown nevertheless.
func TestShareOfOneRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		h := live.New(live.Options{Feed: f, ShareBytes: 1000})
		defer h.Close()
		v := view(t, h, live.Query{})
		defer v.Close()
		synctest.Wait()
		f.mu.Lock()
		f.records = append(f.records, record.Record{ID: record.ID{Epoch: 1, Sequence: 1}, Message: string(make([]byte, 1<<20))})
		f.mu.Unlock()
		f.arrive(0, 0, "")
		if u, err := v.Next(t.Context()); err != nil || len(u.Records) != 1 {
			t.Errorf("got %v, %v, want the record", u, err)
		}
	})
}

// Who wants everything gets everything, however slowly it reads.
func TestAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		h := live.New(live.Options{Feed: f})
		defer h.Close()
		v := view(t, h, live.Query{All: true})
		defer v.Close()
		f.arrive(50_000, 0, "shop")
		time.Sleep(time.Minute)
		var got sum
		for len(got.numbers) < 50_000 {
			u, err := v.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(u.Records) > 2000 {
				t.Fatalf("%d records waited, want 2000 at most", len(u.Records))
			}
			got.add(u)
			time.Sleep(time.Second)
		}
		if !slices.Equal(got.numbers, numbers(0, 50_000)) || len(got.gaps) > 0 {
			t.Errorf("got %d records, %v", len(got.numbers), got.gaps)
		}
	})
}

// What the feed forgot is told.
func TestForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		h := live.New(live.Options{Feed: f})
		defer h.Close()
		f.arrive(100, 0, "shop")
		f.gone = 40
		for _, text := range []string{"", "shop OR -shop"} {
			q := live.Query{After: record.ID{Epoch: 1, Sequence: 2, Index: 9}, All: true}
			if text != "" {
				q.Filter = parse(t, text)
			}
			v := view(t, h, q)
			var got sum
			got.drain(t, v)
			v.Close()
			if !slices.Equal(got.numbers, numbers(40, 100)) || got.missing != 20 || got.gaps[0].Unfiltered != (text != "") {
				t.Errorf("%q: got %d, %+v", text, got.numbers, got.gaps)
			}
		}
	})
}

// What the feed does not have any more comes from the store, if it knows where to begin.
func TestRecovered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		f.unknown = true
		f.arrive(5000, 0, "shop")
		f.arrive(100, 0, "pay")
		f.gone = 4000
		ref := new(storetest.Reference)
		for i := range f.records {
			f.records[i].Received = time.Now().Add(time.Duration(i) * time.Second)
			if i%7 == 0 {
				f.records[i].Time = time.Now().Add(-time.Hour) // in the store it is among others
			}
		}
		if err := ref.Handle(t.Context(), f.records[10:]); err != nil {
			t.Fatal(err)
		}
		h := live.New(live.Options{Feed: f, Store: ref, Position: func() (record.ID, bool) { return f.records[5099].ID, true }})
		defer h.Close()
		check := func(name string, q live.Query, gap bool, from, to int) {
			t.Helper()
			v := view(t, h, q)
			defer v.Close()
			var got sum
			got.drain(t, v)
			if !slices.Equal(got.numbers, numbers(from, to)) || gap != (len(got.gaps) > 0) || gap && !got.gaps[0].AtLeast {
				t.Errorf("%s: got %d records from %d on, and %v", name, len(got.numbers), got.numbers[:min(1, len(got.numbers))], got.gaps)
			}
		}
		check("all of it", live.Query{After: f.records[99].ID}, false, 100, 5100)
		check("what matches", live.Query{After: f.records[99].ID, Filter: parse(t, "logger:shop")}, false, 100, 5000)
		check("what the store does not know", live.Query{After: f.records[5].ID}, true, 4000, 5100)
	})
}

// Who comes again behind what it was told last sees all once, and so do the counts, whenever it left.
func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		f := newFeed()
		h := live.New(live.Options{Feed: f})
		defer h.Close()
		f.arrive(10, 0, "before")
		end, _ := h.Last(t.Context())
		got := sum{at: end, counted: end}
		stop := make(chan struct{})
		var arriving sync.WaitGroup
		arriving.Go(func() {
			for range 2000 {
				f.arrive(1+random.IntN(20), slog.Level(4*random.IntN(4)-4), fmt.Sprint("l", random.IntN(3)))
				time.Sleep(time.Duration(1+f.n()%7) * time.Millisecond)
			}
			close(stop)
		})
		for left := false; !left; {
			v := view(t, h, live.Query{After: got.at, Counted: &got.counted, All: true, Counts: true, Filter: parse(t, "level>=info")})
			for range 1 + len(got.numbers)%5 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				u, err := v.Next(ctx)
				cancel()
				if err != nil {
					select {
					case <-stop:
						left = true
					default:
					}
					break
				}
				got.add(u)
			}
			v.Close()
		}
		arriving.Wait()
		var want []int
		var total queue.Levels
		for i := range f.records[10:] {
			r := &f.records[10+i]
			total[queue.Band(r.Level)]++
			if r.Level >= 0 {
				want = append(want, 10+i)
			}
		}
		if !slices.Equal(got.numbers, want) || len(got.gaps) > 0 || got.total != total {
			t.Errorf("got %d records, %v, counts %v; want %d and %v", len(got.numbers), got.gaps, got.total, len(want), total)
		}
	})
}

func (f *feed) n() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.records)
}

func TestViewersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := live.New(live.Options{Feed: newFeed(), MaxViewers: 2})
		a, b := view(t, h, live.Query{}), view(t, h, live.Query{})
		if _, err := h.View(live.Query{}); !errors.Is(err, live.ErrFull) {
			t.Errorf("a third one: got %v, want ErrFull", err)
		}
		a.Close()
		synctest.Wait()
		c := view(t, h, live.Query{})
		done := make(chan error, 1)
		go func() {
			_, err := b.Next(context.Background())
			done <- err
		}()
		synctest.Wait()
		h.Close()
		if err := <-done; !errors.Is(err, live.ErrClosed) {
			t.Errorf("Next at the end: got %v, want ErrClosed", err)
		}
		if _, err := h.View(live.Query{}); !errors.Is(err, live.ErrClosed) {
			t.Errorf("View at the end: got %v, want ErrClosed", err)
		}
		b.Close()
		c.Close()
		h.Close()
	})
}

// Sources are processes, whatever connections they come by; they are bounded, and a change is told.
func TestSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		var open atomic.Pointer[map[string]bool]
		open.Store(&map[string]bool{"a:1": true})
		h := live.New(live.Options{Feed: f, Peers: func() map[string]bool { return *open.Load() }})
		defer h.Close()
		v := view(t, h, live.Query{Counts: true, Filter: parse(t, "nothing")})
		defer v.Close()
		synctest.Wait()
		from := func(host string, pid int, peer string) {
			f.mu.Lock()
			n := len(f.records)
			f.records = append(f.records, record.Record{
				ID: record.ID{Epoch: 1, Sequence: uint64(n/10 + 1), Index: uint32(n % 10)}, Host: host, Process: record.Process{PID: pid, Name: "MainProcess"}, Peer: peer,
			})
			f.mu.Unlock()
			f.arrive(0, 0, "")
			synctest.Wait()
			time.Sleep(200 * time.Millisecond)
		}
		changes := func() (n int) {
			for {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				u, err := v.Next(ctx)
				cancel()
				if err != nil {
					return n
				}
				if u.Sources {
					n++
				}
			}
		}
		from("web", 1, "a:1")
		from("web", 2, "udp:1")
		if n := changes(); n == 0 || n > 2 {
			t.Errorf("two new ones: got %d changes", n)
		}
		open.Store(&map[string]bool{})
		if n := changes(); n != 1 {
			t.Errorf("one that left: got %d changes", n)
		}
		open.Store(&map[string]bool{"a:2": true})
		from("web", 1, "a:2")
		from("web", 1, "a:2")
		list := h.Sources()
		if len(list) != 2 || list[0].PID != 1 || list[0].Records != 3 || list[0].Reconnects != 1 || !list[0].Connected || !list[0].Known || list[1].Known {
			t.Errorf("got %+v", list)
		}
		for i := range 3000 {
			f.mu.Lock()
			f.records = append(f.records, record.Record{ID: record.ID{Epoch: 1, Sequence: uint64(len(f.records)/10 + 1)}, Host: fmt.Sprint("h", i)})
			f.mu.Unlock()
		}
		f.arrive(0, 0, "")
		synctest.Wait()
		if n := len(h.Sources()); n > 1000 || n < 750 {
			t.Errorf("got %d sources, want 1000 at most, and most of those", n)
		}
	})
}
