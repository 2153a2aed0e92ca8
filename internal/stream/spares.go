package stream

import "github.com/jackdaw-log/jackdaw/record"

const (
	// maxSpares is how many are kept, and maxSpareRecords how large all of them are.
	maxSpares       = 32
	maxSpareRecords = 16 << 10
)

// spares are the memory of records that were in the ring, to be used again: under load that is most of what is made
// for a record. What was in them stays there until then, so that they are few.
type spares struct {
	list    [][]record.Record // the oldest first
	records int               // capacity of all
}

// put takes memory that nobody has any more.
func (s *spares) put(records []record.Record) {
	s.list = append(s.list, records[:0])
	s.records += cap(records)
	for len(s.list) > maxSpares || s.records > maxSpareRecords {
		s.records -= cap(s.list[0])
		s.list[0] = nil
		s.list = s.list[1:]
	}
}

// take returns memory for n records, and not much more: it will be in the ring, which counts what it has.
func (s *spares) take(n int) []record.Record {
	for i := len(s.list) - 1; i >= 0; i-- {
		if c := cap(s.list[i]); n <= c && c <= n+n/4+1 {
			fit := s.list[i]
			last := len(s.list) - 1
			s.list[i], s.list[last] = s.list[last], nil
			s.list = s.list[:last]
			s.records -= c
			return fit
		}
	}
	return make([]record.Record, 0, n+n/8)
}
