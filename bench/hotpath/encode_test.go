package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// encoded is a record of the work, as Jackdaw's handlers and as slog's get it.
func encoded(attrs int) (record.Record, slog.Record) {
	r := newRequest()
	all := []slog.Attr{
		slog.String("method", r.method), slog.Int("status", r.status), slog.Duration("elapsed", r.elapsed),
		slog.Bool("cached", r.cached), slog.Any("err", r.err),
		slog.String("client", r.client), slog.Int64("bytes", r.bytes), slog.Float64("load", r.load),
		slog.Time("started", r.started), slog.Uint64("id", r.id),
	}[:attrs]
	now := time.Now()
	by := slog.NewRecord(now, slog.LevelInfo, message, 0)
	by.AddAttrs(slog.String("logger", "bench"))
	by.AddAttrs(all...)
	return record.Record{Time: now, Logger: "bench", Message: message, Attrs: all}, by
}

// BenchmarkEncode compares what a listener pays for the line of a record: JSON by the Encoder that Jackdaw's handlers
// have, by AppendJSON, and by slog's handler; text by Jackdaw's plain line, and by slog's handler.
func BenchmarkEncode(b *testing.B) {
	for _, n := range []struct {
		name  string
		attrs int
	}{{"attrs=0", 0}, {"attrs=5", 5}, {"attrs=10", 10}} {
		one, by := encoded(n.attrs)
		ours := func(name string, form func(dst []byte, r *record.Record) []byte) {
			b.Run(name+"/"+n.name, func(b *testing.B) {
				b.ReportAllocs()
				var buf []byte
				for b.Loop() {
					one.Time = one.Time.Add(time.Microsecond) // as it goes on in a stream
					buf = form(buf[:0], &one)
				}
			})
		}
		slogs := func(name string, h slog.Handler) {
			b.Run(name+"/"+n.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					by.Time = by.Time.Add(time.Microsecond)
					_ = h.Handle(context.Background(), by)
				}
			})
		}
		ours("form=json/by=Encoder", new(record.Encoder).AppendJSON)
		ours("form=json/by=AppendJSON", record.AppendJSON)
		slogs("form=json/by=slog", slog.NewJSONHandler(discard{}, nil))
		ours("form=text/by=Text", jackdaw.Text)
		slogs("form=text/by=slog", slog.NewTextHandler(discard{}, nil))
	}
}

// The work's attrs have the same bytes in both forms of JSON.
func TestEncodeSameBytes(t *testing.T) {
	for _, n := range []int{0, 5, 10} {
		one, by := encoded(n)
		var buf bytes.Buffer
		if err := slog.NewJSONHandler(&buf, nil).Handle(t.Context(), by); err != nil {
			t.Fatal(err)
		}
		_, attrs, ok := strings.Cut(strings.TrimSpace(buf.String()), `"logger":"bench"`)
		if !ok {
			t.Fatalf("slog wrote %s", buf.String())
		}
		attrs = strings.TrimPrefix(attrs, ",")
		if got := string(record.AppendJSON(nil, &one)); !strings.Contains(got, attrs) {
			t.Errorf("got %s, want the attrs of slog's handler: %s", got, attrs)
		}
		if a, e := record.AppendJSON(nil, &one), new(record.Encoder).AppendJSON(nil, &one); !bytes.Equal(a, e) {
			t.Errorf("Encoder: got %s, want %s", e, a)
		}
	}
}
