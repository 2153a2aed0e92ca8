package chunk

import (
	"encoding/binary"
	"log/slog"
	"math"
)

// The sections of a column of attrs that holds no texts are two:
//
//	numbers  of all values, or, if mode is 1, of the different ones: mode, exponent or count, integers
//	codes    which number each value is, if mode is 1; of kindBool the values themselves; of kindTime the zones;
//	         of floats in mode 3 their bytes
//
// Mode 0 has integers, mode 2 floats as integers, divided by ten to the power of exponent, and mode 3 floats
// by their bits: the lowest bytes of all first. The mode and the exponent are bytes, the count is a uvarint.
const (
	numbersPlain   = 0
	numbersCodes   = 1
	numbersDecimal = 2
	numbersBits    = 3

	maxExponent = 9
)

// add takes a value of the column's kind.
func (c *attrColumn) add(v *slog.Value) {
	switch c.kind {
	case kindString:
		c.texts = append(c.texts, v.String())
	case kindInt:
		c.ints = append(c.ints, v.Int64())
	case kindUint:
		c.ints = append(c.ints, int64(v.Uint64()))
	case kindFloat:
		c.ints = append(c.ints, int64(math.Float64bits(v.Float64())))
	case kindBool:
		c.ints = append(c.ints, 0)
		if v.Bool() {
			c.ints[len(c.ints)-1] = 1
		}
	case kindDuration:
		c.ints = append(c.ints, int64(v.Duration()))
	case kindTime:
		t := v.Time()
		c.ints = append(c.ints, t.UnixNano())
		c.zones = append(c.zones, zoneOf(t))
	case kindNil:
		c.ints = append(c.ints, 0)
	}
}

// numberPacker packs columns of attrs that hold no texts.
type numberPacker struct {
	known  map[int64]uint32
	values []int64
	codes  []uint32
	buf    []byte
}

// pack adds the sections of the column. It leaves the different values in values, where they are few, else nothing.
func (p *numberPacker) pack(w *writer, c *attrColumn) {
	p.values = p.values[:0]
	switch c.kind {
	case kindNil:
		w.section(nil)
		w.section(nil)
	case kindBool:
		p.codes = p.codes[:0]
		for _, b := range c.ints {
			p.codes = append(p.codes, uint32(b))
		}
		w.section(nil)
		w.section(appendCodes(p.buf[:0], p.codes, 2))
	case kindTime:
		w.section(appendTimes(append(p.buf[:0], numbersPlain), c.ints))
		w.section(appendInts(p.buf[:0], c.zones))
	default:
		if p.packCodes(w, c.ints) {
			return
		}
		if c.kind == kindFloat {
			p.packFloats(w, c.ints)
			return
		}
		p.buf = appendInts(append(p.buf[:0], numbersPlain), c.ints)
		w.section(p.buf)
		w.section(nil)
	}
}

// packCodes packs few different values.
func (p *numberPacker) packCodes(w *writer, v []int64) bool {
	if p.known == nil {
		p.known = make(map[int64]uint32)
	}
	clear(p.known)
	p.codes = p.codes[:0]
	most := min(256, 2+len(v)/16)
	for i, x := range v {
		if i > 0 && x == v[i-1] {
			p.codes = append(p.codes, p.codes[i-1])
			continue
		}
		code, ok := p.known[x]
		if !ok {
			if len(p.values) == most {
				p.values = p.values[:0]
				return false
			}
			code = uint32(len(p.values))
			p.known[x] = code
			p.values = append(p.values, x)
		}
		p.codes = append(p.codes, code)
	}
	p.buf = binary.AppendUvarint(append(p.buf[:0], numbersCodes), uint64(len(p.values)))
	p.buf = appendInts(p.buf, p.values)
	w.section(p.buf)
	p.buf = appendCodes(p.buf[:0], p.codes, len(p.values))
	w.section(p.buf)
	return true
}

// packFloats packs floats, given by their bits.
func (p *numberPacker) packFloats(w *writer, bits []int64) {
	if exponent, ok := decimals(bits); ok {
		scale := math.Pow10(exponent)
		ints := make([]int64, len(bits))
		for i, b := range bits {
			ints[i] = int64(math.Round(math.Float64frombits(uint64(b)) * scale))
		}
		p.buf = appendInts(append(p.buf[:0], numbersDecimal, byte(exponent)), ints)
		w.section(p.buf)
		w.section(nil)
		return
	}
	w.section([]byte{numbersBits})
	p.buf = p.buf[:0]
	for i := range 8 {
		for _, b := range bits {
			p.buf = append(p.buf, byte(b>>(8*i)))
		}
	}
	w.section(p.buf)
}

// decimals returns the power of ten that makes integers of all floats, from which dividing makes the same floats
// again.
func decimals(bits []int64) (exponent int, ok bool) {
	scale := 1.0
	for _, b := range bits {
		f := math.Float64frombits(uint64(b))
		for {
			n := math.Round(f * scale)
			if math.Abs(n) < 1<<53 && int64(math.Float64bits(n/scale)) == b {
				break
			}
			if exponent++; exponent > maxExponent {
				return 0, false
			}
			scale = math.Pow10(exponent)
		}
	}
	// A later float may have needed a power with which an earlier one comes out otherwise.
	for _, b := range bits {
		n := math.Round(math.Float64frombits(uint64(b)) * scale)
		if !(math.Abs(n) < 1<<53) || int64(math.Float64bits(float64(int64(n))/scale)) != b {
			return 0, false
		}
	}
	return exponent, true
}
