package chunk

import (
	"log/slog"

	"github.com/jackdaw-log/jackdaw/record"
)

// The methods here find rows in one place of a record. They add to found, and may add what is not among the rows
// in; these are for what is dear to look at.

func (l *leaf) inPairs(c *Chunk, in, found Rows) error {
	h, err := c.theHead()
	if err != nil {
		return err
	}
	r := new(record.Record)
	return found.entries(h.codes, nil, len(h.pairs), func(i int) (bool, error) {
		r.Logger, r.Level = h.pairs[i].Logger, h.pairs[i].Level
		return l.match(r), nil
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
	r := new(record.Record)
	for row := range in.All {
		if r.Received = o.stamps.time(row, o.received[row]); l.match(r) {
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
	r := new(record.Record)
	return l.inTexts(s.messages, nil, in, found, func(text string) bool {
		r.Message = text
		return l.match(r)
	})
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
	e := new(record.Exception)
	r := &record.Record{Exception: e}
	for _, p := range []struct {
		texts *textColumn
		part  *string
	}{{s.types, &e.Type}, {s.reasons, &e.Message}, {s.tracebacks, &e.Traceback}} {
		*e = record.Exception{}
		err := l.inTexts(p.texts, rows, in, found, func(text string) bool {
			*p.part = text
			return l.match(r)
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
	r := new(record.Record)
	return l.inTexts(s.stacks, func() []int32 { return asRows(s.stackRows) }, in, found, func(text string) bool {
		r.Stack = text
		return l.match(r)
	})
}

func (l *leaf) inTraces(c *Chunk, in, found Rows) error {
	s, err := c.theSaid()
	if err != nil {
		return err
	}
	r := new(record.Record)
	for i, row := range s.traces.rows {
		if r.Trace = s.traces.traces[i]; l.match(r) {
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
	return found.lazyEntries(col.texts.code, func() []int32 { return a.rows(col) }, len(col.texts.ends), func(i int) (bool, error) {
		attrs, err := a.others.decode(col.texts.entry(i))
		return err == nil && l.match(&record.Record{Attrs: inGroups(col.keys, attrs)}), err
	})
}

// inTexts finds rows in a column of texts, of all rows or of those that rows returns.
func (l *leaf) inTexts(t *textColumn, rows func() []int32, in, found Rows, match func(text string) bool) error {
	if t.n == 0 {
		return nil
	}
	if t.mode == textsWhole || l.class != anyClass {
		if l.class == constantClass && !l.letters.in(t.entries) {
			return nil
		}
		err := found.lazyEntries(t.code, rows, len(t.ends), func(i int) (bool, error) { return match(t.entry(i)), nil })
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
