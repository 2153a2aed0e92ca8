package window

import (
	"context"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// Feed is where the records of a [Lazy] come from, and stay for a while. Its methods may be called from any goroutine.
type Feed interface {
	// Last returns the id of the last record that arrived, the zero id if there is none.
	Last(ctx context.Context) (record.ID, error)
	// Fill hands the last records to w, as many as it can keep, and then those that arrive, until ctx ends.
	Fill(ctx context.Context, w *Window)
}

const (
	// DefaultIdle is how long a Lazy keeps records that nobody asks for.
	DefaultIdle = time.Minute
	// patience is how long a question waits for the records that had arrived before it.
	patience = 5 * time.Second
)

// Lazy is a window that has records only while it is asked: the first question after a quiet time waits for the feed to
// hand in the last ones again, some tenths of a second, and else a record costs nothing. It is a [store.Reader].
type Lazy struct {
	feed    Feed
	o       Options
	filling sync.WaitGroup

	mu     sync.Mutex // guards what follows
	now    *filled    // nil while nobody asks
	asked  time.Time
	closed bool
}

// filled is a window that is being filled.
type filled struct {
	*Window
	ctx context.Context // of the filling
	end context.CancelFunc

	// inVain is a record that was waited for and did not come: it cannot be read, and is not waited for again. The
	// window's mutex guards it.
	inVain record.ID
}

// NewLazy returns a Lazy. Close it.
func NewLazy(feed Feed, o Options) *Lazy {
	if o.Idle == 0 {
		o.Idle = DefaultIdle
	}
	return &Lazy{feed: feed, o: o}
}

// Close lets go of the records. Questions are answered with [store.ErrClosed] from then on.
func (l *Lazy) Close() {
	l.mu.Lock()
	l.closed = true
	if l.now != nil {
		l.now.end()
	}
	l.mu.Unlock()
	l.filling.Wait()
}

// filled returns the window, which is filled from then on.
func (l *Lazy) filled() *filled {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = time.Now()
	if l.now == nil && !l.closed {
		f := &filled{Window: New(l.o)}
		f.ctx, f.end = context.WithCancel(context.Background())
		l.now = f
		l.filling.Go(func() { l.fill(f) })
		l.filling.Go(func() { l.watch(f) })
	}
	return l.now
}

// fill fills the window. Where the feed ends it for a reason of its own, the next question begins anew.
func (l *Lazy) fill(f *filled) {
	l.feed.Fill(f.ctx, f.Window)
	f.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now == f {
		l.now = nil
	}
}

// watch ends the filling when nobody asks any more.
func (l *Lazy) watch(f *filled) {
	for left := l.o.Idle; left > 0; {
		select {
		case <-time.After(left):
		case <-f.ctx.Done():
			return
		}
		l.mu.Lock()
		if left = l.o.Idle - time.Since(l.asked); left <= 0 && l.now == f {
			l.now = nil
		}
		l.mu.Unlock()
	}
	f.end()
}

// window returns the window when it has what had arrived. Where the feed does not tell soon it is what there is.
func (l *Lazy) window(ctx context.Context) (*Window, error) {
	f := l.filled()
	if f == nil {
		return nil, store.ErrClosed
	}
	soon, cancel := context.WithTimeout(ctx, patience)
	last, err := l.feed.Last(soon)
	cancel()
	if err == nil && !last.IsZero() {
		f.await(ctx, last)
	}
	return f.Window, context.Cause(ctx)
}

// await waits for a record, for patience at most, and for no longer than ctx or the filling goes on.
func (f *filled) await(ctx context.Context, last record.ID) {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		f.mu.Lock()
		grown, gone := f.grown, f.inVain == last
		f.mu.Unlock()
		if gone || f.Last().Compare(last) >= 0 {
			return
		}
		select {
		case <-grown:
		case <-late.C:
			f.mu.Lock()
			f.inVain = last
			f.mu.Unlock()
			return
		case <-f.ctx.Done():
			return
		case <-ctx.Done():
			return
		}
	}
}

// Position returns the id of the last record that can be found, if there is one.
func (l *Lazy) Position() (record.ID, bool) {
	w, err := l.window(context.Background())
	if err != nil {
		return record.ID{}, false
	}
	id := w.Last()
	return id, !id.IsZero()
}

// Page implements [store.Reader].
func (l *Lazy) Page(ctx context.Context, q store.PageQuery) (*store.Page, error) {
	return asked(ctx, l, (*Window).Page, q)
}

// Around implements [store.Reader].
func (l *Lazy) Around(ctx context.Context, q store.AroundQuery) (*store.Around, error) {
	return asked(ctx, l, (*Window).Around, q)
}

// Count implements [store.Reader].
func (l *Lazy) Count(ctx context.Context, q store.Query) (*store.Counts, error) {
	return asked(ctx, l, (*Window).Count, q)
}

// Histogram implements [store.Reader].
func (l *Lazy) Histogram(ctx context.Context, q store.HistogramQuery) (*store.Histogram, error) {
	return asked(ctx, l, (*Window).Histogram, q)
}

// Values implements [store.Reader].
func (l *Lazy) Values(ctx context.Context, q store.ValuesQuery) (*store.Values, error) {
	return asked(ctx, l, (*Window).Values, q)
}

// asked asks the window a question.
func asked[Q, A any](ctx context.Context, l *Lazy, question func(*Window, context.Context, Q) (*A, error), q Q) (*A, error) {
	w, err := l.window(ctx)
	if err != nil {
		return nil, err
	}
	return question(w, ctx, q)
}
