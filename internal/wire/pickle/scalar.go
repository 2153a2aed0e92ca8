package pickle

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
)

// stepScalar does the opcodes of numbers and constants.
func (d *Decoder) stepScalar(op byte) {
	switch op {
	case opNewTrue:
		d.push(value{kind: kindBool, num: 1})
	case opNewFalse:
		d.push(value{kind: kindBool})
	case opBinInt1:
		d.pushNumber(1)
	case opBinInt2:
		d.pushNumber(2)
	case opBinInt:
		if n, ok := d.number(4); ok {
			d.push(signed(int64(int32(n))))
		}
	case opInt, opLong:
		if v, ok := d.line(kindDigits); ok {
			d.pushDigits(op, v)
		}
	case opLong1:
		if v, ok := d.sized(1, kindBinary); ok {
			d.pushBinary(v)
		}
	case opLong4:
		if v, ok := d.sized(4, kindBinary); ok {
			d.pushBinary(v)
		}
	case opFloat:
		if v, ok := d.line(kindText); ok {
			f, err := strconv.ParseFloat(string(d.in(v)), 64)
			if err != nil && !math.IsInf(f, 0) {
				d.fail(d.at, "FLOAT %s is no number", excerpt(d.in(v)))
			}
			d.push(floating(f))
		}
	case opBinFloat:
		if b := d.take(8); b != nil {
			d.push(value{kind: kindFloat, num: binary.BigEndian.Uint64(b)})
		}
	}
}

func (d *Decoder) pushNumber(width int) {
	if n, ok := d.number(width); ok {
		d.push(value{kind: kindInt, num: n})
	}
}

// pushDigits pushes the integer that is written as v, which INT and LONG write alike; INT also
// writes the booleans of protocols 0 and 1.
func (d *Decoder) pushDigits(op byte, v value) {
	text := d.in(v)
	if op == opInt && (string(text) == "00" || string(text) == "01") {
		d.push(value{kind: kindBool, num: uint64(text[1] - '0')})
		return
	}
	if n := len(text); n > 0 && text[n-1] == 'L' {
		text = text[:n-1]
	}
	digits := text
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	if len(digits) > max(d.limits.Digits, 20) { // 64 bits are always taken
		d.fail(d.at, "an integer of %d digits, at most %d are taken", len(digits), d.limits.Digits)
		return
	}
	if !areDigits(digits) {
		d.fail(d.at, "%s %s is no decimal integer", opcode(op), excerpt(text))
		return
	}
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	negative := text[0] == '-'
	if n, err := strconv.ParseUint(string(digits[:min(len(digits), 21)]), 10, 64); err == nil {
		switch {
		case n <= math.MaxInt64 && negative:
			d.push(signed(-int64(n)))
			return
		case n <= math.MaxInt64:
			d.push(signed(int64(n)))
			return
		case !negative:
			d.push(value{kind: kindUint, num: n})
			return
		case n == 1<<63:
			d.push(signed(math.MinInt64))
			return
		}
	}
	k := kindDigits
	if negative {
		k = kindNegative
	}
	d.push(value{k, uint32(len(digits)), v.num + uint64(v.n) - uint64(len(d.in(v))-len(text)) - uint64(len(digits))})
}

func areDigits(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return len(b) > 0
}

// pushBinary pushes the integer that is v's bytes in two's complement, little endian.
func (d *Decoder) pushBinary(v value) {
	b := d.in(v)
	if digits := int(float64(len(b)) * 8 * math.Log10(2)); digits > d.limits.Digits {
		d.fail(d.at, "an integer of %d bytes, at most %d digits are taken", len(b), d.limits.Digits)
		return
	}
	switch n := len(b); {
	case n == 0:
		d.push(signed(0))
	case n <= 8:
		var u uint64
		for i, c := range b {
			u |= uint64(c) << (8 * i)
		}
		shift := 64 - 8*n
		d.push(signed(int64(u<<shift) >> shift))
	case n == 9 && b[8] == 0:
		d.push(value{kind: kindUint, num: binary.LittleEndian.Uint64(b)})
	default:
		d.push(v)
	}
}

// workOfDigit is what a byte of a large integer costs, counted in bytes of text.
const workOfDigit = 16

// appendBig appends the decimal digits of an integer beyond 64 bits.
func (d *Decoder) appendBig(dst []byte, v value) []byte {
	b := d.in(v)
	if !d.spend(workOfDigit * len(b)) {
		return dst
	}
	switch v.kind {
	case kindDigits:
		return append(dst, b...)
	case kindNegative:
		return append(append(dst, '-'), b...)
	}
	var n big.Int
	be := make([]byte, len(b))
	for i, c := range b {
		be[len(b)-1-i] = c
	}
	n.SetBytes(be)
	if be[0] >= 0x80 {
		n.Sub(&n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return n.Append(dst, 10)
}

// excerpt quotes what an error shows of bytes from outside.
func excerpt(b []byte) string {
	const most = 40
	if len(b) > most {
		return strconv.QuoteToASCII(string(b[:most])) + "…"
	}
	return strconv.QuoteToASCII(string(b))
}
