package storetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/filter/filtertest"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// Subject is an engine under test. What it opened is closed by t.Cleanup.
type Subject struct {
	Handler record.Handler
	Reader  store.Reader
	// Shake, if set, is called now and then: the engine may use it to write down what it has in memory, or to open
	// its files anew, and returns what to go on with.
	Shake func() Subject
}

// Run holds the engines that fresh makes, a new one for each test, to what package store says.
func Run(t *testing.T, fresh func(t *testing.T) Subject) {
	for name, test := range map[string]func(*testing.T, Subject){
		"empty": testEmpty, "random": testRandom, "paging while records come": testPaging, "late": testLate,
		"repeated": testRepeated, "without ids": testWithoutIDs, "context": testContext, "concurrent": testConcurrent,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

func handle(t *testing.T, h record.Handler, batch []record.Record) {
	t.Helper()
	if err := h.Handle(t.Context(), batch); err != nil {
		t.Fatalf("Handle: got %v, want nil", err)
	}
}

// numbered gives records ids, as a stream does: so many in a message.
func numbered(records []record.Record, epoch, sequence uint64, each int) []record.Record {
	for i := range records {
		records[i].ID = record.ID{Epoch: epoch, Sequence: sequence + uint64(i/each), Index: uint32(i % each)}
	}
	return records
}

func testEmpty(t *testing.T, s Subject) {
	ctx := t.Context()
	for _, order := range []store.Order{store.NewestFirst, store.OldestFirst} {
		if p, err := s.Reader.Page(ctx, store.PageQuery{Order: order}); err != nil || len(p.Records) > 0 || p.Next != nil {
			t.Errorf("Page: got %+v, %v, want none", p, err)
		}
	}
	if a, err := s.Reader.Around(ctx, store.AroundQuery{ID: record.ID{Epoch: 1, Sequence: 1}}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Around: got %+v, %v, want ErrNotFound", a, err)
	}
	if c, err := s.Reader.Count(ctx, store.Query{}); err != nil || len(c.Loggers) > 0 || c.Total.Total() > 0 {
		t.Errorf("Count: got %+v, %v, want none", c, err)
	}
	if h, err := s.Reader.Histogram(ctx, store.HistogramQuery{Width: time.Minute}); err != nil || len(h.Buckets) > 0 {
		t.Errorf("Histogram: got %+v, %v, want none", h, err)
	}
	if v, err := s.Reader.Values(ctx, store.ValuesQuery{Name: "a"}); err != nil || len(v.Values) > 0 || !v.Complete {
		t.Errorf("Values: got %+v, %v, want none, and all", v, err)
	}
}

// Whatever the records and the questions are, the answers are those of the reference.
func testRandom(t *testing.T, s Subject) {
	seed, rounds := uint64(1), 4
	if testenv.Long() {
		seed, rounds = uint64(time.Now().UnixNano()), 150
	}
	t.Logf("seed %d", seed)
	m, ref := newAsker(seed), new(Reference)
	sequence := uint64(1)
	for range rounds {
		for range 1 + m.IntN(4) {
			each := 1 + m.IntN(40)
			batch := numbered(m.Records(1+m.IntN(120)), 7, sequence, each)
			sequence += uint64(len(batch)/each) + 1
			handle(t, s.Handler, batch)
			_ = ref.Handle(t.Context(), batch)
		}
		if s.Shake != nil && m.IntN(3) == 0 {
			s = s.Shake()
		}
		for range 10 {
			m.ask(t, s.Reader, ref)
		}
	}
}

// asker makes questions at random, about records of which many are found.
type asker struct{ filtertest.Random }

func newAsker(seed uint64) asker { return asker{filtertest.NewStored(seed)} }

// query returns a random query.
func (m asker) query() store.Query {
	q := store.Query{Filter: m.Filter()}
	if m.IntN(4) == 0 {
		q.Filter = nil
	}
	bound := func() time.Time { return filtertest.Now.Add(time.Duration(m.IntN(6000)-3000) * time.Millisecond) }
	if m.IntN(3) == 0 {
		q.From = bound()
	}
	if m.IntN(3) == 0 {
		q.To = bound()
	}
	return q
}

// ask asks both the same, at random.
func (m asker) ask(t *testing.T, r store.Reader, ref *Reference) {
	t.Helper()
	q := m.query()
	switch m.IntN(6) {
	case 0, 1:
		comparePages(t, r, ref, store.PageQuery{Query: q, Order: store.Order(m.IntN(2)), Limit: 1 + m.IntN(60)})
	case 2:
		compare(t, "Count", q, func(r store.Reader) (any, error) { return r.Count(t.Context(), q) }, r, ref)
	case 3:
		h := store.HistogramQuery{Query: q, Width: filtertest.Pick(m.Random, time.Second, 7*time.Second, time.Minute, time.Hour)}
		compare(t, "Histogram of "+h.Width.String(), q, func(r store.Reader) (any, error) { return r.Histogram(t.Context(), h) }, r, ref)
	case 4:
		if len(ref.records) > 0 {
			a := store.AroundQuery{ID: ref.records[m.IntN(len(ref.records))].ID, Filter: q.Filter, Before: m.IntN(20), After: m.IntN(20)}
			compareAround(t, r, ref, a)
		}
	case 5:
		v := store.ValuesQuery{Query: q, Name: filtertest.Pick(m.Random, "s", "n"), Prefix: filtertest.Pick(m.Random, "", "", "A"), Limit: store.MaxValues}
		compare(t, "Values of "+v.Name, q, func(r store.Reader) (any, error) {
			v, err := r.Values(t.Context(), v)
			if err != nil {
				return nil, err
			}
			texts := map[string]uint64{}
			for _, value := range v.Values {
				texts[value.Text] = value.Records
			}
			return texts, nil
		}, r, ref)
	}
}

// compare compares two answers. An engine may say that a histogram has too many buckets.
func compare(t *testing.T, what string, q store.Query, ask func(store.Reader) (any, error), r store.Reader, ref *Reference) {
	t.Helper()
	got, err := ask(r)
	if err != nil {
		t.Fatalf("%s of %s from %v to %v: %v", what, q.Filter, q.From, q.To, err)
	}
	want, _ := ask(ref)
	if texts, ok := want.(map[string]uint64); ok { // the reference knows texts alone
		for text, n := range texts {
			if got.(map[string]uint64)[text] < n {
				t.Fatalf("%s %q in %s: got %d, want %d", what, text, q.Filter, got.(map[string]uint64)[text], n)
			}
		}
		return
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s of %s from %v to %v: got\n%+v\nwant\n%+v", what, q.Filter, q.From, q.To, got, want)
	}
}

func compareRecords(t *testing.T, what string, f *filter.Filter, got, want []record.Record) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Fatalf("%s of %s: got %d records, want also\n%s %s", what, f, i, want[i].ID, record.AppendJSON(nil, &want[i]))
		case i >= len(want):
			t.Fatalf("%s of %s: got %d records too much, as\n%s %s", what, f, len(got)-i, got[i].ID, record.AppendJSON(nil, &got[i]))
		case !Same(&got[i], &want[i]):
			t.Fatalf("%s of %s: record %d: got\n%s %s\nwant\n%s %s", what, f, i, got[i].ID, record.AppendJSON(nil, &got[i]), want[i].ID, record.AppendJSON(nil, &want[i]))
		}
	}
}

