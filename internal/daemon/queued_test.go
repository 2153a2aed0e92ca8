package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// Without a stream, while records come from everywhere, one handler takes the place of another again and again: each
// record is one's or the other's, whatever the moment.
func TestExchangeBehindQueue(t *testing.T) {
	k := new(kept)
	crewOf := func(i int) ([]Handler, []hierarchy.Logger[string]) {
		name := fmt.Sprint("h", i%2)
		h := Handler{Name: name, Open: func() (record.Handler, error) { return k, nil }}
		return []Handler{h}, []hierarchy.Logger[string]{{Name: "root", Handlers: []hierarchy.Attached[string]{{Handler: name}}}}
	}
	// There is room for all: who hands them to the handler may stand still while they come.
	c := newCrew(nil, &Options{Notify: func(text string) { t.Error(text) }, QueueBytes: 1 << 30})
	change := func(i int) {
		ch, err := c.prepare(crewOf(i))
		if err == nil {
			_, err = ch.commit(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	change(0)
	const senders, each = 4, 50_000
	var all sync.WaitGroup
	var done atomic.Int32
	var want []string
	for i := range senders {
		for j := range each {
			want = append(want, fmt.Sprintf("%d/%d", i, j))
		}
		all.Go(func() {
			defer done.Add(1)
			for j := range each {
				r := record.Record{Level: slog.LevelInfo, Message: fmt.Sprintf("%d/%d", i, j)}
				if err := c.enqueue(context.Background(), []record.Record{r}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := 1; done.Load() < senders; i++ {
		change(i)
	}
	all.Wait()
	if err := c.close(t.Context()); err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	slices.Sort(k.messages)
	if !slices.Equal(k.messages, want) {
		t.Errorf("got %d records, want each of %d once", len(k.messages), len(want))
	}
}

// What a handler that hangs was to get, and did not before its time was over, stays in the counts without it: by itself, or
// among those of a handler of its name that is behind the stream.
func TestLeftBehindQueue(t *testing.T) {
	for _, data := range []string{"", t.TempDir()} {
		at, let := make(chan struct{}), make(chan struct{})
		var once sync.Once
		hangs := record.HandlerFunc(func(context.Context, []record.Record) error {
			once.Do(func() { close(at) })
			<-let
			return nil
		})
		h := Handler{Name: "h", Shown: true, Open: func() (record.Handler, error) { return hangs, nil }}
		o := Options{
			Listen: []Address{{Network: "tcp", Address: "127.0.0.1:0"}}, Handlers: []Handler{h}, Data: data, Durability: stream.Memory,
			Store:   StoreOptions{Off: true},
			Loggers: []hierarchy.Logger[string]{{Name: "root", Handlers: []hierarchy.Attached[string]{{Handler: "h"}}}},
		}
		d, err := Start(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		put := func() {
			if err := d.crew.enqueue(t.Context(), []record.Record{{Level: slog.LevelError, Message: "m"}}); err != nil {
				t.Error(err)
			}
		}
		put()
		testenv.Receive(t, "the handler to hang", at)
		put()
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // its time
		want := []string{"handler h: gone; 2 records that it did not handle in time are dropped"}
		if o.Handlers, o.Loggers = nil, nil; data != "" {
			want = append([]string{"handler h: new"}, want...)
			o.Handlers = []Handler{{Name: "h", Open: func() (record.Handler, error) { return new(kept), nil }}}
		}
		if told, err := d.Reload(ctx, o); err != nil || !slices.Equal(told, want) {
			t.Errorf("got %q, %v, want %q", told, err, want)
		}
		all := d.ledger().Handlers
		if len(all) != 1 || all[0].Name != "h" || all[0].Present != (data != "") || all[0].Waiting != 1 || all[0].Accepted != 2 || all[0].Dropped["closed"]["ERROR"] != 1 {
			t.Errorf("got %+v, want one record dropped and one at the handler that is gone", all)
		}
		close(let)
		if err := d.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
