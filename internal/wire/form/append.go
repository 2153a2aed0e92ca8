package form

import (
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// Append appends r as the form that Python's HTTPHandler sends of it: the __dict__ of a LogRecord, as
// urllib.parse.urlencode writes it. The keys come in Python's order and mean what package pickle's Append says; the
// arguments are merged into msg, and args is (). Attrs follow; a key that a LogRecord needs for itself gets a
// trailing underscore.
func Append(dst []byte, r *record.Record) []byte {
	w := writer{dst: dst}
	w.text("name", orRoot(r.Logger))
	w.text("msg", r.Message)
	w.text("args", "()")
	no := r.LevelNo
	if no == 0 {
		no = max(record.PythonLevel(r.Level), 0)
	}
	w.text("levelname", levelName(r, no))
	w.number("levelno", int64(no))
	var source slog.Source
	if caller := r.Caller(); caller != nil {
		source = *caller
	}
	file := source.File[strings.LastIndexAny(source.File, `/\`)+1:]
	module := file
	if dot := strings.LastIndexByte(file, '.'); dot > 0 {
		module = file[:dot]
	}
	w.text("pathname", source.File)
	w.text("filename", file)
	w.text("module", module)
	w.text("exc_info", "None")
	w.text("exc_text", orNone(excText(r.Exception)))
	w.text("stack_info", orNone(r.Stack))
	w.number("lineno", int64(max(source.Line, 0)))
	w.text("funcName", source.Function)
	w.time(r.Time)
	w.text("relativeCreated", "0.0")
	w.text("thread", strconv.FormatUint(r.Thread.ID, 10))
	w.text("threadName", r.Thread.Name)
	w.text("processName", r.Process.Name)
	w.number("process", int64(max(r.Process.PID, 0)))
	w.text("taskName", orNone(r.Task))
	w.members(r.Attrs, 0)
	if r.Host != "" {
		w.own("host", r.Host)
	}
	if r.Trace.ID != [16]byte{} {
		w.own("trace_id", hex.EncodeToString(r.Trace.ID[:]))
	}
	if r.Trace.Span != [8]byte{} {
		w.own("span_id", hex.EncodeToString(r.Trace.Span[:]))
	}
	if r.Trace.Flags != 0 {
		w.own("trace_flags", hex.EncodeToString([]byte{r.Trace.Flags}))
	}
	return w.dst
}

func orRoot(logger string) string {
	if logger == "" {
		return record.RootLogger
	}
	return logger
}

func orNone(s string) string {
	if s == "" {
		return "None"
	}
	return s
}

func excText(x *record.Exception) string {
	switch {
	case x == nil:
		return ""
	case x.Traceback != "":
		return x.Traceback
	case x.Type == "" || x.Message == "":
		return x.Type + x.Message
	}
	return x.Type + ": " + x.Message
}

// levelName is the name that Python has for a levelno, or the record's own.
func levelName(r *record.Record, no int) string {
	switch {
	case r.LevelName != "":
		return r.LevelName
	case no == 0:
		return "NOTSET"
	case no%10 == 0 && no <= 50:
		return record.LevelName(r.Level)
	}
	return "Level " + strconv.Itoa(no)
}

// writer appends pairs.
type writer struct {
	dst   []byte
	pairs int
	mine  [4]bool // which of ownKeys an attr has taken
}

// ownKeys are those that fields of a record get unless an attr has them.
var ownKeys = [4]string{"host", "trace_id", "span_id", "trace_flags"}

func (w *writer) key(key string) {
	if w.pairs++; w.pairs > 1 {
		w.dst = append(w.dst, '&')
	}
	w.dst = append(appendQuoted(w.dst, key), '=')
}

func (w *writer) text(key, value string) {
	w.key(key)
	w.dst = appendQuoted(w.dst, value)
}

func (w *writer) number(key string, n int64) {
	w.key(key)
	w.dst = strconv.AppendInt(w.dst, n, 10)
}

// own appends a field that has no place in a LogRecord.
func (w *writer) own(key, value string) {
	for i, k := range ownKeys {
		if k == key && w.mine[i] {
			return
		}
	}
	w.text(key, value)
}

func (w *writer) time(t time.Time) {
	if t.IsZero() {
		return
	}
	created := float64(t.Unix()) + float64(t.Nanosecond())/1e9
	w.text("created", string(logrecord.AppendFloat(nil, created)))
	w.text("msecs", string(logrecord.AppendFloat(nil, float64(t.Nanosecond()/1e6))))
}

// maxInlined bounds the groups without a key that are taken apart.
const maxInlined = 8

func (w *writer) members(attrs []slog.Attr, depth int) {
	for i := range attrs {
		key, v := attrs[i].Key, attrs[i].Value.Resolve()
		switch {
		case key == "" && v.Kind() == slog.KindGroup && depth < maxInlined:
			w.members(v.Group(), depth+1)
			continue
		case key == "" && v.Kind() == slog.KindAny && v.Any() == nil:
			continue
		}
		for i, k := range ownKeys {
			w.mine[i] = w.mine[i] || k == key
		}
		if logrecord.KeyOf([]byte(key)) != logrecord.Other {
			key += "_"
		}
		w.text(key, valueText(v))
	}
}

// valueText is what Python's str() shows of a value; what Python has no type for is its text, or JSON.
func valueText(v slog.Value) string {
	switch v.Kind() {
	case slog.KindDuration:
		return string(logrecord.AppendFloat(nil, v.Duration().Seconds()))
	case slog.KindTime:
		return v.Time().Format(time.RFC3339Nano)
	case slog.KindAny:
		switch v.Any().(type) {
		case nil, []any, map[string]any, json.Number:
		default:
			s := string(record.AppendJSONValue(nil, v))
			var text string
			if json.Unmarshal([]byte(s), &text) == nil {
				return text
			}
			return s
		}
	}
	return logrecord.Str(v)
}

// appendQuoted appends s as urllib.parse.quote_plus does.
func appendQuoted(dst []byte, s string) []byte {
	const hexDigits = "0123456789ABCDEF"
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '.', c == '-', c == '~':
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst
}
