package record

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

func appendInt(dst []byte, n int64) []byte {
	if n < 0 {
		return appendUint(append(dst, '-'), -uint64(n))
	}
	return appendUint(dst, uint64(n))
}

func appendUint(dst []byte, n uint64) []byte {
	if n < 10 {
		return append(dst, '0'+byte(n))
	}
	if n >= 1e8 {
		return append8(appendUint(dst, n/1e8), uint32(n%1e8))
	}
	w := digits8(uint32(n))
	leading := bits.TrailingZeros64(w) &^ 7
	dst = binary.LittleEndian.AppendUint64(dst, (w|allZeros)>>leading)
	return dst[:len(dst)-leading/8]
}

// allZeros is the text of eight zeros, as a word.
const allZeros = 0x3030303030303030

// append8 appends the eight digits of n.
func append8(dst []byte, n uint32) []byte {
	return binary.LittleEndian.AppendUint64(dst, digits8(n)|allZeros)
}

// digits8 returns the eight digits of n, each as a byte, the first one lowest. It divides a word of two
// numbers of four digits, then one of four numbers of two.
func digits8(n uint32) uint64 {
	w := uint64(n/1e4) | uint64(n%1e4)<<32
	hundreds := w * 10486 >> 20 & 0x7f_0000007f // n/100 for n below 10,000
	w = hundreds | (w-100*hundreds)<<16
	tens := w * 103 >> 10 & 0x000f_000f_000f_000f // n/10 for n below 100
	return tens | (w-10*tens)<<8
}

// trailing returns how many digits of those that digits8 returned are zeros at the end.
func trailing(digits uint64) int { return bits.LeadingZeros64(digits) / 8 }

// appendFloat appends f so that a reader can tell it from an integer: in the shortest form that reads
// back as f, with a point or an exponent.
func appendFloat(dst []byte, f float64) []byte {
	magnitude := math.Abs(f)
	if magnitude < 1e9 {
		// Most floats in logs have few decimals. One that is n millionths, exactly as far as floats
		// can tell, has no shorter form than the digits of n: at most fifteen, and no two numbers of
		// fifteen digits are the same float.
		if n := int64(magnitude*1e6 + 0.5); float64(n)/1e6 == magnitude {
			return appendMillionths(dst, uint64(n), math.Signbit(f))
		}
	}
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	case magnitude < 1e-6 || magnitude >= 1e21:
		return appendExponent(dst, f)
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if bytes.IndexByte(dst[from:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendMillionths appends n millionths, n being below 10¹⁵, with at least one decimal.
func appendMillionths(dst []byte, n uint64, negative bool) []byte {
	if negative {
		dst = append(dst, '-')
	}
	dst = appendUint(dst, n/1e6)
	decimals := uint32(n % 1e6)
	if decimals == 0 {
		return append(dst, ".0"...)
	}
	w := digits8(decimals) >> 16 << 8 // six digits, after room for the point
	dst = binary.LittleEndian.AppendUint64(dst, (w|allZeros)&^0xff|'.')
	return dst[:len(dst)-trailing(w)]
}

// appendExponent appends f with an exponent, as encoding/json writes it: 1e+21, 1e-7.
func appendExponent(dst []byte, f float64) []byte {
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	if n := len(dst); n >= 4 && dst[n-4] == 'e' && dst[n-3] == '-' && dst[n-2] == '0' {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}