// comparePages goes through all pages.
func comparePages(t *testing.T, r store.Reader, ref *Reference, q store.PageQuery) {
	t.Helper()
	all := q
	all.Limit = 1 << 30
	want, _ := ref.Page(t.Context(), all)
	var got []record.Record
	for {
		p, err := r.Page(t.Context(), q)
		if err != nil {
			t.Fatalf("Page of %s: %v", q.Filter, err)
		}
		if len(p.Records) > q.Limit || p.Unreadable > 0 {
			t.Fatalf("Page of %s: got %d records, %d unreadable, want %d at most", q.Filter, len(p.Records), p.Unreadable, q.Limit)
		}
		got = append(got, p.Records...)
		if p.Next == nil {
			break
		}
		text := p.Next.String()
		at, err := store.ParsePlace(text)
		if err != nil || at != *p.Next {
			t.Fatalf("place %q: got %v, %v", text, at, err)
		}
		q.After = &at
	}
	compareRecords(t, "pages", q.Filter, got, want.Records)
}

func compareAround(t *testing.T, r store.Reader, ref *Reference, q store.AroundQuery) {
	t.Helper()
	got, err := r.Around(t.Context(), q)
	if err != nil {
		t.Fatalf("Around %s: %v", q.ID, err)
	}
	want, _ := ref.Around(t.Context(), q)
	compareRecords(t, "the record", nil, []record.Record{got.Record}, []record.Record{want.Record})
	compareRecords(t, "before", q.Filter, got.Before, want.Before)
	compareRecords(t, "after", q.Filter, got.After, want.After)
}

// Who pages sees each record once that was there when he began, in both directions, whatever comes.
func testPaging(t *testing.T, s Subject) {
	m := newAsker(3)
	for _, order := range []store.Order{store.NewestFirst, store.OldestFirst} {
		epoch := uint64(10 + order)
		handle(t, s.Handler, numbered(m.Records(200), epoch, 1, 200))
		first, err := s.Reader.Page(t.Context(), store.PageQuery{Order: order, Limit: store.MaxPage})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[record.ID]int{}
		q := store.PageQuery{Order: order, Limit: 25}
		for n := uint64(2); ; n++ {
			p, err := s.Reader.Page(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			for i := range p.Records {
				seen[p.Records[i].ID]++
			}
			if q.After = p.Next; q.After == nil {
				break
			}
			if n < 8 {
				handle(t, s.Handler, numbered(m.Records(30), epoch, n, 30))
			}
			if s.Shake != nil && n%5 == 0 {
				s = s.Shake()
			}
		}
		for i := range first.Records {
			if n := seen[first.Records[i].ID]; n != 1 {
				t.Errorf("order %d: record %s was seen %d times, want once", order, first.Records[i].ID, n)
			}
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("order %d: record %s was seen %d times", order, id, n)
			}
		}
	}
}

