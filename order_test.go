package jackdaw_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// What happened before a call was logged comes before it, across goroutines too, by a clock that moves
// and by one that stands.
func TestOrderAcrossGoroutines(t *testing.T) {
	t.Run("clock", orderAcrossGoroutines)
	t.Run("clock that stands", func(t *testing.T) { synctest.Test(t, orderAcrossGoroutines) })
}

func orderAcrossGoroutines(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	const goroutines, rounds = 16, 2000
	token := make(chan int)
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			log := []either{h.Logger("x"), h.Direct("x")}[g%2]
			for i := range token {
				log.Info("m", "i", i)
				if i+1 == rounds {
					close(token)
					return
				}
				token <- i + 1 // somebody else goes on, knowing that this one has logged
			}
		})
	}
	token <- 0
	wg.Wait()
	flush(t, h)
	checkNumbers(t, m, rounds)
}

// checkNumbers checks that a handler has the records with the numbers up to n, in their order.
func checkNumbers(t *testing.T, m *memory, n int) {
	t.Helper()
	if len(m.records) != n {
		t.Fatalf("got %d records, want %d", len(m.records), n)
	}
	for i, r := range m.records {
		if got := r.Attrs[0].Value.Int64(); got != int64(i) {
			t.Fatalf("record %d: got number %d", i, got)
		}
	}
}

// The same holds where they know of each other by a number alone, which takes no lock, and where a call is too
// large for the place of the others, and while the number of processors changes.
func TestOrderByNumber(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	const goroutines, rounds = 3, 30_000
	procs := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(procs)
	large := make([]slog.Attr, 2100)
	var turn atomic.Int64
	var wg sync.WaitGroup
	for g := range int64(goroutines) {
		wg.Go(func() {
			log := []either{h.Logger("x"), h.Direct("x")}[g%2]
			for i := turn.Load(); i < rounds; i = turn.Load() {
				switch {
				case i%goroutines != g:
					runtime.Gosched()
					continue
				case i%1000 < goroutines:
					log.LogAttrs(t.Context(), slog.LevelInfo, "m", append([]slog.Attr{slog.Int64("i", i)}, large...)...)
				default:
					log.LogAttrs(t.Context(), slog.LevelInfo, "m", slog.Int64("i", i))
				}
				if i%5000 == 0 {
					runtime.GOMAXPROCS(1 + int(i/5000)%(2*goroutines))
				}
				turn.Store(i + 1)
			}
		})
	}
	wg.Wait()
	flush(t, h)
	checkNumbers(t, m, rounds)
}

// Records that were made elsewhere keep their place among those that are logged.
func TestOrderOfHandle(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	log := h.Logger("x")
	var want []string
	for i := range 200 {
		logged, passed := fmt.Sprint("logged ", i), fmt.Sprint("passed on ", i)
		log.Info(logged)
		if err := h.Handle(t.Context(), []record.Record{{Message: passed}}); err != nil {
			t.Fatal(err)
		}
		want = append(want, logged, passed)
	}
	flush(t, h)
	equal(t, "messages", m.messages(), want)
}

