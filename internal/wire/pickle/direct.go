package pickle

import (
	"encoding/binary"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// direct does nearly every frame: a dict, items that have a string for a key and a plain value or a
// container of such, and STOP. They go to the builder without the machine. It returns where it
// stopped, and whether that was the end.
func (d *Decoder) direct() (pos int, done bool) {
	p := d.frame
	if len(p) > 2 && p[0] == opProto && p[1] <= 5 {
		pos = 2
	}
	if len(p)-pos > 9 && p[pos] == opFrame {
		pos += 9
	}
	if len(p)-pos < 4 || p[pos] != opEmptyDict {
		return 0, false
	}
	put := putLen(p, pos+1, 0)
	if put == 0 || pos+1+put >= len(p) || p[pos+1+put] != opMark {
		return 0, false
	}
	d.at, d.dict = pos, pos
	d.puts = append(d.puts[:0], uint32(pos))
	pos = d.directItems(pos + 1 + put + 1)
	d.count(1 + 2*d.early)
	if len(d.puts) > d.limits.Memo {
		d.fail(pos, "more than %d memo entries", d.limits.Memo)
	}
	return pos, len(p)-pos > 1 && p[pos] == opSetItems && p[pos+1] == opStop
}

// handOver leaves the machine as if it had done the opcodes before pos, where direct stopped, and
// returns from where on it is to run. The items so far are not in the dict: d.early counts them. Where
// the program later takes them away from the dict, which no pickler does, d.takenBack begins again
// without them.
func (d *Decoder) handOver(pos int, r *record.Record) int {
	if pos == 0 {
		return 0
	}
	n, o := d.objects.next()
	*o = object{kind: objDict, at: uint32(d.dict), items: o.items[:0]}
	d.push(value{kind: kindObject, num: uint64(n)})
	d.memo = append(d.memo, d.stack[0])
	d.marks = append(d.marks, 1)
	for _, at := range d.puts[1:] {
		v, n := directText(d.frame, int(at))
		if n == 0 { // a container, which the machine needs as well
			d.start(d.frame, r)
			return 0
		}
		d.memo = append(d.memo, v)
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

// directItems does items from pos on, and returns where it stopped.
func (d *Decoder) directItems(pos int) int {
	p := d.frame
	var last *stretch // what the item before belongs to
	for d.early < len(d.places) {
		if last != nil && last.next != nil && last.next.stands(p, pos, len(d.puts)) {
			last = last.next
			pos = d.repeat(last, pos)
			continue
		}
		at := &d.places[d.early]
		name, value := "", pos
		if at.holdsKey(p, pos, len(d.puts)) {
			value += at.keyEnd
		} else {
			key, n := directText(p, pos)
			put := putLen(p, pos+n, len(d.puts))
			if n == 0 || put == 0 {
				break
			}
			value += n + put
			name = d.takeKey(at, p[:value], n+put, key)
		}
		if at.stretches != nil {
			if s := d.stretchAt(at.stretches, pos, value); s != nil {
				if last != nil {
					last.next = s
				}
				last = s
				pos = d.repeat(s, pos)
				continue
			}
		}
		last = nil
		d.puts = append(d.puts, uint32(pos))
		end := d.directItem(at.key, name, value)
		if end == 0 {
			d.puts = d.puts[:len(d.puts)-1]
			break
		}
		d.early++
		pos = end
	}
	return pos
}

// directItem hands the builder an item whose value stands at pos. It returns where that ends, 0 if it
// is to be left to the machine.
func (d *Decoder) directItem(k logrecord.Key, name string, pos int) (end int) {
	p := d.frame
	v, n := d.directValue(pos)
	if n == 0 {
		if k != logrecord.Other {
			return 0
		}
		return d.directNested(name, pos)
	}
	end = pos + n
	put := 0
	if v.kind == kindText {
		put = putLen(p, end, len(d.puts))
		end += put
	}
	if !itemEnds(p, end) {
		return 0
	}
	if put > 0 {
		d.puts = append(d.puts, uint32(pos))
	}
	if k == logrecord.Other {
		d.builder.SetOther(name, d.plain(v, 1))
	} else {
		d.setKey(k, v)
	}
	return end
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
func (d *Decoder) directValue(pos int) (v value, n int) {
	p := d.frame
	if pos >= len(p) {
		return value{}, 0
	}
	arg := p[pos+1:]
	switch p[pos] {
	case opBinUnicode, opShortBinUnicode:
		return directText(p, pos)
	case opNone:
		return value{kind: kindNone}, 1
	case opBinInt1:
		if len(arg) >= 1 {
			return signed(int64(arg[0])), 2
		}
	case opBinInt2:
		if len(arg) >= 2 {
			return signed(int64(binary.LittleEndian.Uint16(arg))), 3
		}
	case opBinInt:
		if len(arg) >= 4 {
			return signed(int64(int32(binary.LittleEndian.Uint32(arg)))), 5
		}
	case opBinFloat:
		if len(arg) >= 8 {
			return value{kind: kindFloat, num: binary.BigEndian.Uint64(arg)}, 9
		}
	case opLong:
		if n, end := smallLong(p, pos+1); end > 0 {
			return value{kind: kindInt, num: n}, end - pos
		}
	case opLong1:
		if len(arg) > 8 && arg[0] <= 7 { // what is longer may be no int64
			n := binary.LittleEndian.Uint64(arg[1:]) << (64 - 8*arg[0])
			return signed(int64(n) >> (64 - 8*arg[0])), 2 + int(arg[0])
		}
	case opInt:
		if len(arg) >= 3 && arg[0] == '0' && arg[1]|1 == '1' && arg[2] == '\n' {
			return value{kind: kindBool, num: uint64(arg[1] - '0')}, 4
		}
	case opNewTrue:
		return value{kind: kindBool, num: 1}, 1
	case opNewFalse:
		return value{kind: kindBool}, 1
	case opBinGet:
		if len(arg) >= 1 && int(arg[0]) < len(d.puts) {
			if v, n := directText(p, int(d.puts[arg[0]])); n > 0 {
				return v, 2
			}
		}
	}
	return value{}, 0
}