// Records that were received long after they were logged are where they belong by their own time.
func testLate(t *testing.T, s Subject) {
	m, ref := newAsker(4), new(Reference)
	for n := uint64(1); n <= 6; n++ {
		batch := m.Records(100)
		for i := range batch {
			if i%10 == 0 {
				batch[i].Time = filtertest.Now.Add(-time.Duration(1+m.IntN(1000)) * time.Hour)
			}
		}
		handle(t, s.Handler, numbered(batch, 1, n, 100))
		_ = ref.Handle(t.Context(), batch)
	}
	for range 10 {
		at := filtertest.Now.Add(-time.Duration(m.IntN(1000)) * time.Hour)
		q := store.Query{From: at, To: at.Add(100 * time.Hour)}
		comparePages(t, s.Reader, ref, store.PageQuery{Query: q, Order: store.Order(m.IntN(2)), Limit: 7})
		compare(t, "Count", q, func(r store.Reader) (any, error) { return r.Count(t.Context(), q) }, s.Reader, ref)
		h := store.HistogramQuery{Query: q, Width: time.Hour}
		compare(t, "Histogram", q, func(r store.Reader) (any, error) { return r.Histogram(t.Context(), h) }, s.Reader, ref)
	}
}

// Records that come again are kept once, also where only some of a batch do.
func testRepeated(t *testing.T, s Subject) {
	records := numbered(filtertest.NewStored(5).Records(50), 3, 1, 10)
	handle(t, s.Handler, records[:20])
	handle(t, s.Handler, records[:20])
	handle(t, s.Handler, records[5:33])
	if s.Shake != nil {
		s = s.Shake()
	}
	handle(t, s.Handler, records[30:])
	other := numbered(filtertest.NewStored(6).Records(10), 4, 1, 10) // the same ids, of another epoch
	handle(t, s.Handler, other)
	c, err := s.Reader.Count(t.Context(), store.Query{})
	if err != nil || c.Total.Total() != 60 {
		t.Errorf("records: got %d, %v, want 60", c.Total.Total(), err)
	}
}

// Records that come without an id get one each, by which they are found.
func testWithoutIDs(t *testing.T, s Subject) {
	m := newAsker(7)
	handle(t, s.Handler, m.Records(20))
	handle(t, s.Handler, numbered(m.Records(20), 2, 1, 20))
	handle(t, s.Handler, m.Records(20))
	p, err := s.Reader.Page(t.Context(), store.PageQuery{})
	if err != nil || len(p.Records) != 60 {
		t.Fatalf("Page: got %d records, %v, want 60", len(p.Records), err)
	}
	for i := range p.Records {
		a, err := s.Reader.Around(t.Context(), store.AroundQuery{ID: p.Records[i].ID})
		if err != nil || !Same(&a.Record, &p.Records[i]) {
			t.Errorf("record %s: got %+v, %v", p.Records[i].ID, a, err)
		}
	}
}

func testContext(t *testing.T, s Subject) {
	handle(t, s.Handler, numbered(newAsker(8).Records(10), 1, 1, 10))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, page := s.Reader.Page(ctx, store.PageQuery{})
	_, count := s.Reader.Count(ctx, store.Query{})
	_, histogram := s.Reader.Histogram(ctx, store.HistogramQuery{Width: time.Second})
	_, around := s.Reader.Around(ctx, store.AroundQuery{ID: record.ID{Epoch: 1, Sequence: 1}})
	_, values := s.Reader.Values(ctx, store.ValuesQuery{Name: "s"})
	for i, err := range []error{page, count, histogram, around, values} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("question %d with an ended context: got %v, want context.Canceled", i, err)
		}
	}
}

// While records come, every answer is one of a moment: what was handled before is there, and no record twice.
func testConcurrent(t *testing.T, s Subject) {
	const batches, each = 12, 50
	m := newAsker(9)
	handled := make(chan uint64, batches)
	go func() {
		defer close(handled)
		for n := uint64(1); n <= batches; n++ {
			if err := s.Handler.Handle(t.Context(), numbered(m.Records(each), 1, n, each)); err != nil {
				t.Errorf("Handle: %v", err)
				return
			}
			handled <- n * each
		}
	}()
	for n := range handled {
		c, err := s.Reader.Count(t.Context(), store.Query{})
		if err != nil || c.Total.Total() < n || c.Total.Total() > batches*each {
			t.Fatalf("Count: got %d, %v, want at least %d", c.Total.Total(), err, n)
		}
		p, err := s.Reader.Page(t.Context(), store.PageQuery{Limit: store.MaxPage})
		if err != nil || uint64(len(p.Records)) < n {
			t.Fatalf("Page: got %d records, %v, want at least %d", len(p.Records), err, n)
		}
		ids := make([]string, len(p.Records))
		for i := range p.Records {
			ids[i] = p.Records[i].ID.String()
		}
		slices.Sort(ids)
		if len(slices.Compact(ids)) != len(p.Records) {
			t.Fatal("Page: a record is there twice")
		}
	}
}
