package flight

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/compact"
	"github.com/jackdaw-log/jackdaw/record"
)

// Left is what processes have left in a file: the records that they had not handled, in the order in which they were
// logged.
type Left struct {
	// Runs are the processes, in their order.
	Runs []Run
	// Damaged is how many frames, or segments, could not be read.
	Damaged int

	order []place
	names compact.Names
}

// Run is one process that has left records.
type Run struct {
	Process record.Process
	// Started is when it opened the file, Last when it logged the last of the records that it left.
	Started, Last time.Time
	Records       int
}

// place is where a record is.
type place struct {
	key     int64
	segment *leftSegment
	at      int32
	moment  int32 // the last before it, by its index
}

// body returns that of the frame.
func (p *place) body() []byte {
	body := p.segment.b[p.at+frameHead:]
	return body[:binary.LittleEndian.Uint32(p.segment.b[p.at:])]
}

// leftSegment is a segment of a process that has ended.
type leftSegment struct {
	b       []byte
	index   int
	number  uint64
	started int64
	process record.Process
	moments []moment
	definitions
}

// countOf returns how many segments the one that begins with b says it extends over.
func countOf(b []byte) int { return int(binary.LittleEndian.Uint32(b[atCount:])) }

// Head returns what memory begins with that has what a [Recorder] keeps.
func Head() []byte { return []byte{magic[0], magic[1], magic[2], magic[3], version, 0, 0, 0} }

// Version returns the version of the form that memory has which begins with head, 0 if it is empty.
func Version(head []byte) (int, error) {
	if len(head) < len(Head()) {
		return 0, errors.New("not a flight file: it is too short")
	}
	head = head[:len(Head())]
	if bytes.Equal(head, make([]byte, len(head))) {
		return 0, nil
	}
	if string(head[:len(magic)]) != magic || head[len(magic)] == 0 {
		return 0, errors.New("not a flight file")
	}
	return int(head[len(magic)]), nil
}

// Read reads what processes have left in memory that begins with a head of this version, or is empty. What it returns refers to m.
func Read(m []byte) (*Left, error) {
	switch v, err := Version(m); {
	case err != nil:
		return nil, err
	case v != version && v != 0:
		return nil, fmt.Errorf("a flight file of version %d; this program reads %d: use the version of Jackdaw that wrote it", v, version)
	}
	var left *Left
	if err := guarded(func() { left = read(m) }); err != nil {
		return nil, err
	}
	return left, nil
}

// ThisVersion is the version of the form that is written.
const ThisVersion = version

// read reads the segments.
func read(m []byte) *Left {
	l := &Left{names: make(compact.Names)}
	for i := 1; i < len(m)/segmentBytes; {
		b := m[i*segmentBytes:]
		number := atomic.LoadUint64(word(b, atNumber))
		if number == 0 {
			i++
			continue
		}
		count := countOf(b)
		if headSum(b) != binary.LittleEndian.Uint32(b[atSum:]) || count < 1 || count > len(b)/segmentBytes {
			l.Damaged++
			i++
			continue
		}
		l.segment(b[:count*segmentBytes], i, number)
		i += count
	}
	l.sort()
	l.count()
	return l
}

// sort brings the records in their order: that of the processes, which is that of their segments' numbers, whatever the
// clock was set to when they began, and of each that of the keys.
func (l *Left) sort() {
	first := map[int64]uint64{} // the lowest number of each process, by when it began
	for _, p := range l.order {
		if n, ok := first[p.segment.started]; !ok || p.segment.number < n {
			first[p.segment.started] = p.segment.number
		}
	}
	slices.SortStableFunc(l.order, func(a, b place) int {
		if a.segment.started != b.segment.started {
			return cmp.Or(cmp.Compare(first[a.segment.started], first[b.segment.started]), cmp.Compare(a.segment.started, b.segment.started))
		}
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.segment.number, b.segment.number))
	})
}

