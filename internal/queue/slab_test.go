package queue

import (
	"log/slog"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// formed pushes calls by their forms, which are their messages, and says whether one has a form.
type formed struct {
	Outlet
	call call
}

func newFormed() *formed {
	var f formed
	f.call.origin = new(Origin)
	f.early.write = func(dst []byte, r *record.Record) []byte { return append(dst, r.Message...) }
	return &f
}

func (f *formed) push(level slog.Level, message string) bool {
	f.call.message = message
	p := passing{call: &f.call, level: level}
	made := f.early.formOf(&f.Outlet, &p)
	f.log.push(&p, 1, made)
	return made.slab != nil
}

// pinned returns the slabs that the chunks of the backlog hold.
func (b *backlog) pinned() map[*slab]bool {
	all := make(map[*slab]bool)
	for i := range b.lines {
		for c := b.lines[i].first; c != nil; c = c.next {
			for _, use := range c.slabs {
				all[use.slab] = true
			}
		}
	}
	return all
}

// A slab is used again when no form in it waits or is lent any more, and not before.
func TestSlabs(t *testing.T) {
	f := newFormed()
	b := &f.log
	rng := rand.New(rand.NewPCG(3, 4))
	var want []string
	put := func() {
		for i := range 1 + rng.IntN(200) {
			n := 1 + rng.IntN(500)
			switch rng.IntN(200) {
			case 0:
				n = slabBytes - rng.IntN(3)
			case 1:
				n = 1 + rng.IntN(3*slabBytes)
			}
			message := strings.Repeat(strconv.Itoa((len(want)+i)%10), n)
			if has := f.push(slog.Level(4*rng.IntN(2)), message); !has && n <= slabBytes/2 {
				t.Fatalf("a record of %d bytes has no form", n)
			} else if !has {
				message = ""
			}
			want = append(want, message)
		}
		f.early.accepted(b)
	}
	for round := range 300 {
		put()
		lent, n, _, _ := b.lend(nil, rng.IntN(300))
		put()
		var got []string
		for _, p := range lent {
			for i := p.from; i < p.to; i++ {
				got = append(got, string(p.items[i].form))
			}
		}
		if !slices.Equal(got, want[:n]) {
			t.Fatalf("round %d: the forms of %d records that were lent are not theirs", round, n)
		}
		b.back(lent)
		want = want[n:]
		if round%10 == 0 {
			for b.count > 0 {
				b.drop(Policy(round/10%3), Full)
			}
			b.gap, want = gap{}, nil
			for s := range b.pinned() {
				t.Fatalf("round %d: an empty backlog holds a slab, which is held %d times", round, s.held)
			}
			for _, s := range b.slabs.all {
				if s.held != 0 {
					t.Fatalf("round %d: a slab to be used again is held %d times", round, s.held)
				}
			}
			if round > 0 && len(b.slabs.all) == 0 {
				t.Fatalf("round %d: no slab is to be used again", round)
			}
		}
	}
}

// What waits for long holds no more memory than it takes, whatever comes and is dropped meanwhile.
func TestSlabsOfABacklogThatIsFull(t *testing.T) {
	for policy, name := range []string{"lowest", "oldest", "newest"} {
		t.Run(name, func(t *testing.T) {
			f := newFormed()
			b := &f.log
			line := strings.Repeat("x", 230)
			for i := range 200_000 {
				level := slog.LevelDebug
				if i%100 == 0 {
					level = slog.LevelError
				}
				f.push(level, line)
				if i%256 == 0 {
					f.early.accepted(b)
				}
				if b.count > 1000 {
					b.drop(Policy(policy), Full)
				}
			}
			// In each of two bands a chunk at either end may refer to what has gone already.
			most := (1000*len(line) + 4*chunkItems*len(line)) / slabBytes
			if got := len(b.pinned()); got > most+4 {
				t.Errorf("a thousand records hold %d slabs, want at most %d", got, most+4)
			}
		})
	}
}

// What a batch held is not found in the next one, whichever records have forms.
func TestBatchIsEmptied(t *testing.T) {
	f := newFormed()
	f.call.origin.Logger = "x"
	rng := rand.New(rand.NewPCG(7, 8))
	var b batch
	for round := range 100 {
		for i := range 50 {
			if rng.IntN(20) < round%3 {
				f.log.push(&passing{level: slog.LevelWarn, rec: &record.Record{Level: slog.LevelWarn, Host: "h", Attrs: []slog.Attr{slog.Int("i", i)}}}, 1, form{})
			} else {
				f.push(slog.LevelWarn, "message")
			}
		}
		f.early.accepted(&f.log)
		b.parts, _, _, _ = f.log.lend(b.parts[:0], 20+rng.IntN(30))
		b.fill(new(places))
		if len(b.records) == 0 {
			t.Fatal("the batch has no records")
		}
		for i := range b.records {
			if r := &b.records[i]; (r.Form() == nil) != (r.Host == "h") || (r.Form() == nil) == (r.Logger == "x") {
				t.Fatalf("round %d: got a record of two: %+v", round, r)
			}
		}
		b.clear()
		for i, r := range b.records[:cap(b.records)] {
			if !reflect.DeepEqual(r, record.Record{}) {
				t.Fatalf("round %d: record %d was left as it was: %+v", round, i, r)
			}
		}
		f.log.giveBack(b.parts)
	}
}
