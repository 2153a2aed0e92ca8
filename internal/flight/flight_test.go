package flight

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

func testOptions(t testing.TB) Options {
	base := time.Now()
	return Options{
		PID: 4711, Name: "shop",
		Place: func(pc uintptr) *slog.Source {
			return &slog.Source{Function: "main.f", File: "/src/main.go", Line: int(pc)}
		},
		Moment: func() (time.Time, int64) { now := time.Now(); return now, int64(now.Sub(base)) },
		Tell:   func(err error) { t.Log(err) },
	}
}

func recorder(t *testing.T, m []byte) *Recorder {
	t.Helper()
	r, left, err := New(m, testOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	if left.Len() > 0 || left.Damaged > 0 {
		t.Fatalf("new memory: got %d records left, %d damaged", left.Len(), left.Damaged)
	}
	return r
}

// rest returns what is left in memory, as it would be in another process.
func rest(t *testing.T, m []byte) ([]record.Record, *Left) {
	t.Helper()
	left, err := Read(slices.Clone(m))
	if err != nil {
		t.Fatal(err)
	}
	var all []record.Record
	for left.Len() > 0 {
		records, segments := left.Next(math.MaxInt)
		if len(records)+left.Damaged < len(segments) {
			t.Errorf("got %d segments for %d records", len(segments), len(records))
		}
		all = append(all, records...)
	}
	return all, left
}

// made is a call with what it is to become.
type made struct {
	Call
	scope  record.Scope
	logger string
	attrs  []slog.Attr
	trace  record.Trace
}

// want returns the record of the call, as the queue makes it.
func (c *made) want() record.Record {
	r := record.Record{Level: c.Level, Message: c.Message, Logger: c.logger, Trace: c.trace, Process: record.Process{PID: 4711, Name: "shop"}}
	lead := c.attrs[:c.Lead]
	if c.Traced {
		lead = lead[4:]
	}
	c.scope.Bind(&r, nil, lead, c.attrs[c.Lead:])
	if c.PC > 0 {
		r.Source = slog.Source{Function: "main.f", File: "/src/main.go", Line: int(c.PC)}
	}
	if !c.Now {
		r.Time = c.Time
	}
	return r
}

// all are attrs of all kinds.
func all() []slog.Attr {
	return []slog.Attr{
		slog.Bool("yes", true), slog.Bool("no", false), slog.Int64("i", math.MinInt64), slog.Uint64("u", math.MaxUint64), slog.Float64("f", -0.5),
		slog.String("s", "é\xed\xa0\x80\x00"), slog.String("", ""), slog.Duration("d", -time.Hour), slog.Time("t", time.Unix(1e9, 5)), slog.Time("t0", time.Time{}),
		slog.Group("g", slog.Int("a", 1), slog.Group("h", slog.String("x", "y"))), slog.Any("nil", nil), slog.Any("err", errors.New("connection reset")),
		slog.Any("wrapped", fmt.Errorf("read: %w", errors.New("gone"))), slog.Any("json", json.RawMessage(`{"a":[1]}`)), slog.Any("bytes", []byte{0, 255}),
		slog.Any("ip", netip.MustParseAddr("10.0.0.1")),
	}
}

// calls are calls of all kinds. Those that follow have higher keys.
func calls() (list []made) {
	at, far := time.Now(), time.Date(2600, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600))
	bound := record.Scope{}.WithAttrs([]slog.Attr{slog.String("service", "pay")})
	inside := bound.WithGroup("req").WithAttrs([]slog.Attr{slog.Int("id", 7)}).WithGroup("deep")
	trace := []slog.Attr{slog.Uint64("", 1), slog.Uint64("", 2), slog.Uint64("", 3), slog.Uint64("", 1)}
	long := strings.Repeat("long ", 40000)
	add := func(c made) {
		c.Key = int64(len(list)) * 1000
		list = append(list, c)
	}
	for round := range 3 { // as they are met first, for the second time, and then
		for _, scope := range []record.Scope{{}, bound, inside, record.Scope{}.WithGroup("empty")} {
			for _, attrs := range [][]slog.Attr{nil, all()[:round], all(), {slog.String("text", long)}} {
				add(made{Call: Call{Now: true, Message: "plain", Level: slog.LevelInfo}, scope: scope, logger: "shop.pay", attrs: attrs})
				add(made{Call: Call{Message: "place", Level: -8, Time: at, PC: uintptr(1 + round)}, scope: scope, logger: "root", attrs: attrs})
				add(made{Call: Call{Message: fmt.Sprint("made ", round), Level: 1000, Time: far}, scope: scope, attrs: attrs})
				add(made{Call: Call{Now: true, Message: "lead", Lead: 1}, scope: scope, attrs: append(all()[3:4], attrs...)})
				add(made{
					Call: Call{Now: true, Message: "trace", Lead: 5, Traced: true}, scope: scope, attrs: slices.Concat(trace, all()[2:3], attrs),
					trace: record.Trace{ID: [16]byte{7: 1, 15: 2}, Span: [8]byte{7: 3}, Flags: 1},
				})
			}
		}
		add(made{Call: Call{Now: true, Message: long}, logger: "x"})
		add(made{Call: Call{Now: true}, attrs: make([]slog.Attr, 3)})
		add(made{Call: Call{Message: "time"}})
		add(made{Call: Call{Message: "utc", Time: at.UTC()}})
	}
	return list
}

