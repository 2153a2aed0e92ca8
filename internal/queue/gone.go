package queue

import (
	"fmt"
	"slices"
	"sync"
)

// LeftError says that an outlet was closed before its handler had all.
type LeftError struct {
	Name string
	// Records is how many were left. Of these Spilled are in its Spill, some may be at the handler, and the rest is
	// dropped.
	Records, Spilled uint64
	// Err is why nobody waited any longer.
	Err error
}

func (e *LeftError) Error() string {
	if e.Spilled > 0 {
		return fmt.Sprintf("handler %s: %d records left, %d of them in its spill: %v", e.Name, e.Records, e.Spilled, e.Err)
	}
	return fmt.Sprintf("handler %s: %d records left: %v", e.Name, e.Records, e.Err)
}

// Unwrap returns Err.
func (e *LeftError) Unwrap() error { return e.Err }

// goneNames bounds how many names of outlets that were removed are known. What those beyond dropped is counted under
// goneOthers.
const (
	goneNames  = 100
	goneOthers = "others"
)

// gone is what was lost with outlets that were removed.
type gone struct {
	mu      sync.Mutex // guards all below, and is held while an outlet goes over from the others: it is counted once
	leaving []*Outlet  // their handlers have not come back yet
	lost    []loss     // of those before, a name each
}

// loss is what the outlets of a name dropped.
type loss struct {
	name    string
	dropped Dropped
}

// add takes an outlet that was removed. mu is held, here and below.
func (g *gone) add(o *Outlet) {
	g.leaving = append(g.leaving, o)
	g.settle()
}

// settle keeps of the outlets that have ended what they dropped.
func (g *gone) settle() {
	g.leaving = slices.DeleteFunc(g.leaving, func(o *Outlet) bool {
		select {
		case <-o.done:
			g.note(o.stats())
			return true
		default:
			return false
		}
	})
}

func (g *gone) note(s OutletStats) {
	if s.Dropped.Total() == 0 {
		return
	}
	i := g.find(s.Name)
	if i < 0 && len(g.lost) >= goneNames {
		s.Name = goneOthers
		i = g.find(s.Name)
	}
	if i < 0 {
		i = len(g.lost)
		g.lost = append(g.lost, loss{name: s.Name})
	}
	g.lost[i].dropped.Add(&s.Dropped)
}

func (g *gone) find(name string) int {
	return slices.IndexFunc(g.lost, func(l loss) bool { return l.name == name })
}

// addTo adds what was lost to the counts of the outlets of these names, and appends those that there are no more.
func (g *gone) addTo(all []OutletStats) []OutletStats {
	g.settle()
	add := func(name string, dropped *Dropped, waiting uint64) {
		n := dropped.Total() + waiting
		if n == 0 {
			return
		}
		i := slices.IndexFunc(all, func(s OutletStats) bool { return s.Name == name })
		if i < 0 {
			i = len(all)
			all = append(all, OutletStats{Name: name, Gone: true})
		}
		s := &all[i]
		s.Dropped.Add(dropped)
		s.Accepted += n
		s.Waiting += waiting
	}
	for i := range g.lost {
		add(g.lost[i].name, &g.lost[i].dropped, 0)
	}
	for _, o := range g.leaving {
		s := o.stats()
		add(s.Name, &s.Dropped, s.Waiting-s.Spilled) // what is in a spill is for who opens that next
	}
	return all
}
