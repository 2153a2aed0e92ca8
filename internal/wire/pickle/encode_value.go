package pickle

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// encMaxDepth bounds how deep groups, lists and maps are followed: what a receiver loads it also
	// walks, Python's str with a stack of its own and our decoder up to a limit.
	encMaxDepth = 90
	// encMaxNodes bounds the values in the attrs of a record.
	encMaxNodes = 50_000
	// encMaxDigits is the longest integer that Python turns into text.
	encMaxDigits = 4300
	// encMaxText bounds a string: Python 2 reads its length as a signed number.
	encMaxText = math.MaxInt32
)

// members appends attrs as pairs of a dict: where top is set, of the record's own.
func (e *encoder) members(attrs []slog.Attr, depth int, top bool) {
	for i := range attrs {
		if e.nodes > encMaxNodes {
			return
		}
		key, v := attrs[i].Key, attrs[i].Value
		if v.Kind() == slog.KindLogValuer {
			v = v.Resolve()
		}
		from := len(e.dst)
		if key == "" {
			if v.Kind() == slog.KindGroup && depth < encMaxDepth {
				e.members(v.Group(), depth+1, top)
				continue
			}
			if v.Kind() == slog.KindAny && v.Any() == nil {
				continue // the empty attr
			}
		}
		e.key(key, top)
		if v.Kind() != slog.KindGroup {
			e.value(v, depth)
		} else if !e.group(v.Group(), depth) {
			e.dst = e.dst[:from]
			continue
		}
		if top {
			e.taken |= takes(key)
		}
	}
}

// key appends a key of an attr.
func (e *encoder) key(key string, top bool) {
	if !top || !encReserved(key) {
		e.text(key)
		return
	}
	at := e.openText()
	e.sanitize(key)
	e.dst = append(e.dst, '_')
	e.closeText(at)
}

// encReserved reports whether a LogRecord needs the attribute for itself: because it is one of its
// own, because a formatter sets it, or because it would hide a method.
func encReserved(key string) bool {
	switch key {
	case "name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module", "exc_info", "exc_text",
		"stack_info", "lineno", "funcName", "created", "msecs", "relativeCreated", "thread", "threadName",
		"processName", "process", "taskName", "message", "asctime", "getMessage":
		return true
	}
	return len(key) > 4 && strings.HasPrefix(key, "__") && strings.HasSuffix(key, "__")
}

// group appends attrs as a dict. Where nothing is in it, it appends nothing of use and returns false.
func (e *encoder) group(attrs []slog.Attr, depth int) bool {
	if depth >= encMaxDepth {
		e.text("!ERROR: nested too deep")
		return true
	}
	e.dst = append(e.dst, opEmptyDict, opMark)
	empty := len(e.dst)
	e.members(attrs, depth+1, false)
	if len(e.dst) == empty {
		return false
	}
	e.dst = append(e.dst, opSetItems)
	return true
}

// value appends any value.
func (e *encoder) value(v slog.Value, depth int) {
	if e.nodes++; e.nodes > encMaxNodes {
		e.text("!ERROR: too many values")
		return
	}
	switch v.Kind() {
	case slog.KindString:
		e.text(v.String())
	case slog.KindInt64:
		e.int(v.Int64())
	case slog.KindUint64:
		e.uint(v.Uint64())
	case slog.KindFloat64:
		e.float(v.Float64())
	case slog.KindBool:
		e.bool(v.Bool())
	case slog.KindDuration:
		e.float(v.Duration().Seconds())
	case slog.KindTime:
		at := e.openText()
		e.dst = v.Time().AppendFormat(e.dst, time.RFC3339Nano)
		e.closeText(at)
	case slog.KindGroup:
		if from := len(e.dst); !e.group(v.Group(), depth) {
			e.dst = append(e.dst[:from], opEmptyDict)
		}
	case slog.KindLogValuer:
		e.value(v.Resolve(), depth)
	default:
		e.any(v.Any(), depth)
	}
}

// any appends a value that slog has no kind for.
func (e *encoder) any(x any, depth int) {
	switch x := x.(type) {
	case nil:
		e.dst = append(e.dst, opNone)
	case []any:
		e.list(x, depth)
	case map[string]any:
		e.dict(x, depth)
	case json.Number:
		e.number(string(x))
	case json.Marshaler:
		e.foreign(x, depth)
	case error:
		e.text(encCall(x.Error))
	case encoding.TextMarshaler:
		e.foreign(x, depth)
	case fmt.Stringer:
		e.text(encCall(x.String))
	default:
		e.foreign(x, depth)
	}
}

func (e *encoder) list(x []any, depth int) {
	if depth >= encMaxDepth {
		e.text("!ERROR: nested too deep")
		return
	}
	e.dst = append(e.dst, opEmptyList)
	if len(x) == 0 {
		return
	}
	e.dst = append(e.dst, opMark)
	for _, item := range x {
		e.value(slog.AnyValue(item), depth+1)
		if e.nodes > encMaxNodes {
			break
		}
	}
	e.dst = append(e.dst, opAppends)
}