// segment finds the records of a segment.
func (l *Left) segment(b []byte, index int, number uint64) {
	s := &leftSegment{
		b: b, index: index, number: number,
		started: int64(binary.LittleEndian.Uint64(b[atStarted:])), moments: []moment{headMoment(b)},
		process: record.Process{
			PID:  int(binary.LittleEndian.Uint32(b[atPID:])),
			Name: string(b[atName+1 : atName+1+min(int(b[atName]), maxName)]),
		},
	}
	done, n, high := atomic.LoadUint64(word(b, atDone)), uint64(0), s.moments[0].key
	for at := segmentHead; at+frameHead <= len(b); {
		head := atomic.LoadUint64(word(b, at))
		if uint32(head) == 0 {
			return
		}
		if uint64(uint32(head)) > uint64(max(len(b)-at-2*frameHead, 0)) {
			l.Damaged++
			return // nobody knows where the next one is
		}
		length := int(uint32(head))
		body := b[at+frameHead : at+frameHead+length]
		switch {
		case sum(body) != uint32(head>>32):
			if n++; n > done { // most are calls, and what is handled need not be whole
				l.Damaged++
			}
		case isRecord(body):
			key := high
			if !hasTicks(body) {
				key = wordAt(body, 8)
				high = max(high, key)
			}
			if n++; n > done {
				l.order = append(l.order, place{key, s, int32(at), int32(len(s.moments) - 1)})
			}
		case body[0] == kindMoment && len(body) == momentBytes:
			s.moments = append(s.moments, momentOf(body))
		case s.define(body, l.names) != nil:
			l.Damaged++
		}
		at += frameHead + aligned(length)
	}
}

// isRecord reports whether a body is that of a call or a record.
func isRecord(body []byte) bool {
	return body[0] == kindCall && len(body) >= callHead || body[0] == kindRecord && len(body) >= 16
}

// hasTicks reports whether the body of a call or a record has ticks in place of a key.
func hasTicks(body []byte) bool { return body[0] == kindCall && body[1]&flagTicks != 0 }

// timeOf returns when a call or a record was made, by its key or its ticks; at is the moment before it, by its index.
func (s *leftSegment) timeOf(body []byte, at int32) time.Time {
	if hasTicks(body) {
		return s.timeOfTicks(at, wordAt(body, 8))
	}
	return s.moments[at].timeOf(wordAt(body, 8))
}

// count finds the runs.
func (l *Left) count() {
	for i := range l.order {
		p := &l.order[i]
		last := len(l.Runs) - 1
		if started := time.Unix(0, p.segment.started); last < 0 || !l.Runs[last].Started.Equal(started) {
			l.Runs = append(l.Runs, Run{Process: p.segment.process, Started: started})
			last++
		}
		r := &l.Runs[last]
		r.Records++
		r.Last = p.segment.timeOf(p.body(), p.moment)
	}
}

// Len returns how many records are left to be read.
func (l *Left) Len() int { return len(l.order) }

// maxNext is how many bytes Next reads, about.
const maxNext = 1 << 20

// Next returns the next records, n at most, and the segments in which they were, one for each, and for each that could not
// be read. A fault in the memory is the end of all.
func (l *Left) Next(n int) (records []record.Record, segments []int) {
	if err := guarded(func() { records, segments = l.next(n) }); err != nil {
		l.Damaged += len(l.order)
		l.order = nil
	}
	return records, segments
}

func (l *Left) next(n int) (records []record.Record, segments []int) {
	n = min(n, len(l.order))
	records = make([]record.Record, 0, min(n, 1024))
	size := 0
	for len(segments) < n && size < maxNext {
		p := l.order[len(segments)]
		segments = append(segments, p.segment.index)
		body := p.body()
		r, err := p.segment.record(body, p.moment, l.names)
		if err != nil {
			l.Damaged++
			continue
		}
		if r.Process == (record.Process{}) {
			r.Process = p.segment.process
		}
		size += len(body)
		records = append(records, r)
	}
	l.order = l.order[len(segments):]
	return records, segments
}
