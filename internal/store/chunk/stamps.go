package chunk

import (
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
)

// Of a time it is kept whether it is known, and whether nanoseconds tell it.
const (
	timeKnown = iota
	timeNone
	timeOdd // its seconds and nanoseconds are kept by themselves
	timeKinds
)

// stamps packs the times of all records but for their nanoseconds.
//
//	zones  integers: the seconds that each is east of UTC
//	kinds  codes; nothing if all are known
//	odd    for each odd one seconds and nanoseconds: varints
type stamps struct {
	zones []int64
	kinds []uint32
	odd   []time.Time
	plain bool // all are known, and not odd
}

const stampSections = 3

func (s *stamps) reset() {
	s.zones, s.kinds, s.odd, s.plain = s.zones[:0], s.kinds[:0], s.odd[:0], true
}

// add takes the next time, and returns its nanoseconds, or those given if it is odd or not known.
func (s *stamps) add(t time.Time, otherwise int64) int64 {
	k := uint32(timeKnown)
	switch {
	case t.IsZero():
		k = timeNone
	case !store.InMoments(t):
		k = timeOdd
		s.odd = append(s.odd, t)
	default:
		otherwise = t.UnixNano()
	}
	s.plain = s.plain && k == timeKnown
	s.kinds = append(s.kinds, k)
	s.zones = append(s.zones, zoneOf(t))
	return otherwise
}

func (s *stamps) pack(w *writer, buf []byte) []byte {
	buf = appendInts(buf[:0], s.zones)
	w.section(buf)
	buf = buf[:0]
	if !s.plain {
		buf = appendCodes(buf, s.kinds, timeKinds)
	}
	w.section(buf)
	buf = buf[:0]
	for _, t := range s.odd {
		buf = appendInts(buf, []int64{t.Unix(), int64(t.Nanosecond())})
	}
	w.section(buf)
	return buf
}

// stampColumn are the times of all records, as they are read.
type stampColumn struct {
	zones []int64
	kinds []uint32 // nil if all are known
	odd   map[int]time.Time
}

func (p *part) stamps(first, n int) (*stampColumn, error) {
	zones, kinds, odd := p.reader(first), p.reader(first+1), p.reader(first+2)
	s := &stampColumn{zones: zones.ints(make([]int64, 0, n), n)}
	if len(kinds.b) > 0 {
		s.kinds = kinds.codes(n, timeKinds)
		s.odd = make(map[int]time.Time)
		for i, k := range s.kinds {
			if k == timeOdd {
				v := odd.ints(nil, 2)
				if len(v) == 2 {
					s.odd[i] = time.Unix(v[0], v[1])
				}
			}
		}
	}
	for _, r := range []*reader{&zones, &kinds, &odd} {
		if err := r.end(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// time returns a time by its nanoseconds.
func (s *stampColumn) time(i int, ns int64) time.Time {
	if s.kinds != nil && s.kinds[i] != timeKnown {
		if s.kinds[i] == timeNone {
			return time.Time{}
		}
		return inZone(s.odd[i], s.zones[i])
	}
	return timeOf(ns, s.zones[i])
}