func (e *encoder) dict(x map[string]any, depth int) {
	if depth >= encMaxDepth {
		e.text("!ERROR: nested too deep")
		return
	}
	e.dst = append(e.dst, opEmptyDict)
	if len(x) == 0 {
		return
	}
	e.dst = append(e.dst, opMark)
	for _, key := range slices.Sorted(maps.Keys(x)) {
		e.text(key)
		e.value(slog.AnyValue(x[key]), depth+1)
		if e.nodes > encMaxNodes {
			break
		}
	}
	e.dst = append(e.dst, opSetItems)
}

// foreign appends what encoding/json makes of x, as the values that its JSON stands for.
func (e *encoder) foreign(x any, depth int) {
	plain, complaint := encPlain(x)
	if complaint != "" {
		e.text(complaint)
		return
	}
	e.value(slog.AnyValue(plain), depth)
}

// encPlain returns the plain value that x is in JSON, or what to show instead of it.
func encPlain(x any) (plain any, complaint string) {
	defer func() {
		if p := recover(); p != nil {
			complaint = fmt.Sprintf("!PANIC: %v", p)
		}
	}()
	text, err := json.Marshal(x)
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		err = dec.Decode(&plain)
	}
	if err != nil {
		return nil, "!ERROR: " + err.Error()
	}
	return plain, ""
}

// encCall returns the text that an Error or String method returns.
func encCall(text func() string) (s string) {
	defer func() {
		if p := recover(); p != nil {
			s = fmt.Sprintf("!PANIC: %v", p)
		}
	}()
	return text()
}

// number appends a json.Number: as an int where it is written as one.
func (e *encoder) number(s string) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		e.int(n)
		return
	}
	if len(s) <= encMaxDigits && strings.Trim(s, "-0123456789") == "" {
		if n, ok := new(big.Int).SetString(s, 10); ok {
			e.bigInt(n)
			return
		}
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && strings.ContainsAny(s, ".eE") {
		e.float(f)
		return
	}
	e.text(s)
}

// bigInt appends n as two's complement, little-endian.
func (e *encoder) bigInt(n *big.Int) {
	size := n.BitLen()/8 + 1 // a bit for the sign
	if n.Sign() < 0 {
		n.Add(n, new(big.Int).Lsh(big.NewInt(1), uint(8*size)))
	}
	if size < 256 {
		e.dst = append(e.dst, opLong1, byte(size))
	} else {
		e.dst = binary.LittleEndian.AppendUint32(append(e.dst, opLong4), uint32(size))
	}
	digits := n.FillBytes(make([]byte, size))
	slices.Reverse(digits)
	e.dst = append(e.dst, digits...)
}

func (e *encoder) int(n int64) {
	switch {
	case n >= 0 && n <= math.MaxUint8:
		e.dst = append(e.dst, opBinInt1, byte(n))
	case n >= 0 && n <= math.MaxUint16:
		e.dst = binary.LittleEndian.AppendUint16(append(e.dst, opBinInt2), uint16(n))
	case n == int64(int32(n)):
		e.dst = binary.LittleEndian.AppendUint32(append(e.dst, opBinInt), uint32(n))
	default:
		e.dst = binary.LittleEndian.AppendUint64(append(e.dst, opLong1, 8), uint64(n))
	}
}

func (e *encoder) uint(n uint64) {
	if n <= math.MaxInt64 {
		e.int(int64(n))
		return
	}
	e.dst = binary.LittleEndian.AppendUint64(append(e.dst, opLong1, 9), n)
	e.dst = append(e.dst, 0) // the sign
}

func (e *encoder) float(f float64) {
	e.dst = binary.BigEndian.AppendUint64(append(e.dst, opBinFloat), math.Float64bits(f))
}

func (e *encoder) bool(b bool) {
	if b {
		e.dst = append(e.dst, opNewTrue)
	} else {
		e.dst = append(e.dst, opNewFalse)
	}
}

// text appends s as a string that Python can read.
func (e *encoder) text(s string) {
	if len(s) <= encMaxText && utf8.ValidString(s) {
		e.dst = binary.LittleEndian.AppendUint32(append(e.dst, opBinUnicode), uint32(len(s)))
		e.dst = append(e.dst, s...)
		return
	}
	at := e.openText()
	e.sanitize(s[:min(len(s), encMaxText/len("\ufffd"))])
	e.closeText(at)
}

// openText begins a string whose length closeText fills in.
func (e *encoder) openText() (at int) {
	e.dst = append(e.dst, opBinUnicode, 0, 0, 0, 0)
	return len(e.dst)
}

func (e *encoder) closeText(at int) {
	binary.LittleEndian.PutUint32(e.dst[at-4:], uint32(len(e.dst)-at))
}

// sanitize appends s with U+FFFD for each byte that is neither UTF-8 nor part of a lone surrogate.
func (e *encoder) sanitize(s string) {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			if len(s)-i < 3 || s[i] != 0xed || s[i+1]&0xe0 != 0xa0 || s[i+2]&0xc0 != 0x80 {
				e.dst = append(e.dst, "\ufffd"...)
				i++
				continue
			}
			size = 3
		}
		e.dst = append(e.dst, s[i:i+size]...)
		i += size
	}
}
