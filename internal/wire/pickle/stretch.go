package pickle

import (
	"encoding/binary"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

// A stretch is a row of items of a record's dict that came before in just these bytes. Python writes
// the keys in one order, and most values come again and again: the logger; the level with its number; the
// file with what is derived from it; the line with its function; the thread with its process. To
// find the stretch and compare the bytes is all there is to do for them.
type stretch struct {
	program []byte   // the opcodes of the items
	entry   int      // the memo entry of the first key
	puts    []uint32 // where in the program the opcodes are whose strings it puts in the memo
	items   int
	text    int // bytes that Limits.Text counts
	facts   []fact
	next    *stretch // the one that came behind it the last time
}

// fact is what an item tells the builder.
type fact struct {
	key    logrecord.Key
	isText bool
	num    int64
	text   string
}

const (
	// longestStretch bounds the bytes of a program, about, keptStretches those of all programs that are kept:
	// then all are forgotten.
	longestStretch = 1 << 9
	keptStretches  = 24 << 10
	// stretchSlots is the number of stretches that are kept of those that begin with one item.
	stretchSlots = 64
)

// stretches are those that begin with the same item. A stretch is remembered by its hash when it is
// seen, and kept when it is seen again.
type stretches struct {
	seen  [stretchSlots]uint32
	slots [stretchSlots]struct {
		hash uint32
		s    *stretch
	}
}

// keySet is a set of keys that have a meaning.
type keySet uint32

func (s keySet) has(k logrecord.Key) bool { return s&(1<<k) != 0 }

const (
	// leading are the keys that a stretch begins with: their values say which it is.
	leading keySet = 1<<logrecord.Name | 1<<logrecord.Args | 1<<logrecord.LevelName | 1<<logrecord.PathName |
		1<<logrecord.ExcText | 1<<logrecord.LineNo | 1<<logrecord.ThreadID | 1<<logrecord.TaskName
	// following are the keys that a stretch goes on with: their values mostly follow from the first.
	following keySet = 1<<logrecord.LevelNo | 1<<logrecord.FileName | 1<<logrecord.Module | 1<<logrecord.ExcInfo |
		1<<logrecord.StackInfo | 1<<logrecord.FuncName | 1<<logrecord.ThreadName | 1<<logrecord.ProcessName | 1<<logrecord.ProcessID
)

// stretchHash returns the hash of the stretch whose first value stands at pos, never 0. entry is the
// memo entry of its key.
func stretchHash(p []byte, pos, entry int) uint32 {
	if len(p)-pos < 16 {
		return 1
	}
	first, last := binary.LittleEndian.Uint64(p[pos:]), uint64(0)
	switch v, n := directText(p, pos); {
	case n >= 8: // a text is told by its end
		last = binary.LittleEndian.Uint64(p[int(v.num)+int(v.n)-8:])
	case p[pos] == opLong:
		last = binary.LittleEndian.Uint64(p[pos+8:])
	}
	h := (first*0x9e3779b97f4a7c15 ^ last ^ uint64(entry)) * 0xd6e8feb86659fd93
	return uint32(h>>32) | 1
}

// stands reports whether s is what stands at pos, with the next item behind it.
func (s *stretch) stands(p []byte, pos, entry int) bool {
	n := len(s.program)
	return s.entry == entry && len(p)-pos > n && string(p[pos:pos+n]) == string(s.program) && itemEnds(p, pos+n)
}

// stretchAt returns the stretch of those that stands at pos, or nil. Its first value stands at value.
func (d *Decoder) stretchAt(of *stretches, pos, value int) *stretch {
	hash := stretchHash(d.frame, value, len(d.puts))
	i := hash >> 16 % stretchSlots
	for _, i := range [2]uint32{i, i ^ 1} {
		if slot := &of.slots[i]; slot.hash == hash && slot.s.stands(d.frame, pos, len(d.puts)) {
			return slot.s
		}
	}
	if of.seen[i] != hash {
		of.seen[i] = hash
		return nil
	}
	s := d.newStretch(pos)
	if s == nil {
		return nil
	}
	if d.kept += len(s.program); d.kept > keptStretches {
		d.kept = 0
		for i := range d.places {
			d.places[i].stretches = nil
		}
		return nil
	}
	if of.slots[i].hash != 0 {
		of.slots[i^1] = of.slots[i]
	}
	of.slots[i].hash, of.slots[i].s = hash, s
	return s
}

// newStretch makes a stretch of the items at start: the first, and those after it that follow. It
// returns nil if the first is none that can be kept.
func (d *Decoder) newStretch(start int) *stretch {
	p, puts, text := d.frame, len(d.puts), d.text
	var s stretch
	pos := start
	for d.early+s.items < len(d.places) && pos-start < longestStretch {
		key, n := directText(p, pos)
		put := putLen(p, pos+n, len(d.puts))
		if n == 0 || put == 0 {
			break
		}
		k := logrecord.KeyOf(d.in(key))
		if s.items > 0 && !following.has(k) {
			break
		}
		value := pos + n + put
		f, end := d.factAt(k, value)
		if end == 0 {
			break
		}
		d.puts = append(d.puts, uint32(pos))
		if f.isText {
			d.puts = append(d.puts, uint32(value))
		}
		if f.key != logrecord.Other {
			s.facts = append(s.facts, f)
		}
		s.items++
		pos = end
	}
	var made *stretch
	if s.items > 0 {
		s.program, s.entry, s.text = slices.Clone(p[start:pos]), puts, d.text-text
		for _, at := range d.puts[puts:] {
			s.puts = append(s.puts, at-uint32(start))
		}
		made = new(s)
	}
	d.puts, d.text = d.puts[:puts], text
	return made
}

// factAt returns what the value at pos tells the builder about k; nothing, if it is None. end is 0 if
// it cannot be part of a stretch.
func (d *Decoder) factAt(k logrecord.Key, pos int) (f fact, end int) {
	v, n := d.directValue(pos)
	end = pos + n
	switch {
	case n == 0 || d.frame[pos] == opBinGet:
		return f, 0
	case v.kind == kindNone:
	case v.kind == kindInt:
		f = fact{key: k, num: int64(v.num)}
	case v.kind == kindText && v.n <= longestKnown:
		put := putLen(d.frame, end, len(d.puts)+1)
		if put == 0 {
			return f, 0
		}
		end += put
		text, _ := d.textOf(v)
		f = fact{key: k, isText: true, text: string(text)}
	default:
		return f, 0
	}
	if !itemEnds(d.frame, end) {
		return f, 0
	}
	return f, end
}

// repeat does the items of s, which stands at pos, and returns where they end.
func (d *Decoder) repeat(s *stretch, pos int) int {
	from := len(d.puts)
	d.puts = slices.Grow(d.puts, len(s.puts))[:from+len(s.puts)]
	for i, at := range s.puts {
		d.puts[from+i] = uint32(pos) + at
	}
	d.early += s.items
	d.text += s.text
	for i := range s.facts {
		if f := &s.facts[i]; f.isText {
			d.builder.SetText(f.key, f.text)
		} else {
			d.builder.SetInt(f.key, f.num)
		}
	}
	return pos + len(s.program)
}
