package filter

import (
	"slices"
	"strings"

	"github.com/jackdaw-log/jackdaw/record"
)

// Names that are no texts, and have rules of their own.
const (
	levelField    = "level"
	loggerField   = "logger"
	timeField     = "time"
	receivedField = "received"
	sinceField    = "since"
	untilField    = "until"
	hasField      = "has"
	attrsField    = "attrs"
)

// ownField is a field of the record, or a part of one.
type ownField struct {
	name string
	// path is where it is in the JSON form; name is that, or short for it.
	path string
	// parts is true for an object, whose values are those of its parts.
	parts bool
	// searched is true where words are looked for in it.
	searched bool
	// values asks a tester about the values that are known, and reports whether it took one; nil takes
	// any.
	values func(r *record.Record, t tester) bool
}

// ownFields are the fields by the paths of the JSON form, with short names for some.
var ownFields = []ownField{
	{"message", "message", false, true, message},
	{"exception", "exception", true, true, exceptionValues},
	{"exception.type", "exception.type", false, true, exceptionType},
	{"exception.message", "exception.message", false, true, exceptionMessage},
	{"exception.traceback", "exception.traceback", false, true, traceback},
	{"traceback", "exception.traceback", false, true, traceback},
	{"stack", "stack", false, true, stack},
	{"source", "source", true, false, source},
	{"source.function", "source.function", false, false, function},
	{"source.file", "source.file", false, false, file},
	{"source.line", "source.line", false, false, line},
	{"function", "source.function", false, false, function},
	{"file", "source.file", false, false, file},
	{"line", "source.line", false, false, line},
	{"process", "process", true, false, process},
	{"process.pid", "process.pid", false, false, pid},
	{"process.name", "process.name", false, false, processName},
	{"pid", "process.pid", false, false, pid},
	{"thread", "thread", true, false, thread},
	{"thread.id", "thread.id", false, false, threadID},
	{"thread.name", "thread.name", false, false, threadName},
	{"task", "task", false, false, task},
	{"host", "host", false, false, host},
	{"trace_id", "trace_id", false, true, traceID},
	{"span_id", "span_id", false, true, spanID},
	{"trace_flags", "trace_flags", false, false, traceFlags},
	{"peer", "peer", false, false, peer},
	{"levelno", "levelno", false, false, levelNo},
	{"levelname", "levelname", false, false, levelName},
}

// ownFieldOf returns the field of that name.
func ownFieldOf(name string) (ownField, bool) {
	for _, f := range ownFields {
		if equalFold(name, f.name) {
			return f, true
		}
	}
	return ownField{}, false
}

// fieldNames are the names that mean something of a record other than an attr.
var fieldNames = func() []string {
	names := []string{levelField, loggerField, sinceField, untilField, hasField, timeField, receivedField, attrsField}
	for _, f := range ownFields {
		names = append(names, f.name)
	}
	return names
}()

// Fields returns the names that mean something of a record other than an attr, for completion and
// for documents.
func Fields() []string { return slices.Clone(fieldNames) }

// slips are the names that an attr whose name differs by one letter is taken for a slip of.
var slips = []string{
	levelField, loggerField, "message", sinceField, untilField, "exception", "traceback", attrsField,
	"exception.type", "exception.message", "exception.traceback", "process.pid", "process.name", "thread.id",
	"thread.name", "source.file", "source.line", "source.function",
}

// meant returns the field that a name is most likely a slip of, empty where it is not likely one.
func meant(name string) string {
	name = strings.ToLower(name)
	switch name {
	case "lvl":
		return levelField
	case "msg":
		return "message"
	}
	if rest, ok := strings.CutPrefix(name, "attr."); ok {
		return attrsField + "." + rest
	}
	if _, ok := ownFieldOf(name); ok {
		return ""
	}
	for _, near := range slips {
		if name != near && name != near+"s" && oneEdit(name, near) {
			return near
		}
	}
	return ""
}

// oneEdit reports whether a becomes b by one letter added, left out or changed, or by two
// neighbours swapped.
func oneEdit(a, b string) bool {
	for a != "" && b != "" && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for a != "" && b != "" && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(a) <= 1 && len(b) <= 1 || len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}

// plainName returns an attr's name, which begins with attrs., without that where it means the same.
func plainName(name string) string {
	rest, ok := cutPrefixFold(name, attrsField+".")
	if !ok || rest == "" || isReserved(rest) {
		return name
	}
	return rest
}

// isReserved reports whether a name by itself is not, or not only, that of an attr.
func isReserved(name string) bool {
	for _, f := range fieldNames {
		if equalFold(name, f) {
			return true
		}
	}
	_, under := cutPrefixFold(name, attrsField+".")
	return under || meant(name) != ""
}

func cutPrefixFold(s, prefix string) (rest string, ok bool) {
	if n := prefixLen(s, prefix); n >= 0 {
		return s[n:], true
	}
	return s, false
}
