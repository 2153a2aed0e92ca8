package flight

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// again has the same bytes as what writes any call, wherever it is the one that writes; and leaves to that what it does not write.
func TestAgain(t *testing.T) {
	r, ran := recorder(t, make([]byte, MinBytes)), 0
	l, message := &r.lanes[0], "message"
	f := func(writes bool, attrs ...slog.Attr) {
		t.Helper()
		for split := range len(attrs) + 1 {
			if !l.begin(segmentBytes) {
				t.Fatal("got no segment")
			}
			for _, now := range []bool{true, false} {
				c := &Call{Origin: NewOrigin("shop", record.Scope{}), Message: message, Time: time.Now(), Now: now, Key: 12345, PC: 7, Level: 4}
				write := func(put func() bool) []byte {
					from := l.at
					if !put() {
						return nil
					}
					return bytes.Clone(l.b[from : l.at+frameHead])
				}
				front, back, flags := attrs[:split:split], attrs[split:], uint64(0)
				if !now {
					flags = flagWall
				}
				for range 2 { // it has a shape then
					write(func() bool { return l.putAny(l.siteOf(message), c, front, back) })
				}
				want := write(func() bool { return l.putAny(l.siteOf(message), c, front, back) })
				got := write(func() bool { return l.again(l.siteOf(message), flags, c.Key, c.Time.UnixNano(), front, back) })
				if (got != nil) != writes || writes && !bytes.Equal(got, want) {
					t.Fatalf("%v in parts of %d and %d: got\n%x\nwant\n%x", attrs, split, len(attrs)-split, got, want)
				}
				ran++
			}
		}
	}
	f(true)
	for n := range 40 {
		f(true, slog.String("a", strings.Repeat("0123456789abcdef", 3)[:n]), slog.Any("b", errors.New(strings.Repeat("x", n))))
	}
	plain := []slog.Attr{
		slog.Bool("", true), slog.Int("i", -1), slog.Uint64("u", 1<<63), slog.Float64("f", 0.5), slog.Duration("d", 5), slog.String("s", "é\x00"), slog.String("t", "123456789"),
		slog.Time("local", time.Now()), slog.Time("utc", time.Now().UTC()), slog.Any("err", errors.New("gone")),
	}
	for n := range plain {
		f(true, plain[:n]...)
	}
	f(true, append(plain, plain...)...)
	f(true, append(plain, slog.String("long", strings.Repeat("long ", 500)))...)
	for _, v := range []any{nil, json.RawMessage("1"), slog.GroupValue(slog.Int("a", 1)), time.Time{}, time.Now().In(time.FixedZone("", 3600)), []byte("x")} {
		f(false, append(plain[:9:9], slog.Any("v", v))...)
	}
	if ran < 200 {
		t.Errorf("got %d, want more", ran)
	}
}

// A site that is met with other attrs, another logger or at another place is not taken for the one before.
func TestSites(t *testing.T) {
	m := make([]byte, MinBytes)
	r := recorder(t, m)
	message := "message"
	shop, till := NewOrigin("shop", record.Scope{}), NewOrigin("till", record.Scope{})
	var want []string
	call := func(o *Origin, logger string, level slog.Level, pc uintptr, attrs ...slog.Attr) {
		rec := record.Record{Logger: logger, Level: level, Message: message, Attrs: attrs, Process: record.Process{PID: 4711, Name: "shop"}}
		if pc > 0 {
			rec.Source = slog.Source{Function: "main.f", File: "/src/main.go", Line: int(pc)}
		}
		want = append(want, string(record.AppendJSON(nil, &rec)))
		if k, _ := r.CallNow(o, 0, level, message, pc, attrs); k.Token == 0 {
			t.Fatal("not kept")
		}
	}
	for i := range 3000 {
		call(shop, "shop", 0, 0, slog.Int("a", i))
		if i%7 == 0 {
			call(till, "till", 0, 0, slog.Int("a", i))
		}
		if i%11 == 0 {
			call(shop, "shop", 4, 0, slog.Int("a", i))
		}
		if i%13 == 0 {
			call(shop, "shop", 0, uintptr(i%3), slog.Int("a", i))
		}
		if i%17 == 0 {
			call(shop, "shop", 0, 0, slog.Int("b", i))
		}
		if i%19 == 0 {
			call(shop, "shop", 0, 0, slog.String("a", strings.Repeat("x", i%50)), slog.Any("b", nil))
		}
	}
	got, left := rest(t, m)
	if len(got) != len(want) || left.Damaged > 0 {
		t.Fatalf("got %d records, %d damaged, want %d", len(got), left.Damaged, len(want))
	}
	for i := range got {
		got[i].Time = time.Time{}
		if line := string(record.AppendJSON(nil, &got[i])); line != want[i] {
			t.Fatalf("call %d: got\n%s\nwant\n%s", i, line, want[i])
		}
	}
}

