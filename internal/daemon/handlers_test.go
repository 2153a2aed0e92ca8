package daemon

import (
	"context"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// kept keeps the messages it is given.
type kept struct {
	mu       sync.Mutex
	messages []string
}

func (k *kept) Handle(_ context.Context, batch []record.Record) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range batch {
		k.messages = append(k.messages, r.Message)
	}
	return nil
}

// Write makes kept the writer of a console that shows messages only.
func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for line := range strings.Lines(string(p)) {
		if message, ok := strings.CutPrefix(line, ">"); ok {
			k.messages = append(k.messages, strings.TrimSpace(message))
		}
	}
	return len(p), nil
}

func TestHandlersContract(t *testing.T) {
	t.Run("renamed", func(t *testing.T) {
		handlertest.Run(t, func(*testing.T) handlertest.Subject {
			k := new(kept)
			return handlertest.Subject{Handler: renamed{name: "all", next: k}, Messages: func() []string { return k.messages }}
		})
	})
	t.Run("screen", func(t *testing.T) {
		form, err := format.Percent(">%(message)s")
		if err != nil {
			t.Fatal(err)
		}
		handlertest.Run(t, func(t *testing.T) handlertest.Subject {
			k := new(kept)
			leave := func() { t.Error("nobody left") }
			return handlertest.Subject{
				Handler:  &screen{audience: handler.NewConsole(k, form), leave: leave},
				Messages: func() []string { return k.messages },
			}
		})
	})
}

// What the console's cursor gave up is among what the console did not show.
func TestConsoleMissed(t *testing.T) {
	st := stream.Stats{Cursors: []stream.CursorStats{{Name: "file a"}, {Name: console}}}
	st.Cursors[1].Dropped[stream.NoRoom] = queue.Levels{0, 3, 0, 1, 0}
	full := queue.Full.String()
	queued := []jackdaw.HandlerStats{{Name: console, Counts: jackdaw.Counts{
		Accepted: 9, Handled: 7, Dropped: map[string]map[string]uint64{full: {"INFO": 2}},
	}}}
	missed(&st, queued)
	want := jackdaw.Counts{Accepted: 13, Handled: 7, Dropped: map[string]map[string]uint64{
		full: {"INFO": 2}, stream.NoRoom.String(): {"INFO": 3, "ERROR": 1},
	}}
	if got := queued[0].Counts; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
