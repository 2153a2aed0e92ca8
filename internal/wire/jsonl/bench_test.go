package jsonl

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// lines are n lines of the records of a web service, in Jackdaw's own form, as a LogRecord's __dict__ and as zap
// writes them.
func lines(n int) (own, logRecord, zap [][]byte) {
	g := rand.New(rand.NewPCG(2026, 11))
	at := time.Unix(1_800_000_000, 0).UTC()
	for i := range n {
		area, at := g.IntN(100), at.Add(time.Duration(i)*1_234_567)
		logger, file := fmt.Sprintf("shop.area%d.module%d", area/10, area), fmt.Sprintf("/srv/shop/area%d/api.py", area/10)
		message := fmt.Sprintf("request %08x for customer %d handled in %d ms", g.Uint32(), g.IntN(10_000), g.IntN(2000))
		id, status, seconds := fmt.Sprintf("%016x", g.Uint64()), 200+g.IntN(300), float64(g.IntN(2_000_000))/1e6
		own = append(own, record.AppendJSON(nil, &record.Record{
			Time: at, Logger: logger, Message: message,
			Attrs:   []slog.Attr{slog.String("request_id", id), slog.Int("status", status), slog.String("path", "/api/v2/orders"), slog.Float64("seconds", seconds), slog.Bool("cached", true)},
			Source:  slog.Source{Function: "handle_request", File: file, Line: 100 + area},
			Process: record.Process{PID: 4242, Name: "MainProcess"}, Thread: record.Thread{Name: "worker-1"},
		}))
		dict, _ := json.Marshal(map[string]any{ // of plain values
			"name": logger, "msg": message, "args": []any{}, "levelname": "INFO", "levelno": 20, "pathname": file, "filename": "api.py", "module": "api", "exc_info": nil,
			"exc_text": nil, "stack_info": nil, "lineno": 100 + area, "funcName": "handle_request", "created": float64(at.UnixMicro()) / 1e6, "msecs": 123.0, "relativeCreated": 1234.5,
			"thread": 140234567890176, "threadName": "worker-1", "processName": "MainProcess", "process": 4242, "taskName": nil, "request_id": id, "status": status,
		})
		logRecord = append(logRecord, dict)
		zap = append(zap, fmt.Appendf(nil, `{"level":"info","ts":%f,"logger":%q,"caller":"shop/api.go:%d","msg":%q,"request_id":%q,"status":%d,"seconds":%g}`,
			float64(at.UnixMicro())/1e6, logger, area, message, id, status, seconds))
	}
	return own, logRecord, zap
}

func BenchmarkDecode(b *testing.B) {
	own, logRecord, zap := lines(5000)
	for _, c := range []struct {
		name  string
		lines [][]byte
	}{{"own", own}, {"logrecord", logRecord}, {"zap", zap}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.lines[0])))
			var d Decoder
			var r record.Record
			for i := 0; b.Loop(); i++ {
				if err := d.Decode(c.lines[i%len(c.lines)], &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
