package otlp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// rounds is how many random messages a test makes.
const rounds = 2000

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

// What Append writes, the official types read, know every field of, and write the same.
func TestAppend(t *testing.T) {
	for i, batch := range batches() {
		ours := otlp.Append(nil, batch)
		var theirs logspb.LogsData
		if err := proto.Unmarshal(ours, &theirs); err != nil {
			t.Errorf("batch %d: %v", i, err)
			continue
		}
		known(t, theirs.ProtoReflect())
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(&theirs)
		if err != nil || !bytes.Equal(again, ours) {
			t.Errorf("batch %d: %v\n ours %.1000x\ntheirs %.1000x", i, err, ours, again)
		}
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

// random makes messages of the official types.
type random struct{ *rand.Rand }

func (g random) one(n int) bool { return g.IntN(n) == 0 }

func (g random) text() string {
	return [...]string{"", "a", "b", "shop.db", "ü 😀", "\x00\"\\", strings.Repeat("long ", 60)}[g.IntN(7)]
}

func (g random) value(depth int) *commonpb.AnyValue {
	switch g.IntN(9) {
	case 0:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: g.one(2)}}
	case 1:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: g.Int64() >> g.IntN(64)}}
	case 2:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: [...]float64{0, -0.5, 1e300, math.Inf(1)}[g.IntN(4)]}}
	case 3:
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_BytesValue{BytesValue: []byte(g.text())}}
	case 4:
		if depth > 4 {
			return &commonpb.AnyValue{}
		}
		list := &commonpb.ArrayValue{}
		for range g.IntN(4) {
			list.Values = append(list.Values, g.value(depth+1))
		}
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: list}}
	case 5:
		if depth > 4 {
			return &commonpb.AnyValue{}
		}
		return &commonpb.AnyValue{Value: &commonpb.AnyValue_KvlistValue{KvlistValue: &commonpb.KeyValueList{Values: g.attributes("k", depth+1)}}}
	}
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: g.text()}}
}

// attributes have keys that differ, and mean nothing.
func (g random) attributes(prefix string, depth int) (attributes []*commonpb.KeyValue) {
	for i := range g.IntN(5) {
		v := g.value(depth)
		if depth == 0 && g.one(20) {
			v = nil
		}
		attributes = append(attributes, &commonpb.KeyValue{Key: fmt.Sprint(prefix, i), Value: v})
	}
	return attributes
}

func (g random) count() uint32 { return g.Uint32() >> g.IntN(40) }

func (g random) logs() *logspb.LogsData {
	data := &logspb.LogsData{}
	for range g.IntN(3) {
		rl := &logspb.ResourceLogs{SchemaUrl: g.text()}
		if g.one(2) {
			rl.Resource = &resourcepb.Resource{Attributes: g.attributes("resource", 0), DroppedAttributesCount: g.count()}
		}
		for range g.IntN(3) {
			sl := &logspb.ScopeLogs{SchemaUrl: g.text()}
			if g.one(2) {
				sl.Scope = &commonpb.InstrumentationScope{Name: g.text(), Version: g.text(), Attributes: g.attributes("scope", 0), DroppedAttributesCount: g.count()}
			}
			for range g.IntN(4) {
				sl.LogRecords = append(sl.LogRecords, g.record())
			}
			rl.ScopeLogs = append(rl.ScopeLogs, sl)
		}
		data.ResourceLogs = append(data.ResourceLogs, rl)
	}
	return data
}

func (g random) record() *logspb.LogRecord {
	r := &logspb.LogRecord{
		TimeUnixNano: g.Uint64() >> g.IntN(70), ObservedTimeUnixNano: g.Uint64() >> g.IntN(70), SeverityNumber: logspb.SeverityNumber(g.IntN(25)), SeverityText: g.text(),
		Attributes: g.attributes("a", 0), DroppedAttributesCount: g.count(), Flags: g.count(), EventName: g.text(),
	}
	if g.one(2) {
		r.Body = g.value(0)
	}
	if g.one(3) {
		r.TraceId, r.SpanId = []byte("0123456789abcdef"), []byte("01234567")
	}
	return r
}

