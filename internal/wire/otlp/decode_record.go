package otlp

import (
	"encoding/binary"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// recordState is a LogRecord that is read.
type recordState struct {
	specials
	r *record.Record

	severity     uint64
	severityText []byte // of the message
	body         slog.Value
	event        string
	flags        uint32
	dropped      uint32

	time, received moment
	// hasLevel says that r.Level is set.
	hasLevel bool
}

// moment is a time that is told in parts.
type moment struct {
	sec, nsec int64
	offset    int
	known     bool
}

// setNano sets the time to the nanoseconds since 1970 that a field holds; 0 is no time.
func (m *moment) setNano(ns uint64) {
	if ns != 0 && !m.known {
		m.sec, m.nsec, m.known = int64(ns/1e9), int64(ns%1e9), true
	}
}

// setList sets the time to the seconds and nanoseconds of a list.
func (m *moment) setList(v slog.Value) bool {
	list, _ := v.Any().([]any)
	if len(list) != 2 {
		return false
	}
	sec, ok := list[0].(int64)
	nsec, ok2 := list[1].(int64)
	if !ok || !ok2 || nsec < 0 || nsec >= 1e9 {
		return false
	}
	m.sec, m.nsec, m.known = sec, nsec, true
	return true
}

func (m *moment) setOffset(n int64) bool {
	if !isOffset(n) {
		return false
	}
	m.offset = int(n)
	return true
}

func (m *moment) time() time.Time {
	if !m.known {
		return time.Time{}
	}
	t := time.Unix(m.sec, m.nsec)
	switch {
	case m.offset == 0:
		return t.UTC()
	case t.IsZero():
		return time.Time{}
	}
	return t.In(zone(m.offset))
}

// logRecord reads a LogRecord. *to is overwritten.
func (d *Decoder) logRecord(s []byte, off int, to *record.Record) error {
	*to = record.Record{Logger: d.scope.name, Process: d.resource.process, Host: d.resource.host}
	d.at = recordState{r: to}
	a := &d.at
	d.nth, d.learning = 0, learning{}
	d.pushAll(d.scope.attrs)
	for i := 0; i < len(s); {
		if n := a.fixed(s[i:]); n > 0 {
			i += n
			continue
		}
		if to := shortAttr(s, i); to > 0 {
			if n := d.again(s[i:]); n > 0 {
				i += n
				continue
			}
			place := d.nth
			same, err := d.recordAttr(s[i+2:to], off+i+2)
			if err != nil {
				return err
			}
			d.learn(s, i, to, place, same)
			i = to
			continue
		}
		tag, from, to := fieldAt(s, i)
		if to < 0 {
			return broken(s, i, off)
		}
		var err error
		switch tag {
		case tagAttr:
			_, err = d.recordAttr(s[from:to], off+from)
		case tagBody:
			a.body, err = d.value(s[from:to], off+from, 1, true)
		case tagTime:
			a.time.setNano(binary.LittleEndian.Uint64(s[from:]))
		case tagObserved:
			a.received.setNano(binary.LittleEndian.Uint64(s[from:]))
		default:
			a.set(d, tag, s, from, to)
		}
		if err != nil {
			return err
		}
		i = to
	}
	d.learned(s)
	a.finish(d)
	return nil
}

// fixed takes the field with which s begins if it is one of those that every record has and that take
// always as much room, and returns how much; 0 if it is another, or not written as nearly everybody does.
func (a *recordState) fixed(s []byte) int {
	switch {
	case len(s) < 9:
		return 0
	case s[0] == tagTime:
		a.time.setNano(binary.LittleEndian.Uint64(s[1:]))
	case s[0] == tagObserved:
		a.received.setNano(binary.LittleEndian.Uint64(s[1:]))
	case s[0] == tagSeverity && s[1] < 0x80:
		a.severity = uint64(s[1])
		return 2
	default:
		return 0
	}
	return 9
}

// set takes a field of the LogRecord that is neither a message nor a time.
func (a *recordState) set(d *Decoder, tag uint64, s []byte, from, to int) {
	switch tag {
	case tagSeverity:
		a.severity, _ = varint(s, from)
	case tagSeverityText:
		a.severityText = s[from:to]
	case tagDropped:
		n, _ := varint(s, from)
		a.dropped = uint32(n)
	case tagFlags:
		a.flags = binary.LittleEndian.Uint32(s[from:])
	case tagTraceID: // another length is no id, says OTLP
		if to-from == len(a.r.Trace.ID) {
			copy(a.r.Trace.ID[:], s[from:to])
		}
	case tagSpanID:
		if to-from == len(a.r.Trace.Span) {
			copy(a.r.Trace.Span[:], s[from:to])
		}
	case tagEventName:
		a.event = d.texts.Text(s[from:to])
	}
}

// fieldText returns text, which is that of a field, as a string. A field has mostly the text that it had before.
func (d *Decoder) fieldText(f field, text []byte) string {
	last := &d.last[f]
	if string(text) == *last {
		return *last
	}
	s := d.texts.Text(text)
	if len(s) <= logrecord.LongestKnown {
		*last = s
	}
	return s
}

// take takes an attribute that is a field of the record.
func (a *recordState) take(f field, v slog.Value) bool {
	if !a.isNew(f, v) {
		return false
	}
	if to := a.textField(f); to != nil {
		*to = v.String()
	} else if !a.takeNumber(f, v) {
		return false
	}
	a.specials.take(f, v)
	return true
}

// textField returns the text that f is; nil if it is none, or none as it is.
func (a *recordState) textField(f field) *string {
	switch r := a.r; f {
	case fieldFunction:
		return &r.Source.Function
	case fieldFile:
		return &r.Source.File
	case fieldStack:
		return &r.Stack
	case fieldExceptionType:
		return &a.exception().Type
	case fieldExceptionMessage:
		return &a.exception().Message
	case fieldTraceback:
		return &a.exception().Traceback
	case fieldThreadName:
		return &r.Thread.Name
	case fieldTask:
		return &r.Task
	case fieldPeer:
		return &r.Peer
	case fieldLevelName:
		return &r.LevelName
	}
	return nil
}

func (a *recordState) exception() *record.Exception {
	if a.r.Exception == nil {
		a.r.Exception = new(record.Exception)
	}
	return a.r.Exception
}

// takeNumber takes what is a number, a time, an id, or about the attrs.
func (a *recordState) takeNumber(f field, v slog.Value) bool {
	switch r := a.r; f {
	case fieldTypes, fieldEscaped:
		return true
	case fieldLine:
		r.Source.Line = int(v.Int64())
	case fieldThreadID:
		if v.Int64() < 0 {
			return false
		}
		r.Thread.ID = uint64(v.Int64())
	case fieldBigThreadID:
		id, ok := bigUint(v.String())
		if !ok {
			return false
		}
		r.Thread.ID = id
	case fieldUID:
		id, err := record.ParseID(v.String())
		if err != nil || id.IsZero() || id.String() != v.String() {
			return false
		}
		r.ID = id
	case fieldLevel:
		r.Level, a.hasLevel = slog.Level(v.Int64()), true
	case fieldLevelNo:
		r.LevelNo = int(v.Int64())
	case fieldTime:
		return a.time.setList(v)
	case fieldTimeOffset:
		return a.time.setOffset(v.Int64())
	case fieldReceived:
		return a.received.setList(v)
	case fieldReceivedOffset:
		return a.received.setOffset(v.Int64())
	default: // of a Resource
		return false
	}
	return true
}

// finish completes the record, whose attrs are pushed.
func (a *recordState) finish(d *Decoder) {
	r := a.r
	r.Time, r.Received = a.time.time(), a.received.time()
	r.Trace.Flags = byte(a.flags)
	if a.escaped {
		a.body = unescapedValue(a.body)
		unescape(&a.event)
		unescapeRecord(r)
	}
	shared := len(d.scope.attrs)
	lifted := a.finishBody(d, shared)
	r.Attrs = d.own()
	if a.seen.has(fieldTypes) || a.escaped {
		a.apply(r.Attrs[shared+lifted:])
	}
	a.finishLevel(d)
}

// finishBody sets the message, and puts what is no attribute of the LogRecord behind the shared attrs. It
// returns how many attrs these are.
func (a *recordState) finishBody(d *Decoder, shared int) (lifted int) {
	hasBody := false
	if a.body.Kind() == slog.KindString {
		a.r.Message = a.body.String()
	} else if hasBody = !isNil(a.body); hasBody {
		a.r.Message = bodyText(a.body)
	}
	if a.event == "" && a.flags <= math.MaxUint8 && a.dropped == 0 && !hasBody {
		return 0
	}
	before := len(d.attrs) - d.from
	d.pushText(keyEventName, a.event)
	if a.flags > math.MaxUint8 {
		d.pushCount(keyFlags, a.flags)
	}
	d.pushCount(keyDropped, a.dropped)
	if hasBody {
		d.push(slog.Attr{Key: keyBody, Value: a.body})
	}
	own := d.attrs[d.from:]
	lifted = len(own) - before
	moved := slices.Clone(own[shared:before])
	copy(own[shared:], own[before:])
	copy(own[shared+lifted:], moved)
	return lifted
}

// finishLevel sets the level by what is told of it: the number, else the text, which is kept where it is not
// the level's name.
func (a *recordState) finishLevel(d *Decoder) {
	r := a.r
	if !a.hasLevel {
		r.Level = levelOf(a.severity, a.severityText)
	}
	if r.LevelName != "" || string(a.severityText) == record.LevelName(r.Level) {
		return
	}
	r.LevelName = d.texts.Text(a.severityText)
	if a.escaped {
		unescape(&r.LevelName)
	}
}

// levelOf returns the level of a SeverityNumber, or of a text where there is none.
func levelOf(severity uint64, text []byte) slog.Level {
	const last = 24 // FATAL4, the highest that is defined
	if severity > last && severity <= math.MaxInt32 {
		severity = last
	}
	if level, ok := record.FromOTelSeverity(int(int32(severity))); ok {
		return level
	}
	if len(text) > 0 {
		if level, err := record.ParseLevel(string(text)); err == nil {
			return level
		}
	}
	return record.LevelInfo
}

// bigUint reads what an integer attribute has no room for.
func bigUint(s string) (n uint64, ok bool) {
	n, err := strconv.ParseUint(s, 10, 64)
	return n, err == nil && n > math.MaxInt64
}
