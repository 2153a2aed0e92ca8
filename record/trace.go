package record

import (
	"encoding/hex"
	"log/slog"
)

// Trace is where in a distributed trace an event happened, in the terms that W3C Trace Context and
// OpenTelemetry share. What is zero is unknown.
type Trace struct {
	// ID is the trace's id, Span that of the span in it.
	ID   [16]byte
	Span [8]byte
	// Flags are the trace flags; the lowest bit says that the trace is sampled.
	Flags byte
}

// appendTrace appends the parts that are known as members of an object, each after a comma.
func appendTrace(dst []byte, t *Trace) []byte {
	if t.ID != [16]byte{} {
		dst = append(hex.AppendEncode(append(dst, `,"trace_id":"`...), t.ID[:]), '"')
	}
	if t.Span != [8]byte{} {
		dst = append(hex.AppendEncode(append(dst, `,"span_id":"`...), t.Span[:]), '"')
	}
	if t.Flags != 0 {
		dst = append(hex.AppendEncode(append(dst, `,"trace_flags":"`...), []byte{t.Flags}), '"')
	}
	return dst
}

// attrs returns the parts that are known under the names they have in the JSON form.
func (t *Trace) attrs() (attrs []slog.Attr) {
	if t.ID != [16]byte{} {
		attrs = append(attrs, slog.String("trace_id", hex.EncodeToString(t.ID[:])))
	}
	if t.Span != [8]byte{} {
		attrs = append(attrs, slog.String("span_id", hex.EncodeToString(t.Span[:])))
	}
	if t.Flags != 0 {
		attrs = append(attrs, slog.String("trace_flags", hex.EncodeToString([]byte{t.Flags})))
	}
	return attrs
}
