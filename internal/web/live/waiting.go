package live

import (
	"log/slog"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// What may wait for a viewer that is waited for.
const (
	maxWaiting      = 2000
	maxWaitingBytes = 1 << 20
)

// item is a record that waits.
type item struct {
	n    uint64 // its place among all that came
	size int
	r    record.Record
}

// line is records that wait, the first one first. Its memory is used again.
type line struct {
	items []item
	head  int // before it the items are gone
}

func (l *line) len() int { return len(l.items) - l.head }

func (l *line) first() *item { return &l.items[l.head] }

func (l *line) push(i item) {
	if l.head > 0 && len(l.items) == cap(l.items) {
		n := copy(l.items, l.items[l.head:])
		clear(l.items[n:])
		l.items, l.head = l.items[:n], 0
	}
	l.items = append(l.items, i)
}

// pop removes the first one.
func (l *line) pop() item {
	i := l.items[l.head]
	l.items[l.head] = item{}
	if l.head++; l.head == len(l.items) {
		l.items, l.head = l.items[:0], 0
	}
	return i
}

// maxIdle is how many items' memory is kept while few wait.
const maxIdle = 256

// waiting is what waits for a viewer: those from WARNING on apart from those below.
type waiting struct {
	high, low line
	bytes     int
	n         uint64
	gap       Gap // what was left out
	peak      int // the most that waited since the last time all was taken
}

func (w *waiting) len() int { return w.high.len() + w.low.len() }

func (w *waiting) isFull() bool { return w.len() >= maxWaiting || w.bytes >= maxWaitingBytes }

func (w *waiting) isHalfFull() bool { return w.len() >= maxWaiting/2 || w.bytes >= maxWaitingBytes/2 }

// put takes a copy of a record. Where bounds are given, and there is more then, the oldest are left out, low levels
// first; one record may always wait.
func (w *waiting) put(r *record.Record, records, bytes int) {
	i := item{n: w.n, size: sizeOf(r), r: r.Clone()}
	w.n++
	w.bytes += i.size
	if isHigh(r) {
		w.high.push(i)
	} else {
		w.low.push(i)
	}
	for records > 0 && w.len() > 1 && (w.len() > records || w.bytes > bytes) {
		if w.low.len() > 0 {
			w.drop(&w.low)
		} else {
			w.drop(&w.high)
		}
	}
	w.peak = max(w.peak, w.len())
}

func isHigh(r *record.Record) bool { return r.Level >= record.LevelWarning }

// drop leaves out the first record of a line.
func (w *waiting) drop(l *line) {
	i := l.pop()
	w.bytes -= i.size
	w.leave(i.r.ID)
}

// leave leaves out a record.
func (w *waiting) leave(id record.ID) {
	if w.gap.Records == 0 || id.Compare(w.gap.From) < 0 {
		w.gap.From = id
	}
	if w.gap.Records == 0 || id.Compare(w.gap.To) > 0 {
		w.gap.To = id
	}
	w.gap.Records++
	w.gap.Why = "more arrived than is sent to one viewer"
}

// all returns all that waits, and what was left out.
func (w *waiting) all() ([]record.Record, Gap) {
	records := make([]record.Record, 0, w.len())
	for w.len() > 0 {
		l := &w.low
		if w.low.len() == 0 || w.high.len() > 0 && w.high.first().n < w.low.first().n {
			l = &w.high
		}
		records = append(records, l.pop().r)
	}
	gap := w.gap
	w.gap, w.bytes = Gap{}, 0
	if w.peak <= maxIdle { // a viewer to whom little is shown takes little
		for _, l := range []*line{&w.high, &w.low} {
			if cap(l.items) > maxIdle {
				*l = line{}
			}
		}
	}
	w.peak = 0
	return records, gap
}

// within returns what is within the share: high levels first, and of both the newest. The rest is left out.
func (w *waiting) within(s *share, now time.Time) ([]record.Record, Gap) {
	s.refill(now)
	for _, l := range []*line{&w.high, &w.low} {
		for n := s.take(l.items[l.head:]); n > 0; n-- {
			w.drop(l)
		}
	}
	return w.all()
}

// share is what a viewer may have: so much at once, and so much each second.
type share struct {
	maxRecords, maxBytes float64
	records, bytes       float64
	last                 time.Time
}

func newShare(records, bytes int) share {
	return share{maxRecords: float64(records), maxBytes: float64(bytes), records: float64(records), bytes: float64(bytes), last: time.Now()}
}

func (s *share) refill(now time.Time) {
	passed := now.Sub(s.last).Seconds()
	if passed <= 0 { // who asks looked at the clock before somebody else did
		return
	}
	s.last = now
	s.records = min(s.maxRecords, s.records+passed*s.maxRecords)
	s.bytes = min(s.maxBytes, s.bytes+passed*s.maxBytes)
}

// soon returns what there may be when records are shown next, about.
func (s *share) soon() (records, bytes int) {
	const in = float64(gather) / float64(time.Second)
	return int(max(1, min(s.maxRecords, s.records+in*s.maxRecords))), int(max(1, min(s.maxBytes, s.bytes+in*s.maxBytes)))
}

// take takes what it can of items, from the last one back, and returns how many are left.
func (s *share) take(items []item) int {
	n := len(items)
	for n > 0 && s.records >= 1 && s.bytes > 0 {
		n--
		s.records--
		s.bytes -= float64(items[n].size)
	}
	return n
}

// sizeOf returns about how long the JSON form of a record is.
func sizeOf(r *record.Record) int {
	n := 200 + len(r.Logger) + len(r.Message) + len(r.Stack) + len(r.Source.File) + len(r.Source.Function) + attrsSize(r.Attrs)
	if r.Exception != nil {
		n += len(r.Exception.Type) + len(r.Exception.Message) + len(r.Exception.Traceback)
	}
	return n
}

func attrsSize(attrs []slog.Attr) (n int) {
	for i := range attrs {
		n += len(attrs[i].Key) + 6 + valueSize(attrs[i].Value)
	}
	return n
}

func valueSize(v slog.Value) int {
	switch v.Kind() {
	case slog.KindString:
		return len(v.String())
	case slog.KindGroup:
		return attrsSize(v.Group())
	case slog.KindAny:
		return anySize(v.Any())
	}
	return 12
}

// anySize is that of the plain values that records from outside have; of others nobody knows it cheaply.
func anySize(v any) (n int) {
	switch v := v.(type) {
	case string:
		return len(v)
	case []any:
		for _, x := range v {
			n += 2 + anySize(x)
		}
		return n
	case map[string]any:
		for k, x := range v {
			n += 6 + len(k) + anySize(x)
		}
		return n
	}
	return 24
}
