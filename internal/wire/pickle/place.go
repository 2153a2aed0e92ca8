package pickle

import (
	"log/slog"
	"math"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

// place is what is kept of an item of a record's dict by its number: its key as it stood in the frame
// before, and the stretches that begin with it.
type place struct {
	program [placeBytes]byte // the opcodes of the key
	keyEnd  int              // where they end; 0 if there are none

	entry int // the memo entry that the key is put in
	key   logrecord.Key
	name  string // a key without a meaning, of which nothing else is kept

	stretches *stretches // that begin with the item; nil if none does
}

// placeBytes bounds the keys that are kept.
const placeBytes = 32

// holdsKey reports whether the key stands at pos.
func (at *place) holdsKey(p []byte, pos, entry int) bool {
	n := at.keyEnd
	return n > 0 && at.entry == entry && len(p)-pos >= n && string(p[pos:pos+n]) == string(at.program[:n])
}

// takeKey is called with the key where the place does not hold it, and keeps it if it has a
// meaning. The key's opcodes are the last n bytes of p. It returns the name of a key without one.
func (d *Decoder) takeKey(at *place, p []byte, n int, key value) (name string) {
	text := d.in(key)
	if at.key == logrecord.Other && at.name != "" && at.name == string(text) {
		return at.name
	}
	at.keyEnd, at.name = 0, ""
	was := at.key
	if at.key = logrecord.KeyOf(text); at.key != was {
		at.stretches = nil
	}
	if at.key == logrecord.Other {
		name, kept := d.known(key)
		if kept {
			at.name = name
		}
		return name
	}
	if n <= len(at.program) {
		at.keyEnd, at.entry = copy(at.program[:], p[len(p)-n:]), len(d.puts)
		if at.stretches == nil && leading.has(at.key) {
			at.stretches = new(stretches)
		}
	}
	return ""
}

// repeats reports whether v is a text that is likely to be that of a record before.
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
		d.builder.SetText(k, d.strings.slab.Text(text))
	default:
		d.builder.SetKey(k, d.plain(v, 1))
	}
}
