package format_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
)

// BenchmarkEncode is what a listener pays for the form of a record that a Go program logs. After each
// benchmark the format and slog's two handlers take turns, and it reports how many times as long those
// take: the medians of the rounds, which other work on the machine disturbs least.
func BenchmarkEncode(b *testing.B) {
	attrs := []slog.Attr{
		slog.String("method", "GET"), slog.Int("status", 502), slog.Duration("elapsed", 1_234_567), slog.Bool("cached", false),
		slog.String("err", "read tcp 10.1.2.3:5432: connection reset by peer"),
		slog.String("client", "198.51.100.17:49152"), slog.Int64("bytes", 1_048_576), slog.Float64("load", 0.8125),
		slog.Time("started", time.Date(2026, 11, 22, 10, 41, 40, 535_897_932, time.UTC)), slog.Uint64("id", 7_301_444_403_305_881_837),
	}
	for _, f := range []struct {
		name string
		form format.Format
	}{
		{"json", format.NewJSON()}, {"json-function", format.JSON}, {"text", format.Text}, {"pretty", format.Pretty(true)},
		{"percent", percent(b, "%(asctime)s %(name)-15s %(levelname)-8s %(processName)-10s %(message)s")},
		{"braces", made(b, format.Options{Style: format.BraceStyle, Format: "{asctime} {name:<15} {levelname:<8} {processName!s:<10} {message}"})},
		{"datefmt", made(b, format.Options{Style: format.DollarStyle, Format: "$asctime $name $levelname $message", DateFormat: "%d.%m.%Y %H:%M:%S"})},
		{"logfmt", format.Logfmt},
	} {
		for _, n := range []int{0, 5, 10} {
			b.Run(fmt.Sprintf("%s/attrs=%d", f.name, n), func(b *testing.B) { benchmarkEncode(b, f.form, attrs[:n]) })
		}
	}
}

func benchmarkEncode(b *testing.B, form format.Format, attrs []slog.Attr) {
	one := record.Record{Time: time.Now(), Logger: "bench", Message: "request handled by upstream backend", Attrs: attrs}
	same := slog.NewRecord(one.Time, one.Level, one.Message, 0)
	same.AddAttrs(attrs...)
	bound := []slog.Attr{slog.String("logger", one.Logger)}
	var buf []byte
	ours := func() { buf = form(buf[:0], &one) }
	slogs := func(h slog.Handler) func() {
		return func() { _ = h.Handle(context.Background(), same) }
	}
	json, text := slogs(slog.NewJSONHandler(io.Discard, nil).WithAttrs(bound)), slogs(slog.NewTextHandler(io.Discard, nil).WithAttrs(bound))
	b.ReportAllocs()
	for b.Loop() {
		ours()
	}
	time500 := func(f func()) float64 {
		start := time.Now()
		for range 500 {
			f()
		}
		return float64(time.Since(start))
	}
	var toJSON, toText []float64
	for range 51 {
		took := time500(ours)
		toJSON, toText = append(toJSON, time500(json)/took), append(toText, time500(text)/took)
	}
	slices.Sort(toJSON)
	slices.Sort(toText)
	b.ReportMetric(toJSON[len(toJSON)/2], "×slog.JSON")
	b.ReportMetric(toText[len(toText)/2], "×slog.Text")
}
