package pickle

import (
	"log/slog"
)

// directDepth bounds the nesting of what goes directly.
const directDepth = 8

// directNested hands the builder an attr whose value is a dict, a list or a tuple of plain values, or of
// such. It returns where that ends, 0 if it is to be left to the machine.
func (d *Decoder) directNested(name string, pos int) (end int) {
	held, shown, text, puts := d.held, d.shown, d.text, len(d.puts)
	v, end := d.nested(pos, 1)
	if end == 0 || !itemEnds(d.frame, end) {
		d.held, d.shown, d.text, d.puts = held, shown, text, d.puts[:puts]
		return 0
	}
	d.builder.SetOther(name, v)
	return end
}

// nested returns the value that stands at pos, as d.plain would. end is 0 if it is to be left to the
// machine.
func (d *Decoder) nested(pos, depth int) (v slog.Value, end int) {
	switch d.opAt(pos) {
	case opEmptyDict:
		return d.nestedDict(pos, depth)
	case opEmptyList, opEmptyTuple, opMark:
		list, end := d.nestedList(pos, depth)
		return slog.AnyValue(list), end
	}
	x, end := d.nestedPlain(pos)
	if end == 0 {
		return v, 0
	}
	return d.plain(x, depth), end
}

// nestedElement is nested as d.element would.
func (d *Decoder) nestedElement(pos, depth int) (v any, end int) {
	switch d.opAt(pos) {
	case opEmptyDict:
		return d.nestedMap(pos, depth)
	case opEmptyList, opEmptyTuple, opMark:
		return d.nestedList(pos, depth)
	}
	x, end := d.nestedPlain(pos)
	if end == 0 {
		return nil, 0
	}
	return d.plain(x, depth).Any(), end
}

// nestedPlain returns the plain value that stands at pos.
func (d *Decoder) nestedPlain(pos int) (v value, end int) {
	v, n := d.directValue(pos)
	if n == 0 {
		return v, 0
	}
	end = pos + n
	if v.kind == kindText && d.frame[pos] != opBinGet {
		end = d.nestedPut(pos, end)
	}
	return v, end
}

// nestedPut does the opcode at end, if it puts what stands at pos in the memo, and returns where it ends.
func (d *Decoder) nestedPut(pos, end int) int {
	put := putLen(d.frame, end, len(d.puts))
	if put > 0 {
		d.puts = append(d.puts, uint32(pos))
	}
	return end + put
}

// opAt returns the opcode at pos, STOP behind the end.
func (d *Decoder) opAt(pos int) byte {
	if pos < len(d.frame) {
		return d.frame[pos]
	}
	return opStop
}

// nestedDict returns the dict that stands at pos as a group.
func (d *Decoder) nestedDict(pos, depth int) (v slog.Value, end int) {
	from := len(d.loosePairs)
	if d.show(1) && depth <= min(directDepth, d.limits.Depth) {
		end = d.nestedPairs(d.nestedPut(pos, pos+1), depth, nil)
	}
	if pairs := d.loosePairs[from:]; end > 0 && len(pairs) > 0 {
		v = slog.GroupValue(append(d.attrs(len(pairs)), pairs...)...)
	} else {
		v = slog.AnyValue(map[string]any{})
	}
	clear(d.loosePairs[from:])
	d.loosePairs = d.loosePairs[:from]
	return v, end
}

// nestedMap returns the dict that stands at pos as a map.
func (d *Decoder) nestedMap(pos, depth int) (m map[string]any, end int) {
	m = make(map[string]any)
	if d.show(1) && depth <= min(directDepth, d.limits.Depth) {
		end = d.nestedPairs(d.nestedPut(pos, pos+1), depth, m)
	}
	return m, end
}

// nestedPairs puts the items that stand at pos in m, or appends them to d.loosePairs if that is nil.
// Keys of other types than strings, and empty ones, are left to the machine.
func (d *Decoder) nestedPairs(pos, depth int, m map[string]any) (end int) {
	closing := byte(opSetItems)
	if d.opAt(pos) == opMark {
		pos++
	} else if closing = opSetItem; d.isEmpty(pos, 2, opSetItem) {
		return pos
	}
	for n := 1; n <= d.limits.Keys; n++ {
		key, keyEnd := d.nestedPlain(pos)
		if keyEnd == 0 || key.kind != kindText || key.n == 0 || !d.show(1) {
			return 0
		}
		d.held += 2
		name := d.key(key)
		if m != nil {
			m[name], pos = d.nestedElement(keyEnd, depth+1)
		} else {
			var v slog.Value
			v, pos = d.nested(keyEnd, depth+1)
			d.loosePairs = append(d.loosePairs, slog.Attr{Key: name, Value: v})
		}
		switch {
		case pos == 0 || d.err != nil:
			return 0
		case d.opAt(pos) == closing:
			return pos + 1
		case closing == opSetItem:
			return 0
		}
	}
	return 0
}

// isEmpty reports whether what stands at pos is not the n values of a container's only item, ended by the
// opcode closing: the container has none then. It is not asked for values that are containers.
func (d *Decoder) isEmpty(pos, n int, closing byte) bool {
	entry := len(d.puts)
	for range n {
		v, size := d.directValue(pos)
		if size == 0 {
			op := d.opAt(pos)
			return op != opEmptyDict && op != opEmptyList && op != opEmptyTuple && op != opMark
		}
		pos += size
		if put := putLen(d.frame, pos, entry); v.kind == kindText && put > 0 {
			pos += put
			entry++
		}
	}
	return d.opAt(pos) != closing
}

// nestedList returns the list or tuple that stands at pos.
func (d *Decoder) nestedList(pos, depth int) (list []any, end int) {
	if !d.show(1) || depth > min(directDepth, d.limits.Depth) {
		return nil, 0
	}
	from := len(d.loose)
	switch d.opAt(pos) {
	case opEmptyTuple:
		end = pos + 1
	case opMark:
		if end = d.nestedElements(pos+1, depth, opTuple); end > 0 {
			end = d.nestedPut(pos, end)
		}
	case opEmptyList:
		switch first := d.nestedPut(pos, pos+1); {
		case d.opAt(first) == opMark:
			end = d.nestedElements(first+1, depth, opAppends)
		case d.isEmpty(first, 1, opAppend):
			end = first
		default:
			end = d.nestedElements(first, depth, opAppend)
		}
	}
	if end > 0 {
		list = append(make([]any, 0, len(d.loose)-from), d.loose[from:]...)
	}
	clear(d.loose[from:])
	d.loose = d.loose[:from]
	return list, end
}

// nestedElements appends the values that stand at pos to d.loose, up to the opcode closing.
func (d *Decoder) nestedElements(pos, depth int, closing byte) (end int) {
	for {
		if d.opAt(pos) == closing && closing != opAppend {
			return pos + 1
		}
		var v any
		if v, pos = d.nestedElement(pos, depth+1); pos == 0 || d.err != nil {
			return 0
		}
		d.held++
		d.loose = append(d.loose, v)
		if closing == opAppend {
			if d.opAt(pos) == closing {
				return pos + 1
			}
			return 0
		}
	}
}
