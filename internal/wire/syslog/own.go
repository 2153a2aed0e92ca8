package syslog

import (
	"encoding/hex"
	"log/slog"

	"github.com/jackdaw-log/jackdaw/record"
)

// ownData takes the structured data of an Appender back into their places. The logger is msgid, unless there is a
// parameter for it.
func ownData(msgid string, r *record.Record) {
	for i, a := range r.Attrs {
		if a.Key != dataID {
			continue
		}
		var params []slog.Attr // none in [jackdaw@32473]
		if a.Value.Kind() == slog.KindGroup {
			params = a.Value.Group()
		}
		if msgid != "" {
			r.Logger = msgid
		}
		attrs := make([]slog.Attr, 0, len(r.Attrs)+len(params))
		for _, other := range append(r.Attrs[:i:i], r.Attrs[i+1:]...) {
			if other.Key != "msgid" {
				attrs = append(attrs, other)
			}
		}
		for _, p := range params {
			if !takeOwn(p.Key, p.Value.String(), r) {
				attrs = append(attrs, p)
			}
		}
		r.Attrs = attrs
		return
	}
}

// takeOwn takes a parameter that is no attr.
func takeOwn(name, value string, r *record.Record) bool {
	switch {
	case name == "logger":
		r.Logger = value
	case name == "task" && r.Task == "":
		r.Task = value
	case name == "thread" && r.Thread.Name == "":
		r.Thread.Name = value
	case name == "trace_id":
		return fromHex(r.Trace.ID[:], value)
	case name == "span_id":
		return fromHex(r.Trace.Span[:], value)
	default:
		return false
	}
	return true
}

func fromHex(to []byte, digits string) bool {
	b, err := hex.DecodeString(digits)
	return err == nil && len(b) == len(to) && copy(to, b) == len(to)
}
