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

// waiting is what waits for a viewer: those from WARNING on apart from those below.
type waiting struct {
	high, low []item
	bytes     int
	n         uint64
	gap       Gap // what was left out
}

func (w *waiting) len() int { return len(w.high) + len(w.low) }

func (w *waiting) isFull() bool { return w.len() >= maxWaiting || w.bytes >= maxWaitingBytes }

func (w *waiting) isHalfFull() bool { return w.len() >= maxWaiting/2 || w.bytes >= maxWaitingBytes/2 }

// put takes a copy of a record. Where bounds are given, and there is more then, the oldest are left out, low levels
// first; one record may always wait.
func (w *waiting) put(r *record.Record, records, bytes int) {
	i := item{n: w.n, size: sizeOf(r), r: r.Clone()}
	w.n++
	w.bytes += i.size
	if r.Level >= record.LevelWarning {
		w.high = append(w.high, i)
	} else {
		w.low = append(w.low, i)
	}
	for records > 0 && w.len() > 1 && (w.len() > records || w.bytes > bytes) {
		if len(w.low) > 0 {
			w.low = w.leave(w.low, 1)
		} else {
			w.high = w.leave(w.high, 1)
		}
	}
}

// leave leaves out the first n items, and returns the others.
func (w *waiting) leave(items []item, n int) []item {
	for i := range items[:n] {
		id := items[i].r.ID
		if w.gap.Records == 0 || id.Compare(w.gap.From) < 0 {
			w.gap.From = id
		}
		if w.gap.Records == 0 || id.Compare(w.gap.To) > 0 {
			w.gap.To = id
		}
		w.gap.Records++
		w.gap.Why = "more arrived than is sent to one viewer"
		w.bytes -= items[i].size
		items[i] = item{}
	}
	return items[n:]
}

// all returns all that waits, and what was left out.
func (w *waiting) all() ([]record.Record, Gap) {
	records := make([]record.Record, 0, w.len())
	high, low := w.high, w.low
	for len(high)+len(low) > 0 {
		if len(low) == 0 || len(high) > 0 && high[0].n < low[0].n {
			records, high = append(records, high[0].r), high[1:]
		} else {
			records, low = append(records, low[0].r), low[1:]
		}
	}
	gap := w.gap
	*w = waiting{n: w.n}
	return records, gap
}

// within returns what is within the share: high levels first, and of both the newest. The rest is left out.
func (w *waiting) within(s *share, now time.Time) ([]record.Record, Gap) {
	s.refill(now)
	w.high = w.leave(w.high, s.take(w.high))
	w.low = w.leave(w.low, s.take(w.low))
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
	s.last = now
	s.records = min(s.maxRecords, s.records+passed*s.maxRecords)
	s.bytes = min(s.maxBytes, s.bytes+passed*s.maxBytes)
}

// soon returns what there may be when records are shown next, about.
func (s *share) soon() (records, bytes int) {
	const in = 2 * float64(gather) / float64(time.Second)
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
