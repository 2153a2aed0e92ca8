package logrecord

import (
	"encoding/binary"
	"strings"
)

// Texts makes the strings of records from the bytes of a message. Most strings of a record are those of one before
// it: keys, names, paths. They are found in a small table and cost no memory; the others are cut from slabs, so that a
// string keeps alive some 8 KiB of others. It is not for concurrent use. The zero Texts is ready.
type Texts struct {
	slab  Slab
	known *[1024]knownText // made when it is needed
}

// knownText is an entry of the table. A text is remembered by its hash when it is seen, and kept when
// it is seen again.
type knownText struct {
	hash uint32
	text string
}

const (
	// firstSlab and maxSlab are the sizes of slabs: a text keeps alive the one it is cut from. The first is small for
	// connections that bring a record or two.
	firstSlab = 1 << 10
	maxSlab   = 1 << 13
	// LongestKnown bounds the texts that are looked for in the table.
	LongestKnown = 128
)

// Text returns b as a string of its own, mended as by [Mend].
func (t *Texts) Text(b []byte) string {
	n := len(b)
	var h uint64
	switch {
	case n > LongestKnown:
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
	if t.known == nil {
		t.known = new([1024]knownText)
	}
	e := &t.known[hash>>22]
	if string(b) == e.text {
		return e.text
	}
	if e.hash == hash {
		e.text = Mend(string(b))
		return e.text
	}
	e.hash = hash
	return t.cut(b)
}

// cut returns b as a string from a slab.
func (t *Texts) cut(b []byte) string { return Mend(t.slab.Text(b)) }

// Slab makes strings that lie side by side in memory, so that most of them cost no allocation. It is not for
// concurrent use. The zero Slab is ready.
type Slab struct {
	b strings.Builder // written once, never over
}

// Text returns b as a string of its own.
func (s *Slab) Text(b []byte) string {
	from := s.b.Len()
	if len(b) > s.b.Cap()-from {
		if len(b) > maxSlab/4 {
			return string(b)
		}
		size := min(max(2*s.b.Cap(), firstSlab), maxSlab)
		s.b, from = strings.Builder{}, 0
		s.b.Grow(max(size, len(b)))
	}
	s.b.Write(b)
	return s.b.String()[from:]
}
