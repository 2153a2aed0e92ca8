package chunk

import "github.com/jackdaw-log/jackdaw/record"

// What records say, besides their attrs, are texts:
//
//	messages    a column of texts
//	exceptions  rows, and columns of texts: their types, messages and tracebacks
//	stacks      rows, and a column of texts
//	traces      of what each record is part of
const (
	saidMessages   = 0
	saidExceptions = saidMessages + textSections
	saidTypes      = saidExceptions + 1
	saidReasons    = saidTypes + textSections
	saidTracebacks = saidReasons + textSections
	saidStacks     = saidTracebacks + textSections
	saidStackTexts = saidStacks + 1
	saidTraces     = saidStackTexts + textSections
)

// saidPacker packs what records say. Terms, if set, are given the terms of all texts.
type saidPacker struct {
	texts  textPacker
	traces tracePacker
	terms  *terms

	messages, types, reasons, tracebacks, stacks []string
	exceptionRows, stackRows                     []int64
	buf                                          []byte
}

func (s *saidPacker) pack(w *writer, records []record.Record) []byte {
	w.reset()
	s.gather(records)
	s.column(w, s.messages)
	s.buf = appendRows(s.buf[:0], s.exceptionRows)
	w.section(s.buf)
	s.column(w, s.types)
	s.column(w, s.reasons)
	s.column(w, s.tracebacks)
	s.buf = appendRows(s.buf[:0], s.stackRows)
	w.section(s.buf)
	s.column(w, s.stacks)
	s.buf = s.traces.pack(w, records, s.buf)
	for _, texts := range [...][]string{s.messages, s.types, s.reasons, s.tracebacks, s.stacks} {
		clear(texts)
	}
	return w.part()
}

func (s *saidPacker) gather(records []record.Record) {
	s.messages, s.types, s.reasons, s.tracebacks, s.stacks = s.messages[:0], s.types[:0], s.reasons[:0], s.tracebacks[:0], s.stacks[:0]
	s.exceptionRows, s.stackRows = s.exceptionRows[:0], s.stackRows[:0]
	for i := range records {
		r := &records[i]
		s.messages = append(s.messages, r.Message)
		if e := r.Exception; e != nil {
			s.exceptionRows = append(s.exceptionRows, int64(i))
			s.types, s.reasons, s.tracebacks = append(s.types, e.Type), append(s.reasons, e.Message), append(s.tracebacks, e.Traceback)
		}
		if r.Stack != "" {
			s.stackRows = append(s.stackRows, int64(i))
			s.stacks = append(s.stacks, r.Stack)
		}
	}
}

func (s *saidPacker) column(w *writer, texts []string) {
	s.texts.terms = s.terms
	s.texts.pack(w, texts, false)
}

// said is what records say, as it is read.
type said struct {
	messages *textColumn

	// Of exceptions and stacks there are none unless some records have one.
	exceptionRows, stackRows     []int64
	exceptionPlaces, stackPlaces []int32
	types, reasons, tracebacks   *textColumn
	stacks                       *textColumn
	traces                       *traceColumn
}

func openSaid(p *part, n int) (s *said, err error) {
	s = new(said)
	if s.messages, err = p.texts(saidMessages, n); err != nil {
		return nil, err
	}
	exceptions, stacks := p.reader(saidExceptions), p.reader(saidStacks)
	s.exceptionRows, s.exceptionPlaces = exceptions.rows(n)
	s.stackRows, s.stackPlaces = stacks.rows(n)
	for _, r := range []*reader{&exceptions, &stacks} {
		if err := r.end(); err != nil {
			return nil, err
		}
	}
	for _, c := range []struct {
		column **textColumn
		first  int
		n      int
	}{
		{&s.types, saidTypes, len(s.exceptionRows)}, {&s.reasons, saidReasons, len(s.exceptionRows)},
		{&s.tracebacks, saidTracebacks, len(s.exceptionRows)}, {&s.stacks, saidStackTexts, len(s.stackRows)},
	} {
		if *c.column, err = p.texts(c.first, c.n); err != nil {
			return nil, err
		}
	}
	s.traces, err = p.traces(saidTraces, n)
	return s, err
}

// fill sets what a record says.
func (s *said) fill(r *record.Record, row int) (err error) {
	if r.Message, err = s.messages.at(row); err != nil {
		return err
	}
	if at := placeIn(s.stackPlaces, row); at >= 0 {
		if r.Stack, err = s.stacks.at(at); err != nil {
			return err
		}
	}
	r.Trace = s.traces.of(row)
	r.Exception, err = s.exception(row)
	return err
}

// exception returns the exception of a record, or nil.
func (s *said) exception(row int) (*record.Exception, error) {
	at := placeIn(s.exceptionPlaces, row)
	if at < 0 {
		return nil, nil
	}
	var e record.Exception
	for _, c := range []struct {
		text *string
		from *textColumn
	}{{&e.Type, s.types}, {&e.Message, s.reasons}, {&e.Traceback, s.tracebacks}} {
		text, err := c.from.at(at)
		if err != nil {
			return nil, err
		}
		*c.text = text
	}
	return &e, nil
}
