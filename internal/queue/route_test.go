package queue

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/jackdaw-log/jackdaw/record"
)

// choosing is a router that chooses by the level, and by the record if it looks.
type choosing struct {
	looks       bool
	some, other *Outlet
}

func (c choosing) Filtered() bool             { return false }
func (c choosing) Passes(*record.Record) bool { return true }

func (c choosing) Route(level slog.Level, r func() *record.Record, to func(*Outlet)) {
	if c.chooses(level, func() string { return r().Message }) {
		to(c.some)
	} else {
		to(c.other)
	}
}

func (c choosing) chooses(level slog.Level, message func() string) bool {
	if c.looks {
		return message()[0] == 'a'
	}
	return level >= slog.LevelWarn
}

// Each call goes where it alone goes, whatever came before it.
func TestRouteOfEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Options{OnError: func(err error) { t.Error(err) }})
		var got, want [2][]string
		var outlets [2]*Outlet
		for i := range outlets {
			var err error
			if outlets[i], err = l.Add(record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
				for _, r := range batch {
					got[i] = append(got[i], r.Message)
				}
				return nil
			}), OutletOptions{Name: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		routers := []choosing{{false, outlets[0], outlets[1]}, {false, outlets[1], outlets[0]}, {true, outlets[0], outlets[1]}}
		var origins []*Origin
		for _, r := range routers {
			origins = append(origins, &Origin{To: r})
		}
		rng := rand.New(rand.NewPCG(5, 6))
		at, level := 0, slog.LevelInfo
		for i := range 5000 {
			if rng.IntN(4) == 0 {
				at, level = rng.IntN(len(origins)), slog.Level(4*rng.IntN(3))
			}
			message := fmt.Sprintf("%c %d", 'a'+rune(rng.IntN(2)), i)
			r := routers[at]
			to := 1
			if r.chooses(level, func() string { return message }) == (r.some == outlets[0]) {
				to = 0
			}
			want[to] = append(want[to], message)
			if rng.IntN(20) > 0 {
				l.Put(&Call{Origin: origins[at], Level: level, Message: message}, nil)
			} else if err := l.PutBatch(t.Context(), []record.Record{{Level: level, Message: message}}, func(*record.Record) Router { return r }); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
		for i := range got {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("outlet %d: got %d records, want %d, or they are others", i, len(got[i]), len(want[i]))
			}
		}
	})
}
