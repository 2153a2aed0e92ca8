package chunk

import (
	"log/slog"
	"math"
	"time"
)

// attrs are the attrs of all records, as they are read.
type attrs struct {
	part    *part
	n       int
	columns []*column
	shapes  [][]item
	codes   []uint32
	others  others
	// before says how many records before beforeRow have each shape; nil as long as nobody asked.
	before    []int
	beforeRow int
}

// item is a step of a shape.
type item struct {
	what int // itemEnd, itemGroup, or itemColumn and the column
	key  string
}

// column is a column of attrs.
type column struct {
	kind  kind
	keys  []string
	first int // section
	// count is how many values it has, has which shapes have one.
	count int
	has   []bool
	// where says of which records the values are, places which of the values a record has; nil as long as
	// nobody asked.
	where  []int32
	places []int32
	asked  int // how many places were found without that

	texts *textColumn
	// ints are the values, or with codes the different ones. The bits of floats are ints.
	ints  []int64
	codes []uint32
	zones []int64
	read  bool
}

// openAttrs reads the schema of a part of attrs.
func openAttrs(p *part, n int) (*attrs, error) {
	a := &attrs{part: p, n: n}
	r := p.reader(0)
	a.columns = make([]*column, r.count(min(maxSections, len(r.b))))
	first := 2
	for i := range a.columns {
		c := &column{kind: kind(r.byte()), first: first}
		if c.kind >= kinds {
			r.fail("a column of kind %d, which there is not", c.kind)
			break
		}
		for range r.count(maxKeys) {
			c.keys = append(c.keys, string(r.text()))
		}
		if len(c.keys) == 0 && c.kind != kindOther {
			r.fail("a column of kind %d without a key", c.kind)
		}
		first += c.kind.sections()
		a.columns[i] = c
	}
	a.readShapes(&r)
	if err := r.end(); err != nil {
		return nil, err
	}
	if first != len(p.sections) {
		return nil, corrupt("%d sections of attrs, want %d", len(p.sections), first)
	}
	codes := p.reader(1)
	a.codes = codes.codes(n, len(a.shapes))
	if err := codes.end(); err != nil {
		return nil, err
	}
	a.countValues()
	return a, nil
}

func (a *attrs) readShapes(r *reader) {
	a.shapes = make([][]item, r.count(min(a.n, len(r.b))))
	for i := range a.shapes {
		shape := make([]item, r.count(len(r.b)))
		depth := 0
		for j := range shape {
			it := &shape[j]
			switch it.what = r.count(len(a.columns) + itemColumn - 1); it.what {
			case itemEnd:
				depth--
			case itemGroup:
				depth++
				it.key = string(r.text())
			}
			if depth < 0 || depth > maxGroups {
				r.fail("groups do not match in a shape")
			}
		}
		if depth != 0 {
			r.fail("a group does not end in a shape")
		}
		if r.err != nil {
			return
		}
		a.shapes[i] = shape
	}
}

// countValues finds out how many values each column has.
func (a *attrs) countValues() {
	records := make([]int, len(a.shapes))
	for _, code := range a.codes {
		records[code]++
	}
	for _, c := range a.columns {
		c.has = make([]bool, len(a.shapes))
	}
	for i, shape := range a.shapes {
		for _, it := range shape {
			if it.what < itemColumn {
				continue
			}
			c := a.columns[it.what-itemColumn]
			if !c.has[i] {
				c.has[i] = true
				c.count += records[i]
			}
		}
	}
}

// rows returns of which records the values of a column are.
func (a *attrs) rows(c *column) []int32 {
	if c.where == nil {
		c.where = make([]int32, 0, c.count)
		for row, code := range a.codes {
			if c.has[code] {
				c.where = append(c.where, int32(row))
			}
		}
	}
	return c.where
}

// place returns which of the values of a column is that of a record.
func (a *attrs) place(c *column, row int) int {
	if c.places == nil && c.asked < fewPlaces {
		c.asked++
		return a.countBefore(c, row)
	}
	if c.places == nil {
		c.places = make([]int32, a.n)
		for i, row := range a.rows(c) {
			c.places[row] = int32(i)
		}
	}
	return int(c.places[row])
}

// fewPlaces is how many places in a column are counted out, before those of all records are.
const fewPlaces = 2

// countBefore returns how many records before a row have a value of the column.
func (a *attrs) countBefore(c *column, row int) (n int) {
	if a.before == nil || a.beforeRow != row {
		a.before, a.beforeRow = make([]int, len(a.shapes)), row
		for _, code := range a.codes[:row] {
			a.before[code]++
		}
	}
	for shape, has := range c.has {
		if has {
			n += a.before[shape]
		}
	}
	return n
}

