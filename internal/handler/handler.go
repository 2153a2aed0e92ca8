// Package handler holds the handlers that end at a person's eyes or at a disk: the console and the
// file, and the formats in which they write a record.
//
// Formats other than [JSON] are lines of text, and records come from strangers. So in them nothing
// of a record acts on a terminal or passes for another record: a control character is shown as
// Python's repr shows it (\x1b), and a line break is shown as \n or followed by an indentation.
package handler

import "github.com/jackdaw-log/jackdaw/record"

// Format appends the form of one record, its newline included, to dst and returns the result. It
// does not modify or keep r and may be called from several goroutines at once. It takes any record
// and does not panic, whatever the methods of the record's values do.
type Format func(dst []byte, r *record.Record) []byte

// JSON is the Format of one JSON object a line, as [record.AppendJSON] describes it.
func JSON(dst []byte, r *record.Record) []byte {
	return append(record.AppendJSON(dst, r), '\n')
}
