package logrecord

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Time returns the moment that created, in seconds since 1970, stands for, in UTC; ok is false for
// what is no moment of the years 1 to 9999.
//
// A float of today's size is exact to 238 ns only, so that its binary value shows digits nobody
// wrote. Time takes the shortest decimal that is this float, as Python prints it: 1700000000.123456
// is 123,456,000 ns and not 123,456,001.
func Time(created float64) (t time.Time, ok bool) {
	const first, last = 1 << 30, 1 << 32 // from 2004 to 2106
	if created >= first && created < last {
		return time.Unix(split(created)).UTC(), true
	}
	if math.IsNaN(created) || math.Abs(created) > 1e12 || !inCalendar(int64(created)) {
		return time.Time{}, false
	}
	return decimalTime(created)
}

// inCalendar reports whether the second lies in the years 1 to 9999.
func inCalendar(sec int64) bool { return sec >= -62135596800 && sec < 253402300800 }

// split is Time for floats of 2^30 to 2^32, whose shortest decimal never needs more than seven
// digits behind the point. All in integers: f is sec + frac/2^k.
func split(f float64) (sec, nsec int64) {
	bits := math.Float64bits(f)
	mantissa := int64(bits&(1<<52-1) | 1<<52)
	k := uint(1075 - bits>>52) // binary digits behind the point: 22 or 21
	sec = mantissa >> k
	frac := mantissa & (1<<k - 1)
	half := int64(1) << (k - 1)

	// The decimal n/digits is this float if it lies within half a step of it; where it lies at
	// just half a step, rounding takes it to the even float.
	const micro, tenth = 1_000_000, 10_000_000
	n := (frac*micro + half) >> k
	if d := max(n<<k-frac*micro, frac*micro-n<<k); 2*d < micro || 2*d == micro && mantissa&1 == 0 {
		return sec, n * 1000
	}
	n = frac * tenth
	rest := n & (1<<k - 1)
	n >>= k
	if rest > half || rest == half && n&1 == 1 { // a tie goes to the even digit
		n++
	}
	return sec, n * 100
}

// decimalTime is Time by way of the digits.
func decimalTime(f float64) (time.Time, bool) {
	whole, digits, _ := strings.Cut(strconv.FormatFloat(math.Abs(f), 'f', -1, 64), ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	nsec, _ := strconv.ParseInt((digits + "000000000")[:9], 10, 64)
	if f < 0 {
		sec, nsec = -sec, -nsec
	}
	return time.Unix(sec, nsec).UTC(), true
}