// load reads the values of a column.
func (a *attrs) load(c *column) error {
	if c.read {
		return nil
	}
	if c.kind.sections() == textSections {
		t, err := a.part.texts(c.first, c.count)
		if err != nil {
			return err
		}
		c.texts, c.read = t, true
		return nil
	}
	numbers, codes := a.part.reader(c.first), a.part.reader(c.first+1)
	switch c.kind {
	case kindNil:
	case kindBool:
		c.ints, c.codes = []int64{0, 1}, codes.codes(c.count, 2)
	case kindTime:
		numbers.byte()
		c.ints = numbers.times(c.count)
		c.zones = codes.ints(nil, c.count)
	default:
		c.readNumbers(&numbers, &codes)
	}
	if err := numbers.end(); err != nil {
		return err
	}
	c.read = true
	return codes.end()
}

func (c *column) readNumbers(numbers, codes *reader) {
	switch mode := numbers.byte(); mode {
	case numbersPlain:
		c.ints = numbers.ints(make([]int64, 0, c.count), c.count)
	case numbersCodes:
		n := numbers.count(c.count)
		c.ints = numbers.ints(nil, n)
		c.codes = codes.codes(c.count, n)
	case numbersDecimal:
		exponent := numbers.byte()
		if exponent > maxExponent {
			numbers.fail("an exponent of %d", exponent)
		}
		scale := math.Pow10(int(exponent))
		c.ints = numbers.ints(make([]int64, 0, c.count), c.count)
		for i, n := range c.ints {
			c.ints[i] = int64(math.Float64bits(float64(n) / scale))
		}
	case numbersBits:
		c.ints = make([]int64, c.count)
		for i := range 8 {
			for j, b := range codes.bytes(c.count) {
				c.ints[j] |= int64(b) << (8 * i)
			}
		}
	default:
		numbers.fail("numbers are packed in mode %d, which there is not", mode)
	}
}

// value returns the value at a place of a column that is loaded, and is not of kindOther.
func (c *column) value(at int) (slog.Value, error) {
	switch c.kind {
	case kindString:
		s, err := c.texts.at(at)
		return slog.StringValue(s), err
	case kindNil:
		return slog.AnyValue(nil), nil
	}
	if c.codes != nil {
		at = int(c.codes[at])
	}
	return c.number(at), nil
}

// number returns the value that an element of ints stands for.
func (c *column) number(i int) slog.Value {
	n := c.ints[i]
	switch c.kind {
	case kindUint:
		return slog.Uint64Value(uint64(n))
	case kindFloat:
		return slog.Float64Value(math.Float64frombits(uint64(n)))
	case kindBool:
		return slog.BoolValue(n == 1)
	case kindDuration:
		return slog.DurationValue(time.Duration(n))
	case kindTime:
		return slog.TimeValue(timeOf(n, c.zones[i]))
	}
	return slog.Int64Value(n)
}

// of returns the attrs of a record.
func (a *attrs) of(row int) ([]slog.Attr, error) {
	shape := a.shapes[a.codes[row]]
	if len(shape) == 0 {
		return nil, nil
	}
	list, _, err := a.group(shape, row)
	return list, err
}

// group returns the attrs that a shape has up to its end, or that of a group, and what comes behind.
func (a *attrs) group(shape []item, row int) (list []slog.Attr, rest []item, err error) {
	for len(shape) > 0 {
		it := shape[0]
		shape = shape[1:]
		switch it.what {
		case itemEnd:
			return list, shape, nil
		case itemGroup:
			var members []slog.Attr
			if members, shape, err = a.group(shape, row); err != nil {
				return nil, nil, err
			}
			list = append(list, slog.Attr{Key: it.key, Value: slog.GroupValue(members...)})
			continue
		}
		c := a.columns[it.what-itemColumn]
		if err := a.load(c); err != nil {
			return nil, nil, err
		}
		if c.kind == kindOther {
			s, err := c.texts.at(a.place(c, row))
			if err != nil {
				return nil, nil, err
			}
			others, err := a.others.decode(s)
			if err != nil {
				return nil, nil, err
			}
			list = append(list, others...)
			continue
		}
		v, err := c.value(a.place(c, row))
		if err != nil {
			return nil, nil, err
		}
		list = append(list, slog.Attr{Key: c.keys[len(c.keys)-1], Value: v})
	}
	return list, nil, nil
}
