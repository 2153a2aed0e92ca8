package sqlite

import (
	"log/slog"
	"math"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/record"
)

// head is records that are pending in a file, in memory. Who has the turn to write appends to it, until it is full;
// readers see what was there when they looked.
type head struct {
	file *file
	// records only grow, so that who has a part of them may go on reading it.
	records []record.Record
	bytes   int // of their texts, about
	// first and last are the pending rows.
	first, last int64
	// stuck is true if no chunk can be made of it, since its file is damaged. It stays as it is. The store's mutex
	// guards it.
	stuck bool
}

// room returns how many of the records may be added to a head before it is full.
func (h *head) room(records []record.Record, most int) int {
	bytes := h.bytes
	for i := range records {
		if len(h.records)+i >= most || bytes >= maxChunkBytes && len(h.records)+i > 0 {
			return i
		}
		bytes += sizeOf(&records[i])
	}
	return len(records)
}

// add adds records that are pending in a row now.
func (h *head) add(row int64, records []record.Record) {
	if len(h.records) == 0 {
		h.first = row
	}
	h.last = row
	for i := range records {
		h.bytes += sizeOf(&records[i])
	}
	h.records = append(h.records, records...)
}

// sizeOf returns about how many bytes the texts of a record have.
func sizeOf(r *record.Record) int {
	n := 64 + len(r.Message) + len(r.Stack) + attrSize(r.Attrs)
	if r.Exception != nil {
		n += len(r.Exception.Traceback) + len(r.Exception.Message)
	}
	return n
}

func attrSize(attrs []slog.Attr) (n int) {
	for i := range attrs {
		n += 32
		switch v := &attrs[i].Value; v.Kind() {
		case slog.KindString:
			n += len(v.String())
		case slog.KindGroup:
			n += attrSize(v.Group())
		case slog.KindAny:
			n += 256
		}
	}
	return n
}

// headView is a head as a reader saw it.
type headView struct {
	file    *file
	records []record.Record
}

// span returns the first and last moment of the records.
func (h *headView) span() (from, to int64) {
	from, to = math.MaxInt64, math.MinInt64
	for i := range h.records {
		m := store.Moment(&h.records[i])
		from, to = min(from, m), max(to, m)
	}
	return from, to
}

// settle makes records such that they may be kept: their attrs are their own, and nothing is in them that a
// chunk keeps in another form. Row is the batch that was made of them.
func settle(records []record.Record, row []byte) ([]record.Record, error) {
	n := 0
	for i := range records {
		if !chunk.Settled(&records[i]) {
			return chunk.ReadBatch(row)
		}
		n += len(records[i].Attrs)
	}
	all := make([]slog.Attr, 0, n)
	for i := range records {
		r := &records[i]
		from := len(all)
		for j := range r.Attrs {
			if r.Attrs[j].Value.Kind() == slog.KindGroup {
				all = append(all[:from], r.Clone().Attrs...)
				break
			}
			all = append(all, r.Attrs[j])
		}
		r.Attrs = all[from:len(all):len(all)]
		if len(r.Attrs) == 0 {
			r.Attrs = nil
		}
	}
	return records, nil
}
