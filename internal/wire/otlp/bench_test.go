package otlp

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// received is a batch of records as a receiver hands them on: those of a web application in Python,
// in the mix of the benchmarks in bench/.
func received(n int) []record.Record {
	g := rand.New(rand.NewPCG(20261122, 0))
	loggers := []string{"root", "shop", "shop.db", "shop.db.pool", "shop.http", "shop.http.access", "shop.auth", "worker.mail", "worker.images"}
	levels := []slog.Level{-4, -4, -4, -4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 8, 8}
	at := time.Unix(1795344101, 702e6).UTC()
	batch := make([]record.Record, n)
	for i := range batch {
		r := &batch[i]
		*r = record.Record{
			Time: at.Add(time.Duration(i) * 37 * time.Microsecond), Received: at.Add(time.Duration(i)*37*time.Microsecond + 241e3),
			Level: levels[g.IntN(len(levels))], Logger: loggers[g.IntN(len(loggers))],
			Source:  slog.Source{Function: "handle_request", File: "/srv/shop/app/http/views.py", Line: 100 + g.IntN(400)},
			Process: record.Process{PID: 4242, Name: "MainProcess"}, Thread: record.Thread{ID: 140234567890176, Name: "MainThread"},
			Peer: "127.0.0.1:51234",
		}
		switch g.IntN(4) {
		case 0:
			r.Message = fmt.Sprintf("message %d of %d", i, n)
		case 1:
			r.Message = fmt.Sprintf("GET /cart/items answered %d in %.1f ms", 200, g.Float64()*100)
			r.Attrs = []slog.Attr{slog.String("request_id", fmt.Sprintf("%016x%016x", g.Uint64(), g.Uint64())), slog.Int("user_id", g.IntN(1e6)),
				slog.String("client", fmt.Sprintf("203.0.113.%d", g.IntN(256))), slog.Bool("cached", g.IntN(2) == 0)}
		case 2:
			r.Message = "query took 27 ms: SELECT id, name, price FROM product WHERE shelf = %s ORDER BY name"
			r.Attrs = []slog.Attr{slog.Int("rows", g.IntN(1000)), slog.Any("params", []any{int64(g.IntN(100)), "blue"}), slog.Float64("elapsed", g.Float64())}
		case 3:
			r.Message = fmt.Sprintf("sent mail %d to %d recipients", i, g.IntN(40))
			r.Attrs = []slog.Attr{slog.String("template", "order-confirmed"), slog.Int("attempt", 1),
				slog.Group("queue", slog.String("name", "mail"), slog.Int("waiting", g.IntN(50)))}
		}
		if g.IntN(20) == 0 {
			r.Exception = &record.Exception{Type: "IndexError", Message: "list index out of range",
				Traceback: "Traceback (most recent call last):\n  File \"/srv/shop/app/orders.py\", line 33, in main\n    fail(3, n)\n  File \"/srv/shop/app/orders.py\", line 24, in fail\n    return {\"items\": []}[\"items\"][order]\nIndexError: list index out of range"}
		}
	}
	return batch
}

// typical is a batch of records with the attrs of a request.
func typical(n int) []record.Record {
	batch := received(10 * n)
	return slices.DeleteFunc(batch, func(r record.Record) bool { return len(r.Attrs) != 4 || r.Exception != nil })[:n]
}

// benchBatches runs f for batches of records, none of which is like another. F returns the length of the
// messages.
func benchBatches(b *testing.B, f func(b *testing.B, batches [][]record.Record) (bytes int)) {
	const records = 10_000
	for _, c := range []struct {
		name    string
		batches [][]record.Record
	}{
		{"mix", slices.Collect(slices.Chunk(received(records), 200))},
		{"typical", slices.Collect(slices.Chunk(typical(records), 200))},
		{"single", slices.Collect(slices.Chunk(typical(records), 1))},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			bytes := f(b, c.batches)
			n := float64(b.N * len(c.batches[0]))
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/record")
			b.ReportMetric(float64(bytes)/records, "B/record")
		})
	}
}

func messages(batches [][]record.Record) (messages [][]byte, bytes int) {
	for _, batch := range batches {
		p := Append(nil, batch)
		messages, bytes = append(messages, p), bytes+len(p)
	}
	return messages, bytes
}

func BenchmarkAppend(b *testing.B) {
	benchBatches(b, func(b *testing.B, batches [][]record.Record) int {
		var dst []byte
		for i := 0; b.Loop(); i++ {
			dst = Append(dst[:0], batches[i%len(batches)])
		}
		_, bytes := messages(batches)
		return bytes
	})
}

func BenchmarkDecode(b *testing.B) {
	benchBatches(b, func(b *testing.B, batches [][]record.Record) int {
		messages, bytes := messages(batches)
		var d Decoder
		var dst []record.Record
		var err error
		for i := 0; b.Loop(); i++ {
			if dst, err = d.Decode(messages[i%len(messages)], dst[:0]); err != nil {
				b.Fatal(err)
			}
		}
		return bytes
	})
}
