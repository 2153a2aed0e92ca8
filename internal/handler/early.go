package handler

import (
	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
)

// Again returns another Format that writes what a handler's own does, to be called by another goroutine
// than the handler's. It is for a Format that is quick, and calls nothing of the program's but the methods of
// values: who logs may have to wait for it.
type Again func() format.Format

// form returns what makes the forms of records early, nil if there is nothing.
func (l *lines) form() func(dst []byte, r *record.Record) []byte {
	if l.again == nil {
		return nil
	}
	return l.again()
}

// NewForm implements [record.Former].
func (f *File) NewForm() (of record.Handler, form func(dst []byte, r *record.Record) []byte) {
	return f, f.lines.form()
}

// NewForm implements [record.Former].
func (c *Console) NewForm() (of record.Handler, form func(dst []byte, r *record.Record) []byte) {
	return c, c.lines.form()
}

// FormAgain lets records have their forms early, by the formats that again makes.
func (c *Console) FormAgain(again Again) { c.lines.again = again }
