package queue

import (
	"log/slog"
	"reflect"

	"github.com/jackdaw-log/jackdaw/record"
)

// early makes the forms of records before it is the handler's turn, if the handler is a [record.Former] that
// has fallen behind: who moves calls then does the greater part of the handler's work, be it the listener or
// a caller that has no other way to go on, and what waits takes less memory. The listener's moving guards
// it.
type early struct {
	write func(dst []byte, r *record.Record) []byte // nil if the handler has no forms
	forms []byte
	ends  []int // of the forms of the items that the outlet wants; none if there are no forms
	rec   record.Record
	more  bool // rec has more than is written for every record
	mem   []slog.Attr
	known known
}

// deepCount is the number of records from which on those that come are kept by their forms.
const deepCount = 4 * maxBatch

// formOf returns what makes the forms of h's records, nil if they have none.
func formOf(h record.Handler) func(dst []byte, r *record.Record) []byte {
	f, ok := h.(record.Former)
	if !ok || !reflect.TypeOf(h).Comparable() {
		return nil
	}
	of, form := f.NewForm()
	if of != h {
		return nil // h embeds it, and does something else
	}
	return form
}

// make makes the forms of the items of the block that the outlet wants.
func (e *early) make(o *Outlet, b *block) {
	e.forms, e.ends = e.forms[:0], e.ends[:0]
	if e.write == nil || !o.deep() {
		return
	}
	for _, at := range o.wants {
		if it := &b.items[at&^unaskedItem]; at&unaskedItem == 0 && it.rec == nil && !it.skips && !it.call.origin.Trusted {
			e.add(o, it)
		}
		e.ends = append(e.ends, len(e.forms))
	}
}

// add adds the form of a call. One that panics has none: it is met again when the handler makes it.
func (e *early) add(o *Outlet, it *passing) {
	from := len(e.forms)
	defer func() {
		if p := recover(); p != nil {
			e.forms = e.forms[:from]
		}
	}()
	if e.more {
		e.rec = record.Record{}
	}
	e.more = it.call.traced || it.call.origin.Scope.Bound() > 0
	e.mem = it.call.record(&e.rec, it.attrs, e.mem[:0])
	if it.call.pc != 0 {
		e.rec.Source = *e.known.of(it.call.pc, &o.l.places)
	} else {
		e.rec.Source = slog.Source{}
	}
	e.forms = e.write(e.forms, &e.rec)
}

// form returns the form of the item that stands at an index of what the outlet wants, nil if it has none.
func (e *early) form(i int) []byte {
	if len(e.ends) == 0 {
		return nil
	}
	from := 0
	if i > 0 {
		from = e.ends[i-1]
	}
	if from == e.ends[i] {
		return nil
	}
	return e.forms[from:e.ends[i]]
}
