package stream

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// typical returns records of about 400 bytes as JSON, as a busy web service logs them.
func typical(n int) []record.Record {
	batch := make([]record.Record, n)
	loggers := []string{"shop.orders.api", "shop.orders.db", "shop.payments.client", "shop.web.session"}
	for i := range batch {
		batch[i] = record.Record{
			Time: time.Unix(1_700_000_000, int64(i)*1000).UTC(), Level: slog.LevelInfo, Logger: loggers[i%len(loggers)],
			Message: fmt.Sprintf("request %08x for customer %d handled in %d ms", i*7919, i%1000, i%97),
			Attrs: []slog.Attr{
				slog.String("request_id", fmt.Sprintf("%016x", i*104729)), slog.Int("status", 200), slog.String("path", "/api/v2/orders/confirm"),
				slog.Float64("seconds", float64(i%97)/1000), slog.Bool("cached", i%2 == 0),
			},
			Source:  slog.Source{Function: "handle_request", File: "/srv/shop/orders/api.py", Line: 100 + i%50},
			Process: record.Process{PID: 4242, Name: "MainProcess"}, Thread: record.Thread{ID: 140_000_000, Name: "worker-1"},
			Host: "web-1", Received: time.Unix(1_700_000_001, 0).UTC(), Peer: "127.0.0.1:51234",
		}
	}
	return batch
}

func cpuTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkHandle measures how fast bursts are accepted: four callers, each with a batch of 256 records at
// a time, with no handler, and with one that does nothing.
func BenchmarkHandle(b *testing.B) {
	for _, level := range []Level{Sync, Disk, Memory} {
		for _, handlers := range []int{0, 1} {
			b.Run(fmt.Sprintf("%s/handlers=%d", level, handlers), func(b *testing.B) {
				s := open(b, Options{Level: level, MaxBytes: 1 << 30})
				for i := range handlers {
					if _, err := s.Cursor(fmt.Sprint(i), discard{}, CursorOptions{}); err != nil {
						b.Fatal(err)
					}
				}
				benchmarkHandle(b, s)
			})
		}
	}
}

func benchmarkHandle(b *testing.B, s *Stream) {
	const callers, size = 4, 256
	batch := typical(size)
	runtime.GC()
	b.ResetTimer()
	cpu := cpuTime()
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for n := c * size; n < b.N; n += callers * size {
				if err := s.Handle(b.Context(), batch); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	done := float64(s.Stats().Handled)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric((cpuTime()-cpu).Seconds()*1e6/float64(b.N), "cpu-s/M")
	e, _, err := s.engines.get(b.Context())
	if err == nil {
		if x, err := e.extent(b.Context()); err == nil && x.last > 0 {
			b.ReportMetric(done/float64(x.last), "records/message")
			b.ReportMetric(float64(x.bytes)/done, "B/record")
		}
	}
}

// discard is a handler that does nothing.
type discard struct{}

func (discard) Handle(context.Context, []record.Record) error { return nil }

// BenchmarkFull measures a stream that is at its bound all the time.
func BenchmarkFull(b *testing.B) {
	s := open(b, Options{Level: Disk, MaxBytes: 64 << 20})
	if _, err := s.Cursor("k", discard{}, CursorOptions{}); err != nil {
		b.Fatal(err)
	}
	batch := typical(256)
	for range 1000 {
		if err := s.Handle(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	benchmarkHandle(b, s)
}

// BenchmarkSingles measures many callers that store one record at a time, as senders do that wait for each
// answer.
func BenchmarkSingles(b *testing.B) {
	for _, level := range []Level{Sync, Disk} {
		b.Run(level.String(), func(b *testing.B) {
			const callers = 100
			s := open(b, Options{Level: level, MaxBytes: 1 << 30})
			batch := typical(1)
			b.ResetTimer()
			cpu := cpuTime()
			var wg sync.WaitGroup
			for c := range callers {
				wg.Go(func() {
					for n := c; n < b.N; n += callers {
						if err := s.Handle(b.Context(), batch); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric((cpuTime()-cpu).Seconds()*1e6/float64(b.N), "cpu-s/M")
			b.ReportMetric(float64(b.N)/float64(s.ring.end().seq), "records/message")
		})
	}
}
