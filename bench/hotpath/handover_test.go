package main

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// BenchmarkHandOver measures how fast records come from a direct logger to a handler that takes them and does
// nothing, and to one that encodes them: ns and processor time of the whole process per record, 5 attrs. Of
// the first, what the caller pays is the larger part. The listener's own part is measured by
//
//	go test -run '^$' -bench Stages ./internal/queue
//
// in the main module: put is the caller, move the listener, deliver the making of records for the handler.
func BenchmarkHandOver(b *testing.B) {
	var e record.Encoder
	var buf []byte
	for name, take := range map[string]func(batch []record.Record){
		"nothing": func([]record.Record) {},
		"encoder": func(batch []record.Record) {
			buf = buf[:0]
			for i := range batch {
				buf = append(e.AppendJSON(buf, &batch[i]), '\n')
			}
		},
	} {
		b.Run("handler="+name, func(b *testing.B) {
			var taken atomic.Int64
			h := jackdaw.New(jackdaw.Options{})
			handler := record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
				take(batch)
				taken.Add(int64(len(batch)))
				return nil
			})
			if err := h.AddHandler("", handler, jackdaw.HandlerOptions{Policy: jackdaw.Block}); err != nil {
				b.Fatal(err)
			}
			log := directCalls(h.Direct("bench"), newRequest()).five
			log(8 * chunk) // memory is touched
			if err := h.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			before, begin := used(), time.Now()
			b.ResetTimer()
			log(b.N)
			if err := h.Close(context.Background()); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			if after := used(); after.known {
				b.ReportMetric(float64((after.cpu-before.cpu).Nanoseconds())/float64(b.N), "cpu-ns/op")
			}
			b.ReportMetric(float64(b.N)/time.Since(begin).Seconds()/1e6, "Mrecords/s")
			if got, want := taken.Load(), int64(b.N+8*chunk); got != want {
				b.Errorf("got %d records, want %d", got, want)
			}
		})
	}
}
