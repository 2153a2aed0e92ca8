package queue

import (
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// A backlog does what a plain list of numbered records does.
func TestBacklogAgainstAList(t *testing.T) {
	type entry struct {
		number uint64
		level  slog.Level
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		var b backlog
		var list []entry
		policy := Policy(round % 3)
		for range 2000 {
			switch {
			case rng.IntN(5) < 3+round%2 || len(list) == 0:
				level := slog.Level(rng.IntN(5)*4 - 4)
				r := record.Record{Level: level, PC: uintptr(b.next)}
				list = append(list, entry{b.next, level})
				b.push(&r, 1)
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
			default:
				n := min(1+rng.IntN(100), len(list))
				batch, bytes, first := b.take(nil, n)
				if len(batch) != n || bytes != int64(n) || first != list[0].number {
					t.Fatalf("take(%d): got %d records, %d bytes, first %d, want first %d", n, len(batch), bytes, first, list[0].number)
				}
				for i, r := range batch {
					if uint64(r.PC) != list[i].number {
						t.Fatalf("record %d of the batch: got number %d, want %d", i, r.PC, list[i].number)
					}
				}
				list = list[n:]
			}
			if b.count != len(list) || b.bytes != int64(len(list)) {
				t.Fatalf("got %d records of %d bytes, want %d", b.count, b.bytes, len(list))
			}
		}
	}
}

// A gap is told before the first record after it, with all that was dropped until then.
func TestGap(t *testing.T) {
	var b backlog
	for i := range 6 {
		b.push(&record.Record{Level: slog.Level(8 * (i % 2)), PC: uintptr(i)}, 1)
	}
	b.drop(DropLowest, Full) // 0
	b.drop(DropLowest, Full) // 2
	b.gap.note(5, 3, Refused)
	if batch, _, _ := b.take(nil, 10); len(batch) != 0 {
		t.Fatalf("took %d records past the gap", len(batch))
	}
	r := b.gap.record()
	if want := "3 records dropped here: queue full, handler error"; r.Message != want || r.Level != record.LevelWarning {
		t.Errorf("got %q, want %q", r.Message, want)
	}
	if got := string(record.AppendJSON(nil, &record.Record{Attrs: r.Attrs})); got !=
		`{"level":"INFO","message":"","attrs":{"dropped":3,"reason":"queue full, handler error","INFO":2,"ERROR":1}}` {
		t.Errorf("attrs: got %s", got)
	}
	if batch, _, _ := b.take(nil, 10); len(batch) != 4 {
		t.Errorf("after the gap: got %d records, want 4", len(batch))
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
	for i := range l.front.shards {
		if s := &l.front.shards[i]; s.load.calls != nil || s.load.attrs != nil {
			t.Errorf("shard %d holds memory for %d calls before the first", i, cap(s.load.calls))
		}
	}
	l.Unrouted(slog.LevelInfo)
	if got := l.Stats(); got.Accepted != 1 || got.Handled != 1 || got.Unrouted != 1 {
		t.Errorf("stats: got %+v, want one record, unrouted", got)
	}
}
