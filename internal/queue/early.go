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
	forms []form                                    // of the items that the outlet wants; none if there are no forms
	slabs slabs
	rec   record.Record
	more  bool // rec has more than is written for every record
	mem   []slog.Attr
	known known
}

// deepCount is the number of records from which on those that come are kept by their forms.
const deepCount = maxBatch

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

// make makes the forms of the items of the block that the outlet wants, if its handler has fallen behind, and reports
// whether it has.
func (e *early) make(o *Outlet, b *block) (behind bool) {
	if e.write == nil || !o.deep() {
		return false
	}
	for len(e.forms) < len(o.wants) {
		e.goOn(o, b)
	}
	return true
}

// goOn goes on with the forms until one panics. That has none: it is met again when the handler makes it.
func (e *early) goOn(o *Outlet, b *block) {
	defer func() {
		if p := recover(); p != nil {
			e.forms = append(e.forms, form{})
		}
	}()
	for _, at := range o.wants[len(e.forms):] {
		var f form
		if it := &b.items[at&^unaskedItem]; at&unaskedItem == 0 && it.rec == nil && !it.skips && !it.call.origin.Trusted {
			f = e.formOf(o, it)
		}
		e.forms = append(e.forms, f)
	}
}

// formOf returns the form of a call.
func (e *early) formOf(o *Outlet, it *passing) form {
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
	s := e.slabs.of(o, it.level)
	room := s.mem[s.at:]
	text := e.write(room[:0], &e.rec)
	n := len(text)
	if n == 0 {
		return form{}
	}
	if &text[0] != &room[0] { // there was no room
		if n > slabBytes/2 {
			return form{}
		}
		e.slabs.next(o, s)
		text = s.mem[:copy(s.mem, text)]
	}
	s.at += n
	return form{text[:n:n], s.slab}
}

// form returns the form of the item that stands at an index of what the outlet wants.
func (e *early) form(i int) form {
	if len(e.forms) == 0 {
		return form{}
	}
	return e.forms[i]
}

// accepted says that the forms are in the backlog, as far as they come there.
func (e *early) accepted(b *backlog) {
	e.slabs.leave(b)
	clear(e.forms)
	e.forms = e.forms[:0]
}
