package chunk

import (
	"encoding/binary"
	"log/slog"
	"math"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// The head of a chunk says when each record was logged, by whom and how important it is, and which one it is:
//
//	ids      runs, and of each: epoch and sequence less those of the run before, index, records
//	moments  times: the nanoseconds of store.Moment
//	stamps   three sections: what else there is to the time of a record
//	pairs    pairs of a logger and a level, and of each: level, logger, records
//	codes    which pair each record has
//
// A run is of records whose index goes up by one. Runs, pairs, index and records are uvarints, epoch, sequence
// and level zigzag varints.
const (
	headIDs = iota
	headMoments
	headStamps
	headPairs = headStamps + stampSections
	headCodes = headPairs + 1
)

// Pair is a logger and a level that some records have.
type Pair struct {
	Logger  string
	Level   slog.Level
	Records int
}

type pairKey struct {
	logger string
	level  slog.Level
}

// headPacker packs heads.
type headPacker struct {
	moments []int64
	stamps  stamps
	known   map[pairKey]uint32
	pairs   []Pair
	codes   []uint32
	last    uint32
	buf     []byte
}

func (h *headPacker) pack(w *writer, records []record.Record) []byte {
	w.reset()
	h.moments, h.pairs, h.codes = h.moments[:0], h.pairs[:0], h.codes[:0]
	h.stamps.reset()
	if h.known == nil {
		h.known = make(map[pairKey]uint32)
	}
	clear(h.known)
	for i := range records {
		r := &records[i]
		m := store.Moment(r)
		h.stamps.add(r.Time, m)
		h.moments = append(h.moments, m)
		h.codes = append(h.codes, h.pair(r))
	}
	h.buf = appendIDs(h.buf[:0], records)
	w.section(h.buf)
	h.buf = appendTimes(h.buf[:0], h.moments)
	w.section(h.buf)
	h.buf = h.stamps.pack(w, h.buf)
	h.buf = binary.AppendUvarint(h.buf[:0], uint64(len(h.pairs)))
	for _, p := range h.pairs {
		h.buf = appendText(binary.AppendVarint(h.buf, int64(p.Level)), p.Logger)
		h.buf = binary.AppendUvarint(h.buf, uint64(p.Records))
	}
	w.section(h.buf)
	h.buf = appendCodes(h.buf[:0], h.codes, len(h.pairs))
	w.section(h.buf)
	return w.part()
}

func (h *headPacker) pair(r *record.Record) uint32 {
	if int(h.last) < len(h.pairs) {
		if p := &h.pairs[h.last]; p.Level == r.Level && p.Logger == r.Logger {
			p.Records++
			return h.last
		}
	}
	key := pairKey{r.Logger, r.Level}
	code, ok := h.known[key]
	if !ok {
		code = uint32(len(h.pairs))
		h.known[key] = code
		h.pairs = append(h.pairs, Pair{Logger: r.Logger, Level: r.Level})
	}
	h.pairs[code].Records++
	h.last = code
	return code
}

// idRun is the ids of records whose index goes up by one.
type idRun struct {
	record.ID
	records int
}

func idRuns(records []record.Record) (runs []idRun) {
	for i := range records {
		id := records[i].ID
		if n := len(runs); n > 0 {
			last := &runs[n-1]
			if last.Epoch == id.Epoch && last.Sequence == id.Sequence && uint64(last.Index)+uint64(last.records) == uint64(id.Index) {
				last.records++
				continue
			}
		}
		runs = append(runs, idRun{id, 1})
	}
	return runs
}

func appendIDs(dst []byte, records []record.Record) []byte {
	runs := idRuns(records)
	dst = binary.AppendUvarint(dst, uint64(len(runs)))
	var before record.ID
	for _, run := range runs {
		dst = binary.AppendVarint(dst, int64(run.Epoch-before.Epoch))
		dst = binary.AppendVarint(dst, int64(run.Sequence-before.Sequence))
		dst = binary.AppendUvarint(dst, uint64(run.Index))
		dst = binary.AppendUvarint(dst, uint64(run.records))
		before = run.ID
	}
	return dst
}

func (r *reader) ids(n int) []record.ID {
	ids := make([]record.ID, 0, n)
	var at record.ID
	for range r.count(n) {
		at.Epoch += uint64(r.varint())
		at.Sequence += uint64(r.varint())
		at.Index = uint32(min(r.uvarint(), math.MaxUint32))
		records := r.count(n - len(ids))
		for i := range records {
			ids = append(ids, record.ID{Epoch: at.Epoch, Sequence: at.Sequence, Index: at.Index + uint32(i)})
		}
	}
	if r.err == nil && len(ids) != n {
		r.fail("%d ids, want %d", len(ids), n)
	}
	return ids
}

// head is the head of a chunk, as it is read.
type head struct {
	part    *part
	n       int
	pairs   []Pair
	codes   []uint32
	moments []int64
	stamps  *stampColumn
	ids     []record.ID
}

func openHead(p *part, n int) (*head, error) {
	h := &head{part: p, n: n}
	r := p.reader(headPairs)
	all := string(r.b) // of which the loggers are parts
	h.pairs = make([]Pair, r.count(n))
	total := 0
	for i := range h.pairs {
		level, logger := slog.Level(r.varint()), len(r.text())
		end := len(all) - len(r.b)
		h.pairs[i] = Pair{Level: level, Logger: all[end-logger : end], Records: r.count(n)}
		total += h.pairs[i].Records
	}
	if r.err == nil && total != n {
		r.fail("pairs of %d records, want %d", total, n)
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	codes := p.reader(headCodes)
	h.codes = codes.codes(n, len(h.pairs))
	return h, codes.end()
}

// moment returns the moments of all records.
func (h *head) moment() ([]int64, error) {
	if h.moments == nil {
		r := h.part.reader(headMoments)
		v := r.times(h.n)
		if err := r.end(); err != nil {
			return nil, err
		}
		h.moments = v
	}
	return h.moments, nil
}

// id returns the ids of all records.
func (h *head) id() ([]record.ID, error) {
	if h.ids == nil {
		r := h.part.reader(headIDs)
		ids := r.ids(h.n)
		if err := r.end(); err != nil {
			return nil, err
		}
		h.ids = ids
	}
	return h.ids, nil
}

// time returns the time of a record.
func (h *head) time(row int) (time.Time, error) {
	moments, err := h.moment()
	if err != nil {
		return time.Time{}, err
	}
	if h.stamps == nil {
		if h.stamps, err = h.part.stamps(headStamps, h.n); err != nil {
			return time.Time{}, err
		}
	}
	return h.stamps.time(row, moments[row]), nil
}

// fill sets what the head knows of a record.
func (h *head) fill(r *record.Record, row int) (err error) {
	p := &h.pairs[h.codes[row]]
	r.Logger, r.Level = p.Logger, p.Level
	if r.Time, err = h.time(row); err != nil {
		return err
	}
	ids, err := h.id()
	if err != nil {
		return err
	}
	r.ID = ids[row]
	return nil
}
