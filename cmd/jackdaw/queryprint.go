package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/terminal"
	"github.com/jackdaw-log/jackdaw/record"
)

// plainColumns are the columns of a table where none are named.
var plainColumns = []string{"id", "time", "level", "logger", "message", "attrs", "exception"}

// printer writes records in one of the forms.
type printer struct {
	w       io.Writer
	append  func(dst []byte, r *record.Record, neighbour bool) []byte
	margin  bool // what was looked for is marked, as it stands among its neighbours
	written int64
	line    []byte
}

// newPrinter returns what writes records to w, a form for somebody who looks at screen.
func (q *queryFlags) newPrinter(p *program, w, screen io.Writer) *printer {
	form := q.form(screen)
	o := &printer{w: w, margin: q.context > 0 && (form == "pretty" || form == "text") && len(q.fields) == 0}
	switch {
	case form == "csv":
		o.append = q.csvForm(terminal.Is(screen))
	case form == "json" && len(q.fields) > 0:
		o.append = q.objectForm()
	case form == "json":
		var e record.Encoder
		o.append = func(dst []byte, r *record.Record, neighbour bool) []byte {
			if q.explicit {
				r.Time, r.Received = r.Time.In(q.zone), r.Received.In(q.zone)
			}
			return append(appendWithID(dst, &e, r, neighbour), '\n')
		}
	case len(q.fields) > 0:
		o.append = q.tableForm()
	case form == "pretty":
		o.append = plain(q.pretty(p, screen, q.filter))
	default:
		o.append = plain(format.NewText(q.zone))
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
func (q *queryFlags) csvForm(screen bool) func([]byte, *record.Record, bool) []byte {
	names := q.fields
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
			cell = all[i].AppendValue(cell[:0], r, q.zone)
			row[i] = string(cell)
			if screen && !q.raw {
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
func (q *queryFlags) tableForm() func([]byte, *record.Record, bool) []byte {
	all := columns(q.fields)
	var cell []byte
	return func(dst []byte, r *record.Record, _ bool) []byte {
		for i := range all {
			if i > 0 {
				dst = append(dst, '\t')
			}
			cell = all[i].AppendValue(cell[:0], r, q.zone)
			dst = format.AppendLine(dst, string(cell))
		}
		return append(dst, '\n')
	}
}

// objectForm writes the columns that have a value as the members of an object.
func (q *queryFlags) objectForm() func([]byte, *record.Record, bool) []byte {
	all := columns(q.fields)
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
	n, err := o.w.Write(o.line)
	o.written += int64(n)
	return err
}
