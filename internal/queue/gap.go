package queue

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// gap counts the records that are missing at one place of an outlet's stream, until a record of its
// own says so there.
type gap struct {
	// first is the lowest number that is missing; nothing is missing while total is 0.
	first   uint64
	total   uint64
	dropped Dropped
	// mute says that the handler did not take the record that told of the gap. It is told again when
	// the handler has taken another record, and at a flush.
	mute bool
}

func (g *gap) note(number uint64, band int, reason Reason) {
	if g.total == 0 || number < g.first {
		g.first = number
	}
	g.total++
	g.dropped[reason][band]++
}

// restore puts back a gap that was not told.
func (g *gap) restore(untold *gap) {
	if g.total == 0 || untold.first < g.first {
		g.first = untold.first
	}
	g.total += untold.total
	for reason, l := range untold.dropped {
		g.dropped[reason].Add(l)
	}
	g.mute = true
}

// due reports whether there is a gap to be told.
func (g *gap) due() bool { return g.total > 0 && !g.mute }

// before reports whether a gap is to be told before the record of that number.
func (g *gap) before(number uint64) bool { return g.due() && g.first <= number }

// record returns the record that tells of the gap, and empties the gap. It stands in no count.
func (g *gap) record() record.Record {
	var why []string
	var levels Levels
	for reason, l := range g.dropped {
		if l.Total() > 0 {
			why = append(why, Reason(reason).String())
		}
		levels.Add(l)
	}
	*g = gap{}
	return Told(levels, strings.Join(why, ", "))
}

// Told returns a record that tells, in their place, that records were dropped, and why.
func Told(dropped Levels, why string) record.Record {
	total := dropped.Total()
	attrs := []slog.Attr{slog.Uint64("dropped", total), slog.String("reason", why)}
	for i, n := range dropped {
		if n > 0 {
			attrs = append(attrs, slog.Uint64(bandNames[i], n))
		}
	}
	noun := "records"
	if total == 1 {
		noun = "record"
	}
	return record.Record{
		Time: time.Now(), Level: record.LevelWarning, Logger: "jackdaw",
		Message: fmt.Sprintf("%s %s dropped here: %s", thousands(total), noun, why),
		Attrs:   attrs,
	}
}

// thousands writes n with commas: 1,204.
func thousands(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
