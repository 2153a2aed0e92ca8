// Package jsonl reads log records from JSON lines: one object, one record.
//
// Two forms are known, and told apart by their keys:
//
//   - Jackdaw's own, as [record.AppendJSON] writes it. It is read back exactly: time with its
//     offset, integers and floats as what they were, attrs in their order and with repeated keys,
//     lone surrogates.
//   - The __dict__ of a LogRecord of Python's logging, as json.dumps writes it, for programs that
//     override makePickle. It is told by msg beside levelno or created, or by levelno, levelname
//     or a created in numbers where there is no level; package logrecord says what its keys mean.
//
// Anything else is read as the own form, leniently, and nothing of it is lost:
//
//	message, else msg, else event   the message; another type than a string becomes its JSON text
//	level               as record.ParseLevel reads it; a word it does not know is LevelName, at INFO
//	time, received      RFC 3339
//	attrs               the attrs
//	logger source exception stack process thread task host peer levelno levelname
//	                    as in the own form
//	any other key       an attr, after those of attrs
//
// A key whose value is not what the form has there is an attr as well, and so is a key that
// comes again. Without level, the level is INFO. An object without a message is no record.
//
// The names that common loggers have for these, python-json-logger, structlog, slog, zap, zerolog, logrus, pino,
// bunyan, winston and logback among them, are known, where nothing else can be meant: see docs/formats.md.
//
// The JSON is that of RFC 8259 with one addition: NaN, Infinity and -Infinity, which Python's json
// writes. Bytes in a string that are no UTF-8 become U+FFFD; lone surrogates, escaped or as three
// bytes, are kept as three bytes. A number with neither fraction nor exponent is an int64, else a
// uint64, else a [encoding/json.Number]; any other is a float64, infinite where it is too large.
package jsonl

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// The defaults of [Limits].
const (
	DefaultDepth = 300
	DefaultNodes = 1 << 18
)

// Limits bounds what one line may ask for. The length of a line is bounded by who reads it.
type Limits struct {
	// Depth bounds the nesting of objects and arrays. Defaults to DefaultDepth if zero, which is
	// more than record.AppendJSON writes.
	Depth int
	// Nodes bounds the values of a line, those of objects and arrays counted each. Defaults to
	// DefaultNodes if zero.
	Nodes int
}

// Error says why a line is no record, and at which byte.
type Error struct {
	Offset int
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("json: byte %d: %s", e.Offset, e.Reason) }

// Decoder decodes one line after another. It is not for concurrent use. The zero Decoder has the
// default limits.
type Decoder struct {
	parser  parser
	direct  direct
	builder logrecord.Builder
	limits  Limits
}

// NewDecoder returns a Decoder with limits.
func NewDecoder(limits Limits) *Decoder { return &Decoder{limits: limits} }

// Decode decodes one line by a [Decoder] of its own, with the default limits.
func Decode(line []byte, r *record.Record) error {
	var d Decoder
	return d.Decode(line, r)
}

// Decode sets *r to the record that line holds. Space around the object, a newline included, is
// skipped. The record shares nothing of line; it shares memory with other records of the Decoder, so that a text keeps
// alive some 8 KiB of theirs, and an attr 5 KiB. On error, which is an [*Error] or wraps [logrecord.ErrNoMessage], *r is
// of no use.
func (d *Decoder) Decode(line []byte, r *record.Record) error {
	*r = record.Record{}
	d.parser.start(line, d.limits)
	defer d.parser.reset()
	d.direct.parser = &d.parser
	if d.direct.read(r) {
		return nil
	}
	d.parser.clear()
	return d.decode(line, r)
}

// decode is Decode for any line.
func (d *Decoder) decode(line []byte, r *record.Record) error {
	*r = record.Record{}
	d.parser.start(line, d.limits)
	members, err := d.parser.document()
	if err != nil {
		return err
	}
	keys := present(members)
	if keys.logRecord() {
		err = d.logRecord(members, keys, r)
	} else {
		err = decodeOwn(members, keys, r)
	}
	if err != nil {
		return fmt.Errorf("json: %w", err)
	}
	return nil
}

// logRecord reads the members of a LogRecord.
func (d *Decoder) logRecord(members []slog.Attr, keys keySet, r *record.Record) error {
	var at time.Time // of python-json-logger, which has no created
	d.builder.Start(r)
	for i := range members {
		m := &members[i]
		if !keys.has(hasCreated) && isTimestamp(m.Key) && at.IsZero() && setLooseTime(&at, m.Value) {
			continue
		}
		v := kept(m.Value)
		if k := v.Kind(); m.Key == "message" && !keys.has(hasMsg) && (k == slog.KindGroup || k == slog.KindAny) {
			v = slog.StringValue(string(record.AppendJSONValue(nil, v))) // python-json-logger has null for a message that is a dict
		}
		d.builder.Set(m.Key, v)
	}
	err := d.builder.Finish()
	if !at.IsZero() {
		r.Time = at
	}
	return err
}

// keySet says which of the keys that tell the forms apart an object has.
type keySet uint32

const (
	hasMessage keySet = 1 << iota
	hasMsg
	hasEvent
	hasLevel     // as text
	hasLevelNo   //
	hasLevelName //
	hasCreated   // as a number

	// What tells the producer.
	hasEpoch    // time as a number
	hasPID      //
	hasHostname //
	hasCaller   //
	hasFunc     // func
	hasFuncName // funcName or func_name
	hasLine     // lineno
	hasVersion  // @version
	hasFormatted
)

func present(members []slog.Attr) (keys keySet) {
	for i := range members {
		kind := members[i].Value.Kind()
		switch members[i].Key {
		case "message":
			keys |= hasMessage
		case "msg":
			keys |= hasMsg
		case "level":
			if kind == slog.KindString {
				keys |= hasLevel
			}
		case "levelno":
			keys |= hasLevelNo
		case "levelname":
			keys |= hasLevelName
		case "created":
			if kind == slog.KindFloat64 || kind == slog.KindInt64 {
				keys |= hasCreated
			}
		case "time":
			if kind == slog.KindFloat64 || kind == slog.KindInt64 {
				keys |= hasEpoch
			}
		default:
			keys |= producerKey(members[i].Key)
		}
	}
	return keys
}

func (k keySet) has(any keySet) bool { return k&any != 0 }

// logRecord reports whether the object is the __dict__ of a LogRecord. The own form may have
// levelno and levelname too, but never msg.
func (k keySet) logRecord() bool {
	if k.has(hasMsg) && k.has(hasLevelNo|hasCreated) {
		return true
	}
	return !k.has(hasLevel) && k.has(hasLevelNo|hasLevelName|hasCreated)
}
