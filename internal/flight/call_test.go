package flight

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

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

// The time of a call that has that of its key is the wall clock's of then, though it was set, or stood while the machine slept,
// since the segment was begun.
func TestClockThatIsSet(t *testing.T) {
	m := make([]byte, MinBytes)
	o := testOptions(t)
	wall, key := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local), int64(0)
	o.Moment = func() (time.Time, int64) { return wall, key }
	r, _, err := New(m, o)
	if err != nil {
		t.Fatal(err)
	}
	var want []time.Time
	call := func(wallOn, keyOn time.Duration) {
		wall, key = wall.Add(wallOn), key+int64(keyOn)
		want = append(want, wall)
		c := &Call{Origin: NewOrigin("shop", record.Scope{}), Message: "m", Key: key, Now: true}
		if r.Call(c, nil, nil) == 0 {
			t.Fatal("not kept")
		}
	}
	call(0, 0)
	call(time.Second, time.Second)
	call(9*time.Hour, time.Minute)     // it slept
	call(-10*time.Hour, time.Minute)   // it was set back
	call(time.Millisecond, 1e6)        // and goes on
	call(24*time.Hour, 24*time.Hour+5) // slewed
	got, left := rest(t, m)
	if len(got) != len(want) || left.Damaged > 0 {
		t.Fatalf("got %d records, %d damaged, want %d", len(got), left.Damaged, len(want))
	}
	for i := range got {
		if !got[i].Time.Equal(want[i]) {
			t.Errorf("call %d: got the time %v, want %v", i, got[i].Time, want[i])
		}
	}
	if run := left.Runs[0]; !run.Last.Equal(want[len(want)-1]) {
		t.Errorf("the last: got %v, want %v", run.Last, want[len(want)-1])
	}
}
