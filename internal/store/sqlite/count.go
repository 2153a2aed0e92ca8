package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/record"
)

// tally counts by logger and level.
type tally struct {
	mu      sync.Mutex // guards what follows
	loggers map[string]*queue.Levels
	total   queue.Levels
}

func (t *tally) add(logger string, level slog.Level, n uint64) {
	band := queue.Band(level)
	t.total[band] += n
	l := t.loggers[logger]
	if l == nil {
		if len(t.loggers) >= store.MaxLoggers {
			return
		}
		l = new(queue.Levels)
		t.loggers[logger] = l
	}
	l[band] += n
}

// Count implements [store.Reader].
func (s *Store) Count(ctx context.Context, q store.Query) (*store.Counts, error) {
	x, err := s.search(ctx, q)
	if err != nil {
		return nil, err
	}
	defer x.release()
	t := &tally{loggers: make(map[string]*queue.Levels)}
	x.recent(func(r *record.Record, _ int64) { t.add(r.Logger, r.Level, 1) })
	chunks := x.candidates()
	if q.Filter == nil {
		chunks = x.countWhole(t, chunks)
	}
	err = x.each(ctx, chunks, func(_ int, k *chunk.Chunk, rows chunk.Rows) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		return k.Pairs(rows, func(logger string, level slog.Level, n int) { t.add(logger, level, uint64(n)) })
	})
	if err != nil {
		return nil, err
	}
	c := &store.Counts{Total: t.total, Unreadable: x.unreadable}
	for _, name := range slices.Sorted(maps.Keys(t.loggers)) {
		c.Loggers = append(c.Loggers, store.LoggerCount{Logger: name, Levels: *t.loggers[name]})
	}
	return c, nil
}

// countWhole counts the files of which all records are meant by what is known of them in memory, and returns the chunks
// of the others.
func (x *search) countWhole(t *tally, chunks []candidate) (left []candidate) {
	for i, sh := range x.shelves {
		within := func(e *entry) bool { return e.from >= x.from && (e.to < x.to || x.to == math.MaxInt64) }
		whole := sh.totals[otherPairs] == 0 && !slices.ContainsFunc(sh.chunks, func(e *entry) bool { return !within(e) })
		if whole {
			for p, n := range sh.totals[1:] {
				if n > 0 {
					t.add(sh.pairs[p+1].logger, sh.pairs[p+1].level, n)
				}
			}
			continue
		}
		for _, c := range chunks {
			if c.shelf == x.shelves[i] {
				left = append(left, c)
			}
		}
	}
	return left
}

// buckets counts by time and level.
type buckets struct {
	start, width int64
	mu           sync.Mutex // guards what follows
	counts       map[int64]*queue.Levels
	timeless     queue.Levels
}

// bucket returns the number of the bucket of a moment.
func (b *buckets) bucket(moment int64) int64 {
	// The difference of two moments may be too large for one, but not as an unsigned number.
	if moment >= b.start {
		return int64(uint64(moment-b.start) / uint64(b.width))
	}
	return -1 - int64(uint64(b.start-moment-1)/uint64(b.width))
}

func (b *buckets) add(moment int64, band int, n uint64) {
	if moment == store.NoMoment {
		b.timeless[band] += n
		return
	}
	i := b.bucket(moment)
	l := b.counts[i]
	if l == nil {
		if len(b.counts) > store.MaxBuckets {
			return // it is an error already
		}
		l = new(queue.Levels)
		b.counts[i] = l
	}
	l[band] += n
}

// Histogram implements [store.Reader].
func (s *Store) Histogram(ctx context.Context, q store.HistogramQuery) (*store.Histogram, error) {
	if q.Width < time.Second {
		return nil, fmt.Errorf("a histogram with buckets of %v, want a second at least", q.Width)
	}
	x, err := s.search(ctx, q.Query)
	if err != nil {
		return nil, err
	}
	defer x.release()
	b := &buckets{width: int64(q.Width), counts: make(map[int64]*queue.Levels)}
	if !q.From.IsZero() {
		b.start = store.MomentOf(q.From)
	}
	x.recent(func(r *record.Record, m int64) { b.add(m, queue.Band(r.Level), 1) })
	chunks := x.candidates()
	if q.Filter == nil {
		chunks = b.addMinutes(x, chunks)
	}
	err = x.each(ctx, chunks, func(_ int, k *chunk.Chunk, rows chunk.Rows) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		return k.Times(rows, func(moment int64, band int) { b.add(moment, band, 1) })
	})
	if err != nil {
		return nil, err
	}
	if len(b.counts) > store.MaxBuckets {
		return nil, fmt.Errorf("a histogram of more than %d buckets of %v: make them wider, or the range shorter", store.MaxBuckets, q.Width)
	}
	h := &store.Histogram{Timeless: b.timeless, Unreadable: x.unreadable}
	for _, i := range slices.SortedFunc(maps.Keys(b.counts), cmp.Compare) {
		h.Buckets = append(h.Buckets, store.Bucket{Start: time.Unix(0, b.start+i*b.width).UTC(), Levels: *b.counts[i]})
	}
	return h, nil
}

const minute = int64(time.Minute)

// addMinutes counts the chunks of which it is known how many records each minute has, and returns the others: a
// minute of theirs lies in two buckets, or at an end of the range.
func (b *buckets) addMinutes(x *search, chunks []candidate) (left []candidate) {
	for _, c := range chunks {
		if !b.known(x, c.entry) {
			left = append(left, c)
			continue
		}
		for _, m := range c.minutes {
			for band, n := range m.Levels {
				if n > 0 {
					b.add(m.Minute*minute, band, n)
				}
			}
		}
	}
	return left
}

func (b *buckets) known(x *search, e *entry) bool {
	if e.minutes == nil || e.from == store.NoMoment || e.from < x.from || e.to >= x.to && x.to != math.MaxInt64 {
		return false
	}
	for _, m := range e.minutes {
		if m.Minute < math.MinInt64/minute+1 || m.Minute > math.MaxInt64/minute-1 || b.bucket(m.Minute*minute) != b.bucket((m.Minute+1)*minute-1) {
			return false
		}
	}
	return true
}
