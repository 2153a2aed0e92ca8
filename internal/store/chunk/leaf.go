package chunk

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/record"
)

// place says which parts of a record a term looks at.
type place uint16

const (
	inPair      place = 1 << iota // logger and level
	inTime                        // the record's
	inReceived                    //
	inMessage                     //
	inException                   //
	inStack                       //
	inTrace                       //
	inWho                         //
	inPlace                       // the source
	inOwnLevel                    // levelno, levelname
	inAttrs                       //
	inUnknown                     // a field that is not known here
)

// places are where the fields of the language are looked for.
var places = map[string]place{
	"":        inMessage | inException | inStack | inTrace | inAttrs,
	"attrs":   inAttrs,
	"level":   inPair,
	"logger":  inPair,
	"time":    inTime,
	"message": inMessage | inAttrs, "exception": inException | inAttrs, "traceback": inException | inAttrs, "stack": inStack | inAttrs,
	"received": inReceived, "source": inPlace | inAttrs, "function": inPlace | inAttrs, "file": inPlace | inAttrs, "line": inPlace | inAttrs,
	"process": inWho | inAttrs, "pid": inWho | inAttrs, "thread": inWho | inAttrs, "task": inWho | inAttrs, "host": inWho | inAttrs, "peer": inWho | inAttrs,
	"trace_id": inTrace | inAttrs, "span_id": inTrace | inAttrs, "trace_flags": inTrace | inAttrs,
	"levelno": inOwnLevel | inAttrs, "levelname": inOwnLevel | inAttrs,
}

// placeOf returns where a field is looked for.
func placeOf(field string) place {
	if p, ok := places[field]; ok {
		return p
	}
	if slices.Contains(filter.Fields(), field) {
		parent, _, _ := strings.Cut(field, ".")
		if p, ok := places[parent]; ok && parent != field {
			return p
		}
		return inUnknown
	}
	return inAttrs
}

// leaf is a term of the language.
type leaf struct {
	filter *filter.Filter
	place  place
	// present, if set, matches attrs that the field may be one of. All may be if it is nil.
	present *filter.Filter
	class   class
	word    string  // of wordClass
	letters letters // of constantClass
	integer int64   // that is looked for, or else -1
}

// class says how much of a text made from a pattern has to be seen to know whether a term matches it.
type class byte

const (
	// anyClass: all of it.
	anyClass class = iota
	// constantClass: the pattern. There is no digit in what is looked for, and its ends are those of terms, so
	// that it has nothing to do with what was taken out.
	constantClass
	// wordClass: the pattern, or one of the terms that were taken out. What is looked for is one term with a
	// digit.
	wordClass
)

// leafOf returns the step of a term.
func leafOf(e filter.Expr) step {
	f, err := filter.New(e)
	if err != nil { // it was part of a filter, so there is none
		return noneStep{}
	}
	l := &leaf{filter: f, integer: -1}
	field := ""
	switch e := e.(type) {
	case filter.Level:
		l.place = inPair
		return l
	case filter.Time:
		l.place = inTime
		if e.Received {
			l.place = inReceived
		}
		return l
	case filter.Text:
		field = e.Field
		l.classify(e)
	case filter.Compare:
		field = e.Field
	case filter.Present:
		field = e.Field
	}
	l.place = placeOf(field)
	if l.place&inUnknown != 0 {
		return wholeStep{f}
	}
	if field != "" && field != "attrs" && l.place&inAttrs != 0 {
		if l.present, err = filter.New(filter.Present{Field: field}); err != nil {
			return wholeStep{f}
		}
	}
	return l
}

func (l *leaf) classify(e filter.Text) {
	if e.Pattern.Regexp != "" || len(e.Pattern.Parts) != 1 {
		return
	}
	text := e.Pattern.Parts[0]
	digits, others := 0, 0
	for i := range len(text) {
		switch c := charClass[text[i]]; {
		case text[i] < ' ' || c == charOther:
			return
		case c == charDigit:
			digits++
		case c != charLetter:
			others++
		}
	}
	switch {
	case digits == 0 && text != "":
		l.class, l.letters = constantClass, lettersOf(text)
	case digits == 0 || others > 0:
		return
	case !e.Whole:
		l.class, l.word = wordClass, text
	}
	if digits == len(text) && digits <= 15 && (text[0] != '0' || digits == 1) {
		l.integer, _ = strconv.ParseInt(text, 10, 64)
	}
}

func (l *leaf) cost() int {
	n := 1
	for _, p := range []struct {
		place place
		cost  int
	}{{inTime, 20}, {inReceived, 50}, {inWho | inPlace | inOwnLevel, 50}, {inMessage | inException | inStack | inTrace, 100}, {inAttrs, 200}} {
		if l.place&p.place != 0 {
			n += p.cost
		}
	}
	if l.class == anyClass && l.place&inMessage != 0 {
		n += 500
	}
	return n
}

func (l *leaf) match(r *record.Record) bool { return l.filter.Match(r) }

// rows implements [step]: the rows for which one of the places has what is looked for.
func (l *leaf) rows(c *Chunk, in Rows) (Rows, error) {
	found := noRows(in.n)
	for _, p := range []struct {
		place place
		find  func(*leaf, *Chunk, Rows, Rows) error
	}{
		{inPair, (*leaf).inPairs}, {inTime, (*leaf).inTimes}, {inReceived, (*leaf).inReceived},
		{inWho | inPlace | inOwnLevel, (*leaf).inOrigin}, {inMessage, (*leaf).inMessages}, {inException, (*leaf).inExceptions},
		{inStack, (*leaf).inStacks}, {inTrace, (*leaf).inTraces}, {inAttrs, (*leaf).inAttrs},
	} {
		if l.place&p.place == 0 {
			continue
		}
		left := in.without(found)
		if left.empty() {
			break
		}
		if err := p.find(l, c, left, found); err != nil {
			return Rows{}, err
		}
	}
	found.keep(in)
	return found, nil
}
