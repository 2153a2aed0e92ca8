package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/terminal"
	"github.com/jackdaw-log/jackdaw/record"
)

// plainColumns are the columns of a table where none are named.
var plainColumns = []string{"id", "time", "level", "logger", "message", "attrs", "exception"}

// printer writes records in one of the forms.
type printer struct {
	w      io.Writer
	append func(dst []byte, r *record.Record, neighbour bool) []byte
	lines  bool // the form is one of lines for people
	margin bool // what was looked for is marked, as it stands among its neighbours
	line   []byte
}

// newPrinter returns what writes records to w, in a form for somebody who looks at screen for what a filter finds.
func (l *lookFlags) newPrinter(p *program, w, screen io.Writer, highlight *filter.Filter) *printer {
	form := l.form(screen)
	o := &printer{w: w, lines: (form == "pretty" || form == "text") && len(l.fields) == 0}
	switch {
	case form == "csv":
		o.append = l.csvForm(terminal.Is(screen))
	case form == "json" && len(l.fields) > 0:
		o.append = l.objectForm()
	case form == "json":
		var e record.Encoder
		o.append = func(dst []byte, r *record.Record, neighbour bool) []byte {
			if l.explicit {
				r.Time, r.Received = r.Time.In(l.zone), r.Received.In(l.zone)
			}
			return append(appendWithID(dst, &e, r, neighbour), '\n')
		}
	case len(l.fields) > 0:
		o.append = l.tableForm()
	case form == "pretty":
		o.append = plain(l.pretty(p, screen, highlight))
	default:
		o.append = plain(format.NewText(l.zone))
	}
	return o
}

// plain is a form that is the same for neighbours.
func plain(f format.Format) func([]byte, *record.Record, bool) []byte {
	return func(dst []byte, r *record.Record, _ bool) []byte { return f(dst, r) }
}

func columns(names []string) (all []format.Column) {
	for _, name := range names {
		all = append(all, format.NewColumn(name))
	}
	return all
}

// csvForm writes the columns as RFC 4180 has it, after their names.
func (l *lookFlags) csvForm(screen bool) func([]byte, *record.Record, bool) []byte {
	names := l.fields
	if len(names) == 0 {
		names = plainColumns
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(names) // into memory
	all := columns(names)
	row := make([]string, len(all))
	var cell []byte
	return func(dst []byte, r *record.Record, _ bool) []byte {
		for i := range all {
			cell = all[i].AppendValue(cell[:0], r, l.zone)
			row[i] = string(cell)
			if screen && !l.raw {
				row[i] = string(format.AppendLine(nil, row[i]))
			}
		}
		_ = w.Write(row)
		w.Flush()
		dst = append(dst, b.Bytes()...)
		b.Reset()
		return dst
	}
}

// tableForm writes the values of the columns on a line, a tab between them.
func (l *lookFlags) tableForm() func([]byte, *record.Record, bool) []byte {
	all := columns(l.fields)
	var cell []byte
	return func(dst []byte, r *record.Record, _ bool) []byte {
		for i := range all {
			if i > 0 {
				dst = append(dst, '\t')
			}
			cell = all[i].AppendValue(cell[:0], r, l.zone)
			dst = format.AppendLine(dst, string(cell))
		}
		return append(dst, '\n')
	}
}

// objectForm writes the columns that have a value as the members of an object.
func (l *lookFlags) objectForm() func([]byte, *record.Record, bool) []byte {
	all := columns(l.fields)
	return func(dst []byte, r *record.Record, _ bool) []byte {
		dst = append(dst, '{')
		for i := range all {
			at := len(dst)
			if dst[at-1] != '{' {
				dst = append(dst, ',')
			}
			dst = append(record.AppendJSONString(dst, all[i].Name), ':')
			var ok bool
			if dst, ok = all[i].AppendJSON(dst, r); !ok {
				dst = dst[:at]
			}
		}
		return append(dst, "}\n"...)
	}
}

// record writes a record, one of those that were looked for or a neighbour.
func (o *printer) record(r *record.Record, neighbour bool) error {
	o.line = o.append(o.line[:0], r, neighbour)
	if o.margin {
		mark := "> "
		if neighbour {
			mark = "  "
		}
		text := strings.TrimSuffix(string(o.line), "\n")
		o.line = append(o.line[:0], mark+strings.ReplaceAll(text, "\n", "\n"+mark)+"\n"...)
	}
	return o.flush()
}

// apart writes that what follows is not next to what was written before.
func (o *printer) apart() error {
	if !o.margin {
		return nil
	}
	o.line = append(o.line[:0], "--\n"...)
	return o.flush()
}

func (o *printer) flush() error {
	_, err := o.w.Write(o.line)
	return err
}
