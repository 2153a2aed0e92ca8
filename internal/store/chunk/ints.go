package chunk

import (
	"encoding/binary"
	"math/bits"
)

// Integers are packed in blocks of 128, each with as many bits a number as its largest one needs:
//
//	┌──────┬ ─ ─ ─ ┬───────┬───────┬──────────────────┬ ─ ─
//	│ mode │ first │ least │ width │ numbers − least  │ …       a block: least, width, numbers
//	└──────┴ ─ ─ ─ ┴───────┴───────┴──────────────────┴ ─ ─
//
// Mode 0 packs the numbers, mode 1 the first one by itself and the differences of the others to those before.
// Mode, width: a byte. First and least: a zigzag varint. How many numbers there are is known elsewhere, and of
// none nothing is written. The numbers of a block lie bit behind bit, the lowest first, up to a whole
// byte. All arithmetic wraps at 64 bits.
const (
	intsPlain = 0
	intsDelta = 1
	intsBlock = 128
)

func appendInts(dst []byte, v []int64) []byte {
	if len(v) == 0 {
		return dst
	}
	plain, delta := intsCost(v)
	if plain <= delta {
		return appendBlocks(append(dst, intsPlain), v, false)
	}
	dst = binary.AppendVarint(append(dst, intsDelta), v[0])
	return appendBlocks(dst, v, true)
}

// intsCost returns about how many bits the two modes take.
func intsCost(v []int64) (plain, delta int) {
	before := v[0]
	for from := 0; from < len(v); from += intsBlock {
		block := v[from:min(from+intsBlock, len(v))]
		least, most := block[0], block[0]
		leastDelta, mostDelta := block[0]-before, block[0]-before
		for _, x := range block {
			least, most = min(least, x), max(most, x)
			d := x - before
			leastDelta, mostDelta = min(leastDelta, d), max(mostDelta, d)
			before = x
		}
		n := len(block)
		plain += n*bits.Len64(uint64(most-least)) + bits.Len64(zigzag(least))
		delta += n*bits.Len64(uint64(mostDelta-leastDelta)) + bits.Len64(zigzag(leastDelta))
	}
	return plain, delta + bits.Len64(zigzag(v[0]))
}

func zigzag(x int64) uint64 { return uint64(x)<<1 ^ uint64(x>>63) }

// appendBlocks appends the blocks of numbers, or of differences, of which there is one less.
func appendBlocks(dst []byte, v []int64, delta bool) []byte {
	var block [intsBlock]int64
	before := v[0]
	if delta {
		v = v[1:]
	}
	for len(v) > 0 {
		n := min(len(v), intsBlock)
		copy(block[:n], v)
		v = v[n:]
		if delta {
			for i, x := range block[:n] {
				block[i] = x - before
				before = x
			}
		}
		dst = appendBlock(dst, block[:n])
	}
	return dst
}

func appendBlock(dst []byte, v []int64) []byte {
	least, most := v[0], v[0]
	for _, x := range v {
		least, most = min(least, x), max(most, x)
	}
	width := bits.Len64(uint64(most - least))
	dst = append(binary.AppendVarint(dst, least), byte(width))
	if width == 0 {
		return dst
	}
	var low uint64 // bits not yet written, and how many
	held := 0
	for _, x := range v {
		u := uint64(x - least)
		low |= u << held
		if held+width < 64 {
			held += width
			continue
		}
		dst = binary.LittleEndian.AppendUint64(dst, low)
		low = u >> (64 - held) // none if held is 0: a shift by 64
		held += width - 64
	}
	for ; held > 0; held -= 8 {
		dst = append(dst, byte(low))
		low >>= 8
	}
	return dst
}

// ints reads n numbers, which it appends to dst.
func (r *reader) ints(dst []int64, n int) []int64 {
	if n == 0 {
		return dst
	}
	mode := r.byte()
	switch mode {
	case intsPlain:
	case intsDelta:
		dst = append(dst, r.varint())
		n--
	default:
		r.fail("integers are packed in mode %d, which there is not", mode)
	}
	for ; n > 0 && r.err == nil; n -= min(n, intsBlock) {
		dst = r.block(dst, min(n, intsBlock), mode == intsDelta)
	}
	return dst
}

func (r *reader) block(dst []int64, n int, delta bool) []int64 {
	least, width := r.varint(), int(r.byte())
	if width > 64 {
		r.fail("integers of %d bits", width)
		return dst
	}
	packed := r.bytes((n*width + 7) / 8)
	if r.err != nil {
		return dst
	}
	from := len(dst)
	if width == 0 {
		for range n {
			dst = append(dst, least)
		}
	} else {
		dst = unpack(dst, packed, n, width, least)
	}
	if delta {
		before := dst[from-1]
		for i, d := range dst[from:] {
			before += d
			dst[from+i] = before
		}
	}
	return dst
}

func unpack(dst []int64, p []byte, n, width int, least int64) []int64 {
	mask := ^uint64(0) >> (64 - width)
	at := 0 // in bits
	for ; n > 0; n-- {
		i, shift := at>>3, at&7
		at += width
		var u uint64
		if i+9 <= len(p) {
			u = binary.LittleEndian.Uint64(p[i:]) >> shift
			if shift+width > 64 {
				u |= uint64(p[i+8]) << (64 - shift)
			}
		} else {
			u = tail(p[i:], shift)
		}
		dst = append(dst, least+int64(u&mask))
	}
	return dst
}

// tail is the 64 bits from a bit on, near the end of what there is.
func tail(p []byte, shift int) (u uint64) {
	for k := min(len(p), 9) - 1; k >= 0; k-- {
		if k == 8 {
			u = uint64(p[8]) << (64 - shift)
			continue
		}
		b := uint64(p[k]) << (8 * k) >> shift
		u |= b
	}
	return u
}
