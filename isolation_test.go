package jackdaw_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// hookLog is a hook that keeps what it is told, with the time.
type hookLog struct {
	mu   sync.Mutex
	told []string
	at   []time.Time
}

func (l *hookLog) tell(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told = append(l.told, err.Error())
	l.at = append(l.at, time.Now())
}

// of returns what was told of the named handler, and when.
func (l *hookLog) of(name string) (told []string, at []time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, text := range l.told {
		if strings.HasPrefix(text, name+": ") {
			told, at = append(told, text), append(at, l.at[i])
		}
	}
	return told, at
}

// However handlers fail, no call waits, and what they lose is theirs alone.
func TestIsolation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := new(hookLog)
		h := jackdaw.New(jackdaw.Options{Level: slog.LevelDebug, QueueBytes: 512 << 10, OnError: hook.tell})
		back := make(chan struct{}) // closed when all are well again
		failing := func(fail func() error) *memory {
			return &memory{before: func([]record.Record) error {
				select {
				case <-back:
					return nil
				default:
					return fail()
				}
			}}
		}
		healthy := new(memory)
		names := []string{"hangs", "errs", "refuses", "panics"}
		bad := []*memory{
			failing(func() error { <-back; return nil }),
			failing(func() error { return errors.New("away") }),
			failing(func() error { return record.Permanent(errors.New("no")) }),
			failing(func() error { panic("ouch") }),
		}
		for i, name := range names {
			add(t, h, "", bad[i], jackdaw.HandlerOptions{Name: name})
		}
		add(t, h, "", healthy, jackdaw.HandlerOptions{Name: "healthy"})

		const records = 4000
		levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
		var want []string
		for i := range records {
			text := fmt.Sprint(i)
			want = append(want, text)
			start := time.Now()
			h.Logger("x").Log(t.Context(), levels[i%4], text)
			if waited := time.Since(start); waited > 0 {
				t.Fatalf("call %d waited %v", i, waited)
			}
			if i%50 == 49 {
				time.Sleep(10 * time.Millisecond)
				if got := len(healthy.messages()); got != i+1 {
					t.Fatalf("the healthy handler has %d of %d records", got, i+1)
				}
			}
		}
		close(back)
		time.Sleep(time.Minute)
		flush(t, h)
		equal(t, "healthy", healthy.messages(), want)
		s := h.Stats()
		checkLaw(t, s)
		for i, reason := range []string{"queue full", "queue full", "handler error", "handler panic"} {
			hs := s.Handlers[i]
			for other := range hs.Dropped {
				if other != reason {
					t.Errorf("%s: dropped %v, want for %q alone", hs.Name, hs.Dropped, reason)
				}
			}
			if hs.DroppedTotal() == 0 || hs.Waiting != 0 {
				t.Errorf("%s: got %+v, want records dropped and none waiting", hs.Name, hs.Counts)
			}
			checkTold(t, hs, bad[i])
		}
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// checkTold checks that the records that tell of a handler's losses add up to its counts, level by level.
func checkTold(t *testing.T, hs jackdaw.HandlerStats, m *memory) {
	t.Helper()
	want := make(map[string]uint64)
	for _, levels := range hs.Dropped {
		for level, n := range levels {
			want[level] += n
		}
	}
	got, total := make(map[string]uint64), uint64(0)
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.records {
		if r.Logger != "jackdaw" {
			continue
		}
		for _, a := range r.Attrs {
			switch a.Key {
			case "dropped":
				total += a.Value.Uint64()
			case "reason":
			default:
				got[a.Key] += a.Value.Uint64()
			}
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || total != hs.DroppedTotal() {
		t.Errorf("%s: told of %v, %d in all, want %v, %d in all", hs.Name, got, total, want, hs.DroppedTotal())
	}
}

// The record that tells of a loss stands where records are missing, and counts them by level.
func TestLossIsToldInItsPlace(t *testing.T) {
	f := func(policy jackdaw.Policy, wantBefore, wantAfter string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			h := jackdaw.New(jackdaw.Options{Level: slog.LevelDebug, QueueBytes: 32 << 10, OnError: func(error) {}})
			gate := make(chan struct{})
			m := &memory{before: func([]record.Record) error { <-gate; return nil }}
			add(t, h, "", m, jackdaw.HandlerOptions{Policy: policy})
			log := h.Logger("x")
			log.Error("held") // at the handler, which hangs
			time.Sleep(time.Second)
			log.Error("first")
			for i := range 400 {
				log.Log(t.Context(), slog.Level(4*(i%2)-4), fmt.Sprint(i)) // DEBUG and INFO
			}
			time.Sleep(time.Second)
			gap := h.Stats().Handlers[0]
			close(gate)
			flush(t, h)
			log.Error("last")
			flush(t, h)
			checkTold(t, gap, m)
			messages := m.messages()
			at := slices.IndexFunc(messages, func(m string) bool { return strings.Contains(m, "dropped here: queue full") })
			if at < 1 || at+1 >= len(messages) {
				t.Fatalf("policy %d: the loss is told at %d of %d", policy, at, len(messages))
			}
			if before := messages[at-1]; !regexp.MustCompile(wantBefore).MatchString(before) {
				t.Errorf("policy %d: before the loss stands %s, want %s", policy, before, wantBefore)
			}
			if after := messages[at+1]; !regexp.MustCompile(wantAfter).MatchString(after) {
				t.Errorf("policy %d: after the loss stands %s, want %s", policy, after, wantAfter)
			}
			if r := m.records[at]; r.Level != record.LevelWarning || r.Time.IsZero() ||
				!strings.HasPrefix(r.Message, strconv.FormatUint(gap.DroppedTotal(), 10)+" records dropped here") {
				t.Errorf("policy %d: got %+v, want a WARNING of %d records", policy, r, gap.DroppedTotal())
			}
			_ = h.Close(t.Context())
		})
	}
	f(jackdaw.DropLowest, "^first$", `^\d+$`)
	f(jackdaw.DropOldest, "^held$", `^\d+$`)
	f(jackdaw.DropNewest, `^\d+$`, "^last$")
}

