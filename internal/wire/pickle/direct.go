package pickle

import (
	"encoding/binary"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

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
	put := putLen(p, pos+1, 0)
	if put == 0 || pos+1+put >= len(p) || p[pos+1+put] != opMark {
		return 0
	}
	d.at, d.op = pos, opEmptyDict
	d.pushObject(objDict, nil)
	d.memo = append(d.memo, d.stack[0])
	d.marks = append(d.marks, 1)
	pos, d.memo = d.directItems(pos+1+put+1, d.memo)
	d.count(2 * d.early)
	if len(d.memo) > d.limits.Memo {
		d.fail(pos, "more than %d memo entries", d.limits.Memo)
	}
	return pos
}

// putLen returns the length of the opcode that puts the top of the stack in memo entry n, if it is
// next and of the usual forms.
func putLen(p []byte, pos, n int) int {
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

// directItems does items from pos on. It returns where it stopped, and the memo.
func (d *Decoder) directItems(pos int, memo []value) (int, []value) {
	p := d.frame
	for d.early < len(d.places) {
		at, name := &d.places[d.early], ""
		if at.holdsKey(p, pos, len(memo)) {
			memo = append(memo, at.keyInProgram.moved(pos))
			pos += at.keyEnd
		} else {
			key, n := directText(p, pos)
			put := putLen(p, pos+n, len(memo))
			if n == 0 || put == 0 {
				return pos, memo
			}
			pos += n + put
			name = d.takeKey(at, p[:pos], n+put, len(memo), key)
			memo = append(memo, key)
		}
		if at.holdsValue(p, pos) {
			if v := at.valueInProgram; v.kind == kindText {
				memo = append(memo, v.moved(pos-at.keyEnd))
				d.text += len(at.text)
				d.builder.SetText(at.key, at.text)
			}
			pos += at.end - at.keyEnd
			d.early++
			continue
		}
		key := memo[len(memo)-1]
		v, n := directValue(p, pos, memo)
		put := 0
		if v.kind == kindText {
			put = putLen(p, pos+n, len(memo))
		}
		if n == 0 || !itemEnds(p, pos+n+put) {
			d.push(key) // something else is done with the value
			return pos, memo
		}
		if put > 0 {
			memo = append(memo, v)
		}
		d.early++
		pos += n + put
		switch {
		case at.key == logrecord.Other:
			d.builder.SetOther(name, d.plain(v, 1))
		case put > 0 && repeats(at.key, v):
			text, kept := d.known(v)
			d.builder.SetText(at.key, text)
			if kept {
				at.keepValue(p[:pos], n+put, v, text)
			}
		case v.kind == kindNone && at.key != logrecord.Msg:
			at.keepValue(p[:pos], n, v, "")
		default:
			d.setKey(at.key, v)
		}
	}
	return pos, memo
}

// itemEnds reports whether what follows at pos leaves the value before it alone: it is the next
// key, or the end of the items.
func itemEnds(p []byte, pos int) bool {
	return pos < len(p) && (p[pos] == opBinUnicode || p[pos] == opShortBinUnicode || p[pos] == opSetItems)
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
