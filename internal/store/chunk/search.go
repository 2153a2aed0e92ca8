package chunk

import (
	"log/slog"
	"strconv"
	"strings"

	"github.com/jackdaw-log/jackdaw/record"
)

// The methods here find rows in one place of a record. They add to found, and may add what is not among the rows
// in; these are for what is dear to look at.

func (l *leaf) inPairs(c *Chunk, in, found Rows) error {
	h, err := c.theHead()
	if err != nil {
		return err
	}
	return found.entries(h.codes, nil, len(h.pairs), func(i int) (bool, error) {
		return l.match(&record.Record{Logger: h.pairs[i].Logger, Level: h.pairs[i].Level}), nil
	})
}

// entries adds the rows whose entry of a dictionary matches. The codes are of all rows, or of those that rows
// returns.
func (r Rows) entries(codes []uint32, rows func() []int32, n int, match func(i int) (bool, error)) error {
	return r.lazyEntries(func() ([]uint32, error) { return codes, nil }, rows, n, match)
}

// lazyEntries is entries for codes that are dear to read: they are read if some entry matches.
func (r Rows) lazyEntries(codes func() ([]uint32, error), rows func() []int32, n int, match func(i int) (bool, error)) error {
	matches, some := make([]bool, n), false
	for i := range matches {
		m, err := match(i)
		if err != nil {
			return err
		}
		matches[i] = m
		some = some || m
	}
	if !some {
		return nil
	}
	all, err := codes()
	if err != nil {
		return err
	}
	if rows == nil {
		for row, code := range all {
			if matches[code] {
				r.add(row)
			}
		}
		return nil
	}
	for i, row := range rows() {
		if matches[all[i]] {
			r.add(int(row))
		}
	}
	return nil
}

func (l *leaf) inTimes(c *Chunk, in, found Rows) error {
	h, err := c.theHead()
	if err != nil {
		return err
	}
	var r record.Record
	for row := range in.All {
		if r.Time, err = h.time(row); err != nil {
			return err
		}
		if l.match(&r) {
			found.add(row)
		}
	}
	return nil
}

func (l *leaf) inReceived(c *Chunk, in, found Rows) error {
	o, err := c.theOrigin()
	if err != nil {
		return err
	}
	for row := range in.All {
		if l.match(&record.Record{Received: o.stamps.time(row, o.received[row])}) {
			found.add(row)
		}
	}
	return nil
}

func (l *leaf) inOrigin(c *Chunk, in, found Rows) (err error) {
	o, err := c.theOrigin()
	if err != nil {
		return err
	}
	if l.place&inWho != 0 {
		err = found.entries(o.whoCodes, nil, len(o.whos), func(i int) (bool, error) {
			var r record.Record
			o.whos[i].fill(&r)
			return l.match(&r), nil
		})
	}
	if l.place&inPlace != 0 && err == nil {
		err = found.entries(o.placeCodes, nil, len(o.places), func(i int) (bool, error) {
			return l.match(&record.Record{Source: o.places[i]}), nil
		})
	}
	if l.place&inOwnLevel != 0 && err == nil {
		err = found.entries(o.levelCodes, nil, len(o.levels), func(i int) (bool, error) {
			var r record.Record
			o.levels[i].fill(&r)
			return l.match(&r), nil
		})
	}
	return err
}

func (l *leaf) inMessages(c *Chunk, in, found Rows) error {
	s, err := c.theSaid()
	if err != nil {
		return err
	}
	return l.inTexts(s.messages, nil, in, found, func(text string) bool { return l.match(&record.Record{Message: text}) })
}

