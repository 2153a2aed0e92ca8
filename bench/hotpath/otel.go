package main

import (
	"context"
	"io"
	"log/slog"
	"strconv"
	"time"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"
)

// otelPeers returns OpenTelemetry's batch processor behind its bridge from slog. When its queue is
// full it drops the oldest record.
func otelPeers() []peer {
	return []peer{{name: "otel-batch", module: "go.opentelemetry.io/otel/sdk/log", slog: true, way: async, open: func(to target) (*session, error) {
		ctx := context.Background()
		batch := sdklog.NewBatchProcessor(&otelJSON{w: to.w}, sdklog.WithMaxQueueSize(bound))
		provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(batch))
		s := slogSession(slog.Handler(otelslog.NewHandler("bench", otelslog.WithLoggerProvider(provider))))
		s.flush = func() error { return provider.ForceFlush(ctx) }
		s.close = func() error { return provider.Shutdown(ctx) }
		return s, nil
	}}}
}

// otelJSON is an exporter that writes a line of JSON for each record, and a batch at once. It writes
// only what the others do: OpenTelemetry's own writes each record's resource and scope as well.
type otelJSON struct {
	w   io.Writer
	buf []byte
}

func (e *otelJSON) Export(_ context.Context, records []sdklog.Record) error {
	b := e.buf[:0]
	for i := range records {
		r := &records[i]
		b = append(b, `{"time":"`...)
		b = r.Timestamp().AppendFormat(b, time.RFC3339Nano)
		b = append(b, `","level":`...)
		b = strconv.AppendQuote(b, r.Severity().String())
		b = append(b, `,"msg":`...)
		b = appendOTel(b, r.Body())
		r.WalkAttributes(func(kv attribute.KeyValue) bool {
			b = append(b, ',')
			b = strconv.AppendQuote(b, string(kv.Key))
			b = append(b, ':')
			b = appendOTel(b, kv.Value)
			return true
		})
		b = append(b, "}\n"...)
	}
	e.buf = b
	_, err := e.w.Write(b)
	return err
}

// appendOTel appends a value of one of the kinds that a request becomes.
func appendOTel(b []byte, v attribute.Value) []byte {
	switch v.Type() {
	case attribute.BOOL:
		return strconv.AppendBool(b, v.AsBool())
	case attribute.INT64:
		return strconv.AppendInt(b, v.AsInt64(), 10)
	case attribute.FLOAT64:
		return strconv.AppendFloat(b, v.AsFloat64(), 'g', -1, 64)
	}
	return strconv.AppendQuote(b, v.AsString())
}

func (*otelJSON) Shutdown(context.Context) error   { return nil }
func (*otelJSON) ForceFlush(context.Context) error { return nil }
