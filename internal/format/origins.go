package format

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// maxOrigins bounds the processes that are remembered: colours are given anew after that many.
	maxOrigins = 1000
	// maxOriginWidth bounds the column of their names. Longer names are not cut.
	maxOriginWidth = 32
)

// originColors tell processes apart. Red and yellow are those of bad news.
var originColors = [...]string{cyan, "\x1b[34m", "\x1b[35m", "\x1b[32m", "\x1b[96m", "\x1b[95m", "\x1b[94m", "\x1b[92m"}

// origins remembers processes that log, in the order in which they came.
type origins struct {
	known map[originKey]origin
	width int // of the longest name so far
}

type originKey struct {
	host    string
	process record.Process
}

// origin is how a process is shown.
type origin struct{ name, color string }

// of returns how the process of a record is shown. A process is told by what it says of itself and not by its
// connection, since programs connect again and again.
func (o *origins) of(r *record.Record) origin {
	key := originKey{r.Host, r.Process}
	if key == (originKey{}) {
		key.host = r.Peer[:max(0, strings.LastIndexByte(r.Peer, ':'))] // without the port, which is that of a connection
	}
	if known, ok := o.known[key]; ok {
		return known
	}
	if o.known == nil || len(o.known) == maxOrigins {
		o.known = make(map[originKey]origin)
	}
	name := key.host
	if r.Process.PID != 0 {
		name = joined(name, strconv.Itoa(r.Process.PID))
	}
	if r.Process.Name != "MainProcess" { // as most are called
		name = joined(name, r.Process.Name)
	}
	if name == "" {
		name = "-"
	}
	o.width = min(max(o.width, utf8.RuneCountInString(name)), maxOriginWidth)
	known := origin{name, originColors[len(o.known)%len(originColors)]}
	o.known[key] = known
	return known
}

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "/" + b
}
