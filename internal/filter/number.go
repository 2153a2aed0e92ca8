package filter

import (
	"bytes"
	"cmp"
	"encoding/json"
	"log/slog"
	"math"
	"strconv"
	"strings"
)

// number is a number as records hold them, compared by its value whatever its type.
type number struct {
	kind numberKind
	i    int64
	u    uint64  // beyond int64
	f    float64 // a float; of a big integer the nearest one
	big  string  // the digits, with sign, of an integer that fits no machine word
}

type numberKind uint8

const (
	intNumber numberKind = iota
	uintNumber
	floatNumber
	bigNumber
)

// numberOf returns the number that v is.
func numberOf(v slog.Value) (n number, ok bool) {
	switch v.Kind() {
	case slog.KindInt64:
		return number{i: v.Int64()}, true
	case slog.KindUint64:
		return uintOf(v.Uint64()), true
	case slog.KindDuration:
		return number{i: int64(v.Duration())}, true
	case slog.KindFloat64:
		f := v.Float64()
		return number{kind: floatNumber, f: f}, !math.IsNaN(f) && !math.IsInf(f, 0)
	case slog.KindAny:
		if text, ok := v.Any().(json.Number); ok {
			return parseNumber(string(text))
		}
	}
	return number{}, false
}

func uintOf(u uint64) number {
	if u <= math.MaxInt64 {
		return number{i: int64(u)}
	}
	return number{kind: uintNumber, u: u}
}

// parseNumber reads a number as JSON has them. It allocates for one too large for a float only.
func parseNumber(s string) (n number, ok bool) {
	whole, ok := scanNumber(s)
	if !ok {
		return number{}, false
	}
	if whole {
		if len(s) < 20 { // longer ones may fail, and errors are made anew
			if i, err := strconv.ParseInt(s, 10, 64); err == nil {
				return number{i: i}, true
			}
		}
		if s[0] != '-' && (len(s) < 20 || len(s) == 20 && s <= "18446744073709551615") {
			if u, err := strconv.ParseUint(s, 10, 64); err == nil {
				return uintOf(u), true
			}
		}
		if len(s) == 20 && s[0] == '-' && s <= "-9223372036854775808" {
			if i, err := strconv.ParseInt(s, 10, 64); err == nil {
				return number{i: i}, true
			}
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return number{}, false
	}
	if whole {
		return number{kind: bigNumber, f: f, big: s}, true
	}
	return number{kind: floatNumber, f: f}, err == nil
}

// scanNumber reports whether s is a number of JSON, and whether it is one without fraction and
// exponent.
func scanNumber(s string) (whole, ok bool) {
	s = strings.TrimPrefix(s, "-")
	n := digits(s)
	if n == 0 || n > 1 && s[0] == '0' {
		return false, false
	}
	s, whole = s[n:], n == len(s)
	if strings.HasPrefix(s, ".") {
		if n = digits(s[1:]); n == 0 {
			return false, false
		}
		s = s[1+n:]
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if n = digits(s); n == 0 {
			return false, false
		}
		s = s[n:]
	}
	return whole, s == ""
}

// digits returns how many digits s begins with.
func digits(s string) (n int) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// compareNumbers compares by value, exactly.
func compareNumbers(a, b number) int {
	switch {
	case a.kind == intNumber && b.kind == intNumber:
		return cmp.Compare(a.i, b.i)
	case a.kind == uintNumber && b.kind == uintNumber:
		return cmp.Compare(a.u, b.u)
	case a.kind == bigNumber && b.kind == bigNumber:
		return compareDigits(a.big, b.big)
	case a.kind == floatNumber && b.kind == floatNumber:
		return cmp.Compare(a.f, b.f)
	case a.kind == floatNumber:
		return compareFloat(a.f, b)
	case b.kind == floatNumber:
		return -compareFloat(b.f, a)
	case a.kind == bigNumber:
		return a.sign()
	case b.kind == bigNumber:
		return -b.sign()
	}
	return cmp.Compare(a.kind, b.kind) // a uintNumber is beyond any int64
}

func (n *number) sign() int {
	if n.big[0] == '-' {
		return -1
	}
	return 1
}

func compareDigits(a, b string) int {
	negative := a[0] == '-'
	switch {
	case negative != (b[0] == '-'):
		if negative {
			return -1
		}
		return 1
	case negative:
		a, b = b[1:], a[1:]
	}
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(a, b)
}

// compareFloat compares f with n, which is no float.
func compareFloat(f float64, n number) int {
	switch n.kind {
	case bigNumber:
		if c := cmp.Compare(f, n.f); c != 0 {
			return c
		}
		return compareDigits(strconv.FormatFloat(f, 'f', 0, 64), n.big)
	case uintNumber:
		if f < 1<<63 {
			return -1
		}
		if f >= 1<<64 {
			return 1
		}
		return cmp.Compare(uint64(f), n.u) // f has no fraction here
	}
	if f < -1<<63 {
		return -1
	}
	if f >= 1<<63 {
		return 1
	}
	if c := cmp.Compare(int64(f), n.i); c != 0 {
		return c
	}
	return cmp.Compare(f, math.Trunc(f))
}

// append appends the number as the JSON form of a record shows it.
func (n *number) append(dst []byte) []byte {
	switch n.kind {
	case intNumber:
		return strconv.AppendInt(dst, n.i, 10)
	case uintNumber:
		return strconv.AppendUint(dst, n.u, 10)
	case bigNumber:
		return append(dst, n.big...)
	}
	if a := math.Abs(n.f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.AppendFloat(dst, n.f, 'e', -1, 64)
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, n.f, 'f', -1, 64)
	if bytes.IndexByte(dst[from:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// forms returns the texts that numbers equal to n may have in a record: 42 may be 42.0, and 0 -0.0.
func (n *number) forms() []string {
	texts := []string{string(n.append(nil))}
	switch n.kind {
	case intNumber:
		if f := float64(n.i); compareFloat(f, *n) == 0 {
			texts = append(texts, floatForm(f))
		}
		if n.i == 0 {
			texts = append(texts, floatForm(math.Copysign(0, -1)))
		}
	case uintNumber:
		if f := float64(n.u); compareFloat(f, *n) == 0 {
			texts = append(texts, floatForm(f))
		}
	case bigNumber:
		texts = append(texts, floatForm(n.f))
	case floatNumber:
		if n.f == 0 {
			return []string{"0", floatForm(0), floatForm(math.Copysign(0, -1))}
		}
		if n.f == math.Trunc(n.f) && math.Abs(n.f) < 1<<63 {
			texts = append(texts, strconv.FormatInt(int64(n.f), 10))
		} else if n.f == math.Trunc(n.f) {
			texts = append(texts, strconv.FormatFloat(n.f, 'f', 0, 64))
		}
	}
	return texts
}

func floatForm(f float64) string {
	n := number{kind: floatNumber, f: f}
	return string(n.append(nil))
}
