package filter

import (
	"encoding/hex"
	"strings"

	"github.com/jackdaw-log/jackdaw/record"
)

// ids hold the ids of a record's trace against a pattern, without making texts of them where the
// pattern is a whole id.
type ids struct {
	trace, span [16]byte // span takes 8 of them; zero is none
	// traceText and spanText say that the text of the id may match.
	traceText, spanText bool
}

func idsOf(p Pattern) (d ids) {
	if p.Regexp != "" {
		return ids{traceText: true, spanText: true}
	}
	if p.wild() {
		hexadecimal := strings.Trim(folded(strings.Join(p.Parts, "")), "0123456789abcdef") == ""
		return ids{traceText: hexadecimal, spanText: hexadecimal}
	}
	// An id is one term: nothing shorter lies at its edges.
	b, err := hex.DecodeString(p.Parts[0])
	switch {
	case err != nil:
	case len(b) == len(d.trace):
		copy(d.trace[:], b)
	case len(b) == 8:
		copy(d.span[:], b)
	}
	return d
}

// only leaves what is about one of the ids.
func (d *ids) only(field string) {
	if field == "trace_id" {
		d.span, d.spanText = [16]byte{}, false
	} else {
		d.trace, d.traceText = [16]byte{}, false
	}
}

// values reports whether an id of the record matches; t is asked about their texts.
func (d *ids) values(r *record.Record, t tester) bool {
	if r.Trace == (record.Trace{}) {
		return false
	}
	return d.traceText && traceID(r, t) || d.spanText && spanID(r, t) ||
		d.trace != [16]byte{} && d.trace == r.Trace.ID ||
		d.span != [16]byte{} && [8]byte(d.span[:8]) == r.Trace.Span
}
