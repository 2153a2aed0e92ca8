package otlp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
)

// rounds is how many random messages a test makes.
const rounds = 2000

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