// What is kept is there for the next process, in its order, as the queue would have made it.
func TestCalls(t *testing.T) {
	m := make([]byte, 32<<20)
	r := recorder(t, m)
	list, origins := calls(), map[string]*Origin{}
	for i := range list {
		c := &list[i]
		form := NewOrigin(c.logger, c.scope)
		if origins[string(form.form)] == nil {
			origins[string(form.form)] = form
		}
		c.Origin = origins[string(form.form)]
	}
	before := time.Now().Add(-time.Minute)
	for _, i := range slices.Backward(slices.Collect(func(yield func(int) bool) {
		for i := range list {
			if !yield(i) {
				return
			}
		}
	})) { // the order is that of the keys
		c := list[i]
		if token := r.Call(&c.Call, c.attrs[:len(c.attrs)/2], c.attrs[len(c.attrs)/2:]); token == 0 {
			t.Fatalf("call %d was not kept", i)
		}
	}
	got, left := rest(t, m)
	if len(got) != len(list) || left.Damaged > 0 || r.Stats().Missed > 0 {
		t.Fatalf("got %d records of %d, %d damaged", len(got), len(list), left.Damaged)
	}
	for i := range list {
		want := list[i].want()
		if list[i].Now {
			if got[i].Time.Before(before) || got[i].Time.After(time.Now().Add(time.Minute)) {
				t.Errorf("call %d: got the time %v", i, got[i].Time)
			}
			want.Time = got[i].Time
		}
		if x, y := string(record.AppendJSON(nil, &got[i])), string(record.AppendJSON(nil, &want)); x != y {
			t.Fatalf("call %d: got\n%.500s\nwant\n%.500s", i, x, y)
		}
	}
	if len(left.Runs) != 1 || left.Runs[0].Records != len(list) || left.Runs[0].Process != (record.Process{PID: 4711, Name: "shop"}) {
		t.Errorf("got %+v", left.Runs)
	}
}

// few keeps n calls with their number, and returns their tokens.
func few(r *Recorder, from, to int) (tokens []Token) {
	o := NewOrigin("shop", record.Scope{})
	for i := from; i < to; i++ {
		tokens = append(tokens, r.Call(&Call{Origin: o, Message: "m", Key: int64(i), Now: true}, []slog.Attr{slog.Int("i", i), slog.String("s", strings.Repeat("x", i%50))}, nil))
	}
	return tokens
}

// numbers returns those of the calls that are left.
func numbers(t *testing.T, m []byte) (n []int) {
	t.Helper()
	records, left := rest(t, m)
	if left.Damaged > 0 {
		t.Errorf("got %d damaged", left.Damaged)
	}
	for _, r := range records {
		n = append(n, int(r.Attrs[0].Value.Int64()))
	}
	return n
}

// What was released does not come again, once all before it in its segment was, and its room is used again.
func TestRelease(t *testing.T) {
	m := make([]byte, MinBytes)
	r := recorder(t, m)
	tokens := few(r, 0, 10)
	r.Release(tokens[3:7])
	if got := numbers(t, m); len(got) != 10 {
		t.Errorf("got %v, want all", got)
	}
	r.Release(tokens[:3])
	if got, want := numbers(t, m), []int{7, 8, 9}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	r.Release(append(tokens[7:10:10], 0)) // as one that was not kept
	if got := numbers(t, m); len(got) != 0 {
		t.Errorf("got %v, want none", got)
	}
	for i := range 200 {
		tokens := few(r, i*100, i*100+100)
		if got := numbers(t, m); i%50 == 0 && (len(got) != 100 || got[0] != i*100) {
			t.Errorf("round %d: got %v", i, got)
		}
		r.Release(tokens)
	}
	if s := r.Stats(); s.Used > int64(len(r.lanes)+1)*segmentBytes || s.Missed > 0 {
		t.Errorf("got %+v, want that the same segments are used again", s)
	}
	if !r.Close() {
		t.Error("Close: got that something is kept")
	}
	if got := numbers(t, m); len(got) != 0 {
		t.Errorf("at the end: got %v", got)
	}
}

