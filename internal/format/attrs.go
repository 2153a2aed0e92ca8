package format

import (
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
)

// maxGroups bounds the groups that become parts of a key. What is nested deeper is shown as JSON.
const maxGroups = 8

// appendAttrs appends each attr as " key=value". The members of a group have the keys of the groups
// that it is in, and dots, in front of theirs; a group without a key is inlined and an empty one left out,
// as slog's handlers do.
//
// It calls mark, unless it is nil, with each value that was appended, and its dotted key.
func appendAttrs(dst []byte, attrs []slog.Attr, mark marker) []byte {
	var groups [maxGroups]string
	return appendMembers(dst, attrs, groups[:0], 0, mark)
}

// marker marks what is looked for in the value of a field that begins at from.
type marker func(dst []byte, from int, field string) []byte

func appendMembers(dst []byte, attrs []slog.Attr, groups []string, depth int, mark marker) []byte {
	for i := range attrs {
		a := &attrs[i]
		v, kind := a.Value, a.Value.Kind()
		if kind == slog.KindLogValuer {
			v = v.Resolve()
			kind = v.Kind()
		}
		if kind == slog.KindGroup && depth < maxGroups {
			inner := groups
			if a.Key != "" {
				inner = append(inner, a.Key)
			}
			dst = appendMembers(dst, v.Group(), inner, depth+1, mark)
			continue
		}
		if a.Key == "" && kind == slog.KindAny && v.Any() == nil {
			continue // the empty attr
		}
		dst = append(dst, ' ')
		dst = appendKey(dst, groups, a.Key)
		dst = append(dst, '=')
		from := len(dst)
		dst = appendValue(dst, kind, v)
		if mark != nil {
			dst = mark(dst, from, strings.Join(append(groups, a.Key), "."))
		}
	}
	return dst
}

func appendKey(dst []byte, groups []string, key string) []byte {
	from := len(dst)
	plain := indexUnbare(key) == len(key)
	for _, g := range groups {
		plain = plain && indexUnbare(g) == len(g)
		dst = append(append(dst, g...), '.')
	}
	dst = append(dst, key...)
	if plain {
		return dst
	}
	if whole := string(dst[from:]); !bare(whole) {
		dst = appendQuoted(dst[:from], whole)
	}
	return dst
}

// appendValue appends a value of that kind so that it ends where the next space stands, unless it is
// quoted or JSON.
func appendValue(dst []byte, kind slog.Kind, v slog.Value) []byte {
	from := len(dst)
	switch kind {
	case slog.KindString:
		return appendWord(dst, v.String())
	case slog.KindDuration:
		return append(dst, v.Duration().String()...)
	case slog.KindInt64, slog.KindUint64, slog.KindBool:
		return record.AppendJSONValue(dst, v)
	case slog.KindTime, slog.KindFloat64: // in quotes it is a plain word: a time, NaN
		return unquoted(record.AppendJSONValue(dst, v), from)
	}
	dst = record.AppendJSONValue(dst, v)
	value := string(dst[from:])
	if n := len(value); n > 2 && value[0] == '"' && strings.IndexByte(value, '\\') < 0 && bare(value[1:n-1]) {
		return unquoted(dst, from) // a foreign value that is a plain word
	}
	if indexOdd(value, 0) < len(value) {
		return oneLine.append(dst[:from], value) // JSON lets direction characters through
	}
	return dst
}

// unquoted takes the quotes off what begins at from, if it has any.
func unquoted(dst []byte, from int) []byte {
	if dst[from] != '"' {
		return dst
	}
	n := copy(dst[from:], dst[from+1:len(dst)-1])
	return dst[:from+n]
}

// bare reports whether s needs no quotes between spaces.
func bare(s string) bool {
	for i := indexUnbare(s); i < len(s); {
		if s[i] < utf8.RuneSelf {
			return false
		}
		size := oneLine.special(s[i:])
		if r, _ := utf8.DecodeRuneInString(s[i:]); size > 0 || unicode.IsSpace(r) {
			return false
		}
		i -= size
		i += indexUnbare(s[i:])
	}
	return true
}

// appendQuoted appends s between quotes, on one line. A quote inside it gets a backslash, and so does a
// backslash: else one before a quote would let the rest pass for another pair.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := range len(s) {
		if c := s[i]; c == '"' || c == '\\' {
			dst = append(oneLine.append(dst, s[from:i]), '\\', c)
			from = i + 1
		}
	}
	return append(oneLine.append(dst, s[from:]), '"')
}
