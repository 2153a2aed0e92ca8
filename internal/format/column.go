package format

import (
	"encoding/hex"
	"log/slog"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// Column is one value of each record: a field by its path in the JSON form, or by one of the short names of the
// filter language, or an attr by its dotted name.
type Column struct {
	Name string
	of   func(r *record.Record) slog.Value
}

// NewColumn returns the column of a name. Any name that is not a field's is that of an attr.
func NewColumn(name string) Column {
	c := Column{Name: name}
	for _, own := range ownColumns {
		if strings.EqualFold(own.Name, name) {
			c.of = own.of
			return c
		}
	}
	if len(name) > len("attrs.") && strings.EqualFold(name[:len("attrs.")], "attrs.") {
		name = name[len("attrs."):]
	}
	c.of = func(r *record.Record) slog.Value {
		if v, ok := lookup(r.Attrs, name); ok {
			return v
		}
		return none
	}
	return c
}

// ownColumns are those that are no attrs.
var ownColumns = []Column{
	{"id", func(r *record.Record) slog.Value { return textOrNone(r.ID.String()) }},
	{"time", func(r *record.Record) slog.Value { return known(!r.Time.IsZero(), slog.TimeValue(r.Time)) }},
	{"level", func(r *record.Record) slog.Value { return slog.StringValue(levelName(r)) }},
	{"logger", func(r *record.Record) slog.Value { return slog.StringValue(loggerName(r)) }},
	{"message", func(r *record.Record) slog.Value { return slog.StringValue(r.Message) }},
	{"attrs", func(r *record.Record) slog.Value { return known(len(r.Attrs) > 0, slog.GroupValue(r.Attrs...)) }},
	{"exception", excText}, {"exception.traceback", excText}, {"traceback", excText},
	{"exception.type", func(r *record.Record) slog.Value { return textOrNone(exception(r).Type) }},
	{"exception.message", func(r *record.Record) slog.Value { return textOrNone(exception(r).Message) }},
	{"stack", func(r *record.Record) slog.Value { return textOrNone(r.Stack) }},
	{"source", func(r *record.Record) slog.Value {
		s := caller(r)
		return known(s.File != "", slog.StringValue(string(appendPlace(nil, &s))))
	}},
	{"source.file", sourceFile}, {"file", sourceFile},
	{"source.line", sourceLine}, {"line", sourceLine},
	{"source.function", sourceFunction}, {"function", sourceFunction},
	{"process.pid", pid}, {"pid", pid}, {"process", pid},
	{"process.name", func(r *record.Record) slog.Value { return textOrNone(r.Process.Name) }},
	{"thread.id", threadID}, {"thread", threadID},
	{"thread.name", func(r *record.Record) slog.Value { return textOrNone(r.Thread.Name) }},
	{"task", func(r *record.Record) slog.Value { return textOrNone(r.Task) }},
	{"host", func(r *record.Record) slog.Value { return textOrNone(r.Host) }},
	{"trace_id", func(r *record.Record) slog.Value { return traceField(r, "trace_id") }},
	{"span_id", func(r *record.Record) slog.Value { return traceField(r, "span_id") }},
	{"trace_flags", func(r *record.Record) slog.Value {
		return known(r.Trace != record.Trace{}, slog.StringValue(hex.EncodeToString([]byte{r.Trace.Flags})))
	}},
	{"received", func(r *record.Record) slog.Value { return known(!r.Received.IsZero(), slog.TimeValue(r.Received)) }},
	{"peer", func(r *record.Record) slog.Value { return textOrNone(r.Peer) }},
	{"levelno", func(r *record.Record) slog.Value { return slog.IntValue(levelNo(r)) }},
	{"levelname", func(r *record.Record) slog.Value { return slog.StringValue(pythonLevelName(r)) }},
}

func exception(r *record.Record) record.Exception {
	if r.Exception == nil {
		return record.Exception{}
	}
	return *r.Exception
}

func sourceFile(r *record.Record) slog.Value     { return textOrNone(caller(r).File) }
func sourceFunction(r *record.Record) slog.Value { return textOrNone(caller(r).Function) }

func sourceLine(r *record.Record) slog.Value {
	line := caller(r).Line
	return known(line != 0, slog.IntValue(line))
}

func pid(r *record.Record) slog.Value {
	return known(r.Process.PID != 0, slog.IntValue(r.Process.PID))
}

func threadID(r *record.Record) slog.Value {
	return known(r.Thread.ID != 0, slog.Uint64Value(r.Thread.ID))
}

// AppendJSON appends the value as JSON, and reports whether there is one: if not, nothing is appended.
func (c *Column) AppendJSON(dst []byte, r *record.Record) ([]byte, bool) {
	v := c.of(r)
	switch {
	case v.Kind() == slog.KindAny && v.Any() == nil:
		return dst, false
	case v.Kind() == slog.KindTime && c.isTime():
		dst = record.AppendTime(append(dst, '"'), v.Time())
		return append(dst, '"'), true
	}
	return record.AppendJSONValue(dst, v), true
}

// AppendValue appends the value as text, whatever is in it; nothing if there is none. Times are in a zone.
func (c *Column) AppendValue(dst []byte, r *record.Record, zone *time.Location) []byte {
	v := c.of(r)
	switch {
	case v.Kind() == slog.KindAny && v.Any() == nil:
		return dst
	case v.Kind() == slog.KindString:
		return append(dst, v.String()...)
	case v.Kind() == slog.KindTime && c.isTime():
		return record.AppendTime(dst, v.Time().In(zone))
	case v.Kind() == slog.KindGroup, v.Kind() == slog.KindAny:
		return record.AppendJSONValue(dst, v)
	}
	return appendValue(dst, v.Kind(), v)
}

// isTime reports whether the values are the record's own times, which are shown in full and in a zone.
func (c *Column) isTime() bool {
	return strings.EqualFold(c.Name, "time") || strings.EqualFold(c.Name, "received")
}

// AppendLine appends a text so that it stays on one line, and nothing of it acts on a terminal.
func AppendLine(dst []byte, text string) []byte { return oneLine.append(dst, text) }
