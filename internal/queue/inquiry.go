package queue

import (
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// The program's filters and levels may do anything, and not return. So they are asked on a goroutine of their
// own, a block at a time, and the listener waits for it no longer than patience. Then the one that was asked
// last is not asked any more before it has returned, and what it would have to decide on is dropped.

// patience is how long the listener waits, in turns: a machine that was suspended is not to be taken for a
// filter that does not return.
const (
	patience = 4
	turn     = 250 * time.Millisecond
)

// question is what has to be asked of an item before it is known which outlets it is for.
type question struct {
	passing
	at     uint16
	outlet *Outlet // nil: the question is to the filters of the record's logger
}

// whom returns what is asked.
func (x *question) whom() any {
	if x.outlet != nil {
		return x.outlet
	}
	return x.router()
}

// answer is what was answered. The zero answer is no.
type answer uint8

const (
	no answer = iota
	yes
	silence // who was asked does not return
)

// offer is an outlet that is for an item if the questions to the item's logger and to itself are answered so.
// These are indices of questions, plus one; 0 is none.
type offer struct {
	at             uint16
	outlet         *Outlet
	logger, itself int32
}

// inquiry asks the questions of one block after another.
type inquiry struct {
	places *places
	begin  chan inquired
	done   chan struct{} // holds a token when all of a block are answered
	ended  chan struct{} // closed when the goroutine has ended

	// at is the index of the question that is being asked, or abandoned.
	at atomic.Int32
	// whom it does not return from, once it was abandoned.
	whom any

	// Of the goroutine that asks; the fault is read once it is done.
	fault error
	now   *question
	made  *question // whose record rec is
	rec   record.Record
	mem   []slog.Attr
	known known
}

// inquired are the questions of a block, and where the answers go.
type inquired struct {
	questions []question
	answers   []answer
}

const abandoned = -1

func newInquiry(places *places) *inquiry {
	q := &inquiry{places: places, begin: make(chan inquired), done: make(chan struct{}, 1), ended: make(chan struct{})}
	go q.run()
	return q
}

func (q *inquiry) run() {
	defer close(q.ended)
	for in := range q.begin {
		q.made = nil
		for i := range in.questions {
			in.answers[i] = q.ask(&in.questions[i])
			if !q.at.CompareAndSwap(int32(i), int32(i+1)) {
				return // abandoned meanwhile
			}
		}
		q.done <- struct{}{}
	}
}

// ask asks one question. Who panics says no.
func (q *inquiry) ask(x *question) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			q.fault, a = undecided(p), no
		}
	}()
	q.now = x
	ok := false
	if x.outlet != nil {
		ok = x.outlet.o.Wants(x.level, q.record)
	} else {
		ok = x.router().Passes(q.record())
	}
	if ok {
		return yes
	}
	return no
}

// record returns the record that the question is about. It is the inquiry's own, should it be looked at for
// longer than the others wait.
func (q *inquiry) record() *record.Record {
	x := q.now
	if q.made != nil && q.made.at == x.at {
		return &q.rec
	}
	q.made = x
	if x.rec != nil {
		q.rec = x.rec.Clone()
		return &q.rec
	}
	q.rec = record.Record{}
	q.mem = x.call.record(&q.rec, x.attrs, q.mem[:0])
	if x.call.pc != 0 {
		q.rec.Source = *q.known.of(x.call.pc, q.places)
	}
	return &q.rec
}

// undecided is the error of a filter that panicked with p.
func undecided(p any) error {
	return fmt.Errorf("a filter did not decide: %w", &record.PanicError{Value: p})
}

// inquire asks the questions of the block. moving is held.
func (l *Listener) inquire() {
	b := &l.block
	b.answers = slices.Grow(b.answers[:0], len(b.questions))[:len(b.questions)]
	clear(b.answers)
	for from := 0; from < len(b.questions); {
		if l.hangs(b.questions[from].whom()) {
			b.answers[from] = silence
			from++
			continue
		}
		until := from + 1
		for until < len(b.questions) && !l.hangs(b.questions[until].whom()) {
			until++
		}
		from += l.inquireOf(from, until)
	}
}

// inquireOf asks some of the questions, and returns how many have an answer now: all, or those up to one that
// is not answered.
func (l *Listener) inquireOf(from, until int) int {
	if l.inquiry == nil {
		l.inquiry = newInquiry(&l.places)
	}
	q, b := l.inquiry, &l.block
	q.at.Store(0)
	q.begin <- inquired{b.questions[from:until], b.answers[from:until]}
	for turns := 1; !l.await(q); turns++ {
		at := q.at.Load()
		if turns < patience || int(at) == until-from || !q.at.CompareAndSwap(at, abandoned) {
			continue
		}
		l.abandon(q, from+int(at))
		return int(at) + 1
	}
	if q.fault != nil {
		l.fault, q.fault = q.fault, nil
	}
	return until - from
}

// await reports whether the inquiry was done within a turn.
func (l *Listener) await(q *inquiry) bool {
	if l.turn == nil {
		l.turn = time.NewTimer(turn)
	} else {
		l.turn.Reset(turn)
	}
	defer l.turn.Stop()
	select {
	case <-q.done:
		return true
	case <-l.turn.C:
		return false
	}
}

// abandon leaves the inquiry to itself, at that question, with all that it may look at.
func (l *Listener) abandon(q *inquiry, at int) {
	b := &l.block
	answers := make([]answer, len(b.answers))
	copy(answers, b.answers[:at])
	answers[at] = silence
	b.questions, b.answers = slices.Clone(b.questions), answers
	for i := range l.runs {
		l.runs[i].kept = true
	}
	x := &b.questions[at]
	q.whom = x.whom()
	l.hung, l.inquiry = append(l.hung, q), nil
	close(q.begin)
	whose := "the filter of logger " + x.logger()
	if x.outlet != nil {
		whose = "the filter or level of handler " + x.outlet.o.Name
	}
	l.fault = fmt.Errorf("%s has not returned for %v: until it does, records are dropped", whose, patience*turn)
}

// hangs reports whether whom was asked and has not returned.
func (l *Listener) hangs(whom any) bool {
	if len(l.hung) == 0 {
		return false
	}
	l.hung = slices.DeleteFunc(l.hung, func(q *inquiry) bool {
		select {
		case <-q.ended:
			return true
		default:
			return false
		}
	})
	return slices.ContainsFunc(l.hung, func(q *inquiry) bool { return q.whom == whom })
}

// dismiss ends the inquiry, if there is one. moving is held.
func (l *Listener) dismiss() {
	if l.inquiry != nil {
		close(l.inquiry.begin)
		<-l.inquiry.ended
		l.inquiry = nil
	}
}
