package jsonl

import (
	"encoding/hex"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// own reads the members of an object in Jackdaw's own form.
type own struct {
	r    *record.Record
	keys keySet
	// seen holds the keys that were read, as bits.
	seen    uint32
	members []slog.Attr
	at      int // of the member under way
	// lasts are the names that hasAhead was asked for, of which there are few.
	lasts [12]last
	asked int
}

// last is where a name stands last among the members, at 0 if nowhere behind the first.
type last struct {
	name string
	at   int
}

// decodeOwn sets r from the members, which are lent to it.
func decodeOwn(members []slog.Attr, keys keySet, r *record.Record) error {
	if !keys.has(hasMessage | hasMsg | hasEvent | hasFormatted) {
		return logrecord.ErrNoMessage
	}
	o := own{r: r, keys: keys, members: members}
	rest := members[:0]
	for i, m := range members {
		o.at = i
		if !o.take(m) && !o.foreign(&m) {
			m.Value = kept(m.Value)
			rest = append(rest, m)
		}
	}
	if len(rest) > 0 {
		r.Attrs = slices.Concat(r.Attrs, rest)
	}
	return nil
}

// The keys of the own form.
const (
	keyOther = iota
	keyTime
	keyLevel
	keyLogger
	keyMessage
	keyAttrs
	keySource
	keyException
	keyStack
	keyProcess
	keyThread
	keyTask
	keyHost
	keyTrace
	keySpan
	keyTraceFlags
	keyReceived
	keyPeer
	keyLevelNo
	keyLevelName
)

func keyOf(key string, keys keySet) int {
	switch key {
	case "time":
		return keyTime
	case "level":
		return keyLevel
	case "logger":
		return keyLogger
	case "message":
		if !keys.has(hasFormatted) {
			return keyMessage
		}
	case "msg":
		if !keys.has(hasMessage | hasFormatted) {
			return keyMessage
		}
	case "event":
		if !keys.has(hasMessage | hasMsg | hasFormatted) {
			return keyMessage
		}
	case "formattedMessage":
		return keyMessage
	case "attrs":
		return keyAttrs
	case "source":
		return keySource
	case "exception":
		return keyException
	case "stack":
		return keyStack
	case "process":
		return keyProcess
	case "thread":
		return keyThread
	case "task":
		return keyTask
	case "host":
		return keyHost
	case "trace_id":
		return keyTrace
	case "span_id":
		return keySpan
	case "trace_flags":
		return keyTraceFlags
	case "received":
		return keyReceived
	case "peer":
		return keyPeer
	case "levelno":
		return keyLevelNo
	case "levelname":
		return keyLevelName
	}
	return keyOther
}

// take reads a member and reports whether it has its place on the record.
func (o *own) take(m slog.Attr) bool {
	key := keyOf(m.Key, o.keys)
	if key == keyOther || o.seen&(1<<key) != 0 || !o.set(key, m.Value) {
		return false
	}
	o.seen |= 1 << key
	return true
}

func (o *own) set(key int, v slog.Value) bool {
	r := o.r
	switch key {
	case keyTime:
		return setTime(&r.Time, v)
	case keyLevel:
		return o.setLevel(v)
	case keyLogger:
		return setText(&r.Logger, v)
	case keyMessage:
		if !setText(&r.Message, v) {
			r.Message = string(record.AppendJSONValue(nil, v))
		}
		return true
	case keyAttrs:
		attrs, ok := object(v)
		r.Attrs = slices.Clone(attrs)
		return ok
	case keySource:
		return setSource(&r.Source, v)
	case keyException:
		return setException(&r.Exception, v)
	case keyStack:
		return setText(&r.Stack, v)
	case keyProcess:
		return setProcess(&r.Process, v)
	case keyThread:
		return setThread(&r.Thread, v)
	case keyTask:
		return setText(&r.Task, v)
	case keyHost:
		return setText(&r.Host, v)
	case keyTrace:
		return setHex(r.Trace.ID[:], v)
	case keySpan:
		return setHex(r.Trace.Span[:], v)
	case keyTraceFlags:
		flags := []byte{0}
		ok := setHex(flags, v)
		r.Trace.Flags = flags[0]
		return ok
	case keyReceived:
		return setTime(&r.Received, v)
	case keyPeer:
		return setText(&r.Peer, v)
	case keyLevelNo:
		return setInt(&r.LevelNo, v)
	}
	return setText(&r.LevelName, v)
}

func (o *own) setLevel(v slog.Value) bool {
	if v.Kind() != slog.KindString {
		return false
	}
	name := v.String()
	level, ok := usualLevel(name)
	if !ok {
		var err error
		if level, err = record.ParseLevel(name); err != nil {
			if level, ok = levelWord(name); ok {
				o.r.Level, o.r.LevelName = level, name
				return true
			}
			if o.keys.has(hasLevelName) {
				return false
			}
			o.r.LevelName = name
		}
	}
	o.r.Level = level
	return true
}

// usualLevel spares the names that nearly all records have the way through record.ParseLevel.
func usualLevel(name string) (level slog.Level, ok bool) {
	switch name {
	case "DEBUG", "debug":
		return record.LevelDebug, true
	case "INFO", "info":
		return record.LevelInfo, true
	case "WARNING", "warning", "WARN", "warn":
		return record.LevelWarning, true
	case "ERROR", "error":
		return record.LevelError, true
	case "CRITICAL", "critical":
		return record.LevelCritical, true
	}
	return 0, false
}

// object returns the members of v, in their order; ok is false where v is no object.
func object(v slog.Value) (members []slog.Attr, ok bool) {
	if v.Kind() == slog.KindGroup {
		return v.Group(), true
	}
	empty, ok := v.Any().(map[string]any) // which is what an object without members is
	return nil, ok && len(empty) == 0
}

func setText(to *string, v slog.Value) bool {
	if v.Kind() != slog.KindString {
		return false
	}
	*to = v.String()
	return true
}

// setHex takes the digits of as many bytes as to has, unless all of them are zero.
func setHex(to []byte, v slog.Value) bool {
	if v.Kind() != slog.KindString || len(v.String()) != 2*len(to) || strings.Trim(v.String(), "0") == "" {
		return false
	}
	bytes, err := hex.DecodeString(v.String())
	return err == nil && copy(to, bytes) == len(to)
}

func setInt(to *int, v slog.Value) bool {
	if v.Kind() != slog.KindInt64 || v.Int64() != int64(int(v.Int64())) {
		return false
	}
	*to = int(v.Int64())
	return true
}

// setCount takes an integer that is not negative.
func setCount(to *int, v slog.Value) bool {
	return v.Kind() == slog.KindInt64 && v.Int64() >= 0 && setInt(to, v)
}

func setTime(to *time.Time, v slog.Value) bool {
	if v.Kind() != slog.KindString {
		return false
	}
	// In UTC and not time.Parse, which would make the offset of this machine a time of its zone.
	t, err := time.ParseInLocation(time.RFC3339Nano, v.String(), time.UTC)
	if err != nil {
		return false
	}
	*to = t
	return true
}

// setSource, like the functions below it, takes an object only if all of it has a place.
func setSource(to *slog.Source, v slog.Value) bool {
	members, ok := object(v)
	var s slog.Source
	for _, m := range members {
		switch m.Key {
		case "function":
			ok = setText(&s.Function, m.Value) && ok
		case "file":
			ok = setText(&s.File, m.Value) && ok
		case "line":
			ok = setCount(&s.Line, m.Value) && ok
		default:
			ok = false
		}
	}
	if ok {
		*to = s
	}
	return ok
}

func setException(to **record.Exception, v slog.Value) bool {
	members, ok := object(v)
	var e record.Exception
	for _, m := range members {
		switch m.Key {
		case "type":
			ok = setText(&e.Type, m.Value) && ok
		case "message":
			ok = setText(&e.Message, m.Value) && ok
		case "traceback":
			ok = setText(&e.Traceback, m.Value) && ok
		default:
			ok = false
		}
	}
	if ok {
		*to = &e
	}
	return ok
}

func setProcess(to *record.Process, v slog.Value) bool {
	members, ok := object(v)
	var p record.Process
	for _, m := range members {
		switch m.Key {
		case "pid":
			ok = setCount(&p.PID, m.Value) && ok
		case "name":
			ok = setText(&p.Name, m.Value) && ok
		default:
			ok = false
		}
	}
	if ok {
		*to = p
	}
	return ok
}

func setThread(to *record.Thread, v slog.Value) bool {
	members, ok := object(v)
	var t record.Thread
	for _, m := range members {
		switch m.Key {
		case "id":
			ok = setID(&t.ID, m.Value) && ok
		case "name":
			ok = setText(&t.Name, m.Value) && ok
		default:
			ok = false
		}
	}
	if ok {
		*to = t
	}
	return ok
}

func setID(to *uint64, v slog.Value) bool {
	switch {
	case v.Kind() == slog.KindInt64 && v.Int64() >= 0:
		*to = uint64(v.Int64())
	case v.Kind() == slog.KindUint64:
		*to = v.Uint64()
	default:
		return false
	}
	return true
}