// Who comes by a lane that somebody is in takes another, and lanes are as many as there is room for.
func TestLaneInUse(t *testing.T) {
	for _, size := range []int{MinBytes, 4 << 20} {
		m := make([]byte, size)
		r := recorder(t, m)
		if n := len(r.lanes); n > size/segmentBytes/4 || len(r.shared) == 0 || len(r.shared)&(len(r.shared)-1) != 0 {
			t.Errorf("%d bytes: got %d lanes, of which %d are shared", size, n, len(r.shared))
		}
		var held []*lane
		for range len(r.shared) {
			l := r.enter()
			for _, other := range held {
				if l == other {
					t.Fatal("got a lane twice")
				}
			}
			held = append(held, l)
		}
		held[0].leave(false, 0)
		if few(r, 0, 1)[0] == 0 {
			t.Error("not kept")
		}
		for _, l := range held[1:] {
			l.leave(false, 0)
		}
	}
}

// Callers that wander between processors, as many as there are at the time, lose nothing, and none is in the memory once Close
// has returned.
func TestCloseWhileCalled(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for round := range 10 {
		m := make([]byte, 8<<20)
		r := recorder(t, m)
		o := NewOrigin("shop", record.Scope{})
		const callers = 6
		kept := make([]int, callers)
		var wg sync.WaitGroup
		for c := range callers {
			wg.Go(func() {
				for i := range 2000 {
					if k, _ := r.CallNow(o, uint32(i%3), 0, "m", 0, []slog.Attr{slog.Int("i", c)}); k.Token == 0 {
						return
					}
					if kept[c]++; i%50 == 0 {
						runtime.Gosched()
					}
				}
			})
		}
		for i := range 4 {
			runtime.GOMAXPROCS(1 + (round+i)%4)
		}
		r.Close()
		closed := bytes.Clone(m)
		wg.Wait()
		if !bytes.Equal(m, closed) {
			t.Fatal("somebody wrote behind Close")
		}
		got := make([]int, callers)
		for _, i := range numbers(t, m) {
			got[i]++
		}
		for c := range callers {
			if got[c] != kept[c] {
				t.Errorf("caller %d: got %d calls, want the %d that were kept", c, got[c], kept[c])
			}
		}
	}
}

// A call with a value that is not settled is not kept, be it the first of its place or like those before; the next one is.
func TestNotSettled(t *testing.T) {
	m := make([]byte, 1<<20)
	r := recorder(t, m)
	o := NewOrigin("shop", record.Scope{})
	for _, c := range []struct {
		value   any
		settled bool
	}{{map[string]int{"a": 1}, false}, {1, true}, {2, true}, {map[string]int{"a": 1}, false}, {fmt.Errorf("e: %w", io.EOF), true}, {3, true}} {
		k, settled := r.CallNow(o, 1, 0, "m", 0, []slog.Attr{slog.Any("v", c.value)})
		if settled != c.settled || (k.Token != 0) != c.settled {
			t.Errorf("%v: got token %d, and settled %t, want %t", c.value, k.Token, settled, c.settled)
		}
	}
	records, _ := rest(t, m)
	var got []string
	for _, r := range records {
		got = append(got, r.Attrs[0].Value.String())
	}
	if want := []string{"1", "2", "e: EOF", "3"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
