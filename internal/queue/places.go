package queue

import (
	"log/slog"
	"sync"

	"github.com/jackdaw-log/jackdaw/record"
)

// places holds where calls stand in the program, by their PC. A program has only so many calls that
// log, and resolving a PC anew for each record would cost more than all else the listener does.
type places struct {
	mu sync.Mutex
	of map[uintptr]*slog.Source
}

// maxPlaces bounds the memory for PCs that are not of this program.
const maxPlaces = 1 << 14

// find returns the place that pc stands for, which must not be changed; the zero Source if there is none.
func (p *places) find(pc uintptr) *slog.Source {
	p.mu.Lock()
	defer p.mu.Unlock()
	if source := p.of[pc]; source != nil {
		return source
	}
	if p.of == nil || len(p.of) >= maxPlaces {
		p.of = make(map[uintptr]*slog.Source)
	}
	source := new(slog.Source)
	if pc != 0 {
		if caller := (&record.Record{PC: pc}).Caller(); caller != nil {
			source = caller
		}
	}
	p.of[pc] = source
	return source
}

// known are the places that one goroutine has met lately.
type known [64]struct {
	pc     uintptr
	source *slog.Source
}

// of returns the place that pc stands for, as places.find does.
func (k *known) of(pc uintptr, all *places) *slog.Source {
	at := &k[(pc^pc>>6)%uintptr(len(k))]
	if at.source == nil || at.pc != pc {
		at.pc, at.source = pc, all.find(pc)
	}
	return at.source
}
