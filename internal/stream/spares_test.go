package stream

import (
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// ringOf returns a ring with messages that fill it, of n records each.
func ringOf(n int) (r *ring, push func() *message) {
	r = new(ring)
	r.init()
	return r, func() *message {
		m := &message{seq: r.end().seq + 1, records: append(r.space(n), make([]record.Record, n)...), cost: ringBytes/2 + 1}
		r.push(m)
		return m
	}
}

// The memory of a message is used again when it has left the ring and nobody reads it, and not before.
func TestRingSpares(t *testing.T) {
	r, push := ringOf(10)
	same := func(a, b *message) bool { return &a.records[0] == &b.records[0] }
	first := push()
	held, _, _ := r.find(1)
	again, _, _ := r.find(1)
	if held != first || again != first {
		t.Fatalf("find: got %p and %p, want the message %p", held, again, first)
	}
	second := push() // the first one has to go
	if third := push(); same(third, first) || !same(third, second) && len(r.spares.list) == 0 {
		t.Error("a message that is read was used again")
	}
	r.release(held)
	if m := push(); same(m, first) {
		t.Error("a message that somebody still reads was used again")
	}
	r.release(again)
	found := false
	for range maxSpares {
		found = found || same(push(), first)
	}
	if !found {
		t.Error("a message that nobody reads was not used again")
	}
	// One that is still in the ring stays.
	m, _, _ := r.find(r.end().seq)
	r.release(m)
	if r.at(m.seq) != m || m.gone {
		t.Error("the last message is gone")
	}
}

// What is kept is bounded, and a few records do not get the memory of many: the ring would hold more than it
// counts.
func TestSparesAreBounded(t *testing.T) {
	var s spares
	s.put(make([]record.Record, 100))
	if got := cap(s.take(10)); got >= 100 {
		t.Errorf("for 10 records: got room for %d", got)
	}
	if got := cap(s.take(90)); got != 100 || s.records != 0 || len(s.list) != 0 {
		t.Errorf("for 90 records: got room for %d, want the 100 that were kept; left are %d", got, s.records)
	}
	for range 10 * maxSpares {
		s.put(make([]record.Record, 1))
	}
	if len(s.list) > maxSpares {
		t.Errorf("got %d kept, want %d at most", len(s.list), maxSpares)
	}
	for range 10 {
		s.put(make([]record.Record, maxSpareRecords/2))
	}
	s.put(make([]record.Record, 2*maxSpareRecords))
	records := 0
	for _, l := range s.list {
		records += cap(l)
	}
	if records > maxSpareRecords || records != s.records {
		t.Errorf("got %d records kept, counted as %d, want %d at most", records, s.records, maxSpareRecords)
	}
}
