package queue

import (
	"encoding/binary"
	"log/slog"

	"github.com/jackdaw-log/jackdaw/record"
)

// traceAttrs is the number of attrs that hold a trace. A call keeps it there because few calls have one:
// the others then need no room for it.
const traceAttrs = 4

// AppendTrace appends t to the attrs of a call, in a form that only the queue reads.
func AppendTrace(attrs []slog.Attr, t *record.Trace) []slog.Attr {
	return append(attrs,
		slog.Attr{Value: slog.Uint64Value(binary.BigEndian.Uint64(t.ID[:8]))},
		slog.Attr{Value: slog.Uint64Value(binary.BigEndian.Uint64(t.ID[8:]))},
		slog.Attr{Value: slog.Uint64Value(binary.BigEndian.Uint64(t.Span[:]))},
		slog.Attr{Value: slog.Uint64Value(uint64(t.Flags))})
}

// cutTrace undoes AppendTrace: it returns the trace, and the attrs that stand behind it.
func cutTrace(attrs []slog.Attr) (t record.Trace, rest []slog.Attr) {
	binary.BigEndian.PutUint64(t.ID[:8], attrs[0].Value.Uint64())
	binary.BigEndian.PutUint64(t.ID[8:], attrs[1].Value.Uint64())
	binary.BigEndian.PutUint64(t.Span[:], attrs[2].Value.Uint64())
	t.Flags = byte(attrs[3].Value.Uint64())
	return t, attrs[traceAttrs:]
}
