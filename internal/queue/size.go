package queue

import (
	"github.com/jackdaw-log/jackdaw/internal/snapshot"
	"github.com/jackdaw-log/jackdaw/record"
)

// itemBytes is about what a record takes in a backlog beside its text and attrs, formedBytes what one takes that has a
// form, and recordBytes what one takes more that was made elsewhere.
const (
	itemBytes   = 144
	formedBytes = 104
	recordBytes = 352
)

// size returns about what the record takes in memory. What copies share is counted each time: the budget is
// a bound, not a measure.
func (p *passing) size() int64 {
	if p.bytes == 0 {
		attrs, n := p.attrs, itemBytes
		if p.rec == nil {
			n += len(p.call.message)
		} else {
			attrs, n = p.rec.Attrs, n+sizeOf(p.rec)
		}
		bytes, members := snapshot.Measure(attrs)
		p.bytes, p.members = int64(n+bytes), int32(members)
	}
	return p.bytes
}

// formed returns about what the record takes in memory by its form.
func (p *passing) formed(form []byte) int64 {
	return int64(formedBytes + len(p.call.message) + len(form))
}

// sizeOf returns about what r takes in memory, without its attrs.
func sizeOf(r *record.Record) int {
	n := recordBytes + len(r.Message) + len(r.Stack)
	if r.Exception != nil {
		n += 48 + len(r.Exception.Message) + len(r.Exception.Traceback)
	}
	return n
}
