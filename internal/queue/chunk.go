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

	// attrs are in the chunk's memory. Up to its capacity they are all that the item has there: behind
	// them stand the attrs of groups.
	attrs []slog.Attr
	// form is the form that was made of the record, in the chunk's memory. There are no attrs then.
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
	forms   []byte
}

// minChunkAttrs is the number of attrs that a chunk makes room for at once, and maxChunkAttrs that which it
// keeps; likewise with the bytes of forms.
const (
	minChunkAttrs = 4 * chunkItems
	maxChunkAttrs = 64 * chunkItems
	minChunkForms = 256 * chunkItems
	maxChunkForms = 4096 * chunkItems
)

// room returns memory for n attrs.
func (c *chunk) room(n int) []slog.Attr {
	if cap(c.attrs)-len(c.attrs) < n {
		// What is there stays as it is: items refer to it.
		c.attrs = make([]slog.Attr, 0, max(minChunkAttrs, 2*cap(c.attrs), n))
	}
	from := len(c.attrs)
	c.attrs = c.attrs[:from+n]
	return c.attrs[from : from+n : from+n]
}

// keep returns a copy of a form.
func (c *chunk) keep(form []byte) []byte {
	if cap(c.forms)-len(c.forms) < len(form) {
		c.forms = make([]byte, 0, max(minChunkForms, len(form)))
	}
	from := len(c.forms)
	c.forms = append(c.forms, form...)
	return c.forms[from:len(c.forms):len(c.forms)]
}

// push puts an item into the chunk, which must have room.
func (c *chunk) push(number uint64, bytes int64, p *passing, form []byte) {
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
	if len(form) > 0 {
		it.form = c.keep(form)
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

// pull takes out the last item.
func (c *chunk) pull() {
	c.tail--
	mem, form := c.items[c.tail].mem(), c.items[c.tail].form
	c.clear(c.tail)
	if n := len(c.attrs) - len(mem); len(mem) > 0 && n >= 0 && &c.attrs[n] == &mem[0] {
		c.attrs = c.attrs[:n]
	}
	if n := len(c.forms) - len(form); len(form) > 0 && n >= 0 && &c.forms[n] == &form[0] {
		c.forms = c.forms[:n]
	}
}
