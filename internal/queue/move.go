package queue

import (
	"fmt"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// The listener naps this long while records come, and parks after so many naps without one.
const (
	nap       = 500 * time.Microsecond
	quietNaps = 20
)

func (l *Listener) run() {
	defer close(l.ended)
	timer := time.NewTimer(nap)
	defer timer.Stop()
	for quiet := 0; ; {
		if l.move() > 0 {
			quiet = 0
		} else {
			quiet++
		}
		if quiet < quietNaps {
			timer.Reset(nap)
			select {
			case <-timer.C:
			case <-l.wake:
			case <-l.stop:
				return
			}
			continue
		}
		// Who puts a record after this line wakes us; what came before it is seen here.
		l.parked.Store(true)
		if l.move() == 0 {
			select {
			case <-l.wake:
			case <-l.stop:
				return
			}
		}
		l.parked.Store(false)
		quiet = 0
	}
}

// move moves what is in the front to the outlets and returns how many records there were.
func (l *Listener) move() int {
	l.moving.Lock()
	defer l.moving.Unlock()
	l.moved = l.front.swap(l.moved[:0])
	n := len(l.moved)
	if n == 0 {
		return 0
	}
	unrouted := uint64(0)
	for from := 0; from < n; {
		from += l.route(l.moved[from:], &unrouted)
	}
	for i, o := range l.touched {
		o.touched = false
		o.block()
		o.signal()
		l.touched[i] = nil
	}
	l.touched = l.touched[:0]
	clear(l.moved)
	l.front.moved(unrouted)
	return n
}

// route hands the records to their outlets. It returns how many it is done with: fewer than there are after
// a filter of the program's panicked.
func (l *Listener) route(slots []slot, unrouted *uint64) (n int) {
	defer func() {
		if p := recover(); p != nil {
			l.report("filter", fmt.Errorf("a filter did not decide: %w", &record.PanicError{Value: p}))
			n++
		}
	}()
	var rec *record.Record
	wanted := false
	to := func(o *Outlet) {
		wanted = true
		for _, s := range l.skip {
			if s == o {
				return
			}
		}
		bytes := sizeOf(rec)
		if bytes > l.o.Budget {
			o.refuse(rec, Full)
			return
		}
		if !o.push(rec, bytes) {
			return
		}
		if !o.touched {
			o.touched = true
			l.touched = append(l.touched, o)
		}
		if l.used.Add(bytes) > l.o.Budget {
			l.shrink()
		}
	}
	for n < len(slots) {
		s := &slots[n]
		rec, l.skip, wanted = &s.rec, s.skip, false
		s.to.Route(rec, to)
		if !wanted {
			*unrouted++
		}
		n++
	}
	return n
}

// shrink drops records at the outlet that holds the most, until the budget is kept again.
func (l *Listener) shrink() {
	for l.used.Load() > l.o.Budget {
		var largest *Outlet
		most := int64(0)
		for _, o := range *l.outlets.Load() {
			if n := o.holds(); n > most && o.o.Policy != Block {
				largest, most = o, n
			}
		}
		if largest == nil {
			return
		}
		freed := largest.trim()
		if freed == 0 {
			return
		}
		l.used.Add(-freed)
	}
}