// What the official types write is read as it is, and loses nothing on its way on: read and written
// here it is the same message but for what a record has no place for.
func TestDecode(t *testing.T) {
	var d otlp.Decoder
	for seed := range uint64(rounds) {
		theirs := random{rand.New(rand.NewPCG(seed, 1))}.logs()
		p, err := proto.Marshal(theirs)
		if err != nil {
			t.Fatal(err)
		}
		records, err := d.Decode(p, nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		var back logspb.LogsData
		if err := proto.Unmarshal(otlp.Append(nil, records), &back); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		want, got := flat(theirs), flat(&back)
		if len(got) != len(want) {
			t.Fatalf("seed %d: got %d records, want %d", seed, len(got), len(want))
		}
		for i := range want {
			if !proto.Equal(got[i], want[i]) {
				t.Fatalf("seed %d, record %d:\n got %v\nwant %v", seed, i, got[i], want[i])
			}
		}
	}
}

// flat returns the records of a message, each in a Resource and a Scope of its own, so that it does not matter
// how they are grouped, in the form in which Append has them.
func flat(data *logspb.LogsData) (records []*logspb.ResourceLogs) {
	for _, rl := range data.ResourceLogs {
		for _, sl := range rl.ScopeLogs {
			for _, r := range sl.LogRecords {
				one := proto.CloneOf(&logspb.ResourceLogs{Resource: rl.Resource, SchemaUrl: rl.SchemaUrl, ScopeLogs: []*logspb.ScopeLogs{{Scope: sl.Scope, SchemaUrl: sl.SchemaUrl, LogRecords: []*logspb.LogRecord{r}}}})
				if proto.Size(one.Resource) == 0 {
					one.Resource = nil
				}
				scope := one.ScopeLogs[0]
				if proto.Size(scope.Scope) == 0 {
					scope.Scope = nil
				}
				r := scope.LogRecords[0]
				if r.SeverityNumber == 0 {
					r.SeverityNumber = 9 // a record has a level
				}
				if r.SeverityText == "" {
					r.SeverityText = record.LevelName(slog.Level(r.SeverityNumber - 9))
				}
				if r.Body.GetValue() == nil {
					r.Body = &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{}} // and a message
				}
				for _, attributes := range [][]*commonpb.KeyValue{r.Attributes, one.Resource.GetAttributes(), scope.Scope.GetAttributes()} {
					for _, a := range attributes {
						if a.Value == nil {
							a.Value = &commonpb.AnyValue{}
						}
					}
				}
				records = append(records, one)
			}
		}
	}
	return records
}

// idDigits finds the ids in a message in JSON.
var idDigits = regexp.MustCompile(`"(traceId|spanId)":\s*"([^"]*)"`)

// ids rewrites the ids of a message in JSON, which are base64 in protobuf's JSON and hexadecimal in OTLP's.
func ids(t *testing.T, p []byte, decode func(string) ([]byte, error), encode func([]byte) string) []byte {
	t.Helper()
	return idDigits.ReplaceAllFunc(p, func(found []byte) []byte {
		m := idDigits.FindSubmatch(found)
		id, err := decode(string(m[2]))
		if err != nil {
			t.Errorf("%s: %v", found, err)
		}
		return fmt.Appendf(nil, `"%s":"%s"`, m[1], encode(id))
	})
}

func TestAppendJSON(t *testing.T) {
	for i, batch := range batches() {
		ours := otlp.AppendJSON(nil, batch)
		if !json.Valid(ours) {
			t.Errorf("batch %d: got invalid JSON %s", i, ours)
		}
		var want, got logspb.LogsData
		if err := proto.Unmarshal(otlp.Append(nil, batch), &want); err != nil {
			t.Errorf("batch %d: %v", i, err)
		}
		if err := protojson.Unmarshal(ids(t, ours, hex.DecodeString, base64.StdEncoding.EncodeToString), &got); err != nil {
			t.Errorf("batch %d: %v\n%.1000s", i, err, ours)
			continue
		}
		if !proto.Equal(&got, &want) {
			t.Errorf("batch %d: the forms differ:\nJSON     %.2000v\nprotobuf %.2000v", i, &got, &want)
		}
	}
}

func TestDecodeJSON(t *testing.T) {
	var d otlp.Decoder
	for seed := range uint64(rounds) {
		theirs := random{rand.New(rand.NewPCG(seed, 2))}.logs()
		p, err := proto.Marshal(theirs)
		if err != nil {
			t.Fatal(err)
		}
		text, err := protojson.MarshalOptions{UseEnumNumbers: true, EmitUnpopulated: seed%3 == 0, Multiline: seed%2 == 0}.Marshal(theirs)
		if err != nil {
			t.Fatal(err)
		}
		text = ids(t, text, base64.StdEncoding.DecodeString, hex.EncodeToString)
		got, err := d.DecodeJSON(text, nil)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		want, err := d.Decode(p, nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if got, want := otlp.Append(nil, got), otlp.Append(nil, want); !bytes.Equal(got, want) {
			t.Fatalf("seed %d: the forms differ for %s:\nJSON     %x\nprotobuf %x", seed, text, got, want)
		}
	}
}

// What the official types take is taken here, whatever it looks like.
func TestDecodeTakesAll(t *testing.T) {
	var d otlp.Decoder
	taken := 0
	for seed := range uint64(10 * rounds) {
		g := random{rand.New(rand.NewPCG(seed, 3))}
		p, err := proto.Marshal(g.logs())
		if err != nil {
			t.Fatal(err)
		}
		if len(p) == 0 {
			continue
		}
		for range 1 + g.IntN(3) {
			p[g.IntN(len(p))] = byte(g.Uint32() >> g.IntN(32))
		}
		var theirs logspb.LogsData
		if proto.Unmarshal(p, &theirs) != nil {
			_, _ = d.Decode(p, nil)
			continue
		}
		taken++
		records, err := d.Decode(p, nil)
		if err != nil {
			t.Fatalf("seed %d: %v\n%x", seed, err, p)
		}
		if want := flat(&theirs); len(records) != len(want) {
			t.Fatalf("seed %d: got %d records, want %d\n%x", seed, len(records), len(want), p)
		}
	}
	if taken < rounds {
		t.Errorf("got %d messages that are taken, want more", taken)
	}
}
