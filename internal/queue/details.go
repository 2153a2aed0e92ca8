package queue

import (
	"log/slog"

	"github.com/jackdaw-log/jackdaw/internal/snapshot"
	"github.com/jackdaw-log/jackdaw/record"
)

// detail is what an item has beside itself if it has no form: what a call left, or, if made is set, a record that was
// made elsewhere and stands among the records at the same index.
type detail struct {
	pc     uintptr
	lead   int32
	traced bool
	made   bool

	// attrs are in the memory of the details. Up to its capacity they are all that the item has there: behind
	// them stand the attrs of groups.
	attrs []slog.Attr
}

// mem returns all that the item has in the memory of the details.
func (d *detail) mem() []slog.Attr { return d.attrs[:cap(d.attrs)] }

// details is memory for the details of the items of a chunk, their records and their attrs. Those of items that are not
// there are zero.
type details struct {
	items   [chunkItems]detail
	records []record.Record // made when there is one
	attrs   []slog.Attr
}

// maxChunkAttrs is the number of attrs that details keep memory for, manyAttrs that of a record which the others
// are not taken to have as many as.
const (
	maxChunkAttrs = 64 * chunkItems
	manyAttrs     = 16
)

// room returns memory for n attrs.
func (d *details) room(n int) []slog.Attr {
	if cap(d.attrs)-len(d.attrs) < n {
		// What is there stays as it is: items refer to it. What comes is taken to be like this record.
		d.attrs = make([]slog.Attr, 0, max(min(n, manyAttrs)*chunkItems, 2*cap(d.attrs), n))
	}
	from := len(d.attrs)
	d.attrs = d.attrs[:from+n]
	return d.attrs[from : from+n : from+n]
}

// add adds what is to say of the item at an index.
func (d *details) add(at int, p *passing) {
	it, attrs := &d.items[at], p.attrs
	if p.rec == nil {
		it.pc, it.lead, it.traced = p.call.pc, p.call.lead, p.call.traced
	} else {
		if d.records == nil {
			d.records = make([]record.Record, chunkItems)
		}
		d.records[at], it.made, attrs = *p.rec, true, p.rec.Attrs
	}
	if n := len(attrs); n > 0 {
		mem := d.room(n + int(p.members))
		it.attrs = mem[:n]
		snapshot.Copy(mem, attrs)
	}
}

// clear empties the details of the item at an index.
func (d *details) clear(at int) {
	it := &d.items[at]
	clear(it.mem())
	if it.made {
		d.records[at] = record.Record{}
	}
	*it = detail{}
}

// pull empties those of the last item.
func (d *details) pull(at int) {
	mem := d.items[at].mem()
	d.clear(at)
	if n := len(d.attrs) - len(mem); len(mem) > 0 && n >= 0 && &d.attrs[n] == &mem[0] {
		d.attrs = d.attrs[:n]
	}
}

// empty makes the details, of which all were cleared, ready for another chunk.
func (d *details) empty() {
	d.attrs = d.attrs[:0]
	if cap(d.attrs) > maxChunkAttrs {
		d.attrs = nil
	}
}
