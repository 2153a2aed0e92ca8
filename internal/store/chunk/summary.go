package chunk

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// Summary is what is known of a chunk without reading it.
type Summary struct {
	Records int
	// From and To are the first and the last [store.Moment] of a record.
	From, To int64
	// First and Last are the least and the greatest id.
	First, Last record.ID
	// Pairs are the loggers and levels.
	Pairs []Pair
	// Minutes are the records of each minute, in the order of time. Records of which no time is known are in
	// none.
	Minutes []Minute
}

// Minute counts the records of a minute, given as the number of minutes since 1970.
type Minute struct {
	Minute int64
	queue.Levels
}

// MinuteOf returns the minute that a moment is in, and whether the moment is one.
func MinuteOf(moment int64) (minute int64, ok bool) {
	const length = 60_000_000_000
	minute = moment / length
	if moment%length < 0 {
		minute--
	}
	return minute, moment != store.NoMoment
}

func summarize(records []record.Record, moments []int64, pairs []Pair) Summary {
	s := Summary{Records: len(records), From: math.MaxInt64, To: math.MinInt64, Pairs: pairs}
	for i := range records {
		r, m := &records[i], moments[i]
		s.From, s.To = min(s.From, m), max(s.To, m)
		if i == 0 || r.ID.Compare(s.First) < 0 {
			s.First = r.ID
		}
		if r.ID.Compare(s.Last) > 0 {
			s.Last = r.ID
		}
		s.count(m, queue.Band(r.Level))
	}
	slices.SortFunc(s.Minutes, func(a, b Minute) int { return cmp.Compare(a.Minute, b.Minute) })
	s.join()
	return s
}

// count adds a record to its minute, which is most often that of the one before, or stands near the end.
func (s *Summary) count(moment int64, band int) {
	minute, ok := MinuteOf(moment)
	if !ok {
		return
	}
	for i := len(s.Minutes) - 1; i >= max(0, len(s.Minutes)-4); i-- {
		if s.Minutes[i].Minute == minute {
			s.Minutes[i].Levels[band]++
			return
		}
	}
	m := Minute{Minute: minute}
	m.Levels[band]++
	s.Minutes = append(s.Minutes, m)
}

// join makes one of minutes that are the same.
func (s *Summary) join() {
	kept := s.Minutes[:0]
	for _, m := range s.Minutes {
		if n := len(kept); n > 0 && kept[n-1].Minute == m.Minute {
			kept[n-1].Levels.Add(m.Levels)
		} else {
			kept = append(kept, m)
		}
	}
	s.Minutes = kept
}

// A summary is kept as
//
//	┌─────────┬─────────┬──────┬────┬───────┬──────┬──────┬───────┬─────────┬─────┐
//	│ version │ records │ from │ to │ first │ last │ lots │ pairs │ minutes │ CRC │
//	└─────────┴─────────┴──────┴────┴───────┴──────┴──────┴───────┴─────────┴─────┘
//
// Version: a byte. From and to: zigzag varints. First and last: epoch, sequence and index, each a uvarint. Pairs and
// minutes: how many, and of each pair its number and its records, of each minute how many it is after the one
// before, the first one after 1970, as a zigzag varint, and the records of each level. All else is a uvarint. CRC: CRC-32C
// of all before, four bytes, little endian.
const summaryVersion = 1

// Numbered is a summary as it is kept: its pairs are numbers that mean something elsewhere.
type Numbered struct {
	Summary // without Pairs
	// Lots are those of the chunk's sieve.
	Lots  int
	Pairs []NumberedPair
}

// NumberedPair is how many records have a pair.
type NumberedPair struct {
	Number  uint32
	Records int
}

// Append appends the summary to dst.
func (s *Numbered) Append(dst []byte) []byte {
	from := len(dst)
	dst = binary.AppendUvarint(append(dst, summaryVersion), uint64(s.Records))
	dst = binary.AppendVarint(binary.AppendVarint(dst, s.From), s.To)
	for _, id := range []record.ID{s.First, s.Last} {
		dst = binary.AppendUvarint(binary.AppendUvarint(binary.AppendUvarint(dst, id.Epoch), id.Sequence), uint64(id.Index))
	}
	dst = binary.AppendUvarint(binary.AppendUvarint(dst, uint64(s.Lots)), uint64(len(s.Pairs)))
	for _, p := range s.Pairs {
		dst = binary.AppendUvarint(binary.AppendUvarint(dst, uint64(p.Number)), uint64(p.Records))
	}
	dst = binary.AppendUvarint(dst, uint64(len(s.Minutes)))
	before := int64(0)
	for _, m := range s.Minutes {
		dst = binary.AppendVarint(dst, m.Minute-before)
		before = m.Minute
		for _, n := range m.Levels {
			dst = binary.AppendUvarint(dst, n)
		}
	}
	sum := appendSum(dst[from:])
	return append(dst[:from], sum...)
}

// ReadSummary reads what Append wrote.
func ReadSummary(b []byte) (*Numbered, error) {
	b, err := checkSum(b, -1)
	if err != nil {
		return nil, err
	}
	r := reader{b: b}
	if v := r.byte(); r.err == nil && v != summaryVersion {
		return nil, corrupt("a summary of version %d, want %d", v, summaryVersion)
	}
	s := new(Numbered)
	s.Records = r.count(MaxRecords)
	s.From, s.To = r.varint(), r.varint()
	for _, id := range []*record.ID{&s.First, &s.Last} {
		*id = record.ID{Epoch: r.uvarint(), Sequence: r.uvarint(), Index: uint32(r.uvarint())}
	}
	s.Lots = r.count(MaxLots)
	s.Pairs = make([]NumberedPair, r.count(min(s.Records, len(r.b))))
	for i := range s.Pairs {
		s.Pairs[i] = NumberedPair{uint32(r.uvarint()), r.count(s.Records)}
	}
	s.Minutes = make([]Minute, r.count(min(s.Records, len(r.b))))
	before := int64(0)
	for i := range s.Minutes {
		m := &s.Minutes[i]
		m.Minute = before + r.varint()
		before = m.Minute
		for j := range m.Levels {
			m.Levels[j] = r.uvarint()
		}
	}
	return s, r.end()
}
