package logrecord

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Str returns what Python's str() shows of a plain value.
func Str(v slog.Value) string {
	if v.Kind() == slog.KindString {
		return v.String()
	}
	return string(AppendRepr(nil, v))
}

// maxDepth bounds the nesting that AppendRepr follows.
const maxDepth = 256

// AppendRepr appends what Python's repr() shows of a plain value. A mapping that has no order is
// shown in that of its keys.
func AppendRepr(dst []byte, v slog.Value) []byte { return appendValue(dst, v, 0) }

func appendValue(dst []byte, v slog.Value, depth int) []byte {
	switch v.Kind() {
	case slog.KindString:
		return AppendQuoted(dst, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(dst, v.Int64(), 10)
	case slog.KindUint64:
		return strconv.AppendUint(dst, v.Uint64(), 10)
	case slog.KindFloat64:
		return AppendFloat(dst, v.Float64())
	case slog.KindBool:
		return AppendBool(dst, v.Bool())
	case slog.KindGroup:
		dst = append(dst, '{')
		for i, a := range v.Group() {
			dst = append(AppendQuoted(appendComma(dst, i), a.Key), ": "...)
			if depth < maxDepth {
				dst = appendValue(dst, a.Value, depth+1)
			} else {
				dst = append(dst, "..."...)
			}
		}
		return append(dst, '}')
	}
	return appendAny(dst, v.Any(), depth)
}

func appendAny(dst []byte, x any, depth int) []byte {
	if depth >= maxDepth {
		return append(dst, "..."...)
	}
	switch x := x.(type) {
	case nil:
		return append(dst, "None"...)
	case json.Number:
		return append(dst, x...)
	case []any:
		dst = append(dst, '[')
		for i, e := range x {
			dst = appendAny(appendComma(dst, i), e, depth+1)
		}
		return append(dst, ']')
	case map[string]any:
		dst = append(dst, '{')
		for i, k := range slices.Sorted(maps.Keys(x)) {
			dst = append(AppendQuoted(appendComma(dst, i), k), ": "...)
			dst = appendAny(dst, x[k], depth+1)
		}
		return append(dst, '}')
	case string, bool, int64, uint64, float64, int:
		return appendValue(dst, slog.AnyValue(x), depth)
	}
	return fmt.Append(dst, x)
}

func appendComma(dst []byte, i int) []byte {
	if i == 0 {
		return dst
	}
	return append(dst, ", "...)
}

// AppendBool appends True or False.
func AppendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, "True"...)
	}
	return append(dst, "False"...)
}

// AppendFloat appends a float as Python's repr() shows it: the shortest digits, with an exponent
// below 1e-4 and from 1e16 on.
func AppendFloat(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 0):
		if f < 0 {
			dst = append(dst, '-')
		}
		return append(dst, "inf"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if bytes.IndexByte(dst[from:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// quoteFor returns the quote Python would take around text that has single or double quotes in it.
func quoteFor(single, double bool) byte {
	if single && !double {
		return '"'
	}
	return '\''
}

// AppendQuoted appends a string as Python's repr() shows it. Lone surrogates are escaped.
func AppendQuoted(dst []byte, s string) []byte {
	quote := quoteFor(strings.IndexByte(s, '\'') >= 0, strings.IndexByte(s, '"') >= 0)
	dst = append(dst, quote)
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			dst = appendEscaped(dst, c, quote)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1 && isSurrogate(s[i:]):
			dst = fmt.Appendf(dst, `\u%04x`, 0xd000|int(s[i+1]&0x3f)<<6|int(s[i+2]&0x3f))
			size = 3
		case unicode.IsPrint(r):
			dst = append(dst, s[i:i+size]...)
		case r < 0x100:
			dst = fmt.Appendf(dst, `\x%02x`, r)
		case r < 0x10000:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		default:
			dst = fmt.Appendf(dst, `\U%08x`, r)
		}
		i += size
	}
	return append(dst, quote)
}

// isSurrogate reports whether s begins with the three-byte form of a lone surrogate.
func isSurrogate(s string) bool {
	return len(s) >= 3 && s[0] == 0xed && s[1] >= 0xa0 && s[1] <= 0xbf && s[2]&0xc0 == 0x80
}

// AppendBytes appends bytes as Python's str() shows them: b'…'.
func AppendBytes(dst []byte, b []byte) []byte {
	quote := quoteFor(bytes.IndexByte(b, '\'') >= 0, bytes.IndexByte(b, '"') >= 0)
	dst = append(dst, 'b', quote)
	for _, c := range b {
		dst = appendEscaped(dst, c, quote)
	}
	return append(dst, quote)
}

func appendEscaped(dst []byte, c, quote byte) []byte {
	switch {
	case c == quote || c == '\\':
		return append(dst, '\\', c)
	case c == '\n':
		return append(dst, '\\', 'n')
	case c == '\r':
		return append(dst, '\\', 'r')
	case c == '\t':
		return append(dst, '\\', 't')
	case c < ' ' || c >= 0x7f:
		const hex = "0123456789abcdef"
		return append(dst, '\\', 'x', hex[c>>4], hex[c&15])
	}
	return append(dst, c)
}
