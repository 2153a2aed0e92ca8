package chunk

import (
	"encoding/binary"
	"log/slog"

	"github.com/klauspost/compress/s2"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// A batch is records as they are kept until there are enough of them for a chunk:
//
//	┌─────────┬─────────┬─────┬─────────┬─────┐
//	│ version │ records │ ids │ payload │ CRC │
//	└─────────┴─────────┴─────┴─────────┴─────┘
//
// Version: a byte. Records: a uvarint. The ids are as in the head of a chunk. The payload is an OTLP message as
// package otlp makes it, compressed as an S2 block. CRC: CRC-32C of all before, four bytes, little endian.
const batchVersion = 1

// BatchPacker makes batches, one after another. Its zero value is ready for use, and it is not for concurrent use.
type BatchPacker struct{ payload, packed []byte }

// Append appends records to dst, of which there are [MaxRecords] at most.
func (p *BatchPacker) Append(dst []byte, records []record.Record) []byte {
	from := len(dst)
	dst = binary.AppendUvarint(append(dst, batchVersion), uint64(len(records)))
	dst = appendIDs(dst, records)
	p.payload = otlp.Append(p.payload[:0], records)
	if n := s2.MaxEncodedLen(len(p.payload)); cap(p.packed) < n {
		p.packed = make([]byte, n+n/4)
	}
	dst = append(dst, s2.Encode(p.packed[:cap(p.packed)], p.payload)...)
	if cap(p.payload) > maxKept {
		p.payload, p.packed = nil, nil
	}
	sum := appendSum(dst[from:])
	return append(dst[:from], sum...)
}

// maxKept bounds the space that is kept from one batch for the next.
const maxKept = 4 << 20

// ReadBatch reads what [BatchPacker.Append] wrote.
func ReadBatch(b []byte) ([]record.Record, error) {
	b, err := checkSum(b, -1)
	if err != nil {
		return nil, err
	}
	r := reader{b: b}
	if v := r.byte(); r.err == nil && v != batchVersion {
		return nil, corrupt("a batch of version %d, want %d", v, batchVersion)
	}
	ids := r.ids(r.count(MaxRecords))
	if r.err != nil {
		return nil, r.err
	}
	n, err := s2.DecodedLen(r.b)
	if err != nil || n > maxSection || n > 1<<16+1000*len(r.b) {
		return nil, corrupt("a batch whose payload has %d bytes: %v", n, err)
	}
	payload, err := s2.Decode(nil, r.b)
	if err != nil {
		return nil, corrupt("a batch: %v", err)
	}
	d := otlp.NewDecoder(otlp.Limits{Bytes: maxSection, Depth: 1 << 10, Records: MaxRecords, Attrs: maxValues})
	records, err := d.Decode(payload, make([]record.Record, 0, len(ids)))
	if err != nil {
		return nil, corrupt("a batch: %v", err)
	}
	if len(records) != len(ids) {
		return nil, corrupt("a batch of %d records, want %d", len(records), len(ids))
	}
	for i := range records {
		records[i].ID = ids[i]
	}
	return records, nil
}

// Settled reports whether a record may be kept as it is, as its [record.Record.Clone]: it has nothing that
// a batch or a chunk would keep in another form, as values of types of the program's own, and nothing that could
// change.
func Settled(r *record.Record) bool { return r.PC == 0 && settled(r.Attrs) }

func settled(attrs []slog.Attr) bool {
	for i := range attrs {
		switch v := &attrs[i].Value; v.Kind() {
		case slog.KindAny:
			if v.Any() != nil {
				return false
			}
		case slog.KindLogValuer:
			return false
		case slog.KindGroup:
			if !settled(v.Group()) {
				return false
			}
		}
	}
	return true
}
