package flight

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"
)

// segment is one or more segments of the memory, in use.
type segment struct {
	index, count int
	b            []byte
	lane         *lane                   // that writes to it, nil if none does any more
	n            uint32                  // how many calls are in it, once there is no lane
	done         uint32                  // how many of the first are released
	released     [maxCalls/64 + 1]uint64 // those, and others, a bit for each
}

// maxCalls is how many calls fit in a segment.
const maxCalls = (segmentBytes - segmentHead) / (frameHead + 16)

// leftBehind stands for segments that earlier processes have left.
var leftBehind = new(segment)

// use notes which segment is in use where. mu is held.
func (r *Recorder) use(index, count int, s *segment) {
	for i := index; i < index+count; i++ {
		r.segments[i] = s
	}
	r.free -= count
}

// drop frees segments. mu is held.
func (r *Recorder) drop(index, count int) {
	// Of those behind the first a record was there, which is not to be taken for a head once the first is free.
	for i := index + count - 1; i >= index; i-- {
		atomic.StoreUint64(word(r.m, i*segmentBytes+atNumber), 0)
		r.segments[i] = nil
	}
	if r.free += count; r.free >= len(r.segments)/4 {
		r.full = false
	}
}

// take gives a lane a segment of so many bytes at least, for the one that it has. mu is held, and the lane's.
func (r *Recorder) take(l *lane, size int) bool {
	if r.closed || r.failed.Load() != nil {
		return false
	}
	count := (size + segmentBytes - 1) / segmentBytes
	s := l.seg
	if s != nil && (s.done < l.n || s.count != count) {
		r.leave(l)
		s = nil
	}
	if s == nil {
		at := r.find(count)
		if at == 0 {
			if !r.full {
				r.full = true
				r.o.Tell(fmt.Errorf("%w: calls are not kept until there is room again", ErrFull))
			}
			return false
		}
		from, to := at*segmentBytes, (at+count)*segmentBytes
		s = &segment{index: at, count: count, b: r.m[from:to:to], lane: l}
		r.use(at, count, s)
	}
	r.number++
	s.done, s.released = 0, [len(s.released)]uint64{}
	l.seg, l.b, l.at, l.n, l.number = s, s.b, segmentHead, 0, r.number
	l.origins, l.places, l.shapes = 0, 0, 0
	l.before = Token(s.index) << 16
	l.begins(r.head(s))
	return true
}

// leave takes a lane's segment away. mu is held, and the lane's.
func (r *Recorder) leave(l *lane) {
	s := l.seg
	l.drop()
	s.lane, s.n = nil, l.n
	r.settle(s)
}

// head writes the head of a segment in which nothing is that has to be kept, and returns its moment.
func (r *Recorder) head(s *segment) moment {
	b := s.b
	// Nothing of what is there is to be seen, whichever of these is the last that comes to be.
	atomic.StoreUint64(word(b, segmentHead), 0)
	atomic.StoreUint64(word(b, atDone), 0)
	m := r.now()
	binary.LittleEndian.PutUint64(b[atStarted:], uint64(r.started))
	binary.LittleEndian.PutUint64(b[atWall:], uint64(m.wall))
	binary.LittleEndian.PutUint64(b[atKey:], uint64(m.key))
	binary.LittleEndian.PutUint64(b[atTicks:], uint64(m.ticks))
	binary.LittleEndian.PutUint32(b[atPID:], uint32(r.o.PID))
	binary.LittleEndian.PutUint32(b[atCount:], uint32(s.count))
	clear(b[atSum:segmentHead])
	b[atName] = byte(copy(b[atName+1:], r.o.Name))
	binary.LittleEndian.PutUint32(b[atSum:], headSum(b))
	atomic.StoreUint64(word(b, atNumber), r.number)
	return m
}

// headSum returns the sum of a segment's head.
func headSum(b []byte) uint32 { return sum(b[atStarted:atSum]) ^ sum(b[atName:segmentHead]) }

// find returns the first of so many free segments, 0 if there are none. mu is held.
func (r *Recorder) find(count int) int {
	if r.free < count {
		return 0
	}
	run := 0
	for i, s := range r.segments {
		if run++; s != nil {
			run = 0
		}
		if run == count {
			return i - count + 1
		}
	}
	return 0
}

// settle frees a segment that has nothing any more. mu is held.
func (r *Recorder) settle(s *segment) {
	if s.lane == nil && s.done == s.n {
		r.drop(s.index, s.count)
	}
}
