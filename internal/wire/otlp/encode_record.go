package otlp

import (
	"encoding/binary"
	"log/slog"
	"math"
	"strconv"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// resource appends the Resource of r, if there is anything in it.
func (e *encoder) resource(r *record.Record, h *head) {
	at := e.open(tagResource, 1)
	var written fieldSet
	if r.Host != "" {
		e.textAttr(tagResourceAttr, keyHost, r.Host)
		written |= 1 << fieldHost
	}
	if r.Process.PID != 0 {
		e.intAttr(tagResourceAttr, keyPID, int64(r.Process.PID))
		written |= 1 << fieldPID
	}
	if r.Process.Name != "" {
		e.textAttr(tagResourceAttr, keyProcessName, r.Process.Name)
		written |= 1 << fieldProcessName
	}
	e.attrs(tagResourceAttr, h.group(keyResource), resourceFields, written)
	e.count(tagResourceDropped, h.count(keyResourceDropped))
	e.closeUnlessEmpty(at)
}

// scope appends the InstrumentationScope of r, if there is anything in it.
func (e *encoder) scope(r *record.Record, h *head) {
	at := e.open(tagScope, 1)
	e.optional(tagScopeName, e.text(r.Logger))
	e.optional(tagScopeVersion, e.text(h.text(keyScopeVersion)))
	e.attrs(tagScopeAttr, h.group(keyScopeAttrs), scopeFields, 0)
	e.count(tagScopeDropped, h.count(keyScopeDropped))
	e.closeUnlessEmpty(at)
}

func (e *encoder) closeUnlessEmpty(m message) {
	if len(e.dst) == m.from {
		e.dst = e.dst[:m.from-2]
		return
	}
	e.close(m, 1)
}

// optional appends a field of text that text has seen, unless it is empty.
func (e *encoder) optional(tag byte, s string) {
	if s != "" {
		e.bytes(tag, s)
	}
}

// count appends a field that is a number, unless it is zero.
func (e *encoder) count(tag byte, n uint64) {
	if n != 0 {
		e.dst = appendVarint(append(e.dst, tag), n)
	}
}

// logRecord appends the LogRecord of r.
func (e *encoder) logRecord(r *record.Record, h *head) {
	at := e.open(tagLogRecord, 2)
	ns, exact := unixNano(r.Time)
	if ns != 0 {
		e.eight(tagTime, ns)
	}
	e.dst = append(e.dst, tagSeverity, byte(record.OTelSeverity(r.Level)))
	if r.LevelName != "" {
		e.bytes(tagSeverityText, e.text(r.LevelName))
	} else {
		e.bytes(tagSeverityText, record.LevelName(r.Level))
	}
	if body := h.value(keyBody); !isNil(body) {
		e.value(tagBody, body)
	} else {
		e.textValue(tagBody, r.Message)
	}
	written := e.placeAttrs(r) | e.originAttrs(r) | e.levelAttrs(r)
	if !exact {
		written |= e.timeAttrs(r.Time, ns != 0, keyTime, keyTimeOffset, fieldTime, fieldTimeOffset)
	}
	received, exact := unixNano(r.Received)
	if !exact {
		written |= e.timeAttrs(r.Received, received != 0, keyReceived, keyReceivedOffset, fieldReceived, fieldReceivedOffset)
	}
	e.attrs(tagAttr, h.rest, recordFields, written)
	e.count(tagDropped, h.count(keyDropped))
	e.trace(&r.Trace, h)
	if received != 0 {
		e.eight(tagObserved, received)
	}
	e.optional(tagEventName, e.text(h.text(keyEventName)))
	e.close(at, 2)
}

// unixNano returns t as the nanoseconds since 1970 that a field holds; 0 where it cannot, or where there
// is no time. Exact says that this is all of t.
func unixNano(t time.Time) (ns uint64, exact bool) {
	if t.IsZero() {
		return 0, true
	}
	if sec := t.Unix(); sec >= 0 && sec < math.MaxUint64/1_000_000_000 {
		ns = uint64(sec)*1e9 + uint64(t.Nanosecond())
	}
	_, offset := t.Zone()
	return ns, ns != 0 && offset == 0
}

// timeAttrs appends what unixNano could not say of t.
func (e *encoder) timeAttrs(t time.Time, told bool, keyTime, keyOffset string, fTime, fOffset field) (written fieldSet) {
	if !told {
		e.attr(tagAttr, keyTime, slog.AnyValue([]any{t.Unix(), int64(t.Nanosecond())}))
		written = 1 << fTime
	}
	if _, offset := t.Zone(); offset != 0 {
		e.intAttr(tagAttr, keyOffset, int64(offset))
		written |= 1 << fOffset
	}
	return written
}

// placeAttrs appends where in its program the event was logged.
func (e *encoder) placeAttrs(r *record.Record) (written fieldSet) {
	if src := r.Caller(); src != nil {
		if src.Function != "" {
			e.textAttr(tagAttr, keyFunction, src.Function)
			written |= 1 << fieldFunction
		}
		if src.File != "" {
			e.textAttr(tagAttr, keyFile, src.File)
			written |= 1 << fieldFile
		}
		if src.Line != 0 {
			e.intAttr(tagAttr, keyLine, int64(src.Line))
			written |= 1 << fieldLine
		}
	}
	if r.Stack != "" {
		e.textAttr(tagAttr, keyStack, r.Stack)
		written |= 1 << fieldStack
	}
	if x := r.Exception; x != nil {
		if x.Type != "" || x.Message == "" && x.Traceback == "" {
			e.textAttr(tagAttr, keyExceptionType, x.Type)
			written |= 1 << fieldExceptionType
		}
		if x.Message != "" {
			e.textAttr(tagAttr, keyExceptionMessage, x.Message)
			written |= 1 << fieldExceptionMessage
		}
		if x.Traceback != "" {
			e.textAttr(tagAttr, keyTraceback, x.Traceback)
			written |= 1 << fieldTraceback
		}
	}
	return written
}

// originAttrs appends by whom it was logged, and from where it came.
func (e *encoder) originAttrs(r *record.Record) (written fieldSet) {
	switch id := r.Thread.ID; {
	case id > math.MaxInt64:
		e.textAttr(tagAttr, keyBigThreadID, strconv.FormatUint(id, 10))
		written |= 1 << fieldBigThreadID
	case id != 0:
		e.intAttr(tagAttr, keyThreadID, int64(id))
		written |= 1 << fieldThreadID
	}
	if r.Thread.Name != "" {
		e.textAttr(tagAttr, keyThreadName, r.Thread.Name)
		written |= 1 << fieldThreadName
	}
	if !r.ID.IsZero() {
		e.uidAttr(r.ID)
		written |= 1 << fieldUID
	}
	if r.Task != "" {
		e.textAttr(tagAttr, keyTask, r.Task)
		written |= 1 << fieldTask
	}
	if r.Peer != "" {
		e.textAttr(tagAttr, keyPeer, r.Peer)
		written |= 1 << fieldPeer
	}
	return written
}

// uidAttr appends an id as record.ID.String writes it.
func (e *encoder) uidAttr(id record.ID) {
	var text [3 * 20]byte
	b := strconv.AppendUint(text[:0], id.Epoch, 36)
	b = strconv.AppendUint(append(b, '-'), id.Sequence, 10)
	b = strconv.AppendUint(append(b, '-'), uint64(id.Index), 10)
	e.textPair(tagAttr, keyUID, string(b))
}

// levelAttrs appends what severity number and text do not say of the level.
func (e *encoder) levelAttrs(r *record.Record) (written fieldSet) {
	if level, _ := record.FromOTelSeverity(record.OTelSeverity(r.Level)); level != r.Level {
		e.intAttr(tagAttr, keyLevel, int64(r.Level))
		written |= 1 << fieldLevel
	}
	if r.LevelNo != 0 {
		e.intAttr(tagAttr, keyLevelNo, int64(r.LevelNo))
		written |= 1 << fieldLevelNo
	}
	if r.LevelName != "" && r.LevelName == record.LevelName(r.Level) {
		e.textAttr(tagAttr, keyLevelName, r.LevelName)
		written |= 1 << fieldLevelName
	}
	return written
}

// trace appends the flags and ids of the trace. A field of 32 bits has the flags.
func (e *encoder) trace(t *record.Trace, h *head) {
	flags := uint32(h.count(keyFlags)) | uint32(t.Flags)
	if flags != 0 {
		e.dst = binary.LittleEndian.AppendUint32(append(e.dst, tagFlags), flags)
	}
	if t.ID != [16]byte{} {
		e.dst = append(append(e.dst, tagTraceID, byte(len(t.ID))), t.ID[:]...)
	}
	if t.Span != [8]byte{} {
		e.dst = append(append(e.dst, tagSpanID, byte(len(t.Span))), t.Span[:]...)
	}
}
