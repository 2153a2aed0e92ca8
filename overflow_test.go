package jackdaw_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

func TestOverflow(t *testing.T) {
	levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelError}
	f := func(policy jackdaw.Policy, wantDropped string, check func(t *testing.T, lines []string)) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			h := jackdaw.New(jackdaw.Options{Level: slog.LevelDebug, QueueBytes: 60 << 10, OnError: func(error) {}})
			gate := make(chan struct{})
			slow, healthy := &memory{before: func([]record.Record) error { <-gate; return nil }}, new(memory)
			add(t, h, "", slow, jackdaw.HandlerOptions{Name: "slow", Policy: policy})
			add(t, h, "", healthy, jackdaw.HandlerOptions{Name: "healthy", Policy: policy})
			log := h.Logger("x")
			log.Info("first") // the slow handler holds it; the rest waits
			time.Sleep(time.Second)
			for i := range 600 {
				log.Log(t.Context(), levels[i%3], fmt.Sprintf("%03d", i))
				if i%100 == 0 {
					time.Sleep(time.Millisecond) // so that the healthy one keeps up
				}
			}
			time.Sleep(time.Second)
			s := h.Stats()
			checkLaw(t, s)
			if s.Bytes > 61<<10 {
				t.Errorf("bytes: got %d, want at most the budget", s.Bytes)
			}
			if got := s.Handlers[1].DroppedTotal(); got != 0 {
				t.Errorf("the healthy handler lost %d records", got)
			}
			dropped := s.Handlers[0].Dropped["queue full"]
			if got := fmt.Sprint(dropped["DEBUG"] > 0, dropped["INFO"] > 0, dropped["ERROR"] > 0); got != wantDropped {
				t.Errorf("dropped of DEBUG, INFO, ERROR: got %s, want %s (%v)", got, wantDropped, dropped)
			}
			close(gate)
			flush(t, h)
			check(t, slow.lines())
			var told uint64
			for _, r := range slow.records {
				if r.Logger == "jackdaw" {
					told += r.Attrs[0].Value.Uint64()
				}
			}
			if want := h.Stats().Handlers[0].DroppedTotal(); told != want {
				t.Errorf("told of %d dropped records, want %d", told, want)
			}
			_ = h.Close(t.Context())
		})
	}
	f(jackdaw.DropLowest, "true true false", func(t *testing.T, lines []string) {
		if !strings.HasPrefix(lines[1], "WARNING jackdaw ") || !strings.Contains(lines[1], "dropped here: queue full") {
			t.Errorf("after the first record: got %q, want the gap told in its place", lines[1])
		}
	})
	f(jackdaw.DropOldest, "true true true", func(t *testing.T, lines []string) {
		if got := lines[len(lines)-1]; got != "ERROR x 599" {
			t.Errorf("last line: got %q, want the newest record", got)
		}
	})
	f(jackdaw.DropNewest, "true true true", func(t *testing.T, lines []string) {
		for i, line := range lines[1:101] { // the oldest are all there
			if !strings.HasSuffix(line, fmt.Sprintf("x %03d", i)) {
				t.Errorf("line %d: got %q, want record %03d", i+1, line, i)
			}
		}
	})
}

func TestBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := jackdaw.New(jackdaw.Options{QueueBytes: 64 << 10, OnError: func(error) {}})
		open := make(chan struct{})
		slow := &memory{before: func([]record.Record) error { <-open; return nil }}
		add(t, h, "slow", slow, jackdaw.HandlerOptions{Name: "slow", Policy: jackdaw.Block, BlockFor: time.Second})
		log := h.Logger("slow")
		n := 0
		for start := time.Now(); time.Since(start) < time.Second; n++ {
			log.Info("m")
			time.Sleep(time.Millisecond)
			if n > 1000 {
				t.Fatal("the call never waited")
			}
		}
		s := h.Stats()
		checkLaw(t, s)
		if got := s.Handlers[0].Dropped["blocked too long"]["INFO"]; got != 1 {
			t.Errorf("dropped at the deadline: got %d, want 1 (%+v)", got, s.Handlers[0])
		}
		// A call that waits goes on as soon as there is room.
		waited := make(chan time.Duration)
		go func() {
			start := time.Now()
			log.Info("waits")
			waited <- time.Since(start)
		}()
		time.Sleep(500 * time.Millisecond)
		close(open)
		if got := <-waited; got < 500*time.Millisecond || got >= time.Second {
			t.Errorf("the call waited %v, want until there was room", got)
		}
		flush(t, h)
		messages := slow.messages()
		if !slices.Contains(messages, "waits") || !slices.Contains(messages, "1 record dropped here: blocked too long") {
			t.Errorf("messages: got %q", messages)
		}
		checkLaw(t, h.Stats())
		_ = h.Close(t.Context())
	})
}

// Records that are passed on wait no longer than the context of who passes them on; what was not taken is
// counted nowhere, and may be passed on again.
func TestBlockedHandleEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := jackdaw.New(jackdaw.Options{QueueBytes: 16 << 10, OnError: func(error) {}})
		open := make(chan struct{})
		brief, patient := &memory{before: func([]record.Record) error { <-open; return nil }}, &memory{before: func([]record.Record) error { <-open; return nil }}
		add(t, h, "", brief, jackdaw.HandlerOptions{Name: "brief", Policy: jackdaw.Block, BlockFor: time.Millisecond})
		add(t, h, "", patient, jackdaw.HandlerOptions{Name: "patient", Policy: jackdaw.Block})
		batch := []record.Record{{Message: "a"}, {Message: "b"}}
		pass := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			return h.Handle(ctx, batch)
		}
		taken := 0
		for ; taken < 1000; taken += len(batch) {
			start := time.Now()
			if err := pass(); err == nil {
				continue
			} else if !errors.Is(err, context.DeadlineExceeded) || record.IsPermanent(err) || time.Since(start) != time.Second {
				t.Fatalf("Handle: got %v after %v, want the context's error at its end", err, time.Since(start))
			}
			break
		}
		check := func() {
			t.Helper()
			s := h.Stats()
			checkLaw(t, s)
			for _, hs := range s.Handlers {
				if hs.Accepted != uint64(taken) || s.Accepted != uint64(taken) {
					t.Errorf("%s: accepted %d, the queue %d, want %d", hs.Name, hs.Accepted, s.Accepted, taken)
				}
			}
		}
		check()
		close(open)
		if err := pass(); err != nil {
			t.Errorf("Handle once there is room: %v", err)
		}
		taken += len(batch)
		flush(t, h)
		check()
		if got := len(patient.messages()); got != taken {
			t.Errorf("got %d records, want %d", got, taken)
		}
		_ = h.Close(t.Context())
	})
}
