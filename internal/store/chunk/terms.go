package chunk

import (
	"log/slog"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/record"
)

// terms is the set of the hashes of what a chunk can be found by. Its zero value is empty.
type terms struct {
	table []uint64 // with open addressing; 0 is none
	count int
	index filter.Index
	buf   []byte
}

func (t *terms) reset() {
	if t.table == nil {
		t.table = make([]uint64, 1<<12)
		t.index.Term = func(term []byte) { t.add(hashTerm(term)) }
		t.index.Attr = func(name, value []byte) { t.add(hashAttr(name, value)) }
	}
	clear(t.table)
	t.count = 0
}

func (t *terms) add(h uint64) {
	if h == 0 {
		h = 1
	}
	mask := uint64(len(t.table) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch t.table[i] {
		case h:
			return
		case 0:
			t.table[i] = h
			if t.count++; t.count > len(t.table)/2 {
				t.grow()
			}
			return
		}
	}
}

func (t *terms) grow() {
	old := t.table
	t.table, t.count = make([]uint64, 2*len(old)), 0
	for _, h := range old {
		if h != 0 {
			t.add(h)
		}
	}
}

// hashes returns the set, in no order.
func (t *terms) hashes() []uint64 {
	all := make([]uint64, 0, t.count)
	for _, h := range t.table {
		if h != 0 {
			all = append(all, h)
		}
	}
	return all
}

// text adds the terms of a text.
func (t *terms) text(s string) {
	for {
		term, rest, ok := filter.CutTerm(t.buf[:0], s)
		t.buf = term
		if !ok {
			return
		}
		t.add(hashTerm(term))
		s = rest
	}
}

// term adds a term of ASCII.
func (t *terms) term(s string) {
	t.buf = t.buf[:0]
	for i := range min(len(s), filter.MaxTerm) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		t.buf = append(t.buf, c)
	}
	t.add(hashTerm(t.buf))
}

// record adds all that a record can be found by.
func (t *terms) record(r *record.Record) { t.index.Add(r) }

// attrs adds what is in attrs under the keys of groups.
func (t *terms) attrs(groups []string, attrs []slog.Attr) {
	t.index.Add(&record.Record{Attrs: inGroups(groups, attrs)})
}
