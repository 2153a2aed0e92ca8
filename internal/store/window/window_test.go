package window_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/storetest"
	"github.com/jackdaw-log/jackdaw/internal/store/window"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

func TestSuite(t *testing.T) {
	storetest.Run(t, func(*testing.T) storetest.Subject {
		w := window.New(window.Options{})
		return storetest.Subject{Handler: w, Reader: w}
	})
}

func TestHandler(t *testing.T) {
	handlertest.Run(t, func(t *testing.T) handlertest.Subject {
		w := window.New(window.Options{})
		return handlertest.Subject{Handler: w, Messages: func() []string { return messages(all(t, w)) }}
	})
}

// all returns what is kept, in the order in which it arrived.
func all(t *testing.T, w *window.Window) (records []record.Record) {
	n, _ := w.Stats()
	f := w.Follow(window.Start{Last: uint64(n)})
	defer f.Close()
	for len(records) < n {
		batch, _, err := f.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, batch...)
	}
	return records
}

func messages(records []record.Record) (list []string) {
	for i := range records {
		list = append(list, records[i].Message)
	}
	return list
}

func numbered(from, to int) (batch []record.Record) {
	for i := from; i < to; i++ {
		batch = append(batch, record.Record{Message: fmt.Sprint(i)})
	}
	return batch
}

func handle(t *testing.T, w *window.Window, batch []record.Record) {
	t.Helper()
	if err := w.Handle(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

// The last records are kept, as many as there may be, and as large.
func TestBounds(t *testing.T) {
	w := window.New(window.Options{Records: 10})
	handle(t, w, numbered(0, 25))
	if got, want := messages(all(t, w)), messages(numbered(15, 25)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	w = window.New(window.Options{Bytes: 100 << 10})
	large := numbered(0, 50)
	for i := range large {
		large[i].Stack = strings.Repeat("x", 10<<10)
	}
	handle(t, w, large)
	if n, bytes := w.Stats(); n < 8 || n > 10 || bytes > 112<<10 {
		t.Errorf("got %d records of %d bytes, want about ten of 100 KiB", n, bytes)
	}
	handle(t, w, []record.Record{{Message: strings.Repeat("x", 1<<20)}})
	if n, _ := w.Stats(); n != 1 {
		t.Errorf("one that is larger than all: got %d records, want it alone", n)
	}
}

func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := window.New(window.Options{Records: 100})
		handle(t, w, numbered(0, 50))
		ids := all(t, w)
		check := func(name string, s window.Start, missed window.Missed, from, to int) {
			t.Helper()
			f := w.Follow(s)
			defer f.Close()
			var got []string
			var not window.Missed
			for {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				batch, m, err := f.Next(ctx)
				cancel()
				if err != nil {
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Fatal(err)
					}
					break
				}
				got = append(got, messages(batch)...)
				not.Records += m.Records
				not.AtLeast = not.AtLeast || m.AtLeast
			}
			if !slices.Equal(got, messages(numbered(from, to))) || not != missed {
				t.Errorf("%s: got %q and %+v, want %d to %d and %+v", name, got, not, from, to, missed)
			}
		}
		none := window.Missed{}
		check("from the end", window.Start{}, none, 0, 0)
		check("the last", window.Start{Last: 3}, none, 47, 50)
		check("more than there are", window.Start{Last: 1 << 62}, none, 0, 50)
		check("behind one", window.Start{After: ids[41].ID}, none, 42, 50)
		check("behind the last", window.Start{After: w.Last()}, none, 0, 0)
		check("of a server before", window.Start{After: record.ID{Epoch: 1, Sequence: 99}}, window.Missed{AtLeast: true}, 0, 50)
		check("of another one", window.Start{After: record.ID{Epoch: 1 << 60}}, none, 0, 0) // which is told with what comes next
		handle(t, w, numbered(50, 150))
		check("what is gone", window.Start{After: ids[41].ID}, window.Missed{Records: 8}, 50, 150)
		f := w.Follow(window.Start{})
		handle(t, w, numbered(150, 300))
		if batch, m, err := f.Next(t.Context()); err != nil || m.Records != 50 || batch[0].Message != "200" {
			t.Errorf("a slow one: got %q, %+v, %v", messages(batch)[:1], m, err)
		}
		f = w.Follow(window.Start{Last: 100, MaxBehind: 5000})
		if batch, m, err := f.Next(t.Context()); err != nil || m.Records < 85 || int(m.Records)+len(batch) != 100 {
			t.Errorf("one that is too far behind: got %d, %+v, %v", len(batch), m, err)
		}
	})
}

// What is asked while records come and go is of a moment.
func TestConcurrent(t *testing.T) {
	w := window.New(window.Options{Records: 500})
	var handling sync.WaitGroup
	handling.Go(func() {
		for i := range 200 {
			if err := w.Handle(context.Background(), numbered(i*20, i*20+20)); err != nil {
				t.Error(err)
			}
		}
	})
	for range 100 {
		p, err := w.Page(t.Context(), store.PageQuery{Limit: store.MaxPage})
		if err != nil || len(p.Records) > 500 {
			t.Fatalf("got %d records, %v", len(p.Records), err)
		}
		for i := 1; i < len(p.Records); i++ {
			if p.Records[i].ID.Sequence != p.Records[i-1].ID.Sequence-1 {
				t.Fatalf("record %d: got %v behind %v", i, p.Records[i].ID, p.Records[i-1].ID)
			}
		}
	}
	handling.Wait()
}
