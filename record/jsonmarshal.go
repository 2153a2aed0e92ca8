package record

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// appendMarshal appends what the value's own methods or encoding/json make of x.
func appendMarshal(dst []byte, x any) (result []byte) {
	defer func() {
		if p := recover(); p != nil {
			if v := reflect.ValueOf(x); v.Kind() == reflect.Pointer && v.IsNil() {
				result = append(dst, `"<nil>"`...) // its method does not expect nil, and that says it all
				return
			}
			result = AppendJSONString(dst, panicText(p))
		}
	}()
	if err, ok := x.(error); ok {
		if _, ok := x.(json.Marshaler); !ok {
			return AppendJSONString(dst, err.Error())
		}
	}
	m := marshalled{dst}
	enc := json.NewEncoder(&m)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(x); err != nil {
		return AppendJSONString(dst, "!ERROR: "+err.Error())
	}
	return tame(m.dst[:len(m.dst)-len("\n")], len(dst))
}

// panicText says what a method panicked with. The method that says so may panic in its turn.
func panicText(p any) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("!PANIC: %T", p)
		}
	}()
	return fmt.Sprintf("!PANIC: %v", p)
}

// marshalled appends what encoding/json writes.
type marshalled struct{ dst []byte }

func (m *marshalled) Write(p []byte) (int, error) {
	m.dst = append(m.dst, p...)
	return len(p), nil
}

// tame returns dst, in which valid JSON begins at from, with the characters escaped that
// AppendJSONString would escape and encoding/json does not: DEL, C1 controls, and whatever the methods of a value
// may write, to the point of bytes that are no UTF-8. All these can stand in strings alone.
func tame(dst []byte, from int) []byte {
	wild := indexWild(dst, from)
	if wild == len(dst) {
		return dst
	}
	rest := string(dst[wild:])
	dst = dst[:wild]
	for rest != "" {
		var n int
		dst, n = appendOdd(dst, rest)
		rest = rest[n:]
		n = indexWild(rest, 0)
		dst, rest = append(dst, rest[:n]...), rest[n:]
	}
	return dst
}

// indexWild returns the index of the first byte of s, from i on, that is no ASCII or DEL and does not
// stand for itself in a JSON string; len(s) if there is none.
func indexWild[T ~string | ~[]byte](s T, i int) int {
	for i < len(s) {
		if s[i] < 0x7f {
			i++
			continue
		}
		n := plainRune(string(s[i:min(i+4, len(s))]))
		if n == 0 {
			return i
		}
		i += n
	}
	return i
}

// isCompact reports whether s is one JSON value as encoding/json writes it: without spaces, and with
// nothing in its strings that AppendJSONString would escape. It may say no to one that is nested deep.
func isCompact[T ~string | ~[]byte](s T) bool {
	i, ok := skipValue(s, 0, 0)
	return ok && i == len(s)
}

// isNumber reports whether s is a JSON number.
func isNumber[T ~string | ~[]byte](s T) bool {
	if len(s) == 0 {
		return false
	}
	i, ok := skipNumber(s, 0)
	return ok && i == len(s)
}

// skipValue returns the index after the JSON value that begins at s[i], and whether it is a compact one.
func skipValue[T ~string | ~[]byte](s T, i, depth int) (int, bool) {
	if i >= len(s) || depth >= maxJSONDepth {
		return i, false
	}
	switch s[i] {
	case '{':
		return skipMembers(s, i, depth, '}')
	case '[':
		return skipMembers(s, i, depth, ']')
	case '"':
		return skipString(s, i+1)
	case 't':
		return skipWord(s, i, "true")
	case 'f':
		return skipWord(s, i, "false")
	case 'n':
		return skipWord(s, i, "null")
	}
	return skipNumber(s, i)
}

// skipMembers is skipValue for an object or an array that begins at s[i] and ends with the given byte.
func skipMembers[T ~string | ~[]byte](s T, i, depth int, end byte) (int, bool) {
	i++
	if i < len(s) && s[i] == end {
		return i + 1, true
	}
	for ok := false; i < len(s); i++ {
		if end == '}' {
			if s[i] != '"' {
				return i, false
			}
			if i, ok = skipString(s, i+1); !ok || i == len(s) || s[i] != ':' {
				return i, false
			}
			i++
		}
		if i, ok = skipValue(s, i, depth+1); !ok || i == len(s) {
			return i, false
		}
		if s[i] != ',' {
			return i + 1, s[i] == end
		}
	}
	return i, false
}

// skipString is skipValue for a string whose quote stands before s[i].
func skipString[T ~string | ~[]byte](s T, i int) (int, bool) {
	for i < len(s) {
		switch c := s[i]; {
		case c == '"':
			return i + 1, true
		case c == '\\':
			n := escapeLen(string(s[i:min(i+6, len(s))]))
			if n == 0 {
				return i, false
			}
			i += n
		case c < 0x20:
			return i, false
		case c < 0x7f:
			i++
		default:
			n := plainRune(string(s[i:min(i+4, len(s))]))
			if n == 0 {
				return i, false
			}
			i += n
		}
	}
	return i, false
}

// escapeLen returns the length of the escape at the start of s, 0 if it is none.
func escapeLen(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		for i := 2; i < 6; i++ {
			if i >= len(s) || !isHex(s[i]) {
				return 0
			}
		}
		return 6
	}
	return 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func skipWord[T ~string | ~[]byte](s T, i int, word string) (int, bool) {
	end := i + len(word)
	return end, end <= len(s) && string(s[i:end]) == word
}

// skipNumber is skipValue for a number.
func skipNumber[T ~string | ~[]byte](s T, i int) (int, bool) {
	if s[i] == '-' {
		i++
	}
	start := i
	if i = skipDigits(s, i); i == start || s[start] == '0' && i > start+1 {
		return i, false
	}
	if i < len(s) && s[i] == '.' {
		start = i + 1
		if i = skipDigits(s, start); i == start {
			return i, false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		start = i
		if i = skipDigits(s, start); i == start {
			return i, false
		}
	}
	return i, true
}

func skipDigits[T ~string | ~[]byte](s T, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}
