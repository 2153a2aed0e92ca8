package queue

import (
	"encoding/json"
	"log/slog"
	"math"
	"slices"

	"github.com/jackdaw-log/jackdaw/record"
)

// backlog holds the records that wait for one handler, in the order of their numbers. It keeps a
// line per band of levels, so that the oldest record of the lowest level is at hand when one has to
// go. It is not for concurrent use; the outlet's mutex guards it.
type backlog struct {
	lines [bands]line
	next  uint64 // the number of the next record
	count int
	bytes int64
	gap   gap
	spare chunks
}

// item is a record in its line.
type item struct {
	number uint64
	bytes  int64
	rec    record.Record
}

const never = uint64(math.MaxUint64)

func (b *backlog) push(r *record.Record, bytes int64) {
	b.lines[Band(r.Level)].push(&b.spare, b.next, bytes, r)
	b.next++
	b.count++
	b.bytes += bytes
}

// first returns the band that holds the record with the lowest number, and that number.
func (b *backlog) first() (at int, number uint64) {
	number = never
	for i := range b.lines {
		if n := b.lines[i].firstNumber(); n < number {
			at, number = i, n
		}
	}
	return at, number
}

// take moves up to n records, oldest first, to the end of batch, and stops before the place of a gap.
// It returns the batch, the bytes it takes, and the number of its first record.
func (b *backlog) take(batch []record.Record, n int) (_ []record.Record, bytes int64, number uint64) {
	number = never
	for len(batch) < n && bytes < maxBatchBytes && b.count > 0 {
		at, first := b.first()
		if b.gap.before(first) {
			break
		}
		number = min(number, first)
		it := b.lines[at].front()
		batch = append(batch, it.rec)
		bytes += it.bytes
		b.lines[at].popFront(&b.spare)
		b.count--
	}
	b.bytes -= bytes
	return batch, bytes, number
}

// drop takes out one record by the policy and returns its level's band and its size; the gap it leaves is
// noted. There must be one.
func (b *backlog) drop(p Policy, reason Reason) (at int, bytes int64) {
	newest := false
	switch p {
	case DropOldest:
		at, _ = b.first()
	case DropNewest:
		newest = true
		number := uint64(0)
		for i := range b.lines {
			if n, ok := b.lines[i].lastNumber(); ok && n >= number {
				at, number = i, n
			}
		}
	default: // the lowest level, and of that the oldest
		for b.lines[at].count == 0 {
			at++
		}
	}
	var it *item
	if newest {
		it = b.lines[at].back()
	} else {
		it = b.lines[at].front()
	}
	bytes = it.bytes
	b.gap.note(it.number, at, reason)
	if newest {
		b.lines[at].popBack(&b.spare)
	} else {
		b.lines[at].popFront(&b.spare)
	}
	b.count--
	b.bytes -= bytes
	return at, bytes
}

// line is a first-in first-out queue of items in chunks.
type line struct {
	chunks []*chunk
	head   int // of the first chunk
	tail   int // of the last chunk, past its last item
	count  int
}

const chunkItems = 64

// chunk is memory for items; those that are not in use are zero.
type chunk [chunkItems]item

// chunks are kept to be used again, as many as a few batches need.
type chunks struct{ free []*chunk }

const maxSpare = 4 * maxBatch / chunkItems

func (s *chunks) take() *chunk {
	if n := len(s.free); n > 0 {
		c := s.free[n-1]
		s.free = s.free[:n-1]
		return c
	}
	return new(chunk)
}

func (s *chunks) put(c *chunk) {
	if len(s.free) < maxSpare {
		s.free = append(s.free, c)
	}
}

func (l *line) push(spare *chunks, number uint64, bytes int64, r *record.Record) {
	if len(l.chunks) == 0 || l.tail == chunkItems {
		l.chunks = append(l.chunks, spare.take())
		l.tail = 0
	}
	it := &l.chunks[len(l.chunks)-1][l.tail]
	it.number, it.bytes, it.rec = number, bytes, *r
	l.tail++
	l.count++
}

func (l *line) front() *item { return &l.chunks[0][l.head] }
func (l *line) back() *item  { return &l.chunks[len(l.chunks)-1][l.tail-1] }

func (l *line) firstNumber() uint64 {
	if l.count == 0 {
		return never
	}
	return l.front().number
}

func (l *line) lastNumber() (number uint64, ok bool) {
	if l.count == 0 {
		return 0, false
	}
	return l.back().number, true
}

func (l *line) popFront(spare *chunks) {
	*l.front() = item{}
	l.head++
	l.count--
	if l.count == 0 || l.head == chunkItems {
		l.release(spare, 0)
		l.head = 0
	}
}

func (l *line) popBack(spare *chunks) {
	*l.back() = item{}
	l.tail--
	l.count--
	if l.count == 0 || l.tail == 0 {
		l.release(spare, len(l.chunks)-1)
		l.tail = chunkItems
	}
	if l.count == 0 {
		l.head = 0
	}
}

// release takes a chunk that holds no items out of the line.
func (l *line) release(spare *chunks, i int) {
	spare.put(l.chunks[i])
	l.chunks = slices.Delete(l.chunks, i, i+1)
}

// sizeOf is about what a record takes in memory. What copies share is counted each time: the budget
// is a bound, not a measure.
func sizeOf(r *record.Record) int64 {
	n := 336 + len(r.Message) + len(r.Stack)
	if r.Exception != nil {
		n += 48 + len(r.Exception.Message) + len(r.Exception.Traceback)
	}
	for i := range r.Attrs {
		n += sizeOfAttr(&r.Attrs[i])
	}
	return int64(n)
}

func sizeOfAttr(a *slog.Attr) int {
	n := 40 + len(a.Key)
	switch a.Value.Kind() {
	case slog.KindString:
		n += len(a.Value.String())
	case slog.KindGroup:
		group := a.Value.Group()
		for i := range group {
			n += sizeOfAttr(&group[i])
		}
	case slog.KindAny:
		n += 64
		if text, ok := a.Value.Any().(json.RawMessage); ok {
			n += len(text)
		}
	}
	return n
}
