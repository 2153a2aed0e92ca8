package queue

import (
	"log/slog"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// batch is what a handler is given at once: records, made of items that are lent by a backlog. Its memory
// is used again for the next.
type batch struct {
	records []record.Record
	parts   []part
	mem     []slog.Attr // for attrs that are put together here
	known   known
	told    bool // the record tells of a gap
	ready   bool // the records are made
	read    bool // they come from a Spill
	formed  bool // the records have what comes with a form, and nothing else
}

// tell makes the batch that of the record that tells of a gap.
func (b *batch) tell(r record.Record) {
	b.records, b.parts, b.told, b.ready = append(b.records[:0], r), b.parts[:0], true, true
}

// fill makes the records of what was lent.
func (b *batch) fill(all *places) {
	if b.ready {
		return
	}
	n := 0
	for _, p := range b.parts {
		n += p.to - p.from
	}
	b.records = slices.Grow(b.records, n)
	b.formed = true
	for _, p := range b.parts {
		for i := p.from; i < p.to; i++ {
			b.records = b.records[:len(b.records)+1]
			r, it := &b.records[len(b.records)-1], &p.items[i]
			if it.form != nil {
				r.Time, r.Level, r.Message, r.Logger = it.time, it.level, it.message, it.origin.Logger
				r.SetForm(it.form)
				continue
			}
			b.formed = false
			d := &p.details.items[i]
			if d.made {
				*r = p.details.records[i]
				r.Attrs = slices.Clip(d.attrs)
				continue
			}
			b.mem = it.record(d, r, b.mem)
			if d.pc != 0 {
				r.Source = *b.known.of(d.pc, all)
			}
		}
	}
}

// clear empties the batch, and what it was lent.
func (b *batch) clear() {
	for _, p := range b.parts {
		for i := p.from; i < p.to; i++ {
			p.chunk.clear(i)
		}
	}
	if b.formed {
		for i := range b.records {
			r := &b.records[i]
			r.Time, r.Level, r.Message, r.Logger = time.Time{}, 0, "", ""
			r.SetForm(nil)
		}
	} else {
		clear(b.records)
	}
	clear(b.mem)
	b.records, b.mem = b.records[:0], b.mem[:0]
	b.told, b.ready, b.read, b.formed = false, false, false, false
	if cap(b.mem) > maxChunkAttrs {
		b.mem = nil
	}
}

// record makes r, which must be zero, the record of the item and its details, but for the place of the call. Attrs
// that have to be put together are appended to mem, which is returned.
func (it *item) record(d *detail, r *record.Record, mem []slog.Attr) []slog.Attr {
	r.Time, r.Level, r.Message, r.PC = it.time, it.level, it.message, d.pc
	return it.origin.bind(r, mem, d.attrs, d.lead, d.traced)
}

// bind gives r what it has of its logger, of the context of its call, and of its own.
func (o *Origin) bind(r *record.Record, mem, attrs []slog.Attr, leads int32, traced bool) []slog.Attr {
	r.Logger = o.Logger
	lead, own := attrs[:leads:leads], slices.Clip(attrs[leads:])
	if traced {
		r.Trace, lead = cutTrace(lead)
	}
	return o.Scope.Bind(r, mem, lead, own)
}