// Memory that is full is told once, until there was room; what is there stays, and what comes is counted.
func TestFull(t *testing.T) {
	m := make([]byte, MinBytes)
	o := testOptions(t)
	var told []error
	o.Tell = func(err error) { told = append(told, err) }
	r, _, err := New(m, o)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		before, stats := len(told), r.Stats().Missed
		tokens := few(r, 0, 20000)
		missed := 0
		for _, token := range tokens {
			if token == 0 {
				missed++
			}
		}
		if s := r.Stats(); missed == 0 || s.Missed-stats != uint64(missed) || s.Used != s.Bytes-segmentBytes {
			t.Errorf("got %+v, want %d missed", s, missed)
		}
		if len(told) != before+1 || !errors.Is(told[before], ErrFull) {
			t.Errorf("got %v, want one ErrFull", told[before:])
		}
		if got := numbers(t, m); len(got) != len(tokens)-missed {
			t.Errorf("got %d records, want %d", len(got), len(tokens)-missed)
		}
		r.Release(tokens)
	}
	if got := numbers(t, m); len(got) != 0 {
		t.Errorf("got %d, want none", len(got))
	}
	// A call that is larger than the memory is not kept, and does no harm.
	if token := r.Call(&Call{Origin: NewOrigin("x", record.Scope{}), Message: strings.Repeat("x", MinBytes)}, nil, nil); token != 0 {
		t.Error("a call larger than all was kept")
	}
	if token := few(r, 1, 2)[0]; token == 0 {
		t.Error("the next was not kept")
	}
}

// What earlier processes have left stays until it is released, in its order, whatever comes meanwhile.
func TestLeft(t *testing.T) {
	m := make([]byte, MinBytes)
	few(recorder(t, m), 0, 2000)
	r, left, err := New(m, testOptions(t))
	if err != nil || left.Len() != 2000 {
		t.Fatalf("got %d, %v", left.Len(), err)
	}
	few(r, 2000, 2010)
	first, segments := left.Next(1500)
	r.ReleaseLeft(segments)
	if len(first) != 1500 || r.Stats().Left != 500 {
		t.Errorf("got %d records, %+v", len(first), r.Stats())
	}
	// It is killed as well: what was not released comes first.
	r, left, err = New(m, testOptions(t))
	if err != nil || len(left.Runs) != 2 || left.Runs[1].Records != 10 || left.Len() > 1500 || left.Len() < 510 {
		t.Fatalf("got %d, %+v, %v", left.Len(), left.Runs, err)
	}
	n, last := left.Len(), -1
	for left.Len() > 0 {
		records, segments := left.Next(100)
		for _, rec := range records {
			i := int(rec.Attrs[0].Value.Int64())
			if i <= last {
				t.Fatalf("%d came after %d", i, last)
			}
			last = i
		}
		r.ReleaseLeft(segments)
	}
	if s := r.Stats(); last != 2009 || s.Left != 0 || s.Used != 0 {
		t.Errorf("got %d records up to %d, %+v", n, last, s)
	}
	if !r.Close() {
		t.Error("Close: got that something is kept")
	}
}

// Wherever the process ends while it writes a call, those before are there, and nothing else.
func TestTorn(t *testing.T) {
	m := make([]byte, MinBytes)
	r := recorder(t, m)
	few(r, 0, 5)
	before := slices.Clone(m)
	few(r, 5, 6)
	var changed []int
	for i := range m {
		if m[i] != before[i] {
			changed = append(changed, i)
		}
	}
	head := changed[0] // the length, which is written last
	torn := slices.Clone(before)
	for _, i := range changed {
		if i >= head+frameHead {
			torn[i] = m[i]
			if got := numbers(t, torn); len(got) != 5 {
				t.Fatalf("byte %d: got %v, want 5", i, got)
			}
		}
	}
	copy(torn[head:], m[head:head+frameHead])
	if got := numbers(t, torn); len(got) != 6 {
		t.Errorf("got %v, want 6", got)
	}
	// A machine that ends may have written some of it: that is damage, which is told, and no other record.
	for _, i := range changed[frameHead:] {
		torn[i] = before[i]
		got, left := rest(t, torn)
		if len(got) != 5 || left.Damaged == 0 {
			t.Fatalf("byte %d is as it was: got %d records, %d damaged", i, len(got), left.Damaged)
		}
	}
}

