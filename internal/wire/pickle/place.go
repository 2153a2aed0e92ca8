package pickle

import (
	"log/slog"
	"math"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

// place is an item of a record's dict as it stood in the frame before. Python writes the keys in
// one order, and many values stay the same, so that frame after frame has the same bytes at the
// same place: to compare them is all there is to do.
type place struct {
	program [placeBytes]byte // the opcodes of the key, then those of its value
	keyEnd  int              // where those of the key end; 0 if there are none
	end     int              // where those of the value end; 0 if it was none that is kept

	entry        int   // the memo entry that the key is put in
	keyInProgram value // the key, as if the program were the frame
	key          logrecord.Key
	name         string // a key without a meaning, of which nothing else is kept

	valueInProgram value  // likewise; kindNone for None
	text           string // what the value is, but for None
}

// placeBytes bounds the items that are kept.
const placeBytes = 80

// holdsKey reports whether the key stands at pos.
func (at *place) holdsKey(p []byte, pos, entry int) bool {
	n := at.keyEnd
	return n > 0 && at.entry == entry && len(p)-pos >= n && string(p[pos:pos+n]) == string(at.program[:n])
}

// holdsValue reports whether the value, and nothing but the next item, stands at pos.
func (at *place) holdsValue(p []byte, pos int) bool {
	n := at.end - at.keyEnd
	return n > 0 && len(p)-pos >= n && string(p[pos:pos+n]) == string(at.program[at.keyEnd:at.end]) && itemEnds(p, pos+n)
}

// takeKey is called with the key where the place does not hold it, and keeps it if it has a
// meaning. The key's opcodes are the last n bytes of p. It returns the name of a key without one.
func (d *Decoder) takeKey(at *place, p []byte, n, entry int, key value) (name string) {
	text := d.in(key)
	if at.key == logrecord.Other && at.name != "" && at.name == string(text) {
		return at.name
	}
	at.keyEnd, at.end, at.name = 0, 0, ""
	if at.key = logrecord.KeyOf(text); at.key == logrecord.Other {
		name, kept := d.known(key)
		if kept {
			at.name = name
		}
		return name
	}
	if n <= len(at.program) {
		from := len(p) - n
		at.keyEnd, at.entry = copy(at.program[:], p[from:]), entry
		at.keyInProgram = key.moved(-from)
	}
	return ""
}

// keepValue keeps the value of the key: the last n bytes of p.
func (at *place) keepValue(p []byte, n int, v value, text string) {
	if at.keyEnd > 0 && n <= len(at.program)-at.keyEnd {
		from := len(p) - n
		at.end = at.keyEnd + copy(at.program[at.keyEnd:], p[from:])
		at.valueInProgram, at.text = v.moved(at.keyEnd-from), text
	}
}

// moved returns what v is in a copy of its bytes that stands by further on.
func (v value) moved(by int) value {
	v.num += uint64(by)
	return v
}

// repeats reports whether v is a text that is likely to be that of the record before.
func repeats(k logrecord.Key, v value) bool {
	return v.kind == kindText && v.n <= longestKnown && k != logrecord.Msg
}

// setKey hands the builder the value of a key that has a meaning.
func (d *Decoder) setKey(k logrecord.Key, v value) {
	switch {
	case v.kind == kindInt:
		d.builder.SetInt(k, int64(v.num))
	case v.kind == kindFloat:
		d.builder.SetFloat(k, math.Float64frombits(v.num))
	case v.kind == kindNone:
		if k == logrecord.Msg {
			d.builder.SetKey(k, slog.Value{})
		}
	case repeats(k, v):
		text, _ := d.known(v)
		d.builder.SetText(k, text)
	case v.kind == kindText:
		text, _ := d.textOf(v)
		d.builder.SetText(k, d.strings.cut(text))
	default:
		d.builder.SetKey(k, d.plain(v, 1))
	}
}
