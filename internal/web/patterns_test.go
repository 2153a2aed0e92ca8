package web

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/window"
	"github.com/jackdaw-log/jackdaw/record"
)

func TestTemplate(t *testing.T) {
	f := func(message, want string) {
		t.Helper()
		got := templateOf(message)
		if got.String() != want {
			t.Errorf("%q: got %q, want %q", message, got.String(), want)
		}
	}
	f("", "")
	f("shutting down", "shutting down")
	f("order 67254 processed in 696 ms", "order * processed in * ms")
	f("took 1.5s, -3 °C, +4", "took *s, * °C, *")
	f("connect to 10.0.0.7:5432 at 10:41:41.702", "connect to * at *")
	f("since 2026-11-22T10:41:41Z", "since *Z")
	f("worker-3 on web1", "worker-* on web*")
	f("job 3f2504e0-4f89-11d3-9a0c-0305e82c3301 done", "job * done")
	f("job 3f2504e0-4f89-11d3-9a0c-0305e82c3301x", "job *-*")
	f("commit a3f9c2d1 at 0x7f3a", "commit * at *")
	f("sent to anna@example.org, x@y", "sent to * x@y")
	f("decade facade deadbeef", "decade facade deadbeef") // words may be hexadecimal
	f("token 9xKq2LmN8pQrStUvW", "token *")
	f(`user "anna maria" said 'no', path="/a b"`, `user "*" said '*', path="*"`)
	f(`it's 5 o'clock, isn't it`, `it's * o'clock, isn't it`)
	f(`an "open end`, `an "open end`)
	f("first line 7\nsecond line 8", "first line * …")
	f("日本語 42 です", "日本語 * です")
	f(strings.Repeat("word ", 100), strings.TrimSpace(strings.Repeat("word ", maxWords))+" …")
	f(strings.Repeat("x", 1000), strings.Repeat("x", maxTemplate)+" …")
	f("x"+strings.Repeat("é", 1000), "x"+strings.Repeat("é", maxTemplate/2-1)+" …") // not through a character
}

// asked returns what the API says of the patterns of records that are kept.
func asked(t *testing.T, query string, records ...record.Record) listedPatterns {
	t.Helper()
	w := window.New(window.Options{})
	for i := range records {
		records[i].ID = record.ID{Epoch: 1, Sequence: 1, Index: uint32(i)}
		if records[i].Time.IsZero() {
			records[i].Time = lunch.Add(time.Duration(i) * time.Second)
		}
	}
	if err := w.Handle(context.Background(), records); err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	New(Options{Store: w}).ServeHTTP(rec, httptest.NewRequest("GET", "http://localhost/api/patterns?"+query, nil))
	var a listedPatterns
	if err := json.Unmarshal(rec.Body.Bytes(), &a); err != nil || rec.Code != 200 {
		t.Fatalf("got %d and %s, want patterns", rec.Code, rec.Body)
	}
	return a
}

