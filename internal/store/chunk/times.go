package chunk

import "encoding/binary"

// Times are integers of nanoseconds, most of which are whole microseconds or milliseconds:
//
//	unit, first, integers of (time − first) / unit
//
// Unit: a byte, the place in units. First: a zigzag varint.
var units = [...]int64{1, 1e3, 1e6, 1e9}

func appendTimes(dst []byte, v []int64) []byte {
	if len(v) == 0 {
		return dst
	}
	unit := len(units) - 1
	for _, ns := range v {
		for (ns-v[0])%units[unit] != 0 {
			unit--
		}
		if unit == 0 {
			break
		}
	}
	dst = binary.AppendVarint(append(dst, byte(unit)), v[0])
	if unit == 0 && v[0] == 0 {
		return appendInts(dst, v)
	}
	scaled := make([]int64, len(v))
	for i, ns := range v {
		scaled[i] = (ns - v[0]) / units[unit]
	}
	return appendInts(dst, scaled)
}

// times reads n times.
func (r *reader) times(n int) []int64 {
	if n == 0 {
		return nil
	}
	unit := int(r.byte())
	if unit >= len(units) {
		r.fail("times of the unit %d, which there is not", unit)
		return make([]int64, n)
	}
	first := r.varint()
	v := r.ints(make([]int64, 0, n), n)
	for i := range v {
		v[i] = v[i]*units[unit] + first
	}
	return v
}
