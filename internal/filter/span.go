package filter

import (
	"cmp"
	"slices"
)

// Span is a part of a text: its bytes from Start to before End.
type Span struct{ Start, End int }

// maxSpans bounds the parts of one text that are found.
const maxSpans = 1000

// AppendSpans appends the parts of a text that the filter looks for, to be highlighted: those its
// words, phrases and regular expressions find that stand by themselves or are for the named field. What
// must not be there is not looked for. The parts are in order and apart from each other; of a text
// with more than a thousand for one term some are left out.
func (f *Filter) AppendSpans(dst []Span, field, text string) []Span {
	if f == nil {
		return dst
	}
	from := len(dst)
	for _, m := range f.marks {
		if m.field == "" || m.field == field {
			dst = m.append(dst, text)
		}
	}
	found := dst[from:]
	slices.SortFunc(found, func(a, b Span) int { return cmp.Or(a.Start-b.Start, a.End-b.End) })
	kept := dst[:from]
	for _, s := range found {
		if last := len(kept) - 1; last >= from && s.Start <= kept[last].End {
			kept[last].End = max(kept[last].End, s.End)
		} else {
			kept = append(kept, s)
		}
	}
	return kept
}

// mark finds the parts that one term looks for.
type mark struct {
	field  string
	tester tester
}

// marksOf returns the marks of what is looked for in e.
func marksOf(marks []mark, e Expr) []mark {
	switch e := e.(type) {
	case And:
		for _, m := range e {
			marks = marksOf(marks, m)
		}
	case Or:
		for _, m := range e {
			marks = marksOf(marks, m)
		}
	case Text:
		if t, _, err := new(compiler).tester(e); err == nil && !e.Whole {
			marks = append(marks, mark{e.Field, t})
		}
	}
	return marks
}

func (m *mark) append(dst []Span, text string) []Span {
	switch t := m.tester.(type) {
	case *globTester:
		for at, n := 0, 0; n < maxSpans; n++ {
			start, end := t.in(text, at)
			if start < 0 {
				break
			}
			dst = append(dst, Span{start, end})
			at = end
		}
	case *regexpTester:
		for _, at := range t.re.FindAllStringIndex(begin(text), maxSpans) {
			if at[0] < at[1] {
				dst = append(dst, Span{at[0], at[1]})
			}
		}
	}
	return dst
}
