package queue

import (
	"log/slog"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/snapshot"
	"github.com/jackdaw-log/jackdaw/record"
)

// item is a record that waits in a chunk: what a call left, or, if made is set, a record that was made
// elsewhere and stands in the chunk's records at the same index.
type item struct {
	number uint64
	bytes  int64

	origin  *Origin
	message string
	time    time.Time
	pc      uintptr
	level   slog.Level
	lead    int32
	traced  bool
	made    bool
	slabbed bool

	// attrs are in the chunk's memory. Up to its capacity they are all that the item has there: behind
	// them stand the attrs of groups.
	attrs []slog.Attr
	// form is the form that was made of the record, in a slab if slabbed is set. There are no attrs then.
	form []byte
}

// mem returns all that the item has in the chunk's memory.
func (it *item) mem() []slog.Attr { return it.attrs[:cap(it.attrs)] }

const chunkItems = 64

// chunk is a part of a line: memory for items, their records and their attrs. Those between head and tail
// wait; the others are zero, save those that are lent.
type chunk struct {
	line       *line // nil if it is in none any more
	prev, next *chunk
	head, tail int
	lent       int // how many parts of those before head are at the handler, or on their way into a Spill

	items   [chunkItems]item
	records []record.Record // made when there is one
	attrs   []slog.Attr
	slabs   []slabUse // those that forms of the items are in, in their order
}

// slabUse says how many forms of a chunk are in a slab, or were: only the last ones are taken off.
type slabUse struct {
	*slab
	forms int
}

// maxChunkAttrs is the number of attrs that a chunk keeps memory for, manyAttrs that of a record which the others
// are not taken to have as many as.
const (
	maxChunkAttrs = 64 * chunkItems
	manyAttrs     = 16
)

// room returns memory for n attrs.
func (c *chunk) room(n int) []slog.Attr {
	if cap(c.attrs)-len(c.attrs) < n {
		// What is there stays as it is: items refer to it. What comes is taken to be like this record.
		c.attrs = make([]slog.Attr, 0, max(min(n, manyAttrs)*chunkItems, 2*cap(c.attrs), n))
	}
	from := len(c.attrs)
	c.attrs = c.attrs[:from+n]
	return c.attrs[from : from+n : from+n]
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

// push puts an item into the chunk, which must have room.
func (c *chunk) push(number uint64, bytes int64, p *passing, f form) {
	at := c.tail
	it := &c.items[at]
	c.tail++
	it.number, it.bytes, it.level = number, bytes, p.level
	attrs := p.attrs
	if p.rec == nil {
		from := p.call
		it.origin, it.message, it.time, it.pc = from.origin, from.message, from.time, from.pc
		it.lead, it.traced = from.lead, from.traced
	} else {
		if c.records == nil {
			c.records = make([]record.Record, chunkItems)
		}
		c.records[at], it.made, attrs = *p.rec, true, p.rec.Attrs
	}
	if len(f.text) > 0 {
		if it.form, it.slabbed = f.text, f.slab != nil; it.slabbed {
			c.keep(f.slab)
		}
		return
	}
	if n := len(attrs); n > 0 {
		mem := c.room(n + int(p.members))
		it.attrs = mem[:n]
		snapshot.Copy(mem, attrs)
	}
}

// clear empties the item at an index.
func (c *chunk) clear(at int) {
	it := &c.items[at]
	clear(it.mem())
	if it.made {
		c.records[at] = record.Record{}
	}
	*it = item{}
}

// pull takes out the last item. It returns the slab that none of the chunk's forms is in any more, if there is one.
func (c *chunk) pull() (left *slab) {
	c.tail--
	it := &c.items[c.tail]
	mem := it.mem()
	if last := len(c.slabs) - 1; it.slabbed {
		if c.slabs[last].forms--; c.slabs[last].forms == 0 {
			left = c.slabs[last].slab
			c.slabs[last] = slabUse{}
			c.slabs = c.slabs[:last]
		}
	}
	c.clear(c.tail)
	if n := len(c.attrs) - len(mem); len(mem) > 0 && n >= 0 && &c.attrs[n] == &mem[0] {
		c.attrs = c.attrs[:n]
	}
	return left
}
