package chunk

import "math/bits"

// Rows is a set of rows of a chunk.
type Rows struct {
	words []uint64
	n     int
}

// noRows returns an empty set of rows of n.
func noRows(n int) Rows { return Rows{make([]uint64, (n+63)/64), n} }

// allRows returns the set of all n rows.
func allRows(n int) Rows {
	r := noRows(n)
	for i := range r.words {
		r.words[i] = ^uint64(0)
	}
	if n%64 != 0 {
		r.words[len(r.words)-1] = 1<<(n%64) - 1
	}
	return r
}

// Has reports whether a row is in the set.
func (r Rows) Has(row int) bool { return r.words[row/64]>>(row%64)&1 == 1 }

func (r Rows) add(row int) { r.words[row/64] |= 1 << (row % 64) }

// Count returns how many rows there are in the set.
func (r Rows) Count() (n int) {
	for _, w := range r.words {
		n += bits.OnesCount64(w)
	}
	return n
}

func (r Rows) empty() bool {
	for _, w := range r.words {
		if w != 0 {
			return false
		}
	}
	return true
}

// All calls yield for each row, in ascending order, until it returns false.
func (r Rows) All(yield func(row int) bool) {
	for i, w := range r.words {
		for ; w != 0; w &= w - 1 {
			if !yield(64*i + bits.TrailingZeros64(w)) {
				return
			}
		}
	}
}

// without returns the rows that are not in o.
func (r Rows) without(o Rows) Rows {
	d := Rows{make([]uint64, len(r.words)), r.n}
	for i, w := range r.words {
		d.words[i] = w &^ o.words[i]
	}
	return d
}

// join adds the rows of o.
func (r Rows) join(o Rows) {
	for i, w := range o.words {
		r.words[i] |= w
	}
}

// keep removes the rows that are not in o.
func (r Rows) keep(o Rows) {
	for i, w := range o.words {
		r.words[i] &= w
	}
}
