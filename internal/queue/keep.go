package queue

import (
	"encoding/json"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/flight"
	"github.com/jackdaw-log/jackdaw/internal/snapshot"
	"github.com/jackdaw-log/jackdaw/record"
)

// Keep makes r keep all calls of origins that are kept, and all records, that come when it has returned, until the
// outlets are done with them. What is dropped because the listener closes stays kept. It may be called once, and r closed
// after the listener.
func (l *Listener) Keep(r *flight.Recorder) { l.gates.recorder.Store(r) }

// ReportAside tells of an error as if it were that of a handler of this name, and waits for nobody.
func (l *Listener) ReportAside(name string, err error) { l.errors.reportAside(name, err) }

// Moment returns the time, and the key that a call has that is made now.
func (l *Listener) Moment() (now time.Time, key int64) {
	now = time.Now()
	return now, l.clock.at(now)
}

// Base returns when the keys of calls began: that of a call which is made now is the nanoseconds since.
func (l *Listener) Base() time.Time { return l.clock.base }

// Place returns where a PC is in the program. It must not be changed.
func (l *Listener) Place(pc uintptr) *slog.Source { return l.places.find(pc) }

// keepNow keeps a call of an origin that is kept, which is made now. It returns false, and has kept nothing, if some values are
// not settled, or there is no clock for it.
func (l *Listener) keepNow(o *Origin, level slog.Level, message string, pc uintptr, attrs []slog.Attr) (k flight.Kept, settled bool) {
	if l.clock.coarse {
		return flight.Kept{}, false
	}
	r := l.gates.recorder.Load()
	if r == nil {
		return flight.Kept{}, snapshot.AllSettled(attrs)
	}
	return r.CallNow(o.Kept, l.gates.sole.Number(), level, message, pc, attrs)
}

// keepSlog keeps a slog record, whose attrs are in two parts, as a call of an origin that is kept.
func (l *Listener) keepSlog(o *Origin, in *slog.Record, key int64, front, back []slog.Attr) flight.Token {
	r := l.gates.recorder.Load()
	if r == nil {
		return 0
	}
	return r.Call(&flight.Call{Origin: o.Kept, Message: in.Message, Time: in.Time, Key: key, PC: in.PC, Level: in.Level}, front, back)
}

// keepCall keeps a call, of which some attrs may have values that have no kind that slog or the queue knows: their JSON is
// kept, which is made by methods of the program's.
func (l *Listener) keepCall(c *Call, key int64, attrs []slog.Attr) flight.Token {
	r := l.gates.recorder.Load()
	if r == nil || c.Origin.Kept == nil {
		return 0
	}
	kept := flight.Call{
		Origin: c.Origin.Kept, Message: c.Message, Time: c.Time, Key: key, PC: c.PC, Level: c.Level, Lead: c.Lead, Traced: c.Traced,
	}
	if snapshot.AllSettled(attrs) {
		return r.Call(&kept, attrs, nil)
	}
	settled := slices.Clone(attrs)
	settle(settled)
	return r.Call(&kept, settled, nil)
}

func settle(attrs []slog.Attr) {
	for i := range attrs {
		v := &attrs[i].Value
		if snapshot.Settled(*v) {
			continue
		}
		if v.Kind() == slog.KindGroup {
			group := slices.Clone(v.Group())
			settle(group)
			*v = slog.GroupValue(group...)
			continue
		}
		switch v.Any().(type) {
		case json.RawMessage, []byte:
		default:
			*v = slog.AnyValue(json.RawMessage(record.AppendJSONValue(nil, *v)))
		}
	}
}

// release lets go of what was kept of a call that was not taken.
func (l *Listener) release(t flight.Token) {
	if t != 0 {
		l.gates.recorder.Load().Release([]flight.Token{t})
	}
}

// cover is what is kept until all outlets are done with some records.
type cover struct {
	recorder *flight.Recorder
	tokens   []flight.Token
	release  func() // instead, for what is kept otherwise

	left atomic.Int32 // outlets that are not done, and the listener while it moves the records
}

