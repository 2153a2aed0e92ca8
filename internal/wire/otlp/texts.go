package otlp

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// texts makes the strings of records. Most strings of a record are those of one before it: keys, names,
// paths. They are found in a small table and cost no memory; the others are cut from slabs.
type texts struct {
	slab  strings.Builder // written once, never over
	known [1024]knownText
}

// knownText is an entry of the table. A text is remembered by its hash when it is seen, and kept when
// it is seen again.
type knownText struct {
	hash uint32
	text string
}

const (
	// firstSlab and maxSlab are the sizes of slabs: a text keeps alive the one it is cut from.
	firstSlab = 1 << 10
	maxSlab   = 1 << 13
	// longestKnown bounds the texts that are looked for in the table.
	longestKnown = 128
)

// text returns b as a string of its own, mended where it is no UTF-8.
func (t *texts) text(b []byte) string {
	n := len(b)
	var h uint64
	switch {
	case n > longestKnown:
		return t.cut(b)
	case n >= 8:
		h = binary.LittleEndian.Uint64(b)*0x9e3779b97f4a7c15 ^ binary.LittleEndian.Uint64(b[n-8:])
		if n > 16 {
			h = h*0x9e3779b97f4a7c15 ^ binary.LittleEndian.Uint64(b[n/2-4:])
		}
	case n >= 4:
		h = uint64(binary.LittleEndian.Uint32(b))<<32 | uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n == 0:
		return ""
	default:
		h = uint64(b[0])<<16 | uint64(b[n/2])<<8 | uint64(b[n-1])
	}
	hash := uint32((h ^ uint64(n)) * 0xd6e8feb86659fd93 >> 32)
	e := &t.known[hash>>22]
	if string(b) == e.text {
		return e.text
	}
	if e.hash == hash {
		e.text = mended(string(b))
		return e.text
	}
	e.hash = hash
	return t.cut(b)
}

// cut returns b as a string from a slab.
func (t *texts) cut(b []byte) string {
	from := t.slab.Len()
	if len(b) > t.slab.Cap()-from {
		if len(b) > maxSlab/4 {
			return mended(string(b))
		}
		size := min(max(2*t.slab.Cap(), firstSlab), maxSlab)
		t.slab, from = strings.Builder{}, 0
		t.slab.Grow(max(size, len(b)))
	}
	t.slab.Write(b)
	return mended(t.slab.String()[from:])
}

// mended returns s with U+FFFD for each byte that is neither UTF-8 nor part of a lone surrogate.
func mended(s string) string {
	if isText(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			if len(s)-i >= 3 && s[i] == 0xed && s[i+1]&0xe0 == 0xa0 && s[i+2]&0xc0 == 0x80 {
				size = 3
			} else {
				b.WriteString("\ufffd")
				i++
				continue
			}
		}
		b.WriteString(s[i : i+size])
		i += size
	}
	return b.String()
}
