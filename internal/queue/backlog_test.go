package queue

import (
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// pushNew pushes a record of that level that knows its number, twice, or a call whose form is the number.
func (b *backlog) pushNew(level slog.Level) {
	n := slog.Int64("n", int64(b.next))
	if b.next%3 == 0 {
		s := &slab{mem: strconv.AppendUint(nil, b.next, 10)}
		b.push(&passing{level: level, call: new(call)}, 1, form{s.mem, s})
		return
	}
	b.push(&passing{level: level, members: 1, rec: &record.Record{
		Level: level, PC: uintptr(b.next), Attrs: []slog.Attr{n, {Key: "g", Value: slog.GroupValue(n)}},
	}}, 1, form{})
}

// numbers returns the numbers that lent records know, and complains where they know two.
func numbers(t *testing.T, parts []part) (numbers []uint64) {
	t.Helper()
	for _, p := range parts {
		for i := p.from; i < p.to; i++ {
			number := p.items[i].number
			if form := p.items[i].form; number%3 == 0 {
				if string(form) != strconv.FormatUint(number, 10) {
					t.Fatalf("record %d: got the form %q", number, form)
				}
			} else if attrs := p.details.items[i].attrs; uint64(p.details.records[i].PC) != number || attrs[0].Value.Int64() != int64(number) || attrs[1].Value.Group()[0].Value.Int64() != int64(number) {
				t.Fatalf("record %d: got PC %d and attrs %v", number, p.details.records[i].PC, attrs)
			}
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// back gives parts back, as an outlet does.
func (b *backlog) back(parts []part) {
	lent := batch{parts: parts}
	lent.clear()
	b.giveBack(parts)
}

// A backlog does what a plain list of numbered records does, and what it has lent stays as it is until it is
// given back.
func TestBacklogAgainstAList(t *testing.T) {
	type entry struct {
		number uint64
		level  slog.Level
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		var b backlog
		var list []entry
		var parts []part
		var lent []uint64
		policy := Policy(round % 3)
		for range 2000 {
			switch {
			case rng.IntN(5) < 3+round%2 || len(list) == 0:
				level := slog.Level(rng.IntN(5)*4 - 4)
				list = append(list, entry{b.next, level})
				b.pushNew(level)
			case rng.IntN(2) == 0:
				at := 0 // the oldest
				switch policy {
				case DropNewest:
					at = len(list) - 1
				case DropLowest:
					for i, e := range list {
						if e.level < list[at].level {
							at = i
						}
					}
				}
				if got, _ := b.drop(policy, Full); got != Band(list[at].level) {
					t.Fatalf("policy %d dropped of band %d, want %d", policy, got, Band(list[at].level))
				}
				list = slices.Delete(list, at, at+1)
				b.gap = gap{}
			case len(lent) > 0:
				if got := numbers(t, parts); !slices.Equal(got, lent) {
					t.Fatalf("lent records: got %v, want them to be %v still", got, lent)
				}
				b.back(parts)
				lent = nil
			default:
				n := min(1+rng.IntN(100), len(list))
				var count int
				var bytes int64
				var first uint64
				parts, count, bytes, first = b.lend(parts[:0], n)
				for _, e := range list[:n] {
					lent = append(lent, e.number)
				}
				if got := numbers(t, parts); !slices.Equal(got, lent) || count != n || bytes != int64(n) || first != lent[0] {
					t.Fatalf("lend(%d): got %v, %d records, %d bytes, first %d, want %v", n, got, count, bytes, first, lent)
				}
				list = list[n:]
			}
			if b.count != len(list) || b.bytes != int64(len(list)) {
				t.Fatalf("got %d records of %d bytes, want %d", b.count, b.bytes, len(list))
			}
		}
		b.back(parts[:len(parts)*min(len(lent), 1)])
		for b.count > 0 {
			b.drop(policy, Full)
		}
		for i := range b.lines {
			if ln := &b.lines[i]; ln.first != nil || ln.last != nil || ln.count != 0 {
				t.Fatalf("line %d of an empty backlog: got %+v", i, ln)
			}
		}
		for i, c := range b.spare.all {
			if slices.Contains(b.spare.all[:i], c) {
				t.Fatal("a chunk is to be used again twice")
			}
			if c.head != 0 || c.tail != 0 || c.lent != 0 || c.line != nil || c.items[0].form != nil || c.details != nil || len(c.slabs) > 0 {
				t.Fatalf("a chunk to be used again is not empty: %+v", c)
			}
		}
		for _, d := range b.details.all {
			if d.items[0].attrs != nil || d.records != nil && d.records[0].PC != 0 || len(d.attrs) > 0 || cap(d.attrs) > 0 && d.attrs[:1][0].Key != "" {
				t.Fatalf("details to be used again are not empty: %+v", d)
			}
		}
	}
}

// What was lent to two, as to a handler and on its way into a Spill, is used again when both have given it back.
func TestBacklogLendsTwice(t *testing.T) {
	for n := range 3 * chunkItems {
		var b backlog
		fill := func() {
			for range chunkItems {
				b.pushNew(slog.LevelInfo)
			}
		}
		fill()
		fill()
		first, _, _, _ := b.lend(nil, n)
		want := numbers(t, first)
		second, _, _, _ := b.lend(nil, chunkItems/2)
		later := numbers(t, second)
		b.back(second)
		fill()
		if got := numbers(t, first); !slices.Equal(got, want) {
			t.Fatalf("%d records: got %v, want %v still", n, got, want)
		}
		second, _, _, _ = b.lend(nil, chunkItems)
		later = append(later[:0], numbers(t, second)...)
		b.back(first)
		fill()
		if got := numbers(t, second); !slices.Equal(got, later) {
			t.Fatalf("%d records: the second got %v, want %v still", n, got, later)
		}
		b.back(second)
	}
}

// A line that fills and empties needs no more memory than it had.
func TestBacklogReusesMemory(t *testing.T) {
	var b backlog
	attrs := []slog.Attr{slog.Int("a", 1), slog.String("b", "x"), slog.Group("g", slog.Int("c", 1))}
	call, origin := call{}, Origin{}
	call.origin = &origin
	p := passing{call: &call, attrs: attrs, members: 1}
	var parts []part
	if got := testing.AllocsPerRun(100, func() {
		for range 1000 {
			b.push(&p, 1, form{})
		}
		for b.count > 0 {
			parts, _, _, _ = b.lend(parts[:0], maxBatch)
			b.back(parts)
		}
	}); got != 0 {
		t.Errorf("got %v allocations for a thousand records, want 0", got)
	}
}

// A backlog that is full drops what comes without memory for it, at whichever place in a chunk.
func TestBacklogDropsNewestWithoutMemory(t *testing.T) {
	var b backlog
	p := passing{call: &call{origin: new(Origin)}, attrs: []slog.Attr{slog.Int("a", 1)}}
	for waiting := range 2 * chunkItems {
		if got := testing.AllocsPerRun(10, func() {
			b.push(&p, 1, form{})
			b.drop(DropNewest, Full)
		}); got != 0 {
			t.Errorf("%d records waiting: got %v allocations for one that is dropped, want 0", waiting, got)
		}
		b.push(&p, 1, form{})
	}
}

// A gap is told before the first record after it, with all that was dropped until then.
func TestGap(t *testing.T) {
	var b backlog
	for i := range 6 {
		b.pushNew(slog.Level(8 * (i % 2)))
	}
	b.drop(DropLowest, Full) // 0
	b.drop(DropLowest, Full) // 2
	b.gap.note(5, 3, Refused)
	if _, n, _, _ := b.lend(nil, 10); n != 0 {
		t.Fatalf("took %d records past the gap", n)
	}
	r := b.gap.record()
	if want := "3 records dropped here: queue full, handler error"; r.Message != want || r.Level != record.LevelWarning {
		t.Errorf("got %q, want %q", r.Message, want)
	}
	if got := string(record.AppendJSON(nil, &record.Record{Attrs: r.Attrs})); got !=
		`{"level":"INFO","message":"","attrs":{"dropped":3,"reason":"queue full, handler error","INFO":2,"ERROR":1}}` {
		t.Errorf("attrs: got %s", got)
	}
	if _, n, _, _ := b.lend(nil, 10); n != 4 {
		t.Errorf("after the gap: got %d records, want 4", n)
	}
}

func TestThousands(t *testing.T) {
	f := func(n uint64, want string) {
		t.Helper()
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d): got %s, want %s", n, got, want)
		}
	}
	f(1, "1")
	f(999, "999")
	f(1204, "1,204")
	f(1234567, "1,234,567")
}

// A listener that nobody logs to has no memory for calls: every program that imports jackdaw has one.
func TestUnusedListenerIsSmall(t *testing.T) {
	l := New(Options{OnError: func(error) {}})
	l.front.all(func(s *shard) {
		if s.last.calls != nil || s.last.attrs != nil {
			t.Errorf("a shard holds memory for %d calls before the first", len(s.last.calls))
		}
	})
	l.Unrouted(slog.LevelInfo)
	if got := l.Stats(); got.Accepted != 1 || got.Handled != 1 || got.Unrouted != 1 {
		t.Errorf("stats: got %+v, want one record, unrouted", got)
	}
}
