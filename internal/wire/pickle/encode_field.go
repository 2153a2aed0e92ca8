package pickle

import (
	"encoding/hex"

	"github.com/jackdaw-log/jackdaw/record"
)

// The keys that fields of a record get unless an attr has taken them, as bits.
const (
	takesHost = 1 << iota
	takesTraceID
	takesSpanID
	takesTraceFlags
)

// takes returns which of the keys an attr of that key takes.
func takes(key string) byte {
	switch key {
	case "host":
		return takesHost
	case "trace_id":
		return takesTraceID
	case "span_id":
		return takesSpanID
	case "trace_flags":
		return takesTraceFlags
	}
	return 0
}

// trace appends the parts of t that are known.
func (e *encoder) trace(t *record.Trace) {
	if t.ID != [16]byte{} && e.taken&takesTraceID == 0 {
		e.raw(encTraceID)
		e.hex(t.ID[:])
	}
	if t.Span != [8]byte{} && e.taken&takesSpanID == 0 {
		e.raw(encSpanID)
		e.hex(t.Span[:])
	}
	if t.Flags != 0 && e.taken&takesTraceFlags == 0 {
		e.raw(encTraceFlags)
		e.hex([]byte{t.Flags})
	}
}

// hex appends bytes as the text of their hex digits.
func (e *encoder) hex(bytes []byte) {
	at := e.openText()
	e.dst = hex.AppendEncode(e.dst, bytes)
	e.closeText(at)
}