// A byte that changed costs the record that it is in, or all that come to depend on it, and never yields another one. It is told,
// save of the words that say what is in use and handled.
func TestFlipped(t *testing.T) {
	m := make([]byte, MinBytes)
	r := recorder(t, m)
	few(r, 0, 20)
	r.Record(&record.Record{Message: "m", Attrs: []slog.Attr{slog.Int("i", 20)}, Host: "h"}, 20)
	want, _ := rest(t, m)
	lines := map[string]bool{}
	for i := range want {
		lines[string(record.AppendJSON(nil, &want[i]))] = true
	}
	end := len(bytes.TrimRight(m, "\x00"))
	for i := segmentBytes; i < end; i++ {
		if i%segmentBytes < atStarted || len(bytes.Trim(m[i:min(i+16, end)], "\x00")) == 0 {
			continue // it says what is handled, or nothing
		}
		m[i] ^= 0x10
		got, left := rest(t, m)
		for j := range got {
			if line := string(record.AppendJSON(nil, &got[j])); !lines[line] {
				t.Fatalf("byte %d: got %s", i, line)
			}
		}
		if len(got) < len(want) && left.Damaged == 0 {
			t.Fatalf("byte %d: got %d records of %d, and no damage", i, len(got), len(want))
		}
		m[i] ^= 0x10
	}
}

// Many callers at once lose nothing, and those that release get along with them.
func TestConcurrent(t *testing.T) {
	m := make([]byte, 8<<20)
	r := recorder(t, m)
	const callers, each = 8, 3000
	kept := make(chan []Token, callers)
	var wg, releasing sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := 0; i < each; i += 100 {
				tokens := few(r, c*each+i, c*each+i+100)
				if i%200 == 0 {
					kept <- tokens
				}
			}
		})
	}
	releasing.Go(func() {
		for tokens := range kept {
			r.Release(tokens)
		}
	})
	wg.Wait()
	close(kept)
	releasing.Wait()
	got := map[int]int{}
	for _, n := range numbers(t, m) {
		got[n]++
	}
	for n := range callers * each {
		if odd := n / 100 % 2; odd == 1 && got[n] != 1 || got[n] > 1 {
			t.Fatalf("call %d: got it %d times", n, got[n])
		}
	}
}

// Calls after Close are not kept.
func TestClosed(t *testing.T) {
	m := make([]byte, MinBytes)
	r := recorder(t, m)
	tokens := few(r, 0, 3)
	if r.Close() {
		t.Error("got that nothing is kept")
	}
	if got := few(r, 3, 4); got[0] != 0 {
		t.Errorf("after Close: got %v", got)
	}
	r.Release(tokens)
	r.ReleaseLeft([]int{1})
	if got := numbers(t, m); len(got) != 3 {
		t.Errorf("got %v", got)
	}
}

func TestVersion(t *testing.T) {
	f := func(head string, want int, fault string) {
		t.Helper()
		got, err := Version([]byte(head))
		if got != want || (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%q: got %d, %v, want %d, %q", head, got, err, want, fault)
		}
	}
	f(string(Head()), 1, "")
	f("JKFL\x02\x00\x00\x00more", 2, "")
	f(strings.Repeat("\x00", 20), 0, "")
	f("JKFL\x00\x00\x00\x00", 0, "not a flight file")
	f("#!/bin/sh", 0, "not a flight file")
	f("JK", 0, "too short")
	if _, err := Read([]byte("JKFL\x02\x00\x00\x00more")); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("got %v", err)
	}
	if _, _, err := New(make([]byte, 100), testOptions(t)); err == nil {
		t.Error("100 bytes: got no error")
	}
}

// Whatever is in memory is read without harm.
func FuzzRead(f *testing.F) {
	m := make([]byte, MinBytes)
	r, _, err := New(m, testOptions(f))
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range calls()[:20] {
		c.Origin = NewOrigin(c.logger, c.scope)
		if len(c.attrs) == 0 || c.attrs[0].Key != "text" {
			r.Call(&c.Call, c.attrs, nil)
		}
	}
	segment := m[segmentBytes : 2*segmentBytes]
	f.Add(bytes.TrimRight(segment, "\x00"), false)
	f.Add([]byte{}, true)
	memory := make([]byte, 2*segmentBytes)
	f.Fuzz(func(t *testing.T, b []byte, mend bool) {
		clear(memory)
		copy(memory, Head())
		copy(memory[segmentBytes:], b)
		if mend { // past the sums
			repair(memory)
		}
		left := read(memory)
		for n := left.Len(); left.Len() > 0; n = left.Len() {
			records, segments := left.Next(100)
			if len(segments) != n-left.Len() || len(records) > len(segments) {
				t.Fatalf("got %d records and %d segments of %d", len(records), len(segments), n)
			}
			for i := range records {
				record.AppendJSON(nil, &records[i])
			}
		}
	})
}

// repair makes the sums of a first segment right.
func repair(m []byte) {
	b := m[segmentBytes:]
	*word(b, atSum) = uint64(headSum(b))
	for at := segmentHead; at+2*frameHead < segmentBytes; {
		length := int(uint32(*word(b, at)))
		if length == 0 || length > segmentBytes-at-2*frameHead {
			return
		}
		*word(b, at) = uint64(length) | uint64(sum(b[at+frameHead:at+frameHead+length]))<<32
		at += frameHead + aligned(length)
	}
}
