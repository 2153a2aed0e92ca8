package receiver

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// BenchmarkRequests receives requests of 500 records over one connection, client included.
func BenchmarkRequests(b *testing.B) {
	const n = 500
	var batch []record.Record
	var lines bytes.Buffer
	for i := range n {
		r := record.Record{
			Time: time.Unix(1_800_000_000, 0), Logger: "myapp.area1.module", Message: fmt.Sprintf("a message of some eighty characters, as programs log them all the time: %06d", i),
			Attrs: []slog.Attr{slog.Int("n", i), slog.String("user", "ann"), slog.String("path", "/checkout/pay"), slog.Float64("took", 0.25)},
		}
		batch = append(batch, r)
		lines.Write(append(record.AppendJSON(nil, &r), '\n'))
	}
	protobuf := string(otlp.Append(nil, batch))
	for _, f := range []struct{ name, path, form, encoding, body string }{
		{"otlp", logsPath, protobufType, "", protobuf},
		{"otlp-gzip", logsPath, protobufType, "gzip", gzipped(protobuf)},
		{"ingest", "/ingest", "", "", lines.String()},
	} {
		b.Run(f.name, func(b *testing.B) {
			_, addr := listenAll(b, record.HandlerFunc(func(context.Context, []record.Record) error { return nil }), Options{})
			c := client(b)
			b.ReportAllocs()
			b.SetBytes(int64(len(f.body)) / n)
			for i := 0; i < b.N; i += n {
				req, err := http.NewRequest(http.MethodPost, "http://"+addr+f.path, strings.NewReader(f.body))
				if err != nil {
					b.Fatal(err)
				}
				req.Header.Set("Content-Type", f.form)
				req.Header.Set("Content-Encoding", f.encoding)
				resp, err := c.Do(req)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if resp.StatusCode != http.StatusOK {
					b.Fatalf("got %d, want 200", resp.StatusCode)
				}
			}
		})
	}
}
