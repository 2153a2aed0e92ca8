package main

import (
	"fmt"
	"io"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/terminal"
	"github.com/jackdaw-log/jackdaw/record"
)

// progressEvery is how often progress is shown.
const progressEvery = 200 * time.Millisecond

// progress shows on one line of a terminal how far an export is, while its records go elsewhere.
type progress struct {
	w     io.Writer // nil for nobody
	start time.Time
	last  time.Time
	shown bool
}

func newProgress(p *program) *progress {
	if !terminal.Is(p.stderr) || terminal.Is(p.stdout) {
		return &progress{}
	}
	now := time.Now()
	return &progress{w: p.stderr, start: now, last: now}
}

// tell is called again and again with how many records were found, and the last one.
func (g *progress) tell(found uint64, r *record.Record) {
	now := time.Now()
	if g.w == nil || now.Sub(g.last) < progressEvery {
		return
	}
	g.last, g.shown = now, true
	at := ""
	if !r.Time.IsZero() {
		at = ", up to " + r.Time.Local().Format(time.DateTime)
	}
	fmt.Fprintf(g.w, "\r%s, %s/s%s\x1b[K", of(found, "record"), count(int64(float64(found)/now.Sub(g.start).Seconds())), at)
}

// end takes the line away.
func (g *progress) end() {
	if g.shown {
		fmt.Fprint(g.w, "\r\x1b[K")
	}
}
