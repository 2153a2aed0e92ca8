// Package format writes the forms of a record that people and programs read: JSON, lines of text, and
// the format strings of Python's logging.
//
// Formats other than [JSON] are lines of text, and records come from strangers. So in them nothing
// of a record acts on a terminal or passes for another record: a control character is shown as
// Python's repr shows it (\x1b), and a line break is shown as \n or followed by an indentation.
package format

import "github.com/jackdaw-log/jackdaw/record"

// Format appends the form of one record, its newline included, to dst and returns the result. It
// does not modify or keep r. It takes any record and does not panic, whatever the methods of the
// record's values do. A handler calls its Format from one goroutine at a time; those of this package may
// be shared by handlers, save what [NewJSON] returns.
type Format func(dst []byte, r *record.Record) []byte

// JSON is the Format of one JSON object a line, as [record.AppendJSON] describes it.
func JSON(dst []byte, r *record.Record) []byte {
	return append(record.AppendJSON(dst, r), '\n')
}

// NewJSON returns a Format for one handler. It writes what [JSON] writes in about half the time, since it
// remembers what records have in common: see [record.Encoder].
func NewJSON() Format {
	var e record.Encoder
	return func(dst []byte, r *record.Record) []byte { return append(e.AppendJSON(dst, r), '\n') }
}
