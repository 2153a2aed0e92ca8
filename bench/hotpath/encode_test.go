package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// BenchmarkEncode compares what a listener pays for the JSON of a record: by record.AppendJSON, and by
// slog's handler.
func BenchmarkEncode(b *testing.B) {
	r := newRequest()
	attrs := []slog.Attr{
		slog.String("method", r.method), slog.Int("status", r.status), slog.Duration("elapsed", r.elapsed),
		slog.Bool("cached", r.cached), slog.String("err", r.err.Error()),
		slog.String("client", r.client), slog.Int64("bytes", r.bytes), slog.Float64("load", r.load),
		slog.Time("started", r.started), slog.Uint64("id", r.id),
	}
	for _, n := range []struct {
		name  string
		attrs int
	}{{"attrs=0", 0}, {"attrs=5", 5}, {"attrs=10", 10}} {
		b.Run("by=jackdaw/"+n.name, func(b *testing.B) {
			one := record.Record{Time: time.Now(), Logger: "bench", Message: message, Attrs: attrs[:n.attrs]}
			var buf []byte
			for b.Loop() {
				buf = record.AppendJSON(buf[:0], &one)
			}
		})
		b.Run("by=slog/"+n.name, func(b *testing.B) {
			one := slog.NewRecord(time.Now(), slog.LevelInfo, message, 0)
			one.AddAttrs(slog.String("logger", "bench"))
			one.AddAttrs(attrs[:n.attrs]...)
			h, ctx := slog.NewJSONHandler(discard{}, nil), context.Background()
			for b.Loop() {
				_ = h.Handle(ctx, one)
			}
		})
	}
}
