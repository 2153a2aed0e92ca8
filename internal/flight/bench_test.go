package flight

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// BenchmarkLane is what a call costs beside all else, and what is handled is let go as it is when the handlers keep up.
func BenchmarkLane(b *testing.B) {
	r, _, err := New(make([]byte, 1<<20), testOptions(b))
	if err != nil {
		b.Fatal(err)
	}
	o := NewOrigin("shop.pay", record.Scope{})
	tokens := make([]Token, 0, 256)
	attrs := []slog.Attr{
		slog.String("method", "GET"), slog.Int("status", 502), slog.Duration("elapsed", 1234567), slog.Bool("cached", false), slog.Any("err", errors.New("connection reset by peer")),
		slog.String("client", "10.1.2.3:4567"), slog.Int64("bytes", 12345), slog.Float64("load", 0.75), slog.Time("started", time.Now()), slog.Uint64("id", 1<<63),
	}
	at := time.Now()
	for _, n := range []int{0, 5, 10} {
		b.Run(map[int]string{0: "0 attrs", 5: "5 attrs", 10: "10 attrs"}[n], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				k, _ := r.CallNow(o, 0, 0, "request handled by upstream backend", 0, attrs[:n])
				tokens = append(tokens, k.Token)
				if len(tokens) == cap(tokens) {
					r.Release(tokens)
					tokens = tokens[:0]
				}
			}
		})
		b.Run(map[int]string{0: "0 attrs, slog", 5: "5 attrs, slog", 10: "10 attrs, slog"}[n], func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				tokens = append(tokens, r.Call(&Call{Origin: o, Message: "request handled by upstream backend", Time: at, Key: int64(i), PC: 1}, attrs[:n], nil))
				if len(tokens) == cap(tokens) {
					r.Release(tokens)
					tokens = tokens[:0]
				}
			}
		})
	}
	if s := r.Stats(); s.Missed > 0 || s.Err != nil {
		b.Errorf("got %+v", s)
	}
}