func TestPatterns(t *testing.T) {
	var records []record.Record
	add := func(n int, level slog.Level, logger, format string, source slog.Source) {
		for i := range n {
			records = append(records, record.Record{Level: level, Logger: logger, Message: fmt.Sprintf(format, []string{"anna", "ben", "carla"}[i%3]), Source: source})
		}
	}
	login := slog.Source{File: "auth.py", Line: 7}
	add(3, 0, "auth", "%s signed in", login)
	add(2, 4, "auth", "%s was refused: wrong password", login)
	add(3, 0, "relay", "%s signed in", slog.Source{}) // from who knows where
	for i := range 10 {
		records = append(records, record.Record{Logger: "shop", Message: fmt.Sprintf("order %d taken", i)})
	}
	a := asked(t, "limit=4", records...)
	var got []string
	for _, p := range a.Patterns {
		got = append(got, fmt.Sprintf("%d %s %s: %s", p.Records, p.Level, p.Logger, p.Template))
	}
	want := []string{"10 INFO shop: order * taken", "3 INFO auth: * signed in", "2 WARNING auth: * was refused: wrong password", "1 INFO relay: carla signed in"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if a.Looked != 18 || !a.Complete || a.Others != (otherPatterns{2, 2}) || !a.Oldest.Equal(lunch) {
		t.Errorf("got %d looked at, complete %v, others %v, oldest %v, want 18, true, {2 2} and %v", a.Looked, a.Complete, a.Others, a.Oldest, lunch)
	}
	if p := a.Patterns[0]; !p.First.Equal(lunch.Add(8*time.Second)) || !p.Last.Equal(lunch.Add(17*time.Second)) || p.ID != "1-1-17" {
		t.Errorf("orders: got %v to %v, newest %s, want the eighth second to the seventeenth, 1-1-17", p.First, p.Last, p.ID)
	}
	if a := asked(t, "q=logger:auth+level:info", records...); len(a.Patterns) != 1 || a.Looked != 3 {
		t.Errorf("with a filter: got %d patterns of %d records, want 1 of 3", len(a.Patterns), a.Looked)
	}
	if a := asked(t, "q=nothing"); len(a.Patterns) != 0 || a.Oldest != nil || !a.Complete {
		t.Errorf("of nothing: got %+v, want nothing", a)
	}
}

// At one place of a program, what differs in few words is one pattern.
func TestPatternsJoin(t *testing.T) {
	f := func(want int, messages ...string) {
		t.Helper()
		g := newGrouping()
		for _, m := range messages {
			g.add(&record.Record{Message: m, Source: slog.Source{File: "a.py", Line: 1}})
		}
		if got := g.ordered(); len(got) != want {
			t.Errorf("%q: got %d patterns, want %d", messages, len(got), want)
		}
	}
	f(1, "anna signed in", "ben signed in", "carla signed in")
	f(1, "read a of b", "read c of d")     // half of the words
	f(2, "read a of b", "wrote a to disk") // less
	f(2, "anna signed in", "anna signed in again")
	f(2, "7 apples", "8 pears") // what is the same in both says nothing
	f(2, "anna signed in", "anna signed in\nfrom home")
	f(1, `user "anna" left`, `user nobody left`)
}

// The filter of a pattern means no other records.
func TestPatternFilterMeansNoOthers(t *testing.T) {
	f := func(of record.Record, others ...record.Record) {
		t.Helper()
		g := newGrouping()
		g.add(&of)
		text := g.ordered()[0].filter()
		parsed, err := filter.Parse(text, lunch)
		if err != nil || !parsed.Match(&of) {
			t.Errorf("%q: got %s, %v, want what means it", of.Message, text, err)
			return
		}
		for i := range others {
			if parsed.Match(&others[i]) {
				t.Errorf("%q: %s means %+v, too", of.Message, text, others[i])
			}
		}
	}
	f(record.Record{Logger: "a", Message: "order 7 taken"},
		record.Record{Logger: "a", Message: "order 7 taken back"}, record.Record{Logger: "a", Message: "an order 7 taken"},
		record.Record{Logger: "a.b", Message: "order 7 taken"}, record.Record{Message: "order 7 taken"},
		record.Record{Logger: "a", Level: 4, Message: "order 7 taken"}, record.Record{Logger: "a", Level: -4, Message: "order 7 taken"})
	f(record.Record{Message: "shutting down"},
		record.Record{Message: "shutting down now"}, record.Record{Logger: "a", Message: "shutting down"})
	f(record.Record{Logger: "a"}, record.Record{Logger: "a", Message: "x"})
}

// endless is a store of as many records as it is asked for, each with a message of its own, that takes its time.
type endless struct {
	rich
	pause time.Duration // for each page
	n     int
}

func (e *endless) Page(_ context.Context, q store.PageQuery) (*store.Page, error) {
	time.Sleep(e.pause)
	p := &store.Page{Records: make([]record.Record, q.Limit)}
	for i := range p.Records {
		e.n++
		word := strings.Map(func(c rune) rune { return 'a' + c - '0' }, fmt.Sprint(e.n))
		p.Records[i] = record.Record{ID: record.ID{Epoch: 1}, Time: lunch.Add(-time.Duration(e.n) * time.Second), Message: word}
	}
	at := store.PlaceOf(&p.Records[q.Limit-1])
	p.Next = &at
	return p, nil
}

// So many records are looked at, and for so long, and what is not listed is counted.
func TestPatternsEnd(t *testing.T) {
	f := func(pause time.Duration, least, most int) {
		synctest.Test(t, func(t *testing.T) {
			e, rec := &endless{pause: pause}, httptest.NewRecorder()
			New(Options{Store: e}).ServeHTTP(rec, httptest.NewRequest("GET", "http://localhost/api/patterns?limit=10", nil))
			var a listedPatterns
			if err := json.Unmarshal(rec.Body.Bytes(), &a); err != nil || rec.Code != 200 {
				t.Fatalf("got %d and %s, want patterns", rec.Code, rec.Body)
			}
			if a.Looked < least || a.Looked > most || a.Looked != e.n || a.Complete || !a.Oldest.Equal(lunch.Add(-time.Duration(e.n)*time.Second)) {
				t.Errorf("%v a page: got %d records looked at of %d, complete %v, oldest %v; want %d to %d", pause, a.Looked, e.n, a.Complete, a.Oldest, least, most)
			}
			if listed := len(a.Patterns); listed != 10 || a.Others.Records != a.Looked-10 || a.Others.Patterns != min(a.Looked, maxTemplates)-10 {
				t.Errorf("%v a page: got %d listed and others %+v of %d records", pause, listed, a.Others, a.Looked)
			}
		})
	}
	f(0, 100_000, 100_000)
	f(2*time.Second, firstRecords+1, firstRecords+store.MaxPage) // two pages, and no third
}

// There are no more templates than are bounded, and none is forgotten in silence.
func TestPatternsBounded(t *testing.T) {
	p := newGrouping()
	for i := range maxTemplates + 50 {
		word := strings.Map(func(c rune) rune { return 'a' + c - '0' }, fmt.Sprint(i))
		p.add(&record.Record{Message: word})
	}
	if n := len(p.ordered()); n != maxTemplates || p.beyond != 50 {
		t.Errorf("got %d patterns and %d records beyond, want %d and 50", n, p.beyond, maxTemplates)
	}
}

// heavy is a store of records of a megabyte, which notes how many it is asked for at once.
type heavy struct {
	rich
	limits []int
}

func (h *heavy) Page(_ context.Context, q store.PageQuery) (*store.Page, error) {
	h.limits = append(h.limits, q.Limit)
	r := record.Record{ID: record.ID{Epoch: 1}, Message: "m", Attrs: []slog.Attr{slog.Group("g", slog.String("big", strings.Repeat("x", 1<<20)))}}
	p := &store.Page{Records: []record.Record{r, r}}
	if at := store.PlaceOf(&r); len(h.limits) < 3 {
		p.Next = &at
	}
	return p, nil
}

// Large records are not asked for by the thousand.
func TestPatternsOfLargeRecords(t *testing.T) {
	h := &heavy{}
	rec := httptest.NewRecorder()
	New(Options{Store: h}).ServeHTTP(rec, httptest.NewRequest("GET", "http://localhost/api/patterns", nil))
	if rec.Code != 200 || len(h.limits) != 3 || h.limits[0] != firstRecords || h.limits[1] > 16 || h.limits[2] > 16 {
		t.Errorf("got %d, and %d records asked for at once, want 200, and %d, then 16 at most", rec.Code, h.limits, firstRecords)
	}
}

// The filter of a pattern means the records that made it.
func FuzzPatternFilter(f *testing.F) {
	for _, s := range []string{"order 1 taken", "a  b", "\x00 1", "tab\t1", "x\r\ny", `q "a b" 'c`, "ends in \\", "a/b 1", strings.Repeat("longish7 ", 60), "日本語 1 ", "\xed\xa0\x80 7", "[a](b) 2*3", "cr\r", "\u2028 1", "", "\xf2"} {
		f.Add(s, "other 1 taken", true)
	}
	f.Add(`user "anna maria" left`, "user nobody left", true)
	f.Fuzz(func(t *testing.T, one, other string, place bool) {
		records := []record.Record{{Logger: "a", Message: one, Time: lunch}, {Logger: "a", Message: other, Time: lunch}}
		g := newGrouping()
		for i := range records {
			if place {
				records[i].Source = slog.Source{File: "f.py", Line: 1}
			}
			g.add(&records[i])
		}
		matched := 0
		for _, p := range g.ordered() {
			text := p.filter()
			if text == "" {
				return // too large for a filter
			}
			parsed, err := filter.Parse(text, lunch)
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			n := 0
			for i := range records {
				if parsed.Match(&records[i]) {
					n++
				}
			}
			if n < p.records {
				t.Errorf("%q and %q: got %d records by %s, want %d", one, other, n, text, p.records)
			}
			matched += n
		}
		if matched < len(records) {
			t.Errorf("%q and %q: got %d records by all filters, want %d", one, other, matched, len(records))
		}
	})
}
