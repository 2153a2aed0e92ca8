package pickle

import (
	"encoding/binary"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

// stringPool makes the strings of records. Most strings of a record are those of the record before:
// names, paths, keys. They are found in a small table and cost no memory; the others are cut from
// slabs.
type stringPool struct {
	slab  logrecord.Slab
	known [256]knownString
}

// knownString is an entry of the table. A string is remembered by its hash when it is seen, and
// kept when it is seen again.
type knownString struct {
	hash uint32
	text string
}

// longestKnown bounds the strings that are looked for in the table.
const longestKnown = 128

// entry returns the entry that text has, or would have, in the table; nil if text is too long for
// it. The entry holds text if its own text is the same.
func (p *stringPool) entry(text []byte) (e *knownString, hash uint32) {
	n := len(text)
	if n > longestKnown {
		return nil, 0
	}
	var h uint64
	switch {
	case n >= 8:
		h = binary.LittleEndian.Uint64(text)*0x9e3779b97f4a7c15 ^ binary.LittleEndian.Uint64(text[n-8:])
	case n >= 4:
		h = uint64(binary.LittleEndian.Uint32(text))<<32 | uint64(binary.LittleEndian.Uint32(text[n-4:]))
	default:
		for _, c := range text {
			h = h<<8 | uint64(c)
		}
	}
	hash = uint32((h ^ uint64(n)) * 0xd6e8feb86659fd93 >> 32)
	return &p.known[hash>>24], hash
}

// keep returns text, which is not the entry's, as a string. It puts it in the entry if it was seen
// before; kept reports whether it did.
func (p *stringPool) keep(e *knownString, hash uint32, text []byte) (s string, kept bool) {
	if e == nil {
		return p.slab.Text(text), false
	}
	if e.hash == hash {
		e.text = string(text)
		return e.text, true
	}
	e.hash = hash
	return p.slab.Text(text), false
}