// coverOf returns the cover of what is moved now, nil if nothing of it is kept.
func (l *Listener) coverOf(b *block) *cover {
	r := l.gates.recorder.Load()
	if r == nil || l.covering != nil {
		return l.covering
	}
	c, _ := l.covers.Get().(*cover)
	if c == nil {
		c = &cover{recorder: r}
	}
	for i := range b.n {
		if it := &b.items[i]; it.rec == nil && it.call.token != 0 {
			c.tokens = append(c.tokens, it.call.token)
		}
	}
	c.left.Store(1)
	return c
}

// covered says that what the cover is for was moved.
func (l *Listener) covered(c *cover) {
	if c != nil && c != l.covering {
		l.uncover(c)
	}
}

// uncover says that somebody is done with what the cover is for.
func (l *Listener) uncover(c *cover) {
	if c.left.Add(-1) > 0 {
		return
	}
	if c.release != nil {
		c.release()
		return
	}
	c.recorder.Release(c.tokens)
	c.tokens = c.tokens[:0]
	l.covers.Put(c)
}

// covered is a cover of records of an outlet, whose numbers are those from one up to another.
type covered struct {
	from, to uint64
	*cover
}

// cover notes the cover of the records from a number on, which have just come. late says that some were dropped since the outlet
// closes. mu is held.
func (o *Outlet) cover(c *cover, from uint64, late bool) {
	switch to := o.entry().next; {
	case c == nil:
	case late && o.l.isClosing():
		c.left.Add(1) // for ever: the next process has them
	case to > from:
		c.left.Add(1)
		o.covers = append(o.covers, covered{from, to, c})
	}
}

// uncover lets go of the covers of what the outlet is done with. mu is held.
func (o *Outlet) uncover() {
	if len(o.covers) == 0 {
		return
	}
	_, waiting, _ := o.log.first()
	if v := &o.over; v.on {
		_, first, _ := v.log.first()
		waiting = min(waiting, first, v.writingFirst)
	}
	kept := o.covers[:0]
	for i, c := range o.covers {
		if c.to > waiting {
			kept = append(kept, o.covers[i:]...)
			break
		}
		if o.flying > 0 && !o.flyingSafe && c.from < o.flyingEnd && c.to > o.flyingFirst {
			kept = append(kept, c)
			continue
		}
		o.l.uncover(c.cover)
	}
	clear(o.covers[len(kept):])
	o.covers = kept
}

// dropCovers lets go of the covers of an outlet that has ended with records left. Those that are dropped since the
// listener closes stay kept, for the next process. mu is held.
func (o *Outlet) dropCovers(closing bool) {
	if !closing {
		for _, c := range o.covers {
			o.l.uncover(c.cover)
		}
	}
	o.covers = nil
}

// keepBatch keeps records that were made elsewhere, before they are moved. It returns nil if they are not kept.
func (l *Listener) keepBatch(batch []record.Record) *cover {
	r := l.gates.recorder.Load()
	if r == nil {
		return nil
	}
	c := &cover{recorder: r, tokens: make([]flight.Token, len(batch))}
	c.left.Store(1)
	key := l.clock.now()
	for i := range batch {
		c.tokens[i] = r.Record(&batch[i], key)
	}
	return c
}

// HasRoom reports whether less than half of the budget is used.
func (l *Listener) HasRoom() bool { return l.used.Load() < l.o.Budget/2 }

// Restore takes records that an earlier process has left, as [Listener.PutBatch] does. It calls done, which must be quick, when
// all outlets are done with them, but not if they are dropped because the listener closes. It waits for no outlet.
func (l *Listener) Restore(batch []record.Record, route func(r *record.Record) Router, done func()) error {
	l.moving.Lock()
	defer l.unlock()
	if l.shut {
		return ErrClosed
	}
	l.moveCalls(allCalls)
	c := &cover{release: done}
	c.left.Store(1)
	l.moveCovered(batch, nil, route, c)
	return nil
}

// moveCovered moves a batch that is kept, if there is a cover. moving is held.
func (l *Listener) moveCovered(batch []record.Record, skips [][]*Outlet, route func(r *record.Record) Router, c *cover) {
	l.covering = c
	l.moveBatch(batch, skips, route)
	l.covering = nil
	l.covered(c)
}
