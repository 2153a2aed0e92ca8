package live

import (
	"context"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// gather is how long records are held back at most, to be shown together: as long as there were many the time before,
	// else gatherFew. The first one after a while of silence is shown at once.
	gather    = 100 * time.Millisecond
	gatherFew = 20 * time.Millisecond
	many      = 50
	// countEvery is how often counts are told at most.
	countEvery = time.Second
	// maxCounted bounds the loggers of one Counts. Records of others are in Total alone.
	maxCounted = 10_000
)

// View is what a viewer is shown.
type View struct {
	h     *Hub
	q     Query
	ctx   context.Context // ends when the view or the hub is closed
	end   context.CancelFunc
	ended chan struct{} // closed when the follower is
	wake  chan struct{} // there is something to show
	room  chan struct{} // there is room again

	mu      sync.Mutex // guards what follows
	waiting waiting
	share   share
	waits   bool // rather than leaving out: always, or until it has what there was at its beginning
	missed  Gap  // what the follower did not get
	counts  Counts
	dirty   bool      // counts changed
	at      record.ID // up to it all was looked at
	told    record.ID // up to it all was counted and told
	again   bool      // what comes was shown, and is only counted
	matches []bool    // of the batch that is looked at
	lows    int
	err     error // why the follower ended

	// Of the goroutine that calls Next alone.
	shown, counted time.Time
	pause          time.Duration // after what was shown
	sources        uint64        // the version that was told
}

// Update is what is new.
type Update struct {
	Gaps    []Gap
	Records []record.Record
	// Counts is nil if nothing arrived, if it was told a moment ago, or if nobody wants to know.
	Counts *Counts
	// All that arrived up to At is in this update or those before, and up to Counted it is counted.
	At, Counted record.ID
	// Sources says that they changed.
	Sources bool
}

// Gap says that records are not shown.
type Gap struct {
	Records uint64
	// AtLeast is set when there may be more.
	AtLeast bool
	// Unfiltered says that nobody looked whether they match.
	Unfiltered bool
	// From and To are the first and the last of them, if that is known. Others between them may be shown.
	From, To record.ID
	Why      string
}

// Counts counts what arrived by logger and level.
type Counts struct {
	Loggers map[string]*queue.Levels
	Total   queue.Levels

	name string // the logger of the record before, and its counts
	last *queue.Levels
}

func newView(h *Hub, q Query) *View {
	v := &View{
		h: h, q: q, ended: make(chan struct{}), wake: make(chan struct{}, 1), room: make(chan struct{}, 1),
		share: newShare(h.o.ShareRecords, h.o.ShareBytes), waits: true, at: q.After, told: q.After, counted: time.Now(),
	}
	if c := q.Counted; q.Counts && c != nil && (c.IsZero() || c.Epoch == q.After.Epoch) && c.Compare(q.After) < 0 {
		v.told, v.again = *c, true
	}
	v.ctx, v.end = context.WithCancel(h.ctx)
	v.sources, _ = h.sources.changed()
	return v
}

// Close ends the view. It waits for its goroutine.
func (v *View) Close() {
	v.end()
	<-v.ended
}

// Next waits until something is new. What it returns is the caller's. The error is ctx's, ErrClosed, or one of
// the feed. It is for one goroutine.
func (v *View) Next(ctx context.Context) (*Update, error) {
	for {
		u, pause, err := v.ready(time.Now())
		if u != nil || err != nil {
			return u, err
		}
		version, changed := v.h.sources.changed()
		switch {
		case !v.q.Counts:
			changed = nil
		case version != v.sources:
			v.sources = version
			return &Update{Sources: true}, nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-v.wake:
		case <-timer.C:
		case <-changed:
		case <-v.ctx.Done():
			timer.Stop()
			return nil, ErrClosed
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		}
		timer.Stop()
	}
}

// ready returns what is to be shown now, or after which time to ask again.
func (v *View) ready(now time.Time) (u *Update, pause time.Duration, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ctx.Err() != nil {
		return nil, 0, ErrClosed
	}
	due := now.Add(time.Hour)
	switch {
	case v.waits && v.waiting.isHalfFull():
		due = now
	case v.waiting.len() > 0 || v.waiting.gap.Records > 0 || v.missed != (Gap{}):
		due = v.shown.Add(v.pause)
	case v.dirty:
		due = v.counted.Add(countEvery)
	case v.err != nil:
		return nil, 0, v.err
	}
	if pause = due.Sub(now); pause > 0 {
		return nil, pause, nil
	}
	return v.take(now), 0, nil
}