func (l *leaf) inExceptions(c *Chunk, in, found Rows) error {
	s, err := c.theSaid()
	if err != nil {
		return err
	}
	if len(s.exceptionRows) == 0 {
		return nil
	}
	rows := func() []int32 { return asRows(s.exceptionRows) }
	for _, p := range []struct {
		texts *textColumn
		as    func(text string) record.Exception
	}{
		{s.types, func(text string) record.Exception { return record.Exception{Type: text} }},
		{s.reasons, func(text string) record.Exception { return record.Exception{Message: text} }},
		{s.tracebacks, func(text string) record.Exception { return record.Exception{Traceback: text} }},
	} {
		err := l.inTexts(p.texts, rows, in, found, func(text string) bool {
			e := p.as(text)
			return l.match(&record.Record{Exception: &e})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func asRows(rows []int64) []int32 {
	list := make([]int32, len(rows))
	for i, row := range rows {
		list[i] = int32(row)
	}
	return list
}

func (l *leaf) inStacks(c *Chunk, in, found Rows) error {
	s, err := c.theSaid()
	if err != nil {
		return err
	}
	return l.inTexts(s.stacks, func() []int32 { return asRows(s.stackRows) }, in, found, func(text string) bool { return l.match(&record.Record{Stack: text}) })
}

func (l *leaf) inTraces(c *Chunk, in, found Rows) error {
	s, err := c.theSaid()
	if err != nil {
		return err
	}
	for i, row := range s.traces.rows {
		if l.match(&record.Record{Trace: s.traces.traces[i]}) {
			found.add(int(row))
		}
	}
	return nil
}

func (l *leaf) inAttrs(c *Chunk, in, found Rows) error {
	a, err := c.theAttrs()
	if err != nil {
		return err
	}
	for _, col := range a.columns {
		left := in.without(found)
		if left.empty() {
			break
		}
		if err := l.inColumn(a, col, left, found); err != nil {
			return err
		}
	}
	return nil
}

func (l *leaf) inColumn(a *attrs, col *column, in, found Rows) error {
	if col.kind == kindOther {
		return l.inOthers(a, col, in, found)
	}
	r, at := col.holder()
	*at = slog.IntValue(0)
	if l.present != nil && !l.present.Match(r) || !l.mayBe(col.kind) {
		return nil
	}
	if err := a.load(col); err != nil {
		return err
	}
	rows := func() []int32 { return a.rows(col) }
	if col.kind == kindString {
		return l.inTexts(col.texts, rows, in, found, func(text string) bool {
			*at = slog.StringValue(text)
			return l.match(r)
		})
	}
	if col.kind == kindNil {
		*at = slog.AnyValue(nil)
		return found.entries(make([]uint32, col.count), rows, 1, func(int) (bool, error) { return l.match(r), nil })
	}
	test := func(i int) bool {
		*at = col.number(i)
		return l.match(r)
	}
	if equal := l.equal(col); equal != nil {
		test = equal
	}
	if col.codes != nil {
		return found.entries(col.codes, rows, len(col.ints), func(i int) (bool, error) { return test(i), nil })
	}
	for i, row := range rows() {
		if in.Has(int(row)) && test(i) {
			found.add(int(row))
		}
	}
	return nil
}

// holder returns a record whose only attr is one of the column, and where its value is.
func (c *column) holder() (*record.Record, *slog.Value) {
	last := len(c.keys) - 1
	list := []slog.Attr{{Key: c.keys[last]}}
	return &record.Record{Attrs: inGroups(c.keys[:last], list)}, &list[0].Value
}

// mayBe reports whether a value of the kind can match at all.
func (l *leaf) mayBe(k kind) bool {
	switch k {
	case kindInt, kindUint, kindDuration: // a number has digits
		return l.class != constantClass
	}
	return true
}

// equal returns what tells whether a number is the one looked for, if it is that simple.
func (l *leaf) equal(c *column) func(i int) bool {
	if l.integer < 0 {
		return nil
	}
	switch c.kind {
	case kindInt, kindUint, kindDuration:
		return func(i int) bool { return c.ints[i] == l.integer }
	case kindFloat:
		return func(i int) bool { return c.number(i).Float64() == float64(l.integer) }
	}
	return nil
}

func (l *leaf) inOthers(a *attrs, col *column, in, found Rows) error {
	if err := a.load(col); err != nil {
		return err
	}
	return found.lazyEntries(col.texts.code, func() []int32 { return a.rows(col) }, len(col.texts.dict), func(i int) (bool, error) {
		attrs, err := a.others.decode(col.texts.dict[i])
		return err == nil && l.match(&record.Record{Attrs: inGroups(col.keys, attrs)}), err
	})
}

// inTexts finds rows in a column of texts, of all rows or of those that rows returns.
func (l *leaf) inTexts(t *textColumn, rows func() []int32, in, found Rows, match func(text string) bool) error {
	if t.n == 0 {
		return nil
	}
	if t.mode == textsWhole || l.class != anyClass {
		err := found.lazyEntries(t.code, rows, len(t.dict), func(i int) (bool, error) { return match(t.dict[i]), nil })
		if err != nil || t.mode == textsWhole || l.class == constantClass || !match(l.word) {
			return err
		}
		return l.inTaken(t, rows, found)
	}
	var of []int32
	if rows != nil {
		of = rows()
	}
	var buf []byte
	for i := range t.n {
		row := i
		if of != nil {
			row = int(of[i])
		}
		if !in.Has(row) {
			continue
		}
		var err error
		if buf, err = t.append(buf[:0], i); err != nil {
			return err
		}
		if match(string(buf)) {
			found.add(row)
		}
	}
	return nil
}

// inTaken finds rows by the terms that were taken out of their texts.
func (l *leaf) inTaken(t *textColumn, rows func() []int32, found Rows) error {
	k, err := t.slots()
	if err != nil {
		return err
	}
	var matches [][]bool // by pattern, and by place among its texts
	for code, pattern := range t.dict {
		p := &k.patterns[code]
		m := l.inSlots(k, p, pattern)
		if m != nil && matches == nil {
			matches = make([][]bool, len(t.dict))
		}
		if m != nil {
			matches[code] = m
		}
	}
	if matches == nil {
		return nil
	}
	var of []int32
	if rows != nil {
		of = rows()
	}
	for i, code := range t.codes {
		if m := matches[code]; m != nil && m[k.ordinal[i]] {
			if of != nil {
				i = int(of[i])
			}
			found.add(i)
		}
	}
	return nil
}

// inSlots returns which texts of a pattern have the word in one of their slots; nil if none has.
func (l *leaf) inSlots(k *taken, p *takenPattern, pattern string) (matches []bool) {
	set := func(j int) {
		if matches == nil {
			matches = make([]bool, p.count)
		}
		matches[j] = true
	}
	value, err := strconv.ParseInt(l.word, 10, 64)
	number := err == nil && len(l.word) <= maxDigits
	padded := number && l.word[0] == '0' && len(l.word) > 1
	i, s := p.ints, p.end
	for at := 0; at < len(pattern); at++ {
		width := 0
		switch pattern[at] {
		case slotText:
			for j := range p.count {
				if strings.EqualFold(k.text(s+j), l.word) {
					set(j)
				}
			}
			s += p.count
			continue
		case escapeByte:
			at++
			continue
		case slotPadded:
			if at++; at == len(pattern) {
				continue
			}
			width = int(pattern[at])
		case slotInt:
		default:
			continue
		}
		if number && (width == 0 && !padded || padded && width == len(l.word)) {
			for j, n := range k.ints[i : i+p.count] {
				if n == value {
					set(j)
				}
			}
		}
		i += p.count
	}
	return matches
}
