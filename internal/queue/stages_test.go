package queue

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// everywhere is a Router to one outlet.
type everywhere struct{ o *Outlet }

func (everywhere) Filtered() bool                                                  { return false }
func (everywhere) Passes(*record.Record) bool                                      { return true }
func (e everywhere) Route(_ slog.Level, _ func() *record.Record, to func(*Outlet)) { to(e.o) }

// BenchmarkStages measures what a call costs at each stage of its way: put into the front by its caller,
// moved to a backlog by the listener, and made a record by the outlet.
func BenchmarkStages(b *testing.B) {
	const calls = 2 * loadCalls
	err := errors.New("connection reset by peer")
	attrs := []slog.Attr{
		slog.String("method", "GET"), slog.Int("status", 502), slog.Duration("elapsed", 1234567),
		slog.Bool("cached", false), slog.Any("err", err),
	}
	f := func(name string, attrs []slog.Attr) {
		l := New(Options{OnError: func(error) {}})
		l.started.Do(func() {})
		o := &Outlet{l: l, wake: make(chan struct{}, 1)}
		origin := &Origin{To: everywhere{o}, Logger: "x"}
		r := slog.NewRecord(time.Now(), slog.LevelInfo, "request handled by upstream backend", 1)
		r.AddAttrs(attrs...)
		var sent batch
		stage := func(name string, timed int) {
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				b.StopTimer()
				for n := 0; n < b.N; n += calls {
					at := 0
					next := func() {
						if at++; at == timed {
							b.StartTimer()
						} else {
							b.StopTimer()
						}
					}
					next()
					if timed == 1 {
						for range calls {
							l.PutNow(origin, slog.LevelInfo, "request handled by upstream backend", 0, attrs)
						}
					} else {
						r.Time = time.Now()
						for range calls {
							l.PutSlog(origin, &r, false)
						}
					}
					next()
					l.move(allCalls)
					next()
					for o.log.count > 0 {
						sent.parts, _, _, _ = o.log.lend(sent.parts[:0], maxBatch)
						sent.fill(&l.places)
						sent.clear()
						o.log.giveBack(sent.parts)
					}
					next()
					l.used.Store(0)
				}
			})
		}
		stage(name+"/put", 1)
		stage(name+"/move", 2)
		stage(name+"/deliver", 3)
	}
	f("0", nil)
	f("5", attrs)
}
