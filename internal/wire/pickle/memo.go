package pickle

import "slices"

// stepMemo does the opcodes of the memo.
func (d *Decoder) stepMemo(op byte) {
	switch op {
	case opPut:
		if n, ok := d.lineNumber(); ok {
			d.put(n)
		}
	case opBinPut:
		if n, ok := d.number(1); ok {
			d.put(n)
		}
	case opLongBinPut:
		if n, ok := d.number(4); ok {
			d.put(n)
		}
	case opMemoize:
		d.put(uint64(len(d.memo)))
	case opGet:
		if n, ok := d.lineNumber(); ok {
			d.get(n)
		}
	case opBinGet:
		if n, ok := d.number(1); ok {
			d.get(n)
		}
	case opLongBinGet:
		if n, ok := d.number(4); ok {
			d.get(n)
		}
	}
}

// put enters the top of the stack in the memo. A pickler counts its entries, so that an index beyond
// the length of the frame is none of its, and the memo never outgrows the frame.
func (d *Decoder) put(n uint64) {
	if !d.has(1) {
		return
	}
	if most := uint64(min(d.limits.Memo, len(d.frame))); n >= most {
		d.fail(d.at, "%s to memo entry %d, at most %d are taken", opcode(d.op), n, most)
		return
	}
	if i := int(n); i >= len(d.memo) {
		from := len(d.memo)
		d.memo = slices.Grow(d.memo, i+1-from)[:i+1]
		clear(d.memo[from:])
	}
	d.memo[n] = d.top()
}

func (d *Decoder) get(n uint64) {
	if n >= uint64(len(d.memo)) || d.memo[n].kind == kindUnset {
		d.fail(d.at, "%s of memo entry %d, which was never put", opcode(d.op), n)
		return
	}
	d.push(d.memo[n])
}

// lineNumber reads a line that is a decimal number of at most 9 digits.
func (d *Decoder) lineNumber() (n uint64, ok bool) {
	v, ok := d.line(kindText)
	if !ok {
		return 0, false
	}
	text := d.in(v)
	if !areDigits(text) || len(text) > 9 {
		d.fail(d.at, "%s %s is no index", opcode(d.op), excerpt(text))
		return 0, false
	}
	for _, c := range text {
		n = 10*n + uint64(c-'0')
	}
	return n, true
}
