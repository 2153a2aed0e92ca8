package otlp

import (
	"log/slog"
	"strings"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
)

// A string of a message is UTF-8, one of a record nearly always. In a part of a message (a LogRecord, a
// Resource, a Scope) that would hold any other text, all texts are escaped and the attribute
// keyEscaped says so: a byte that is no UTF-8 is a character of Unicode's private use area, its value
// behind U+EF00, and so are the three bytes of a character that would be taken for one of these.
const (
	escapeBase  = 0xef00
	firstEscape = escapeBase + 0x80
	lastEscape  = escapeBase + 0xff
)

func isEscape(r rune) bool { return r >= firstEscape && r <= lastEscape }

// escaped returns s as UTF-8.
func escaped(s string) string {
	var b strings.Builder
	from := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || isEscape(r) {
			b.WriteString(s[from:i])
			for _, c := range []byte(s[i : i+size]) {
				b.WriteRune(escapeBase + rune(c))
			}
			from = i + size
		}
		i += size
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// unescaped returns the text that escaped made s of.
func unescaped(s string) string {
	var b strings.Builder
	from := 0
	for i, r := range s {
		if isEscape(r) {
			b.WriteString(s[from:i])
			b.WriteByte(byte(r))
			from = i + 3
		}
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

func unescape(texts ...*string) {
	for _, s := range texts {
		*s = unescaped(*s)
	}
}

// unescapeRecord unescapes the fields that a LogRecord gave to r, save the message.
func unescapeRecord(r *record.Record) {
	unescape(&r.Source.Function, &r.Source.File, &r.Stack, &r.Thread.Name, &r.Task, &r.Peer, &r.LevelName)
	if x := r.Exception; x != nil {
		unescape(&x.Type, &x.Message, &x.Traceback)
	}
}

func unescapeAttrs(attrs []slog.Attr) {
	for i := range attrs {
		attrs[i] = slog.Attr{Key: unescaped(attrs[i].Key), Value: unescapedValue(attrs[i].Value)}
	}
}

func unescapedValue(v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(unescaped(v.String()))
	case slog.KindGroup:
		unescapeAttrs(v.Group())
	case slog.KindAny:
		switch x := v.Any().(type) {
		case []any:
			for i := range x {
				x[i] = unescapedValue(slog.AnyValue(x[i])).Any()
			}
		case map[string]any:
			m := make(map[string]any, len(x))
			for key, item := range x {
				m[unescaped(key)] = unescapedValue(slog.AnyValue(item)).Any()
			}
			return slog.AnyValue(m)
		}
	}
	return v
}
