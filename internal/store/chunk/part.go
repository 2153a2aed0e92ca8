package chunk

import (
	"encoding/binary"
	"hash/crc32"
)

// A part is a list of sections, which are compressed each by itself:
//
//	┌─────────┬──────────┬───────────────────┬─────────────┬────────┐
//	│ version │ sections │ length, stored  … │ section …   │ CRC    │
//	└─────────┴──────────┴───────────────────┴─────────────┴────────┘
//
// Version: a byte. Sections: a uvarint. Of each section its length times two, plus one if it is compressed, and
// then the length it is stored with: uvarints. CRC: CRC-32C of all before, four bytes, little endian.
const (
	partVersion = 1
	// maxSections bounds the sections of a part, and maxSection the bytes of one.
	maxSections = 1 << 14
	maxSection  = 1 << 28
	// maxValues bounds the numbers and terms in a column.
	maxValues = 1 << 24
	// minCompressed is the length from which on it is tried to compress a section.
	minCompressed = 48
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// writer makes a part.
type writer struct {
	codec    *Codec
	sections int
	dir      []byte
	body     []byte
}

func (w *writer) reset() { w.sections, w.dir, w.body = 0, w.dir[:0], w.body[:0] }

// section adds a section, which is compressed if that makes it smaller.
func (w *writer) section(p []byte) {
	w.sections++
	from := len(w.body)
	if len(p) >= minCompressed {
		w.body = w.codec.enc.EncodeAll(p, w.body)
		if n := len(w.body) - from; n < len(p)-len(p)/32 {
			w.dir = binary.AppendUvarint(w.dir, uint64(len(p))<<1|1)
			w.dir = binary.AppendUvarint(w.dir, uint64(n))
			return
		}
		w.body = w.body[:from]
	}
	w.dir = binary.AppendUvarint(w.dir, uint64(len(p))<<1)
	w.body = append(w.body, p...)
}

// part returns the part, which is the caller's.
func (w *writer) part() []byte {
	p := make([]byte, 0, 1+binary.MaxVarintLen32+len(w.dir)+len(w.body)+4)
	p = binary.AppendUvarint(append(p, partVersion), uint64(w.sections))
	return appendSum(append(append(p, w.dir...), w.body...))
}

// appendSum appends the checksum of p.
func appendSum(p []byte) []byte {
	return binary.LittleEndian.AppendUint32(p, crc32.Checksum(p, castagnoli))
}

// checkSum returns what is before the checksum at the end of p: so many bytes, or any number if want is negative.
func checkSum(p []byte, want int) ([]byte, error) {
	n := len(p) - sumBytes
	switch {
	case want >= 0 && n != want:
		return nil, corrupt("%d bytes, want %d", len(p), want+sumBytes)
	case n < 0:
		return nil, corrupt("%d bytes, want at least %d", len(p), sumBytes)
	}
	if got, sum := crc32.Checksum(p[:n], castagnoli), binary.LittleEndian.Uint32(p[n:]); got != sum {
		return nil, corrupt("the checksum is %08x, want %08x", got, sum)
	}
	return p[:n], nil
}

// part is a part whose sections are decompressed when they are asked for.
type part struct {
	codec    *Codec
	bufs     *buffers
	sections []section
}

type section struct {
	stored     []byte
	length     int
	compressed bool
	raw        []byte // once it was asked for
}

// openPart takes a part apart. It keeps p.
func openPart(codec *Codec, bufs *buffers, p []byte) (*part, error) {
	p, err := checkSum(p, -1)
	if err != nil {
		return nil, err
	}
	r := reader{b: p}
	if v := r.byte(); r.err == nil && v != partVersion {
		return nil, corrupt("a part of version %d, want %d", v, partVersion)
	}
	s := make([]section, r.count(min(maxSections, len(r.b))))
	lengths := make([]int, len(s))
	for i := range s {
		n := r.count(2*maxSection + 1)
		s[i].length, s[i].compressed = n>>1, n&1 == 1
		if lengths[i] = s[i].length; s[i].compressed {
			lengths[i] = r.count(maxSection)
		}
	}
	for i, n := range lengths {
		s[i].stored = r.bytes(n)
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return &part{codec: codec, bufs: bufs, sections: s}, nil
}

// section returns the bytes of a section, which nobody may change.
func (p *part) section(i int) ([]byte, error) {
	if i < 0 || i >= len(p.sections) {
		return nil, corrupt("section %d of %d", i, len(p.sections))
	}
	s := &p.sections[i]
	if !s.compressed {
		return s.stored, nil
	}
	if s.raw == nil {
		// What a length claims is believed as far as compression is believable.
		raw, err := p.codec.dec.DecodeAll(s.stored, p.bufs.take(min(s.length, 1<<16+1000*len(s.stored))))
		if err != nil {
			return nil, corrupt("section %d: %v", i, err)
		}
		if len(raw) != s.length {
			return nil, corrupt("section %d has %d bytes, want %d", i, len(raw), s.length)
		}
		s.raw = raw
	}
	return s.raw, nil
}

// reader reads a section. Where there is none, that is its error.
func (p *part) reader(i int) reader {
	b, err := p.section(i)
	return reader{b: b, err: err}
}
