package chunk

import (
	"encoding/binary"
	"math/bits"
)

// The hashes of terms are written. They are of 64 bits, each pair of 8 bytes multiplied to 128 bits, of which
// the halves are combined.
const (
	hashA = 0x9e3779b97f4a7c15
	hashB = 0xd6e8feb86659fd93

	// seedTerm, seedName and seedValue keep apart terms, names of attrs and their values.
	seedTerm  = 0x2545f4914f6cdd1d
	seedName  = 0x8bb84b93962eacc9
	seedValue = 0x4b33a62ed433d4a3
)

func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

func hash[T ~string | ~[]byte](seed uint64, s T) uint64 {
	h := mix(seed^uint64(len(s)), hashA)
	i := 0
	for ; i+8 <= len(s); i += 8 {
		h = mix(h^eight(s[i:]), hashB)
	}
	if i < len(s) {
		var last [8]byte
		copy(last[:], s[i:])
		h = mix(h^binary.LittleEndian.Uint64(last[:]), hashB)
	}
	return mix(h, hashA)
}

func eight[T ~string | ~[]byte](s T) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// hashTerm is the hash of a term, as package filter cuts and folds them.
func hashTerm[T ~string | ~[]byte](term T) uint64 { return hash(seedTerm, term) }

// hashAttr is the hash of a value under a name, both folded.
func hashAttr[T ~string | ~[]byte](name, value T) uint64 {
	return mix(hash(seedName, name), hash(seedValue, value)|1)
}
