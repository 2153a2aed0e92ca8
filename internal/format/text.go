package format

import (
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// Text is the Format of one line a record, whatever the record holds, for grep and its like:
//
//	2026-11-22T10:41:41.702+01:00 ERROR shop.pay: payment failed user_id=42 source=pay.py:10 exception="ValueError: …"
//
// The time is in the local zone. The place of the call stands there from WARNING on, trace_id and span_id
// where the record has them.
func Text(dst []byte, r *record.Record) []byte { return appendText(dst, r, time.Local) }

// NewText returns what [Text] is, with times in another zone.
func NewText(zone *time.Location) Format {
	return func(dst []byte, r *record.Record) []byte { return appendText(dst, r, zone) }
}

func appendText(dst []byte, r *record.Record, zone *time.Location) []byte {
	if r.Time.IsZero() {
		dst = append(dst, '-')
	} else {
		dst = appendMoment(dst, r.Time.In(zone))
	}
	dst = append(dst, ' ')
	dst = oneLine.append(dst, levelName(r))
	dst = append(dst, ' ')
	dst = oneLine.append(dst, loggerName(r))
	dst = append(dst, ": "...)
	dst = oneLine.append(dst, withoutBreaks(r.Message))
	return appendRest(dst, r, nil)
}

// Brief is [Text] without what a header of syslog says already, time and level:
//
//	shop.pay: payment failed user_id=42 source=pay.py:10 exception="ValueError: …"
//
// The root logger is not named.
func Brief(dst []byte, r *record.Record) []byte {
	if r.Logger != "" && r.Logger != record.RootLogger {
		dst = append(oneLine.append(dst, r.Logger), ": "...)
	}
	return appendRest(oneLine.append(dst, withoutBreaks(r.Message)), r, nil)
}

// appendRest appends what stands behind the message on a line of pairs, and ends the line. mark is for the values
// of attrs.
func appendRest(dst []byte, r *record.Record, mark marker) []byte {
	dst = appendAttrs(dst, r.Attrs, mark)
	if r.Trace != (record.Trace{}) {
		dst = appendTrace(dst, &r.Trace)
	}
	if source := placeOf(r); source != nil {
		dst = appendPlace(append(dst, " source="...), source)
	}
	if r.Exception != nil {
		dst = appendQuoted(append(dst, " exception="...), tracebackOf(r.Exception))
	}
	if r.Stack != "" {
		dst = appendQuoted(append(dst, " stack="...), r.Stack)
	}
	return append(dst, '\n')
}

// withoutBreaks returns s without the line breaks at its end.
func withoutBreaks(s string) string {
	n := len(s)
	for n > 0 && (s[n-1] == '\n' || s[n-1] == '\r') {
		n--
	}
	return s[:n]
}
