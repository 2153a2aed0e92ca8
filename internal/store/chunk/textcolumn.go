package chunk

// textColumn is a column of texts as it is read. Its sections are read when they are needed.
type textColumn struct {
	part  *part
	first int // section
	n     int

	mode    byte
	entries []byte   // of the dictionary, one behind the other
	ends    []uint32 // where each ends
	text    string   // entries as a text; empty as long as nobody asked
	codes   []uint32
	taken   *taken // what was taken out; nil as long as few asked
	asked   int    // how many texts were made without that
}

// fewTexts is how many texts are made each by itself, before what was taken out of all of them is read.
const fewTexts = 4

// taken is what was taken out of the texts of a column.
type taken struct {
	ints  []int64
	texts string
	ends  []int64 // where each text ends
	// patterns says where what belongs to a pattern begins, ordinal which of its pattern's texts each one is.
	patterns []takenPattern
	ordinal  []uint32
}

type takenPattern struct {
	slotCount
	count     int // texts
	ints, end int // where its integers begin, and the ends of its texts
}

// texts returns a column of n texts that begins at a section.
func (p *part) texts(first, n int) (*textColumn, error) {
	t := &textColumn{part: p, first: first, n: n}
	r := p.reader(first)
	t.mode = r.byte()
	entries := r.count(n)
	if r.err == nil && t.mode > textsPattern {
		r.fail("texts are packed in mode %d, which there is not", t.mode)
	}
	if n > 0 && entries == 0 {
		r.fail("a dictionary is empty")
	}
	t.ends = make([]uint32, entries)
	end := 0
	for i := range t.ends {
		end += r.count(len(r.b))
		t.ends[i] = uint32(end)
	}
	if end > len(r.b) {
		r.fail("a dictionary is cut off")
	}
	if r.err != nil {
		return nil, r.err
	}
	t.entries = r.b[:end]
	return t, nil
}

// entry returns an entry of the dictionary.
func (t *textColumn) entry(i int) string {
	if t.text == "" {
		t.text = string(t.entries)
	}
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.text[from:t.ends[i]]
}

// code returns the places of all texts in the dictionary.
func (t *textColumn) code() ([]uint32, error) {
	if t.codes == nil {
		r := t.part.reader(t.first + 1)
		codes := r.codes(t.n, len(t.ends))
		if err := r.end(); err != nil {
			return nil, err
		}
		t.codes = codes
	}
	return t.codes, nil
}

// slots returns what was taken out of the texts of patterns.
func (t *textColumn) slots() (*taken, error) {
	if t.taken != nil {
		return t.taken, nil
	}
	codes, err := t.code()
	if err != nil {
		return nil, err
	}
	k := &taken{patterns: make([]takenPattern, len(t.ends)), ordinal: make([]uint32, len(codes))}
	for i, c := range codes {
		k.ordinal[i] = uint32(k.patterns[c].count)
		k.patterns[c].count++
	}
	ints := t.part.reader(t.first + 2)
	for i := range k.patterns {
		p := &k.patterns[i]
		p.slotCount.ints, p.slotCount.texts = slots(t.entry(i))
		p.ints, p.end = len(k.ints), len(k.ends)
		for range p.slotCount.ints {
			k.ints = ints.ints(k.ints, p.count)
		}
		for range p.slotCount.texts {
			k.ends = ints.ints(k.ends, p.count)
		}
		if len(k.ints)+len(k.ends) > maxValues {
			ints.fail("more than %d terms were taken out of texts", maxValues)
		}
		if ints.err != nil {
			return nil, ints.err
		}
	}
	if err := ints.end(); err != nil {
		return nil, err
	}
	bytes := t.part.reader(t.first + 3)
	k.texts = string(bytes.b)
	end := int64(0)
	for i, n := range k.ends {
		if n < 0 || n > int64(len(k.texts))-end {
			bytes.fail("texts are cut off")
			break
		}
		end += n
		k.ends[i] = end
	}
	if bytes.err != nil {
		return nil, bytes.err
	}
	t.taken = k
	return k, nil
}

// text returns what was taken out as the i-th text of all.
func (k *taken) text(i int) string {
	from := int64(0)
	if i > 0 {
		from = k.ends[i-1]
	}
	return k.texts[from:k.ends[i]]
}

// appendText appends the text at a place to dst.
func (t *textColumn) append(dst []byte, at int) ([]byte, error) {
	codes, err := t.code()
	if err != nil {
		return dst, err
	}
	entry := t.entry(int(codes[at]))
	if t.mode == textsWhole {
		return append(dst, entry...), nil
	}
	if t.taken == nil && t.asked < fewTexts {
		t.asked++
		k, err := t.takenAt(at)
		if err != nil {
			return dst, err
		}
		return k.fill(dst, entry, 0, 0, 1), nil
	}
	k, err := t.slots()
	if err != nil {
		return dst, err
	}
	p := &k.patterns[codes[at]]
	i, s := p.ints+int(k.ordinal[at]), p.end+int(k.ordinal[at])
	return k.fill(dst, entry, i, s, p.count), nil
}

// fill appends the text made from a pattern, whose first integer is at i and first text at s; the next ones of
// the same text are step further.
func (k *taken) fill(dst []byte, pattern string, i, s, step int) []byte {
	from := 0
	for at := 0; at < len(pattern); at++ {
		c := pattern[at]
		if c > slotPadded {
			continue
		}
		dst = append(dst, pattern[from:at]...)
		from = at + 1
		switch c {
		case slotInt:
			dst = appendPadded(dst, k.ints[i], 1)
			i += step
		case slotText:
			dst = append(dst, k.text(s)...)
			s += step
		case escapeByte:
			at++
		case slotPadded:
			if at++; at < len(pattern) {
				dst = appendPadded(dst, k.ints[i], int(pattern[at]))
				i += step
			}
			from = at + 1
		}
	}
	if from < len(pattern) {
		dst = append(dst, pattern[from:]...)
	}
	return dst
}

// at returns the text at a place.
func (t *textColumn) at(i int) (string, error) {
	codes, err := t.code()
	if err != nil {
		return "", err
	}
	if t.mode == textsWhole {
		return t.entry(int(codes[i])), nil
	}
	b, err := t.append(nil, i)
	return string(b), err
}
