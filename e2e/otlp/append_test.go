package otlp

import (
	"bytes"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// batches are records of many kinds, as programs make and receivers hand them on.
func batches() (batches [][]record.Record) {
	at := time.Date(2026, 11, 22, 10, 41, 41, 702123456, time.UTC)
	full := record.Record{
		Time: at, Level: 3, Logger: "shop.pay", Message: "declined ü", Received: at.Add(time.Millisecond), Peer: "127.0.0.1:51234",
		Source:    slog.Source{Function: "app.pay", File: "/srv/app/pay.py", Line: 7},
		Exception: &record.Exception{Type: "ValueError", Message: "x", Traceback: "Traceback (most recent call last):\nValueError: x"}, Stack: "Stack",
		Process: record.Process{PID: 4242, Name: "MainProcess"}, Thread: record.Thread{ID: 140234567890176, Name: "MainThread"}, Task: "Task-1", Host: "web-1",
		Trace: record.Trace{ID: [16]byte{0x4b, 15: 0x36}, Span: [8]byte{0xf0, 7: 0xb7}, Flags: 1}, LevelNo: 28, LevelName: "NOTICE",
		ID: record.ID{Epoch: 5, Sequence: 42, Index: 7},
	}
	values := record.Record{Logger: "shop", Attrs: []slog.Attr{
		slog.Int("n", -5), slog.String("s", strings.Repeat("long ", 100)), slog.Bool("b", false), slog.Float64("f", math.Inf(-1)), slog.Any("nil", nil),
		slog.Duration("d", time.Second), slog.Time("t", at.In(time.FixedZone("", 3600))), slog.Uint64("u", math.MaxUint64), slog.Any("bytes", []byte{0, 0xff}),
		slog.Any("list", []any{int64(1), "x", nil, map[string]any{"k": uint64(1)}}), slog.Any("map", map[string]any{"k": []any{}}), slog.Group("g", slog.Group("h", slog.Int("x", 1))),
		slog.Any("struct", struct{ A, B int }{1, 2}), slog.Any("error", fmt.Errorf("wrong")), slog.Int("thread.id", 1), slog.String("", "no key"),
	}}
	foreign := record.Record{Message: `{"a":1}`, Attrs: []slog.Attr{
		slog.Group("", slog.String("service.name", "shop")), slog.String("otel.resource.schema_url", "https://r"), slog.String("otel.scope.version", "1"),
		slog.Group("otel.scope.attributes", slog.Int("k", 1)), slog.String("otel.event.name", "e"), slog.Int("otel.flags", 0x101), slog.Int("otel.dropped_attributes_count", 3),
		slog.Group("otel.body", slog.Int("a", 1)), slog.Int("x", 1),
	}}
	many := make([]record.Record, 300)
	for i := range many {
		many[i] = full
		many[i].Logger = [...]string{"a", "a.b"}[i/7%2]
		many[i].Process.PID = 1 + i/50
	}
	batches = [][]record.Record{{}, {{}}, {full}, {values}, {foreign, foreign}, {full, values, foreign, full}, many}
	for _, r := range handlertest.Awkward() {
		batches = append(batches, []record.Record{r})
	}
	return batches
}

// official returns a message that Append wrote as the official types read it. They know every field of it, and write the same.
func official(t *testing.T, name string, ours []byte) *logspb.LogsData {
	t.Helper()
	theirs := new(logspb.LogsData)
	if err := proto.Unmarshal(ours, theirs); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	known(t, theirs.ProtoReflect())
	again, err := proto.MarshalOptions{Deterministic: true}.Marshal(theirs)
	if err != nil || !bytes.Equal(again, ours) {
		t.Errorf("%s: %v\n ours %.1000x\ntheirs %.1000x", name, err, ours, again)
	}
	return theirs
}

func TestAppend(t *testing.T) {
	for i, batch := range batches() {
		theirs := official(t, fmt.Sprintf("batch %d", i), otlp.Append(nil, batch))
		n := 0
		for _, rl := range theirs.ResourceLogs {
			for _, sl := range rl.ScopeLogs {
				for _, r := range sl.LogRecords {
					equal(t, fmt.Sprintf("batch %d, record %d", i, n), rl, sl, r, &batch[n])
					n++
				}
			}
		}
		if n != len(batch) {
			t.Errorf("batch %d: got %d records, want %d", i, n, len(batch))
		}
	}
}

// known reports fields that a message has and its type does not.
func known(t *testing.T, m protoreflect.Message) {
	t.Helper()
	if u := m.GetUnknown(); len(u) > 0 {
		t.Errorf("%s: got unknown fields %x", m.Descriptor().FullName(), u)
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				known(t, v.List().Get(i).Message())
			}
		default:
			known(t, v.Message())
		}
		return true
	})
}

