package format

import (
	"encoding/hex"
	"log/slog"

	"github.com/jackdaw-log/jackdaw/record"
)

// traceParts returns the bytes of a record's trace and span, nil where they are unknown.
func traceParts(t *record.Trace) (id, span []byte) {
	if t.ID != [16]byte{} {
		id = t.ID[:]
	}
	if t.Span != [8]byte{} {
		span = t.Span[:]
	}
	return id, span
}

// appendTrace appends what is known of the record's trace as attrs.
func appendTrace(dst []byte, t *record.Trace) []byte {
	id, span := traceParts(t)
	if id != nil {
		dst = hex.AppendEncode(append(dst, " trace_id="...), id)
	}
	if span != nil {
		dst = hex.AppendEncode(append(dst, " span_id="...), span)
	}
	return dst
}

// traceField returns the part of a record's trace that has the name key in the JSON form.
func traceField(r *record.Record, key string) slog.Value {
	id, span := traceParts(&r.Trace)
	switch key {
	case "trace_id":
		return textOrNone(hex.EncodeToString(id))
	case "span_id":
		return textOrNone(hex.EncodeToString(span))
	}
	return none
}
