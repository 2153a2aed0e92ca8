package jsonl

import (
	"log/slog"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// levelWord returns the level of a word of other loggers than Python's and slog's. It stays on the record, as
// LevelName.
func levelWord(word string) (level slog.Level, ok bool) {
	switch strings.ToLower(word) {
	case "trace", "silly":
		return record.LevelAll, true
	case "verbose":
		return -2, true
	case "http":
		return -1, true
	case "notice":
		return 2, true
	case "err", "severe":
		return record.LevelError, true
	case "dpanic", "panic", "crit":
		return record.LevelCritical, true
	case "alert":
		return 16, true
	case "emerg", "emergency":
		return 20, true
	}
	return 0, false
}

// producerKey returns what a key that is no own one tells of who wrote the line.
func producerKey(key string) keySet {
	switch key {
	case "event":
		return hasEvent
	case "pid":
		return hasPID
	case "hostname":
		return hasHostname
	case "caller":
		return hasCaller
	case "func":
		return hasFunc
	case "funcName", "func_name":
		return hasFuncName
	case "lineno":
		return hasLine
	case "@version":
		return hasVersion
	case "formattedMessage":
		return hasFormatted
	}
	return 0
}

// of reports whether all of the keys are there.
func (k keySet) of(all keySet) bool { return k&all == all }

// isPino reports whether pino or bunyan may have written the line: in their own manner, or without pid and hostname.
func (k keySet) isPino() bool { return k.of(hasPID|hasHostname) || k.has(hasEpoch) }

// isPython reports whether the place of the call is there as structlog and python-json-logger write it.
func (k keySet) isPython() bool { return k.of(hasLine | hasFuncName) }

// isTimestamp reports whether key is the name of a time that is not "time".
func isTimestamp(key string) bool { return key == "timestamp" || key == "ts" || key == "@timestamp" }

// foreign reads a member as other loggers write it, and reports whether it has its place on the record. A name of
// another logger gives way to our own for the same, wherever in the line that is. Where it has a place for some of an
// object, *m is what is left.
func (o *own) foreign(m *slog.Attr) bool {
	r, v := o.r, m.Value
	switch m.Key {
	case "time", "timestamp", "ts", "@timestamp":
		return o.free(keyTime, "time", m.Key) && o.took(keyTime, setLooseTime(&r.Time, v))
	case "level":
		return o.keys.isPino() && o.free(keyLevel, "", "") && o.took(keyLevel, setPinoLevel(r, v))
	case "severity", "log.level":
		return v.Kind() == slog.KindString && o.free(keyLevel, "level", "") && o.took(keyLevel, o.setLevel(v))
	case "level_value", "level_number":
		return o.keys.has(hasLevel) && v.Kind() == slog.KindInt64 // level says it
	case "logger_name", "loggerName", "log.logger":
		return o.free(keyLogger, "logger", "") && o.took(keyLogger, setText(&r.Logger, v))
	case "name":
		return o.keys.of(hasPID|hasHostname) && o.free(keyLogger, "logger", "") && o.took(keyLogger, setText(&r.Logger, v))
	case "pid":
		return o.keys.of(hasPID|hasHostname) && o.free(keyProcess, "process", "") && o.took(keyProcess, setCount(&r.Process.PID, v))
	case "hostname":
		return o.keys.of(hasPID|hasHostname) && o.free(keyHost, "host", "") && o.took(keyHost, setText(&r.Host, v))
	case "v", "@version":
		return o.keys.of(hasPID|hasHostname) && v.Kind() == slog.KindInt64 || o.keys.has(hasVersion) && m.Key == "@version"
	case "exception", "exc_info", "stack_trace", "err", "error", "error.stack_trace":
		return o.foreignException(m)
	case "stacktrace":
		return o.free(keyStack, "stack", "") && o.took(keyStack, setText(&r.Stack, v))
	case "taskName":
		return v.Kind() == slog.KindAny && v.Any() == nil || o.free(keyTask, "task", "") && o.took(keyTask, setText(&r.Task, v))
	case "thread", "thread_name", "threadName", "process", "process_name", "processName":
		return o.foreignOwner(m)
	}
	return o.foreignSource(m)
}

// free reports whether nothing has set key, and nothing will under its own name, unless that is the member's.
func (o *own) free(key int, name, own string) bool {
	if o.seen&(1<<key) != 0 {
		return false
	}
	return name == "" || name == own || !o.hasAhead(name)
}

// took notes that key was read, if it was.
func (o *own) took(key int, ok bool) bool {
	if ok {
		o.seen |= 1 << key
	}
	return ok
}

// setPinoLevel takes a number of pino's and bunyan's scale, on which 30 is INFO and 10 a step.
func setPinoLevel(r *record.Record, v slog.Value) bool {
	if v.Kind() != slog.KindInt64 || v.Int64() < 1 || v.Int64() > 100 {
		return false
	}
	n := int(v.Int64())
	r.Level = slog.Level(math.Round(float64(n-30) * 0.4))
	return true
}

// The least number that is a time, and the least of each finer unit: 1973, and the same moment in them.
const leastTime = 1e8

// setLooseTime takes a time as it is written elsewhere: a text with an offset, or a number of seconds, milliseconds,
// microseconds or nanoseconds since 1970, which their sizes tell apart.
func setLooseTime(to *time.Time, v slog.Value) bool {
	switch v.Kind() {
	case slog.KindString:
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05 Z0700"} {
			// In UTC and not time.Parse, which would make the offset of this machine a time of its zone.
			if t, err := time.ParseInLocation(layout, v.String(), time.UTC); err == nil {
				*to = t
				return true
			}
		}
		return false
	case slog.KindInt64:
		return setEpoch(to, strconv.FormatInt(v.Int64(), 10), float64(v.Int64()))
	case slog.KindFloat64:
		if f := v.Float64(); f < 1e20 {
			return setEpoch(to, strconv.FormatFloat(f, 'f', -1, 64), f)
		}
	}
	return false
}

