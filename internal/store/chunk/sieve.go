package chunk

import (
	"encoding/binary"
	"fmt"
)

// A sieve says of a term whether a chunk may have it: a Bloom filter, cut into lots. A term belongs to one lot,
// by its hash, and there has sieveProbes bits of lotBits.
//
//	┌───────┬───────┬─ ─ ─
//	│ lot 0 │ lot 1 │         a lot: lotBits bits, the lowest bit of a byte first
//	└───────┴───────┴─ ─ ─
//
// A grid is the sieves of up to 64 chunks that have as many lots each, turned over: for each lot, and each bit of
// it, eight bytes, little endian, of which the bit at i says what the lot has for chunk i. So what has to be
// read for a term is one lot for 64 chunks. Lots of grids and sieves end in four bytes of CRC-32C.
const (
	lotBits     = 2048
	sieveProbes = 7
	bitsPerTerm = 10
	sumBytes    = 4

	// GridChunks is how many chunks a grid has room for.
	GridChunks = 64
	// MaxLots bounds the lots of a sieve.
	MaxLots = 1 << 14
)

// Lots returns how many lots a sieve for so many terms should have.
func Lots(terms int) int {
	return min(max((terms*bitsPerTerm+lotBits-1)/lotBits, 1), MaxLots)
}

// LotOf returns the lot that a hash belongs to.
func LotOf(hash uint64, lots int) int { return int((hash >> 32) * uint64(lots) >> 32) }

// probe goes through the bits of a hash within its lot.
type probe struct{ at, step uint32 }

func probeOf(hash uint64) probe {
	h := mix(hash, hashB)
	return probe{uint32(h), uint32(h>>32) | 1}
}

func (p *probe) next() uint32 {
	at := p.at % lotBits
	p.at += p.step
	p.step += 0x3c6ef362
	return at
}

// Sieve makes a sieve of hashes.
func Sieve(hashes []uint64, lots int) []byte {
	b := make([]byte, lots*lotBits/8, lots*lotBits/8+sumBytes)
	for _, h := range hashes {
		lot := b[LotOf(h, lots)*lotBits/8:][:lotBits/8]
		p := probeOf(h)
		for range sieveProbes {
			i := p.next()
			lot[i/8] |= 1 << (i % 8)
		}
	}
	return appendSum(b)
}

// SieveHas reports whether a sieve may have a hash.
func SieveHas(sieve []byte, lots int, hash uint64) (bool, error) {
	b, err := checkSum(sieve, lots*lotBits/8)
	if err != nil {
		return false, err
	}
	lot := b[LotOf(hash, lots)*lotBits/8:][:lotBits/8]
	p := probeOf(hash)
	for range sieveProbes {
		i := p.next()
		if lot[i/8]>>(i%8)&1 == 0 {
			return false, nil
		}
	}
	return true, nil
}

// Grid makes the lots of a grid of at most [GridChunks] sieves.
func Grid(sieves [][]byte, lots int) ([][]byte, error) {
	if len(sieves) > GridChunks {
		return nil, fmt.Errorf("a grid of %d sieves, want at most %d", len(sieves), GridChunks)
	}
	all := make([][]byte, len(sieves))
	for i, sieve := range sieves {
		b, err := checkSum(sieve, lots*lotBits/8)
		if err != nil {
			return nil, err
		}
		all[i] = b
	}
	grid := make([][]byte, lots)
	for lot := range grid {
		b := make([]byte, 8*lotBits, 8*lotBits+sumBytes)
		for at := range lotBits / 8 {
			for eight := 0; eight < len(all); eight += 8 {
				var block uint64
				for i, sieve := range all[eight:min(eight+8, len(all))] {
					block |= uint64(sieve[lot*lotBits/8+at]) << (8 * i)
				}
				block = turn(block)
				for row := range 8 {
					b[8*(8*at+row)+eight/8] = byte(block >> (8 * row))
				}
			}
		}
		grid[lot] = appendSum(b)
	}
	return grid, nil
}

// turn turns over a block of 8 times 8 bits: bit j of byte i becomes bit i of byte j.
func turn(x uint64) uint64 {
	x = x&0xaa55aa55aa55aa55 | x&0x00aa00aa00aa00aa<<7 | x>>7&0x00aa00aa00aa00aa
	x = x&0xcccc3333cccc3333 | x&0x0000cccc0000cccc<<14 | x>>14&0x0000cccc0000cccc
	return x&0xf0f0f0f00f0f0f0f | x&0x00000000f0f0f0f0<<28 | x>>28&0x00000000f0f0f0f0
}

// GridHas returns which chunks of a grid may have a hash, by the lot that the hash belongs to.
func GridHas(lot []byte, hash uint64) (uint64, error) {
	b, err := checkSum(lot, 8*lotBits)
	if err != nil {
		return 0, err
	}
	chunks := ^uint64(0)
	p := probeOf(hash)
	for range sieveProbes {
		chunks &= binary.LittleEndian.Uint64(b[8*p.next():])
	}
	return chunks, nil
}
