package record_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// benchmarkEncode runs ours as the benchmark. After that both take turns, and it reports how many times as
// long slog takes: the median of the rounds, which other work on the machine disturbs least.
func benchmarkEncode(b *testing.B, ours, slogs func(i int)) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		ours(i)
		i++
	}
	time1000 := func(f func(int)) time.Duration {
		start := time.Now()
		for i := range 1000 {
			f(i)
		}
		return time.Since(start)
	}
	var ratios []float64
	for range 51 {
		ratios = append(ratios, float64(time1000(slogs))/float64(time1000(ours)))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "×slog.JSON")
}

// BenchmarkEncodeReceived encodes records as a receiver hands them on.
func BenchmarkEncodeReceived(b *testing.B) {
	const n = 256
	records := receivedRecords(n)
	var same []slog.Record // what slog's handler has to write to say the same
	for _, r := range records {
		s := slog.NewRecord(r.Time, r.Level, r.Message, 0)
		s.AddAttrs(slog.String("logger", r.Logger), slog.Attr{Key: "attrs", Value: slog.GroupValue(r.Attrs...)},
			slog.Group("source", "function", r.Source.Function, "file", r.Source.File, "line", r.Source.Line),
			slog.Group("process", "pid", r.Process.PID, "name", r.Process.Name), slog.Group("thread", "id", r.Thread.ID, "name", r.Thread.Name),
			slog.Time("received", r.Received), slog.String("peer", r.Peer))
		same = append(same, s)
	}
	h, ctx := slog.NewJSONHandler(io.Discard, nil), context.Background()
	slogs := func(i int) { _ = h.Handle(ctx, same[i%n]) }
	var buf []byte
	b.Run("encoder", func(b *testing.B) {
		var e record.Encoder
		benchmarkEncode(b, func(i int) { buf = e.AppendJSON(buf[:0], &records[i%n]) }, slogs)
	})
	b.Run("function", func(b *testing.B) {
		benchmarkEncode(b, func(i int) { buf = record.AppendJSON(buf[:0], &records[i%n]) }, slogs)
	})
}

// receivedRecords returns records of three processes with four threads each, from a dozen calls under five
// loggers, a tenth of a millisecond apart. As from a decoder, names that repeat are the same strings.
func receivedRecords(n int) []record.Record {
	loggers := []string{"root", "myapp.http.access", "myapp.db.pool", "myapp.area1", "myapp.area2"}
	from := time.Date(2026, 11, 22, 10, 41, 41, 702e6, time.UTC)
	var functions, threads, peers []string
	for i := range 12 {
		functions = append(functions, fmt.Sprintf("open_connection_%c", 'a'+i))
		threads = append(threads, fmt.Sprintf("ThreadPoolExecutor-0_%d", i))
		peers = append(peers, fmt.Sprintf("127.0.0.1:%d", 51234+i))
	}
	var records []record.Record
	for i := range n {
		at := from.Add(time.Duration(i) * 113 * time.Microsecond)
		call, process := i*7%12, i*5%3
		records = append(records, record.Record{
			Time: at, Level: slog.Level(i%3*4) - 4, Logger: loggers[call%5],
			Message: fmt.Sprintf("connection %d to db-3.internal:5432 was opened in %d ms after 2 attempts, %d of 20 are in use", i, i*31%97, i%20),
			Attrs: []slog.Attr{slog.Int("attempts", i%5), slog.Float64("ms", float64(i*31%997)/8),
				slog.String("host", "db-3.internal:5432"), slog.Bool("pooled", i%2 == 0)},
			Source:   slog.Source{Function: functions[call], File: "/srv/myapp/lib/python3.13/site-packages/myapp/db/pool.py", Line: 233 + 17*call},
			Process:  record.Process{PID: 48213 + process, Name: "MainProcess"},
			Thread:   record.Thread{ID: 140234567890123 + uint64(i%4)*8392704, Name: threads[i%4]},
			Received: at.Add(217 * time.Microsecond), Peer: peers[process],
		})
	}
	return records
}

// BenchmarkEncodeCall encodes a record that a Go program logs.
func BenchmarkEncodeCall(b *testing.B) {
	attrs := []slog.Attr{
		slog.String("method", "GET"), slog.Int("status", 502), slog.Duration("elapsed", 1_234_567), slog.Bool("cached", false),
		slog.String("err", "read tcp 10.1.2.3:5432: connection reset by peer"),
		slog.String("client", "198.51.100.17:49152"), slog.Int64("bytes", 1_048_576), slog.Float64("load", 0.8125),
		slog.Time("started", time.Date(2026, 11, 22, 10, 41, 40, 535_897_932, time.UTC)), slog.Uint64("id", 7_301_444_403_305_881_837),
	}
	const message = "request handled by upstream backend"
	for _, n := range []int{0, 5, 10} {
		one := record.Record{Time: time.Now(), Logger: "bench", Message: message, Attrs: attrs[:n]}
		same := slog.NewRecord(one.Time, one.Level, one.Message, 0)
		same.AddAttrs(one.Attrs...)
		h, ctx := slog.NewJSONHandler(io.Discard, nil).WithAttrs([]slog.Attr{slog.String("logger", one.Logger)}), context.Background()
		slogs := func(int) { _ = h.Handle(ctx, same) }
		var buf []byte
		b.Run(fmt.Sprintf("encoder/attrs=%d", n), func(b *testing.B) {
			var e record.Encoder
			benchmarkEncode(b, func(int) { buf = e.AppendJSON(buf[:0], &one) }, slogs)
		})
		b.Run(fmt.Sprintf("function/attrs=%d", n), func(b *testing.B) {
			benchmarkEncode(b, func(int) { buf = record.AppendJSON(buf[:0], &one) }, slogs)
		})
	}
}
