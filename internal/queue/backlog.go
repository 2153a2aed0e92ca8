package queue

import (
	"math"
	"time"
)

// backlog holds the records that wait for one handler, in the order of their numbers. It keeps a
// line per band of levels, so that the oldest record of the lowest level is at hand when one has to
// go. It is not for concurrent use; the outlet's mutex guards it.
//
// Its memory is used again: what is taken is lent, and has to be given back.
type backlog struct {
	lines [bands]line
	next  uint64 // the number of the next record
	count int
	bytes int64
	gap   gap

	// Memory to be used again.
	spare   spares[*chunk]
	details spares[*details]
	slabs   spares[*slab]
}

const never = uint64(math.MaxUint64)

// maxSpareChunks is the number of chunks, and of their details, that are kept to be used again.
const maxSpareChunks = 128 * maxBatch / chunkItems

// push puts a record into the backlog, by its form if it has one.
func (b *backlog) push(p *passing, bytes int64, f form) {
	ln := &b.lines[Band(p.level)]
	if ln.last == nil || ln.last.tail == chunkItems {
		ln.append(b.chunk())
	}
	if c := ln.last; f.slab == nil && c.details == nil {
		c.details = b.room()
	}
	ln.last.push(b.next, bytes, p, f)
	ln.count++
	b.next++
	b.count++
	b.bytes += bytes
}

func (b *backlog) chunk() *chunk {
	if c, ok := b.spare.take(); ok {
		return c
	}
	return new(chunk)
}

func (b *backlog) room() *details {
	if d, ok := b.details.take(); ok {
		return d
	}
	return new(details)
}

// first returns the band that holds the record with the lowest number, that number, and the lowest number in
// any other band.
func (b *backlog) first() (at int, number, second uint64) {
	number, second = never, never
	for i := range b.lines {
		if n := b.lines[i].firstNumber(); n < number {
			at, number, second = i, n, number
		} else {
			second = min(second, n)
		}
	}
	return at, number, second
}

// end returns a number that is higher than those that were lent, and not higher than those that wait.
func (b *backlog) end() uint64 {
	_, first, _ := b.first()
	return min(first, b.next)
}

// part is a part of a chunk: its items from one index to another.
type part struct {
	*chunk
	from, to int
}

// lend takes out up to n records, oldest first, and stops before the place of a gap. It appends them to parts, and
// returns these, the number of records, the bytes they take, and the number of the first. Their memory is
// not used again before they were given back.
func (b *backlog) lend(parts []part, n int) (_ []part, count int, bytes int64, number uint64) {
	number = never
	for count < n && bytes < maxBatchBytes && b.count > 0 {
		at, first, until := b.first()
		if b.gap.before(first) {
			break
		}
		if b.gap.due() {
			until = min(until, b.gap.first)
		}
		number = min(number, first)
		ln := &b.lines[at]
		c := ln.first
		p := part{c, c.head, c.head}
		for p.to < c.tail && count < n && bytes < maxBatchBytes && c.items[p.to].number < until {
			bytes += c.items[p.to].bytes
			p.to++
			count++
		}
		parts = append(parts, p)
		c.head = p.to
		c.lent++
		ln.count -= p.to - p.from
		b.count -= p.to - p.from
		b.settle(c)
	}
	b.bytes -= bytes
	return parts, count, bytes, number
}

// giveBack takes back the memory of records that were lent, once they were cleared, and zeroes what refers
// to it.
func (b *backlog) giveBack(parts []part) {
	for i := range parts {
		c := parts[i].chunk
		parts[i] = part{}
		c.lent--
		b.settle(c)
	}
}

// settle takes a chunk that holds nothing any more out of its line, if it does not fill up further, and
// keeps its memory if nobody else has it.
func (b *backlog) settle(c *chunk) {
	if c.head < c.tail || c.lent > 0 && c.tail < chunkItems {
		return
	}
	if c.line != nil {
		c.line.remove(c)
	}
	if c.lent > 0 {
		return // it is recycled when it is given back
	}
	for _, use := range c.slabs {
		b.release(use.slab)
	}
	clear(c.slabs)
	c.slabs = c.slabs[:0]
	if c.details != nil {
		c.details.empty()
		b.details.put(c.details, maxSpareChunks)
	}
	c.head, c.tail, c.details = 0, 0, nil
	b.spare.put(c, maxSpareChunks)
}

// release says that somebody does not need a slab any more.
func (b *backlog) release(s *slab) {
	if s.held--; s.held == 0 {
		b.slabs.put(s, maxSpareSlabs)
	}
}

// age lets go of memory that nobody needed for a while, and shed of what a time of many records has left
// behind.
func (b *backlog) age(now time.Duration) {
	b.spare.age(now)
	b.details.age(now)
	b.slabs.age(now)
}

func (b *backlog) shed() {
	b.spare.shed(1)
	b.details.shed(1)
	b.slabs.shed(0)
}

// drop takes out one record by the policy and returns its level's band and its size; the gap it leaves is
// noted. There must be one.
func (b *backlog) drop(p Policy, reason Reason) (at int, bytes int64) {
	switch p {
	case DropOldest:
		at, _, _ = b.first()
	case DropNewest:
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
	ln := &b.lines[at]
	c, index := ln.first, ln.first.head
	if p == DropNewest {
		c, index = ln.last, ln.last.tail-1
	}
	bytes = c.items[index].bytes
	b.gap.note(c.items[index].number, at, reason)
	if p == DropNewest {
		if s := c.pull(); s != nil {
			b.release(s)
		}
	} else {
		c.clear(index)
		c.head++
	}
	ln.count--
	b.count--
	b.bytes -= bytes
	b.settle(c)
	return at, bytes
}

// line is a first-in first-out queue of items in chunks. Only its last chunk may be empty.
type line struct {
	first, last *chunk
	count       int
}

func (l *line) append(c *chunk) {
	c.line, c.prev = l, l.last
	if l.last == nil {
		l.first = c
	} else {
		l.last.next = c
	}
	l.last = c
}

func (l *line) remove(c *chunk) {
	if c.prev == nil {
		l.first = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		l.last = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.line, c.prev, c.next = nil, nil, nil
}

func (l *line) firstNumber() uint64 {
	if l.count == 0 {
		return never
	}
	return l.first.items[l.first.head].number
}

func (l *line) lastNumber() (number uint64, ok bool) {
	if l.count == 0 {
		return 0, false
	}
	return l.last.items[l.last.tail-1].number, true
}