// A record that is larger than all of the memory is missing between the one before and the one after it.
func TestLossInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := jackdaw.New(jackdaw.Options{QueueBytes: 32 << 10, OnError: func(error) {}})
		gate := make(chan struct{})
		m := &memory{before: func([]record.Record) error { <-gate; return nil }}
		add(t, h, "", m, jackdaw.HandlerOptions{})
		log := h.Logger("x")
		log.Info("held")
		time.Sleep(time.Second)
		log.Info("before")
		log.Error(strings.Repeat("x", 33<<10))
		log.Info("after")
		time.Sleep(time.Second)
		close(gate)
		flush(t, h)
		equal(t, "messages", m.messages(), []string{"held", "before", "1 record dropped here: queue full", "after"})
		checkLaw(t, h.Stats())
		_ = h.Close(t.Context())
	})
}

// It is the handler that holds the most that gives way: one that hangs with little loses nothing to a flood
// for another.
func TestLargestGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := jackdaw.New(jackdaw.Options{QueueBytes: 256 << 10, OnError: func(error) {}})
		gate := make(chan struct{})
		hang := func([]record.Record) error { <-gate; return nil }
		few, many := &memory{before: hang}, &memory{before: hang}
		add(t, h, "", few, jackdaw.HandlerOptions{Name: "few", Level: slog.LevelError, Policy: jackdaw.DropOldest})
		add(t, h, "", many, jackdaw.HandlerOptions{Name: "many", Policy: jackdaw.DropOldest})
		for i := range 5000 {
			level := slog.LevelInfo
			if i%100 == 0 {
				level = slog.LevelError
			}
			h.Logger("x").Log(t.Context(), level, "m")
			if i%500 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		time.Sleep(time.Second)
		s := h.Stats()
		checkLaw(t, s)
		if got := s.Handlers[0]; got.Accepted != 50 || got.DroppedTotal() != 0 {
			t.Errorf("the handler with few records: got %+v, want 50 and none dropped", got.Counts)
		}
		if got := s.Handlers[1]; got.Accepted != 5000 || got.DroppedTotal() == 0 {
			t.Errorf("the handler with many: got %+v, want some of 5000 dropped", got.Counts)
		}
		close(gate)
		flush(t, h)
		_ = h.Close(t.Context())
	})
}

// Without a word of the program, 64 MiB may wait.
func TestDefaultBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := jackdaw.New(jackdaw.Options{OnError: func(error) {}})
		gate := make(chan struct{})
		m := &memory{before: func([]record.Record) error { <-gate; return nil }}
		add(t, h, "", m, jackdaw.HandlerOptions{})
		mega := strings.Repeat("x", 1<<20) // all share it; the queue counts it for each
		for range 100 {
			h.Logger("x").Info(mega)
			time.Sleep(time.Millisecond)
		}
		if s := h.Stats(); s.Bytes > 64<<20 || s.Bytes < 62<<20 || s.Handlers[0].DroppedTotal() < 36 {
			t.Errorf("got %d bytes waiting and %d records dropped, want 64 MiB kept", s.Bytes, s.Handlers[0].DroppedTotal())
		}
		close(gate)
		_ = h.Close(t.Context())
	})
}