// A time that the program made up says nothing about the order.
func TestOrderOfOddTimes(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	var want []string
	for i := range 100 {
		at := []time.Time{{}, time.Now(), time.Now().Add(time.Hour).Round(0), time.Unix(1, 0)}[i%4]
		r := slog.NewRecord(at, slog.LevelInfo, fmt.Sprint(i), 0)
		if err := h.Handler("x").Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		want = append(want, r.Message)
	}
	flush(t, h)
	equal(t, "messages", m.messages(), want)

	// One that lies ahead by the clock's own count is handled all the same.
	for _, ahead := range []time.Duration{time.Millisecond, time.Hour} {
		r := slog.NewRecord(time.Now().Add(ahead), slog.LevelInfo, fmt.Sprint(ahead), 0)
		if err := h.Handler("x").Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
	got := m.messages()[len(want):]
	slices.Sort(got)
	equal(t, "messages ahead", got, []string{"1h0m0s", "1ms"})
}

// A clock that is set meanwhile, ahead or back, changes the times of records and not their order.
func TestOrderWhileTheClockIsSet(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	const records = 900
	begin := time.Now()
	for i := range records {
		if i%3 == 0 {
			h.Direct("x").Info("m", "i", i)
			continue
		}
		r := slog.NewRecord(setTo(time.Now(), time.Duration(i%7-3)*time.Hour), slog.LevelInfo, "m", 0)
		r.Add("i", i)
		if err := h.Handler("x").Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, h)
	checkNumbers(t, m, records)
	for i, r := range m.records {
		want := begin.Round(0)
		if i%3 != 0 {
			want = want.Add(time.Duration(i%7-3) * time.Hour)
		}
		if since := r.Time.Round(0).Sub(want); since < 0 || since > 30*time.Minute {
			t.Fatalf("record %d: got the time %v, want %v or a little later", i, r.Time, want)
		}
	}
}

// setTo returns a time of a clock that was set ahead, or back, while the one that only moves on stayed as it was.
func setTo(t time.Time, by time.Duration) time.Time {
	other := t.Add(by)
	words := (*[2]uint64)(unsafe.Pointer(&other)) // the wall clock's, and the other's
	words[1] = (*[2]uint64)(unsafe.Pointer(&t))[1]
	return other
}

// holding is a handler that is behind, and holds up who moves records to it: that one makes the form of one that says so.
type holding struct {
	memory
	entered, gate chan struct{}
}

func (m *holding) NewForm() (record.Handler, func(dst []byte, r *record.Record) []byte) {
	return m, func(dst []byte, r *record.Record) []byte {
		if r.Message == "hold" {
			m.entered <- struct{}{}
			<-m.gate
		}
		return append(dst, r.Message...)
	}
}

// clockStands reports whether the machine's clock may stand between two readings.
func clockStands() bool {
	before := time.Now()
	for range 100 {
		now := time.Now()
		if now.Equal(before) {
			return true
		}
		before = now
	}
	return false
}

// What was logged by several goroutines at about the same time comes by its time, however it came into the
// queue. Where the clock stands, what each of them logged comes in the order of its calls.
func TestOrderByTime(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	m := &holding{entered: make(chan struct{}, 1), gate: make(chan struct{})}
	m.before = func([]record.Record) error { <-m.gate; return nil }
	add(t, h, "", m, jackdaw.HandlerOptions{})
	const before, records = 1000, 1000
	var want []string
	for i := range before {
		h.Logger("x").Info(fmt.Sprint("before ", i))
		want = append(want, fmt.Sprint("before ", i))
	}
	testenv.Await(t, "the handler to be behind", func() bool { return h.Stats().Handlers[0].Waiting == before })
	h.Logger("x").Info("hold")
	testenv.Receive(t, "a record to be moved", m.entered) // and all others are moved at once
	var times []time.Time
	want = append(want, "hold")
	for i := range records {
		now := time.Now()
		for i > 0 && now.Equal(times[i-1]) {
			now = time.Now()
		}
		times, want = append(times, now), append(want, fmt.Sprint(i))
	}
	const goroutines = 8
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := records - 1 - g; i >= 0; i -= goroutines { // the latest first
				_ = h.Handler("x").Handle(context.Background(), slog.NewRecord(times[i], slog.LevelInfo, fmt.Sprint(i), 0))
			}
		})
	}
	wg.Wait()
	close(m.gate)
	flush(t, h)
	got := m.messages()
	if !clockStands() {
		equal(t, "messages", got, want)
		return
	}
	if len(got) != len(want) {
		t.Fatalf("got %d messages, want %d", len(got), len(want))
	}
	equal(t, "messages before", got[:before+1], want[:before+1])
	var last [goroutines]int // of each that has come
	for _, text := range got[before+1:] {
		i, err := strconv.Atoi(text)
		g := (records - 1 - i) % goroutines
		if err != nil || i < 0 || i >= records || last[g] > 0 && i != last[g]-goroutines {
			t.Fatalf("got %q of a goroutine behind %d", text, last[g])
		}
		last[g] = i
	}
}
