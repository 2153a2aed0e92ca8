package main

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

// distinct is how many records there are; they are sent again and again.
const distinct = 20_000

// requestSize is how many records a request, or a write, brings.
const requestSize = 1000

// makeRecords returns records as busy web services log them: some 400 bytes each as JSON, of a hundred loggers, one
// in thirty with a traceback. The same call makes the same records.
func makeRecords() []record.Record {
	random := rand.New(rand.NewPCG(2026, 11))
	paths := []string{"/api/v2/orders/confirm", "/api/v2/cart/items", "/search", "/login", "/api/v1/users/me/addresses"}
	levels := []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelInfo, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
	records := make([]record.Record, distinct)
	for i := range records {
		r := &records[i]
		area := random.IntN(100)
		*r = record.Record{
			Time: time.Unix(1_800_000_000, int64(i)*1_234_567).UTC(), Level: levels[random.IntN(len(levels))],
			Logger:  fmt.Sprintf("shop.area%d.module%d", area/10, area),
			Message: fmt.Sprintf("request %08x for customer %d handled in %d ms", random.Uint32(), random.IntN(10_000), random.IntN(2000)),
			Attrs: []slog.Attr{
				slog.String("request_id", fmt.Sprintf("%016x", random.Uint64())), slog.Int("status", 200+random.IntN(300)),
				slog.String("path", paths[random.IntN(len(paths))]), slog.Float64("seconds", float64(random.IntN(2_000_000))/1e6),
				slog.Bool("cached", random.IntN(2) == 0),
			},
			Source:  slog.Source{Function: "handle_request", File: fmt.Sprintf("/srv/shop/area%d/api.py", area/10), Line: 100 + area},
			Process: record.Process{PID: 4242, Name: "MainProcess"}, Thread: record.Thread{Name: "worker-1"},
		}
		if random.IntN(30) == 0 {
			r.Exception = &record.Exception{
				Type: "IndexError", Message: "list index out of range",
				Traceback: "Traceback (most recent call last):\n  File \"/srv/shop/api.py\", line 88, in handle_request\n    return self.confirm(order)\n" +
					"  File \"/srv/shop/orders.py\", line 231, in confirm\n    item = order.items[index]\nIndexError: list index out of range",
			}
		}
	}
	return records
}

// part is the same records in the forms in which they are sent.
type part struct {
	records             int
	frames, lines, otlp []byte
}

// makeParts returns all records in parts of a request.
func makeParts() (parts []part, lineBytes int) {
	records := makeRecords()
	for from := 0; from < len(records); from += requestSize {
		batch := records[from:min(from+requestSize, len(records))]
		p := part{records: len(batch), otlp: otlp.Append(nil, batch)}
		for i := range batch {
			p.frames = pickle.AppendFrame(p.frames, &batch[i])
			p.lines = append(record.AppendJSON(p.lines, &batch[i]), '\n')
		}
		lineBytes += len(p.lines)
		parts = append(parts, p)
	}
	return parts, lineBytes / len(records)
}
