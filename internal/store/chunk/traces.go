package chunk

import "github.com/jackdaw-log/jackdaw/record"

// Traces are in these sections:
//
//	rows   of the records that have one
//	ids    16 bytes for each of these
//	spans  8 bytes for each
//	flags  a byte for each
//
// A tracePacker packs them.
type tracePacker struct {
	rows   []int64
	traces []record.Trace
}

func (t *tracePacker) pack(w *writer, records []record.Record, buf []byte) []byte {
	t.rows, t.traces = t.rows[:0], t.traces[:0]
	for i := range records {
		if trace := records[i].Trace; trace != (record.Trace{}) {
			t.rows, t.traces = append(t.rows, int64(i)), append(t.traces, trace)
		}
	}
	buf = appendRows(buf[:0], t.rows)
	w.section(buf)
	buf = buf[:0]
	for i := range t.traces {
		buf = append(buf, t.traces[i].ID[:]...)
	}
	w.section(buf)
	buf = buf[:0]
	for i := range t.traces {
		buf = append(buf, t.traces[i].Span[:]...)
	}
	w.section(buf)
	buf = buf[:0]
	for i := range t.traces {
		buf = append(buf, t.traces[i].Flags)
	}
	w.section(buf)
	return buf
}

// traceColumn are the traces of the records that have one, as they are read.
type traceColumn struct {
	rows   []int64
	places []int32 // of all records among these, nil if there are none
	traces []record.Trace
}

func (p *part) traces(first, n int) (*traceColumn, error) {
	t := new(traceColumn)
	rows, ids, spans, flags := p.reader(first), p.reader(first+1), p.reader(first+2), p.reader(first+3)
	t.rows, t.places = rows.rows(n)
	for range t.rows {
		trace := record.Trace{Flags: flags.byte()}
		copy(trace.ID[:], ids.bytes(len(trace.ID)))
		copy(trace.Span[:], spans.bytes(len(trace.Span)))
		t.traces = append(t.traces, trace)
	}
	for _, r := range []*reader{&rows, &ids, &spans, &flags} {
		if err := r.end(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// of returns the trace of a record.
func (t *traceColumn) of(row int) record.Trace {
	if t.places == nil || t.places[row] < 0 {
		return record.Trace{}
	}
	return t.traces[t.places[row]]
}