// equal compares the fields of a LogRecord that are not among its attributes, and some that are.
func equal(t *testing.T, name string, rl *logspb.ResourceLogs, sl *logspb.ScopeLogs, got *logspb.LogRecord, want *record.Record) {
	t.Helper()
	if utf8.ValidString(want.Logger) && sl.Scope.GetName() != want.Logger {
		t.Errorf("%s: got scope %q, want %q", name, sl.Scope.GetName(), want.Logger)
	}
	if int(got.SeverityNumber) != record.OTelSeverity(want.Level) {
		t.Errorf("%s: got severity %d, want %d", name, got.SeverityNumber, record.OTelSeverity(want.Level))
	}
	if _, ok := got.Body.Value.(*commonpb.AnyValue_StringValue); ok && got.Body.GetStringValue() != want.Message {
		t.Errorf("%s: got body %v, want %q", name, got.Body, want.Message)
	}
	if !want.Time.IsZero() && want.Time.Year() > 1970 && want.Time.Year() < 2500 && int64(got.TimeUnixNano) != want.Time.UnixNano() {
		t.Errorf("%s: got time %d, want %d", name, got.TimeUnixNano, want.Time.UnixNano())
	}
	if !want.Received.IsZero() && int64(got.ObservedTimeUnixNano) != want.Received.UnixNano() {
		t.Errorf("%s: got observed time %d, want %d", name, got.ObservedTimeUnixNano, want.Received.UnixNano())
	}
	if want.Trace.ID != [16]byte{} && !bytes.Equal(got.TraceId, want.Trace.ID[:]) || want.Trace.Span != [8]byte{} && !bytes.Equal(got.SpanId, want.Trace.Span[:]) || byte(got.Flags) != want.Trace.Flags {
		t.Errorf("%s: got trace %x, %x, %d, want %+v", name, got.TraceId, got.SpanId, got.Flags, want.Trace)
	}
	attributes := map[string]any{}
	for _, a := range append(rl.Resource.GetAttributes(), got.Attributes...) {
		attributes[a.Key] = plain(a.Value)
	}
	f := func(key string, want any) {
		t.Helper()
		if got := attributes[key]; want != "" && want != int64(0) && got != want {
			t.Errorf("%s: got %s %v, want %v", name, key, got, want)
		}
	}
	if want.Exception != nil && want.Exception.Type != "" {
		f("host.name", want.Host)
		f("process.pid", int64(want.Process.PID))
		f("exception.type", want.Exception.Type)
		f("exception.message", want.Exception.Message)
		f("exception.stacktrace", want.Exception.Traceback)
		f("code.function.name", want.Source.Function)
		f("code.file.path", want.Source.File)
		f("code.line.number", int64(want.Source.Line))
		f("code.stacktrace", want.Stack)
		f("thread.id", int64(want.Thread.ID))
		f("thread.name", want.Thread.Name)
		f("log.record.uid", want.ID.String())
	}
}

// plain returns what an AnyValue holds, as a Decoder gives it in a list or a map.
func plain(v *commonpb.AnyValue) any {
	switch v := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return v.StringValue
	case *commonpb.AnyValue_BoolValue:
		return v.BoolValue
	case *commonpb.AnyValue_IntValue:
		return v.IntValue
	case *commonpb.AnyValue_DoubleValue:
		return v.DoubleValue
	case *commonpb.AnyValue_BytesValue:
		return v.BytesValue
	case *commonpb.AnyValue_ArrayValue:
		list := []any{}
		for _, item := range v.ArrayValue.Values {
			list = append(list, plain(item))
		}
		return list
	case *commonpb.AnyValue_KvlistValue:
		m := map[string]any{}
		for _, a := range v.KvlistValue.Values {
			m[a.Key] = plain(a.Value)
		}
		return m
	}
	return nil
}
