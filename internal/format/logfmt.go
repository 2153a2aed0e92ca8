package format

import (
	"github.com/jackdaw-log/jackdaw/record"
)

// Logfmt is the Format of one line of key=value pairs a record, for what reads logfmt:
//
//	time=2026-11-22T10:41:41.702+01:00 level=ERROR logger=shop.pay msg="payment failed" user_id=42 source=pay.py:10
//
// The time is in the local zone. The attrs stand as in [Text], save that a list or map, which is JSON, is a text in
// quotes; and so do trace, place, exception and stack.
func Logfmt(dst []byte, r *record.Record) []byte {
	if !r.Time.IsZero() {
		dst = append(appendMoment(append(dst, "time="...), r.Time.Local()), ' ')
	}
	dst = appendWord(append(dst, "level="...), levelName(r))
	dst = appendWord(append(dst, " logger="...), loggerName(r))
	dst = appendWord(append(dst, " msg="...), withoutBreaks(r.Message))
	return appendRest(dst, r, quoteJSON)
}

// quoteJSON puts quotes around a list or a map, which may have blanks and quotes in it.
func quoteJSON(dst []byte, from int, _ string) []byte {
	if dst[from] != '[' && dst[from] != '{' {
		return dst
	}
	return appendWord(dst[:from], string(dst[from:]))
}

// appendWord appends a text, in quotes where it does not stand for itself.
func appendWord(dst []byte, s string) []byte {
	if s != "" && bare(s) {
		return append(dst, s...)
	}
	return appendQuoted(dst, s)
}
