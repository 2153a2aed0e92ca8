package queue

import (
	"log/slog"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// block gathers calls and records, in their order, before they are put into the backlogs: first the outlets
// each is for are asked, which may run the program's filters, then each outlet is given its part at once.
type block struct {
	items [maxBatch]passing
	skips [maxBatch][]*Outlet // the outlets that an item must not go to, if it says so
	n     int
	at    int // the item that is being routed

	// now and key are the same moment: they tell the time of calls that have a key alone.
	now time.Time
	key int64

	// What filters are shown that are asked at once.
	rec   record.Record
	made  bool // rec is that of the item at
	mem   []slog.Attr
	known known

	// From the first question of a block on, outlets are only offered what depends on the answers, or comes
	// after it.
	questions []question
	answers   []answer
	offers    []offer
	logger    int32 // the question to the filters of the item's logger, as in an offer

	routed routed
}

// routed is where the call before went, for the next one, which is like it as a rule.
type routed struct {
	origin  *Origin // nil if more than that and the level was asked for
	level   slog.Level
	outlets []*Outlet
}

// takes reports whether an item goes there as well.
func (r *routed) takes(p *passing) bool {
	return p.rec == nil && p.call.origin == r.origin && p.level == r.level
}

// passing is a call, or a record that was made elsewhere, on its way to outlets.
type passing struct {
	call  *call
	attrs []slog.Attr    // of the call
	rec   *record.Record // nil for a call
	to    Router         // of the record
	level slog.Level

	bytes   int64 // its size, 0 if not measured yet
	members int32 // how many attrs its groups have in them
	skips   bool
	wanted  bool // by an outlet
}

// router returns where the item goes.
func (p *passing) router() Router {
	if p.rec == nil {
		return p.call.origin.To
	}
	return p.to
}

// logger returns the name of the item's logger.
func (p *passing) logger() string {
	if p.rec == nil {
		return p.call.origin.Logger
	}
	return p.rec.Logger
}

// add adds the next call of a run. There must be room.
func (b *block) add(r *run) {
	c := &r.calls[r.at]
	if c.stamp == keyed {
		c.time = b.now.Add(time.Duration(c.key - b.key))
	}
	it := &b.items[b.n]
	it.call, it.attrs, it.level, it.bytes, it.wanted = c, r.own(c), c.level, 0, false
	if it.skips = c.skip != nil; it.skips {
		b.skips[b.n] = *c.skip
	}
	b.n++
}

// addRecord adds a record. There must be room.
func (b *block) addRecord(r *record.Record, to Router, skip []*Outlet) {
	b.items[b.n] = passing{rec: r, to: to, level: r.Level, skips: len(skip) > 0}
	b.skips[b.n] = skip
	b.n++
}

// pass passes the block on to the outlets, and empties it.
func (l *Listener) pass() {
	b := &l.block
	if b.n == 0 {
		return
	}
	for b.at = 0; b.at < b.n; b.at++ {
		l.route()
	}
	if len(b.questions) > 0 {
		l.inquire()
		l.settle()
	}
	for i := range b.n {
		if !b.items[i].wanted {
			l.nobody++
		}
	}
	used, c, behind := int64(0), l.coverOf(b), false
	for _, o := range l.touched {
		behind = o.early.make(o, b) || behind
		used += o.accept(b, c)
	}
	if behind != l.gates.behind.Load() {
		l.gates.behind.Store(behind)
	}
	l.covered(c)
	if l.used.Add(used) > l.o.Budget {
		l.shrink()
	}
	for i, o := range l.touched {
		o.block()
		o.spillOver()
		o.signal()
		l.touched[i] = nil
	}
	l.touched = l.touched[:0]
	clear(b.routed.outlets)
	b.routed.origin, b.routed.outlets = nil, b.routed.outlets[:0]
	b.n = 0
}

// route offers the items of the block to the outlets that want them, from the one at hand on, until somebody
// panics. That record does not go to the outlets that were not asked yet.
func (l *Listener) route() {
	defer l.survive()
	for b := &l.block; b.at < b.n; b.at++ {
		it := &b.items[b.at]
		if b.routed.takes(it) {
			for _, o := range b.routed.outlets {
				l.want(o, uint16(b.at))
			}
			continue
		}
		b.routed = routed{level: it.level, outlets: b.routed.outlets[:0]}
		if it.rec == nil && len(b.questions) == 0 {
			b.routed.origin = it.call.origin
		}
		to := it.router()
		b.made, b.logger = false, 0
		if to.Filtered() {
			b.logger = b.ask(nil)
		}
		to.Route(it.level, l.look, l.offerTo)
	}
}

// survive notes a panic.
func (l *Listener) survive() {
	if p := recover(); p != nil {
		l.fault, l.block.routed.origin = undecided(p), nil
	}
}

// ask notes a question about the item at hand, and returns its index plus one.
func (b *block) ask(o *Outlet) int32 {
	b.routed.origin = nil
	b.questions = append(b.questions, question{passing: b.items[b.at], at: uint16(b.at), outlet: o})
	return int32(len(b.questions))
}

// record returns the record that is being routed, for a filter to look at.
func (l *Listener) record() *record.Record {
	b := &l.block
	b.routed.origin = nil
	it := &b.items[b.at]
	if it.rec != nil {
		return it.rec
	}
	if !b.made {
		b.made = true
		b.rec = record.Record{}
		b.mem = it.call.record(&b.rec, it.attrs, b.mem[:0])
		b.rec.Source = *b.known.of(it.call.pc, &l.places)
	}
	return &b.rec
}

// offer notes that the outlet may want the item at hand.
func (l *Listener) offer(o *Outlet) {
	b, itself := &l.block, int32(0)
	switch {
	case o.o.Wants == nil:
	case o.o.Prompt:
		b.routed.origin = nil
		if !o.o.Wants(b.items[b.at].level, l.look) {
			return
		}
	default:
		itself = b.ask(o)
	}
	if len(b.questions) > 0 {
		b.offers = append(b.offers, offer{uint16(b.at), o, b.logger, itself})
		return
	}
	b.routed.outlets = append(b.routed.outlets, o)
	l.want(o, uint16(b.at))
}

// want notes that the outlet gets an item: its index, with unaskedItem if it is missing there.
func (l *Listener) want(o *Outlet, at uint16) {
	l.block.items[at&^unaskedItem].wanted = true
	if len(o.wants) == 0 {
		l.touched = append(l.touched, o)
	}
	o.wants = append(o.wants, at)
}

// unaskedItem marks an item that the outlet would have to be asked for, which cannot be.
const unaskedItem = 1 << 15

// settle goes through the offers once the questions are answered.
func (l *Listener) settle() {
	b := &l.block
	for i := range b.questions {
		x := &b.questions[i]
		if it := &b.items[x.at]; x.outlet == nil && b.answers[i] == silence && !it.wanted {
			it.wanted = true // nobody knows
			l.unasked[Band(it.level)]++
		}
	}
	for _, f := range b.offers {
		if f.logger > 0 && b.answers[f.logger-1] != yes {
			continue
		}
		if f.itself == 0 {
			l.want(f.outlet, f.at)
			continue
		}
		switch b.answers[f.itself-1] {
		case yes:
			l.want(f.outlet, f.at)
		case silence:
			l.want(f.outlet, f.at|unaskedItem)
		}
	}
	clear(b.questions)
	clear(b.offers)
	b.questions, b.offers = b.questions[:0], b.offers[:0]
}

// accept puts the items of the block that the outlet wants, whose cover is c, into its backlog, and returns the bytes they take.
func (o *Outlet) accept(b *block, c *cover) (used int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	to := o.entry()
	from, late := to.next, false
	for i, at := range o.wants {
		o.counts.Accepted++
		if at&unaskedItem != 0 {
			o.refuse(b.items[at&^unaskedItem].level, Hung)
			to.gap.mute, o.silent = true, true // told once, when there is an answer again
			continue
		}
		if o.silent {
			to.gap.mute, o.silent = false, false
		}
		it, f := &b.items[at], o.early.form(i)
		bytes := int64(0)
		if f.slab != nil {
			bytes = it.formed(f.text)
		} else {
			bytes = it.size()
		}
		switch {
		case it.skips && slices.Contains(b.skips[at], o):
			o.refuse(it.level, Timeout)
		case o.closing:
			o.counts.Dropped[Closed][Band(it.level)]++
			late = true
		case bytes > o.l.o.Budget:
			o.refuse(it.level, Full)
		default:
			to.push(it, bytes, f)
			used += bytes
		}
	}
	o.wants = o.wants[:0]
	o.early.accepted(&o.log)
	o.cover(c, from, late)
	return used
}

// shrink drops records at the outlet that holds the most, until the budget is kept again.
func (l *Listener) shrink() {
	for over := l.used.Load() - l.o.Budget; over > 0; over = l.used.Load() - l.o.Budget {
		var largest *Outlet
		most, second := int64(0), int64(0)
		for _, o := range *l.outlets.Load() {
			if o.o.Policy == Block {
				continue
			}
			if n := o.holds(); n > most {
				largest, most, second = o, n, most
			} else {
				second = max(second, n)
			}
		}
		if largest == nil {
			return
		}
		freed := largest.trim(min(over, most-second))
		if freed == 0 {
			return
		}
		l.used.Add(-freed)
	}
}
