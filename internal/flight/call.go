package flight

import (
	"encoding/binary"
	"log/slog"
	"math"
	"time"
	"unsafe"

	"github.com/jackdaw-log/jackdaw/internal/compact"
	"github.com/jackdaw-log/jackdaw/internal/snapshot"
)

// Call is a log call, without its attrs.
type Call struct {
	Origin  *Origin
	Message string
	// Time is when it was made, unless Now says that it was at its key.
	Time time.Time
	Now  bool
	// Key orders calls, as those of [Options.Moment] do.
	Key   int64
	PC    uintptr
	Level slog.Level
	// Lead is how many of the attrs, the first ones, stand outside of the groups of the origin; if Traced is set, the first four
	// of them are the trace.
	Lead   int32
	Traced bool
}

// size returns how much room a segment has to have for the call and what it refers to, at least.
func (c *Call) size(attrs, more []slog.Attr) int {
	n := 8<<10 + len(c.Origin.form) + len(c.Message)
	for _, part := range [][]slog.Attr{attrs, more} {
		for i := range part {
			n += len(part[i].Key) + 32 + len(compact.AppendValue(nil, part[i].Value))
		}
	}
	return n
}

// put writes a call. It returns false if there is no room.
func (l *lane) put(c *Call, attrs, more []slog.Attr) bool {
	if c.Now && !l.tells(c.Key) && !l.putMoment() {
		return false
	}
	s := l.siteOf(c.Message)
	if c.Lead == 0 && s.isOf(l.number, c.Origin, c.PC, c.Level, c.Message, len(attrs)+len(more)) {
		if c.Now {
			if l.again(s, 0, c.Key, 0, attrs, more) {
				return true
			}
		} else if isPlainTime(&c.Time) && l.again(s, flagWall, c.Key, c.Time.UnixNano(), attrs, more) {
			return true
		}
	}
	return l.putAny(s, c, attrs, more)
}

// putAny is put for any call.
func (l *lane) putAny(s *site, c *Call, attrs, more []slog.Attr) bool {
	var origin, place, shape uint32
	var ok bool
	if e := &l.knownOrigins[spread(uintptr(unsafe.Pointer(c.Origin)), rememberedOrigins)]; e.origin == c.Origin && e.segment == l.number {
		origin = e.id
	} else if origin, ok = l.origin(e, c.Origin); !ok {
		return false
	}
	if c.PC != 0 {
		if e := &l.knownPlaces[spread(c.PC, rememberedPlaces)]; e.pc == c.PC && e.segment == l.number {
			place = e.id
		} else if place, ok = l.place(e, c.PC); !ok {
			return false
		}
	}
	refers := uint64(origin) | uint64(place)<<32
	n := len(attrs) + len(more)
	if !s.begins(c.Message, c.Level, n) || !s.has(attrs, more) { // it is written with the call
		if n <= maxShapeKeys && len(c.Message) <= maxShapeMessage {
			s.set(c.Message, c.Level, attrs, more)
		}
	} else {
		if s.segment != l.number && !l.shape(s) {
			return false
		}
		s.origin, s.pc, s.refers = c.Origin, c.PC, refers
		shape = s.id
	}
	return l.write(c, shape, refers, attrs, more)
}

// write writes a call with all that there may be to it.
func (l *lane) write(c *Call, shape uint32, refers uint64, attrs, more []slog.Attr) bool {
	flags, room := uint64(0), l.room()
	if !c.Now {
		if flags = flagTime; isPlainTime(&c.Time) {
			flags = flagWall
		}
	}
	if c.Lead > 0 {
		flags |= flagLead
	}
	if c.Traced {
		flags |= flagTrace
	}
	b := appendWord(room, kindCall|flags<<8|uint64(shape)<<16|uint64(len(attrs))<<32|uint64(len(more))<<48)
	b = appendWord(appendWord(b, uint64(c.Key)), refers)
	if flags&flagWall != 0 {
		b = appendWord(b, uint64(c.Time.UnixNano()))
	}
	parts := [...][]slog.Attr{attrs, more}
	if shape == 0 || flags&(flagTime|flagLead) != 0 {
		from := len(b)
		b = appendWord(b, 0)
		if flags&flagTime != 0 {
			b = compact.AppendTime(b, c.Time)
		}
		if flags&flagLead != 0 {
			b = binary.AppendUvarint(b, uint64(c.Lead))
		}
		if shape == 0 {
			b = compact.AppendText(binary.AppendVarint(b, int64(c.Level)), c.Message)
			for _, part := range parts {
				for i := range part {
					b = compact.AppendText(b, part[i].Key)
				}
			}
		}
		b = endText(b, from)
	}
	for _, part := range parts {
		for ; len(part) > 0; part = part[min(len(part), groupValues):] {
			b = appendGroup(b, part[:min(len(part), groupValues)])
		}
	}
	return l.end(b)
}

func appendWord(dst []byte, word uint64) []byte { return binary.LittleEndian.AppendUint64(dst, word) }

// appendZeros appends zeros up to a whole word.
func appendZeros(dst []byte) []byte {
	return append(dst, make([]byte, aligned(len(dst))-len(dst))...)
}

// endText makes a text of what stands behind the word that is for its length.
func endText(dst []byte, from int) []byte {
	binary.LittleEndian.PutUint64(dst[from:], uint64(len(dst)-from-8))
	return appendZeros(dst)
}

// appendGroup appends the values of some attrs.
func appendGroup(dst []byte, attrs []slog.Attr) []byte {
	at := len(dst)
	for range len(attrs) + 1 {
		dst = appendWord(dst, 0)
	}
	for i := range attrs {
		v, from := &attrs[i].Value, len(dst)
		kind, word := kindOf(v)
		switch kind {
		case textValue:
			dst = append(dst, v.String()...)
		case errorValue:
			text, _ := snapshot.ErrorText(v)
			dst = append(dst, text...)
		case compactValue:
			dst = compact.AppendValue(dst, *v)
		}
		if kind >= textValue {
			word = uint64(len(dst) - from)
			dst = appendZeros(dst)
		}
		binary.LittleEndian.PutUint64(dst[at+8*i:], word)
		dst[at+8*len(attrs)+i] = byte(kind)
	}
	return dst
}

// kindOf returns the kind as which a value is written, and its word.
func kindOf(v *slog.Value) (kind slog.Kind, word uint64) {
	switch kind = v.Kind(); kind {
	case slog.KindBool:
		if v.Bool() {
			word = 1
		}
		return kind, word
	case slog.KindDuration:
		return kind, uint64(v.Duration())
	case slog.KindFloat64:
		return kind, math.Float64bits(v.Float64())
	case slog.KindInt64:
		return kind, uint64(v.Int64())
	case slog.KindUint64:
		return kind, v.Uint64()
	case slog.KindString:
		text := v.String()
		if len(text) > maxShort {
			return textValue, 0
		}
		var b [maxShort]byte
		copy(b[:], text)
		return slog.Kind(shortText + len(text)), binary.LittleEndian.Uint64(b[:])
	case slog.KindTime:
		t := v.Time()
		if isPlainTime(&t) {
			return kind, uint64(t.UnixNano())
		}
		if t.Location() == time.UTC && isNear(&t) {
			return utcTime, uint64(t.UnixNano())
		}
	}
	if _, ok := snapshot.ErrorText(v); ok {
		return errorValue, 0
	}
	return compactValue, 0
}