// take returns all there is. mu is held.
func (v *View) take(now time.Time) *Update {
	u := &Update{At: v.at}
	if v.missed != (Gap{}) {
		u.Gaps = append(u.Gaps, v.missed)
		v.missed = Gap{}
	}
	var gap Gap
	if v.waits {
		u.Records, gap = v.waiting.all()
	} else {
		u.Records, gap = v.waiting.within(&v.share, now)
	}
	if gap.Records > 0 {
		u.Gaps = append(u.Gaps, gap)
	}
	for i := range u.Gaps {
		v.h.unshown.Add(u.Gaps[i].Records)
	}
	if v.dirty && now.Sub(v.counted) >= countEvery {
		counts := v.counts
		u.Counts, v.counts, v.dirty, v.counted = &counts, Counts{}, false, now
	}
	if !v.dirty {
		v.told = v.at
	}
	u.Counted = v.told
	v.shown, v.pause = now, gatherFew
	if len(u.Records) >= many {
		v.pause = gather
	}
	notify(v.room)
	return u
}

// notify leaves a word for who waits, or will.
func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run follows the feed.
func (v *View) run() {
	defer v.h.leave()
	defer close(v.ended)
	err := v.follow()
	v.mu.Lock()
	v.err = err
	v.mu.Unlock()
	notify(v.wake)
}

func (v *View) follow() error {
	f, err := v.begin()
	if err != nil {
		return err
	}
	defer f.Close()
	for first := true; ; first = false {
		batch, missed, err := f.Next(v.ctx)
		if err != nil {
			return err
		}
		if first && missed.AtLeast && v.recovered(batch[0].ID) {
			missed = Missed{}
		}
		if err := v.look(batch, missed); err != nil {
			return err
		}
	}
}

// look looks at what arrived. It waits where there is no room, and nothing is to be left out.
func (v *View) look(batch []record.Record, missed Missed) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.miss(missed)
	v.share.refill(time.Now())
	v.match(batch)
	low := 0 // the first of these need not be copied, to be left out by those behind them
	if !v.waits {
		records, _ := v.share.soon()
		low = v.lows - records
	}
	for i := range batch {
		r := &batch[i]
		if v.waits && !v.q.All && r.ID.Compare(v.q.End) > 0 {
			v.waits = false // it has seen what there was
		}
		if v.again && (r.ID.Epoch != v.q.After.Epoch || r.ID.Compare(v.q.After) > 0) {
			v.again = false
		}
		match := v.matches[i] && !v.again
		for match && v.waits && v.waiting.isFull() {
			if err := v.await(); err != nil { // which tells all up to the record before
				return err
			}
		}
		if v.q.Counts {
			v.counts.add(r)
			v.dirty = true
		}
		switch {
		case match && low > 0 && !isHigh(r):
			v.waiting.leave(r.ID)
			low--
		case match:
			v.put(r)
		}
		if !v.again {
			v.at = r.ID
		}
	}
	notify(v.wake)
	return nil
}

// match notes which records match, and how many of them are below WARNING.
func (v *View) match(batch []record.Record) {
	v.matches, v.lows = v.matches[:0], 0
	for i := range batch {
		is := v.q.Filter.Match(&batch[i])
		v.matches = append(v.matches, is)
		if is && !isHigh(&batch[i]) {
			v.lows++
		}
	}
}

// miss notes what the follower did not get.
func (v *View) miss(m Missed) {
	if m == (Missed{}) {
		return
	}
	v.missed.Records += m.Records
	v.missed.AtLeast = v.missed.AtLeast || m.AtLeast
	v.missed.Unfiltered = v.q.Filter != nil
	v.missed.Why = "too far behind, or not there any more"
}

// put takes a record in.
func (v *View) put(r *record.Record) {
	if v.waits {
		v.waiting.put(r, 0, 0)
		return
	}
	records, bytes := v.share.soon()
	v.waiting.put(r, records, bytes)
}

// await waits for room. mu is held before and after, not meanwhile.
func (v *View) await() error {
	v.mu.Unlock()
	defer v.mu.Lock()
	notify(v.wake)
	select {
	case <-v.room:
		return nil
	case <-v.ctx.Done():
		return v.ctx.Err()
	}
}

// add counts a record.
func (c *Counts) add(r *record.Record) {
	band := queue.Band(r.Level)
	c.Total[band]++
	if c.last != nil && c.name == r.Logger {
		c.last[band]++
		return
	}
	l := c.Loggers[r.Logger]
	if l == nil {
		if c.Loggers == nil {
			c.Loggers = make(map[string]*queue.Levels)
		}
		if len(c.Loggers) >= maxCounted {
			return
		}
		l = new(queue.Levels)
		c.Loggers[r.Logger] = l
	}
	l[band]++
	c.name, c.last = r.Logger, l
}