// setEpoch takes the number of digits, about n, as what is behind its point to the digit.
func setEpoch(to *time.Time, digits string, n float64) bool {
	shift := 0
	for ; n >= leastTime*1e3; n /= 1e3 {
		shift += 3
	}
	if !(n >= leastTime) || shift > 9 {
		return false
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	whole, fraction = whole[:len(whole)-shift], whole[len(whole)-shift:]+fraction
	sec, err := strconv.ParseInt(whole, 10, 64)
	nsec, err2 := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if err != nil || err2 != nil {
		return false
	}
	*to = time.Unix(sec, nsec).UTC()
	return true
}

// foreignException takes the text of an exception, or an object of its parts. What is more of it stays an attr.
func (o *own) foreignException(m *slog.Attr) bool {
	if !o.free(keyException, "exception", m.Key) {
		return false
	}
	v := m.Value
	switch v.Kind() {
	case slog.KindString:
		text := v.String()
		if !strings.Contains(text, "\n") || m.Key == "err" || m.Key == "error" {
			return false // a message, of which nobody knows the type
		}
		o.r.Exception = logrecord.ParseException(text)
		return o.took(keyException, o.r.Exception != nil)
	case slog.KindGroup:
		e := new(record.Exception)
		var rest []slog.Attr
		for _, p := range v.Group() {
			to := map[string]*string{"type": &e.Type, "name": &e.Type, "message": &e.Message, "stack": &e.Traceback, "stack_trace": &e.Traceback}[p.Key]
			if to == nil || *to != "" || !setText(to, p.Value) {
				rest = append(rest, p)
			}
		}
		if e.Traceback == "" {
			return false
		}
		o.r.Exception = e
		o.took(keyException, true)
		m.Value = slog.GroupValue(rest...)
		return len(rest) == 0
	}
	if list, ok := v.Any().([]any); ok && len(list) > 0 { // of structlog, with the frames
		first, _ := list[0].(map[string]any)
		if typ, ok := first["exc_type"].(string); ok {
			message, _ := first["exc_value"].(string)
			o.r.Exception = &record.Exception{Type: typ, Message: message}
			o.took(keyException, true)
		}
	}
	return false
}

// foreignOwner takes a process or a thread where they are no objects.
func (o *own) foreignOwner(m *slog.Attr) bool {
	r, v := o.r, m.Value
	switch m.Key {
	case "thread_name", "threadName":
		return r.Thread.Name == "" && setText(&r.Thread.Name, v)
	case "process_name", "processName":
		return r.Process.Name == "" && setText(&r.Process.Name, v)
	case "thread":
		return o.keys.isPython() && r.Thread.ID == 0 && setID(&r.Thread.ID, v)
	}
	return o.keys.isPython() && r.Process.PID == 0 && setCount(&r.Process.PID, v)
}

// foreignSource takes a part of the place of the call.
func (o *own) foreignSource(m *slog.Attr) bool {
	s, v := &o.r.Source, m.Value
	if o.seen&(1<<keySource) != 0 {
		return false
	}
	switch m.Key {
	case "caller": // of zap and zerolog
		return s.File == "" && setPlace(s, v)
	case "file": // of logrus
		return o.keys.has(hasFunc) && s.File == "" && setPlace(s, v)
	case "func", "function":
		return (o.keys.has(hasCaller) || o.keys.has(hasFunc) && s.File != "" || m.Key == "func" && o.hasAhead("file")) && s.Function == "" && setText(&s.Function, v)
	case "funcName", "func_name":
		return o.keys.isPython() && s.Function == "" && setText(&s.Function, v)
	case "lineno":
		return o.keys.isPython() && s.Line == 0 && setCount(&s.Line, v)
	case "pathname":
		return o.keys.isPython() && setText(&s.File, v)
	case "filename": // which pathname ends with
		return o.keys.isPython() && (o.hasAhead("pathname") || s.File != "" && v.Kind() == slog.KindString && strings.HasSuffix(s.File, v.String()) || s.File == "" && setText(&s.File, v))
	case "module":
		return o.keys.isPython() && v.Kind() == slog.KindString && strings.TrimSuffix(path.Base(s.File), path.Ext(s.File)) == v.String()
	case "caller_file_name": // of logback
		return s.File == "" && setText(&s.File, v)
	case "caller_line_number":
		return s.Line == 0 && setCount(&s.Line, v)
	case "caller_method_name":
		return s.Function == "" && setText(&s.Function, v)
	}
	return false
}

// hasAhead reports whether a member with the name follows. It looks through the members once for each name, since a
// line may have as many of them that ask as it likes.
func (o *own) hasAhead(name string) bool {
	for _, l := range o.lasts[:o.asked] {
		if l.name == name {
			return l.at > o.at
		}
	}
	l := last{name: name}
	for i := len(o.members) - 1; i > o.at; i-- {
		if o.members[i].Key == name {
			l.at = i
			break
		}
	}
	if o.asked < len(o.lasts) {
		o.lasts[o.asked] = l
		o.asked++
	}
	return l.at > o.at
}

// setPlace takes "file:line".
func setPlace(s *slog.Source, v slog.Value) bool {
	if v.Kind() != slog.KindString {
		return false
	}
	file, digits, ok := cutLast(v.String(), ':')
	line, err := strconv.ParseUint(digits, 10, 31)
	if !ok || err != nil || file == "" {
		return false
	}
	s.File, s.Line = file, int(line)
	return true
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
