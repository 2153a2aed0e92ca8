//go:build ignore

// Prints what the OpenTelemetry SDK for Go sends, for go.txt. Run it with -trimpath in a module of its own,
// then "go test -update". It was made with v1.47.0 of the SDK and v0.21.0 of otelslog.
package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/trace"
)

func main() {
	ctx := context.Background()
	var name string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Printf("# %s\n", name)
		s := hex.EncodeToString(b)
		for len(s) > 160 {
			fmt.Println(s[:160])
			s = s[160:]
		}
		fmt.Printf("%s\n----\n\n", s)
	}))
	exp, err := otlploghttp.New(ctx, otlploghttp.WithEndpointURL(srv.URL+"/v1/logs"))
	if err != nil {
		panic(err)
	}
	res := resource.NewWithAttributes("https://opentelemetry.io/schemas/1.43.0", attribute.String("service.name", "shop"), attribute.String("host.name", "web-1"),
		attribute.Int("process.pid", 4242), attribute.String("telemetry.sdk.language", "go"), attribute.StringSlice("process.command_args", []string{"shop", "-v"}))
	p := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(exp)), sdklog.WithResource(res))
	tid, _ := trace.TraceIDFromHex("4bf92f3577b34da6a3ce929d0e0e4736")
	sid, _ := trace.SpanIDFromHex("00f067aa0ba902b7")
	in := trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: tid, SpanID: sid, TraceFlags: 1}))

	name = "otelslog"
	l := otelslog.NewLogger("shop.pay", otelslog.WithLoggerProvider(p), otelslog.WithVersion("1.2.3"), otelslog.WithSource(true), otelslog.WithSchemaURL("https://opentelemetry.io/schemas/1.43.0"),
		otelslog.WithAttributes(attribute.String("team", "payments")))
	l.InfoContext(in, "paid", "order", 42, "took", 1500*time.Microsecond, slog.Group("card", "kind", "visa", "since", time.Date(2020, 1, 2, 3, 4, 5, 6, time.UTC)), "big", uint64(1<<63), "small", uint64(5), "f", 0.5, "ok", true, "none", nil)
	l.WarnContext(ctx, "declined", "err", errors.New("no funds"), "bytes", []byte("\x00\xff"), "list", []string{"a", "b"}, "map", map[string]int{"k": 1}, "struct", struct{ A int }{1})
	l.Log(ctx, slog.Level(2), "notice")
	p.ForceFlush(ctx)

	name = "log API"
	a := p.Logger("browser")
	var r log.Record
	r.SetTimestamp(time.Unix(1795344101, 702000000))
	r.SetSeverity(log.SeverityError2)
	r.SetSeverityText("error, rather")
	r.SetEventName("browser.page_view")
	r.SetBody(attribute.MapValue(attribute.Int("type", 0), attribute.String("url", "https://example.org"), attribute.KeyValue{Key: "ids", Value: attribute.SliceValue(attribute.IntValue(1), attribute.Float64Value(0.5), attribute.Value{})}, attribute.KeyValue{Key: "raw", Value: attribute.ByteSliceValue([]byte{0})}))
	r.AddAttributes(attribute.String("session.id", "s1"))
	a.Emit(in, r)
	var e log.Record
	e.SetErr(errors.New("wrong: ü"))
	e.SetBody(attribute.Int64Value(-7))
	a.Emit(ctx, e)
	p.ForceFlush(ctx)
	p.Shutdown(ctx)
}
