package queue

import (
	"log/slog"
	"time"
)

// item is a record that waits in a chunk.
type item struct {
	number uint64
	bytes  int64

	origin  *Origin
	message string
	time    time.Time
	level   slog.Level

	// form is the form that was made of the record, in a slab. What else there is to say of the record stands in
	// the chunk's details if it has none.
	form []byte
}

const chunkItems = 64

// chunk is a part of a line: memory for items. Those between head and tail wait; the others are zero, save those
// that are lent.
type chunk struct {
	line       *line // nil if it is in none any more
	prev, next *chunk
	head, tail int
	lent       int // how many parts of those before head are at the handler, or on their way into a Spill

	items   [chunkItems]item
	details *details  // nil if all items have forms
	slabs   []slabUse // those that the forms are in, in their order
}

// slabUse says how many forms of a chunk are in a slab, or were: only the last ones are taken off.
type slabUse struct {
	*slab
	forms int
}

// keep keeps the slab that the last form of the chunk is in.
func (c *chunk) keep(s *slab) {
	last := len(c.slabs) - 1
	if last < 0 || c.slabs[last].slab != s {
		c.slabs = append(c.slabs, slabUse{slab: s})
		s.held++
		last++
	}
	c.slabs[last].forms++
}

// push puts an item into the chunk, which must have room, and details if the item has no form.
func (c *chunk) push(number uint64, bytes int64, p *passing, f form) {
	at := c.tail
	it := &c.items[at]
	c.tail++
	it.number, it.bytes, it.level = number, bytes, p.level
	if p.rec == nil {
		it.origin, it.message, it.time = p.call.origin, p.call.message, p.call.time
	}
	if f.slab == nil {
		c.details.add(at, p)
		return
	}
	c.keep(f.slab)
	it.form = f.text
}

// clear empties the item at an index.
func (c *chunk) clear(at int) {
	if c.items[at].form == nil {
		c.details.clear(at)
	}
	c.items[at] = item{}
}

// pull takes out the last item. It returns the slab that none of the chunk's forms is in any more, if there is one.
func (c *chunk) pull() (left *slab) {
	c.tail--
	if c.items[c.tail].form == nil {
		c.details.pull(c.tail)
	} else if use := &c.slabs[len(c.slabs)-1]; use.forms > 1 {
		use.forms--
	} else {
		left, *use = use.slab, slabUse{}
		c.slabs = c.slabs[:len(c.slabs)-1]
	}
	c.items[c.tail] = item{}
	return left
}
