package queue

import (
	"log/slog"

	"github.com/jackdaw-log/jackdaw/record"
)

// places holds where calls stand in the program, by their PC. A program has only so many calls that
// log, and resolving a PC anew for each record would cost more than all else the listener does.
type places map[uintptr]slog.Source

// maxPlaces bounds the memory for PCs that are not of this program.
const maxPlaces = 1 << 14

// of returns the place that pc stands for, the zero Source if none.
func (p *places) of(pc uintptr) slog.Source {
	if pc == 0 {
		return slog.Source{}
	}
	if source, ok := (*p)[pc]; ok {
		return source
	}
	if *p == nil || len(*p) >= maxPlaces {
		*p = make(places)
	}
	var source slog.Source
	if caller := (&record.Record{PC: pc}).Caller(); caller != nil {
		source = *caller
	}
	(*p)[pc] = source
	return source
}
