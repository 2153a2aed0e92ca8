package handler

import (
	"bytes"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
)

// maxGroups bounds the groups that become parts of a key. What is nested deeper is shown as JSON.
const maxGroups = 8

// appendAttrs appends each attr as " key=value". The members of a group have the group's key and a
// dot in front of theirs; a group without a key is inlined and an empty one left out, as slog's
// handlers do.
func appendAttrs(dst []byte, attrs []slog.Attr, prefix string, depth int) []byte {
	for i := range attrs {
		a := &attrs[i]
		v := a.Value.Resolve()
		if v.Kind() == slog.KindGroup && depth < maxGroups {
			inner := prefix
			if a.Key != "" {
				inner += a.Key + "."
			}
			dst = appendAttrs(dst, v.Group(), inner, depth+1)
			continue
		}
		if a.Key == "" && v.Equal(slog.Value{}) {
			continue // the empty attr
		}
		dst = append(dst, ' ')
		dst = appendKey(dst, prefix, a.Key)
		dst = append(dst, '=')
		dst = appendValue(dst, v)
	}
	return dst
}

func appendKey(dst []byte, prefix, key string) []byte {
	if bare(prefix) && bare(key) {
		return append(append(dst, prefix...), key...)
	}
	return appendQuoted(dst, prefix+key)
}

// appendValue appends a value so that it ends where the next space stands, unless it is quoted or JSON.
func appendValue(dst []byte, v slog.Value) []byte {
	switch v.Kind() {
	case slog.KindString:
		if s := v.String(); s != "" && bare(s) {
			return append(dst, s...)
		}
		return appendQuoted(dst, v.String())
	case slog.KindDuration:
		return append(dst, v.Duration().String()...)
	case slog.KindTime:
		return v.Time().AppendFormat(dst, time.RFC3339Nano)
	}
	from := len(dst)
	dst = record.AppendJSONValue(dst, v)
	value := dst[from:]
	if n := len(value); n > 2 && value[0] == '"' && bytes.IndexByte(value, '\\') < 0 {
		if word := string(value[1 : n-1]); bare(word) {
			return append(dst[:from], word...) // a foreign value that is a plain word
		}
	}
	if !allPlain(value) {
		return oneLine.append(dst[:from], string(value)) // JSON lets direction characters through
	}
	return dst
}

// bare reports whether s needs no quotes between spaces.
func bare(s string) bool {
	for i := 0; i < len(s); {
		if s[i] >= utf8.RuneSelf {
			size := oneLine.special(s[i:])
			if r, _ := utf8.DecodeRuneInString(s[i:]); size > 0 || unicode.IsSpace(r) {
				return false
			}
			i -= size
			continue
		}
		if !plainText[s[i]] || s[i] == ' ' || s[i] == '"' || s[i] == '\'' || s[i] == '=' {
			return false
		}
		i++
	}
	return true
}

func allPlain(s []byte) bool {
	for _, b := range s {
		if !plainText[b] {
			return false
		}
	}
	return true
}

// appendQuoted appends s between quotes, on one line. A quote inside it gets a backslash.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			break
		}
		dst = append(oneLine.append(dst, s[:i]), `\"`...)
		s = s[i+1:]
	}
	return append(oneLine.append(dst, s), '"')
}
