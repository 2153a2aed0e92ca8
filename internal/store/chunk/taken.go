package chunk

import "slices"

// takenAt returns what was taken out of one text. It passes over what belongs to others.
func (t *textColumn) takenAt(at int) (*taken, error) {
	codes, err := t.code()
	if err != nil {
		return nil, err
	}
	code := int(codes[at])
	counts, ordinal := make([]int, code+1), 0
	for i, c := range codes {
		if i == at {
			ordinal = counts[code]
		}
		if int(c) <= code {
			counts[c]++
		}
	}
	ints := t.part.reader(t.first + 2)
	begin := t.passOver(&ints, counts[:code])
	k, own := new(taken), slotsOf(t.entry(code))
	group := make([]int64, 0, counts[code])
	for range own.ints {
		if group = ints.ints(group[:0], counts[code]); ints.err == nil {
			k.ints = append(k.ints, group[ordinal])
		}
	}
	bytes := t.part.reader(t.first + 3)
	var text []byte
	for range own.texts {
		group = ints.ints(group[:0], counts[code])
		if ints.err != nil {
			break
		}
		from, all := begin, int64(0)
		for i, n := range group {
			if i < ordinal {
				from += n
			}
			all += n
		}
		if n := group[ordinal]; bytes.err == nil && from >= 0 && n >= 0 && from <= int64(len(bytes.b)) && n <= int64(len(bytes.b))-from {
			text = append(text, bytes.b[from:from+n]...)
		} else {
			bytes.fail("texts are cut off")
		}
		k.ends = append(k.ends, int64(len(text)))
		begin += all
	}
	k.texts = string(text)
	if ints.err != nil {
		return nil, ints.err
	}
	return k, bytes.err
}

// passOver passes over what was taken out for the first patterns, which have so many texts each, and returns where the
// texts begin that were taken out for the next one.
func (t *textColumn) passOver(ints *reader, counts []int) (begin int64) {
	var buf []int64
	for i, count := range counts {
		own := slotsOf(t.entry(i))
		for range own.ints {
			ints.skipInts(count)
		}
		for range own.texts {
			buf = ints.ints(slices.Grow(buf[:0], count), count)
			for _, n := range buf {
				begin += n
			}
		}
	}
	return begin
}

// slotsOf says how many slots a pattern has.
func slotsOf(pattern string) (n slotCount) {
	n.ints, n.texts = slots(pattern)
	return n
}

// skipInts passes over n numbers.
func (r *reader) skipInts(n int) {
	if n == 0 {
		return
	}
	if r.byte() == intsDelta {
		r.varint()
		n--
	}
	for ; n > 0 && r.err == nil; n -= min(n, intsBlock) {
		r.varint()
		width := int(r.byte())
		if width > 64 {
			r.fail("integers of %d bits", width)
			return
		}
		r.bytes((min(n, intsBlock)*width + 7) / 8)
	}
}
