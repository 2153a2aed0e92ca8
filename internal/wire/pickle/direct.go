package pickle

import (
	"encoding/binary"
	"log/slog"
	"math"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

// place is the key that stood at a place of the record before. Python writes the keys in one order.
type place struct {
	text string
	key  logrecord.Key
}

// direct does the beginning of nearly every frame: a dict, and as many of its first items as have a
// string for a key and a plain value. They go to the builder without the machine. It leaves the
// machine, and returns the position, as if it had done the opcodes so far, save that the items are
// not in the dict: d.early counts them. Where the program later takes them away from the dict,
// which no pickler does, d.takenBack begins again without this.
func (d *Decoder) direct() (pos int) {
	p := d.frame
	if len(p) > 2 && p[0] == opProto && p[1] <= 5 {
		pos = 2
	}
	if len(p)-pos > 9 && p[pos] == opFrame {
		pos += 9
	}
	if len(p)-pos < 4 || p[pos] != opEmptyDict {
		return 0
	}
	put := put(p, pos+1, 0)
	if put == 0 || pos+1+put >= len(p) || p[pos+1+put] != opMark {
		return 0
	}
	d.at, d.op = pos, opEmptyDict
	d.newObject(objDict, nil)
	d.memo = append(d.memo, d.stack[0])
	d.marks = append(d.marks, 1)
	return d.directItems(pos + 1 + put + 1)
}

// put returns the length of the opcode that puts the top of the stack in memo entry n, if it is
// next and of the usual forms.
func put(p []byte, pos, n int) int {
	if pos >= len(p) {
		return 0
	}
	if p[pos] == opBinPut && pos+1 < len(p) && int(p[pos+1]) == n {
		return 2
	}
	if p[pos] == opMemoize {
		return 1
	}
	return 0
}

// directItems does items from pos on and returns where it stopped.
func (d *Decoder) directItems(pos int) int {
	p, memo := d.frame, d.memo
	defer func() {
		d.memo = memo
		d.count(2 * d.early)
	}()
	for d.early < len(d.places) {
		key, n := directText(p, pos)
		if n == 0 {
			return pos
		}
		pos += n
		n = put(p, pos, len(memo))
		if n == 0 {
			d.push(key)
			return pos
		}
		memo, pos = append(memo, key), pos+n

		v, n := directValue(p, pos, memo)
		if n == 0 {
			d.push(key)
			return pos
		}
		pos += n
		if v.kind == kindText {
			if n := put(p, pos, len(memo)); n > 0 {
				memo, pos = append(memo, v), pos+n
			}
		}
		if pos >= len(p) || p[pos] != opBinUnicode && p[pos] != opShortBinUnicode && p[pos] != opSetItems {
			d.push(key) // something else is done with the value
			d.push(v)
			return pos
		}
		d.setDirect(key, v)
		d.early++
	}
	return pos
}

// directText reads the opcode of a string; n is its length, 0 if it is another.
func directText(p []byte, pos int) (v value, n int) {
	if len(p)-pos < 5 {
		return value{}, 0
	}
	size, head := 0, 2
	switch p[pos] {
	case opBinUnicode:
		size, head = int(binary.LittleEndian.Uint32(p[pos+1:])), 5
	case opShortBinUnicode:
		size = int(p[pos+1])
	default:
		return value{}, 0
	}
	if size > len(p)-pos-head {
		return value{}, 0
	}
	return value{kindText, uint32(size), uint64(pos + head)}, head + size
}

// directValue reads the opcode of a plain value; n is its length, 0 if it is another.
func directValue(p []byte, pos int, memo []value) (v value, n int) {
	if len(p)-pos < 10 {
		return directText(p, pos)
	}
	switch p[pos] {
	case opNone:
		return value{kind: kindNone}, 1
	case opBinInt1:
		return signed(int64(p[pos+1])), 2
	case opBinInt2:
		return signed(int64(binary.LittleEndian.Uint16(p[pos+1:]))), 3
	case opBinInt:
		return signed(int64(int32(binary.LittleEndian.Uint32(p[pos+1:])))), 5
	case opBinFloat:
		return value{kind: kindFloat, num: binary.BigEndian.Uint64(p[pos+1:])}, 9
	case opLong:
		if n, end := smallLong(p, pos+1); end > 0 {
			return value{kind: kindInt, num: n}, end - pos
		}
	case opInt:
		if p[pos+1] == '0' && p[pos+2]|1 == '1' && p[pos+3] == '\n' {
			return value{kind: kindBool, num: uint64(p[pos+2] - '0')}, 4
		}
	case opNewTrue:
		return value{kind: kindBool, num: 1}, 1
	case opNewFalse:
		return value{kind: kindBool}, 1
	case opBinGet:
		if i := int(p[pos+1]); i < len(memo) && memo[i].kind == kindText {
			return memo[i], 2
		}
	}
	return directText(p, pos)
}

// setDirect hands the builder an item of the record's dict.
func (d *Decoder) setDirect(key, v value) {
	p, text := &d.places[d.early], d.in(key)
	if p.text != string(text) {
		p.text, p.key = d.known(key), logrecord.KeyOf(text)
	}
	if p.key == logrecord.Other {
		d.builder.SetOther(p.text, d.plain(v, 1))
		return
	}
	d.setKey(p.key, v)
}

// setKey hands the builder the value of a key that has a meaning.
func (d *Decoder) setKey(k logrecord.Key, v value) {
	switch v.kind {
	case kindText:
		if v.n <= longestKnown && k != logrecord.Msg {
			last := &d.last[k]
			if b := d.in(v); *last != string(b) {
				*last = d.known(v)
			} else {
				d.text += len(b)
			}
			d.builder.SetText(k, *last)
			return
		}
		text, _ := d.textOf(v)
		d.builder.SetText(k, d.strings.cut(text))
	case kindInt:
		d.builder.SetInt(k, int64(v.num))
	case kindFloat:
		d.builder.SetFloat(k, math.Float64frombits(v.num))
	case kindNone:
		if k == logrecord.Msg {
			d.builder.SetKey(k, slog.Value{})
		}
	default:
		d.builder.SetKey(k, d.plain(v, 1))
	}
}