// A loss that a handler refuses to be told of is told when it takes records again.
func TestLossIsToldOnceTheHandlerIsBack(t *testing.T) {
	f := func(name string, heals bool, then func(t *testing.T, h *jackdaw.Hierarchy), want ...string) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := jackdaw.New(jackdaw.Options{OnError: func(error) {}})
				var calls atomic.Int32
				var well atomic.Bool
				m := &memory{before: func([]record.Record) error {
					if calls.Add(1); well.Load() {
						return nil
					}
					return record.Permanent(errors.New("no"))
				}}
				add(t, h, "", m, jackdaw.HandlerOptions{})
				for range 5 {
					h.Logger("x").Info("refused")
					time.Sleep(time.Second)
				}
				well.Store(heals)
				then(t, h)
				time.Sleep(time.Hour)
				equal(t, "messages", m.messages(), want)
				if err := h.Close(t.Context()); err != nil {
					t.Error(err)
				}
				if n := calls.Load(); n > 20 {
					t.Errorf("the handler was called %d times for 5 records and what is told of them", n)
				}
				checkLaw(t, h.Stats())
			})
		})
	}
	const told = "5 records dropped here: handler error"
	f("with the next record", true, func(_ *testing.T, h *jackdaw.Hierarchy) { h.Logger("x").Info("next") }, "next", told)
	f("at a flush", true, func(t *testing.T, h *jackdaw.Hierarchy) { flush(t, h) }, told)
	f("at the end", true, func(t *testing.T, h *jackdaw.Hierarchy) { _ = h.Close(t.Context()) }, told)
	f("never", false, func(t *testing.T, h *jackdaw.Hierarchy) { flush(t, h) })
}

// The hook hears of a handler's first error at once, and then no more often than every ten seconds, with
// the number of those between.
func TestHookIsNotFlooded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := new(hookLog)
		h := jackdaw.New(jackdaw.Options{OnError: hook.tell})
		refused := 0 // read when Close has ended the handler
		add(t, h, "", record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
			if batch[0].Logger == "jackdaw" {
				return nil
			}
			refused++
			return record.Permanent(fmt.Errorf("no %s", batch[0].Message))
		}), jackdaw.HandlerOptions{Name: "refuses"})
		add(t, h, "", record.HandlerFunc(func(context.Context, []record.Record) error { panic("ouch") }), jackdaw.HandlerOptions{Name: "panics"})
		start := time.Now()
		for i := range 250 {
			h.Logger("x").Info(fmt.Sprint(i))
			time.Sleep(100 * time.Millisecond)
		}
		_ = h.Close(t.Context())
		told, at := hook.of("refuses")
		if len(told) != 4 { // at 0, 10 and 20 seconds, and what was held back, at Close
			t.Fatalf("told %d times in 25 seconds, want 4:\n%s", len(told), strings.Join(told, "\n"))
		}
		if told[0] != "refuses: no 0" || at[0].Sub(start) > time.Second {
			t.Errorf("first: got %q after %v, want the first error at once", told[0], at[0].Sub(start))
		}
		more := regexp.MustCompile(`^refuses: no \d+ \(and (\d+) more like it since the last message\)$`)
		heard := 1
		for i := 1; i < len(told); i++ {
			m := more.FindStringSubmatch(told[i])
			if m == nil {
				t.Fatalf("got %q, want %s", told[i], more)
			}
			n, _ := strconv.Atoi(m[1])
			heard += n + 1
			if apart := at[i].Sub(at[i-1]); i < 3 && (apart < 10*time.Second || apart > 11*time.Second) {
				t.Errorf("message %d came %v after the one before, want ten seconds", i, apart)
			}
		}
		if heard != refused {
			t.Errorf("the messages speak of %d errors, want %d", heard, refused)
		}
		if others, _ := hook.of("panics"); len(others) < 3 {
			t.Errorf("of the other handler: got %q, want its own messages", others)
		}
	})
}

// A hook that panics breaks neither the handler it is told of nor the call that it runs in.
func TestHookThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told atomic.Int32
		h := jackdaw.New(jackdaw.Options{OnError: func(error) { told.Add(1); panic("in the hook") }})
		m := &memory{before: func(batch []record.Record) error {
			if batch[0].Message == "refused" {
				return record.Permanent(errors.New("no"))
			}
			return nil
		}}
		add(t, h, "", m, jackdaw.HandlerOptions{Filter: func(r *record.Record) bool {
			if r.Message == "filter" {
				panic("in a filter")
			}
			return true
		}})
		for _, message := range []string{"refused", "filter", "taken"} {
			h.Logger("x").Info(message)
			time.Sleep(time.Second)
		}
		flush(t, h)
		equal(t, "messages", m.messages(), []string{"1 record dropped here: handler error", "taken"})
		if err := h.Close(t.Context()); err != nil {
			t.Error(err)
		}
		h.Logger("x").Info("after Close")
		h.Direct("x").Info("after Close")
		if got := told.Load(); got != 3 {
			t.Errorf("the hook was called %d times, want for the handler, the filter and the call after Close", got)
		}
	})
}
