package otlp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// same compares records as the package promises: to the last type, save for what a zone is called.
func same(t *testing.T, name string, got, want []record.Record) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %d records, want %d", name, len(got), len(want))
	}
	for i := range want {
		if diff := differences(&got[i], &want[i]); diff != "" {
			t.Errorf("%s, record %d: %s", name, i, diff)
		}
	}
}

// differences tells in which fields two records differ.
func differences(got, want *record.Record) (text string) {
	g, w := reflect.ValueOf(*got), reflect.ValueOf(*want)
	for i := range g.NumField() {
		name := g.Type().Field(i).Name
		if !g.Type().Field(i).IsExported() {
			continue
		}
		x, y := g.Field(i).Interface(), w.Field(i).Interface()
		ok := reflect.DeepEqual(x, y)
		switch name {
		case "PC":
			continue
		case "Attrs":
			ok = sameAttrValues(got.Attrs, want.Attrs)
		case "Time", "Received":
			ok = sameTime(x.(time.Time), y.(time.Time))
		}
		if !ok {
			text += fmt.Sprintf("%s: got %#v, want %#v; ", name, x, y)
		}
	}
	return text
}

func sameTime(a, b time.Time) bool {
	_, offsetA := a.Zone()
	_, offsetB := b.Zone()
	return a.Equal(b) && offsetA == offsetB
}

func sameAttrValues(a, b []slog.Attr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Key != b[i].Key || !sameValue(a[i].Value, b[i].Value) {
			return false
		}
	}
	return true
}

func sameValue(a, b slog.Value) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case slog.KindGroup:
		return sameAttrValues(a.Group(), b.Group())
	case slog.KindTime:
		return sameTime(a.Time(), b.Time())
	case slog.KindFloat64:
		return math.Float64bits(a.Float64()) == math.Float64bits(b.Float64())
	case slog.KindAny:
		return sameAny(a.Any(), b.Any())
	}
	return a.Equal(b)
}

func sameAny(a, b any) bool {
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameAny(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k := range a {
			y, ok := b[k]
			if !ok || !sameAny(a[k], y) {
				return false
			}
		}
		return true
	case []byte:
		b, ok := b.([]byte)
		return ok && bytes.Equal(a, b)
	case time.Time:
		b, ok := b.(time.Time)
		return ok && sameTime(a, b)
	case float64:
		b, ok := b.(float64)
		return ok && math.Float64bits(a) == math.Float64bits(b)
	}
	return reflect.DeepEqual(a, b)
}

// generator makes random records.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 1))} }

func (g generator) one(n int) bool { return g.IntN(n) == 0 }

func (g generator) text() string {
	switch g.IntN(12) {
	case 0:
		return ""
	case 1:
		return "\x00\x1b\"\\\u2028 \xff\xfe"
	case 2:
		return "lone \xed\xb3\xbf, genuine \uef80\uefff\uef00"
	case 3:
		return string(bytes.Repeat([]byte("long "), g.IntN(100)))
	case 4:
		return "日本語 😀"
	}
	return [...]string{"shop", "shop.db", "INFO", "a", "b", "c", "request 42"}[g.IntN(7)]
}

func (g generator) key() string {
	keys := [...]string{
		"", "a", "b", "a", "thread.id", "thread.name", "code.lineno", "code.function", "exception.type", keyPeer, keyTypes, keyEscaped,
		keyTime, keyTimeOffset, keyLevel, keyLevelName, keyBigThreadID, keyHost, keyPID, keyProcessName, ownKey, ownKey + "a", ownKey + keyTypes,
		keyScopeVersion, keyScopeAttrs, keyEventName, keyFlags, keyDropped, keyBody, keyResourceSchema, keyResourceDropped, keyScopeDropped,
		"lone \xed\xb3\xbf", keyUID, keyReceived, keyReceivedOffset, "user_id", "user_id",
	}
	return keys[g.IntN(len(keys))]
}

func (g generator) time() time.Time {
	zone := time.UTC
	if g.one(2) {
		zone = time.FixedZone("Z", g.IntN(100_000)-50_000)
	}
	switch g.IntN(6) {
	case 0:
		return time.Time{}
	case 1:
		return time.Unix(0, 0).In(zone)
	case 2:
		return time.Unix(g.Int64()>>g.IntN(40), g.Int64N(1e9)).In(zone)
	}
	return time.Unix(g.Int64N(1<<32), g.Int64N(1e9)).In(zone)
}

func (g generator) attrs(depth int) (attrs []slog.Attr) {
	for range g.IntN(5) {
		v := g.value(depth)
		if depth == 0 && g.one(30) {
			v = slog.GroupValue()
		}
		attrs = append(attrs, slog.Attr{Key: g.key(), Value: v})
	}
	return attrs
}

func (g generator) value(depth int) slog.Value {
	if depth < 5 && g.one(6) {
		if group := g.attrs(depth + 1); len(group) > 0 {
			return slog.GroupValue(group...)
		}
	}
	return slog.AnyValue(g.any(depth))
}

func (g generator) any(depth int) any {
	switch g.IntN(13) {
	case 0:
		return nil
	case 1:
		return g.one(2)
	case 2:
		return g.Uint64()
	case 3:
		return math.Float64frombits(g.Uint64())
	case 4:
		return g.time()
	case 5:
		return time.Duration(g.Int64())
	case 6:
		return []byte(g.text())
	case 7:
		return json.Number([...]string{"123456789012345678901234567890", "5", ""}[g.IntN(3)])
	case 8:
		if depth > 5 {
			return "deep"
		}
		list := []any{}
		for range g.IntN(4) {
			list = append(list, g.any(depth+1))
		}
		return list
	case 9:
		if depth > 5 {
			return "deep"
		}
		m := map[string]any{}
		for range g.IntN(4) {
			m[g.key()] = g.any(depth + 1)
		}
		return m
	case 10:
		return uint64(g.IntN(300))
	case 11:
		return g.Int64() >> g.IntN(64)
	}
	return g.text()
}

func (g generator) record() record.Record {
	r := record.Record{Level: slog.Level(g.IntN(40) - 16), Logger: g.text(), Message: g.text(), Attrs: g.attrs(0)}
	if g.one(3) {
		r.Time, r.Received = g.time(), g.time()
	}
	if g.one(3) {
		r.Source = slog.Source{Function: g.text(), File: g.text(), Line: int(g.Int64() >> g.IntN(64))}
		r.Stack, r.Task, r.Peer, r.Host = g.text(), g.text(), g.text(), g.text()
	}
	if g.one(3) {
		r.Exception = &record.Exception{Type: g.text(), Message: g.text(), Traceback: g.text()}
	}
	if g.one(3) {
		r.Process = record.Process{PID: int(g.Int64() >> g.IntN(64)), Name: g.text()}
		r.Thread = record.Thread{ID: g.Uint64() >> g.IntN(64), Name: g.text()}
	}
	if g.one(3) {
		r.Trace = record.Trace{ID: [16]byte{byte(g.Int())}, Span: [8]byte{byte(g.Int())}, Flags: byte(g.Int())}
	}
	if g.one(3) {
		r.ID = record.ID{Epoch: g.Uint64(), Sequence: g.Uint64() >> g.IntN(64), Index: g.Uint32() >> g.IntN(32)}
	}
	if g.one(4) {
		r.LevelNo, r.LevelName = int(g.Int64()>>g.IntN(64)), g.text()
	}
	if g.one(4) { // as foreign records have it
		r.Attrs = append([]slog.Attr{slog.Group("", slog.String("service.name", g.text()), slog.Attr{Key: g.key(), Value: g.value(1)})}, r.Attrs...)
	}
	return r
}

func (g generator) batch() (batch []record.Record) {
	for range g.IntN(6) {
		r := g.record()
		for range 1 + g.IntN(3) {
			batch = append(batch, r)
		}
	}
	return batch
}

func TestRoundTrip(t *testing.T) {
	var d Decoder
	seeds := uint64(3000)
	if testenv.Long() {
		seeds = 100_000
	}
	for seed := range seeds {
		g := newGenerator(seed)
		batch := g.batch()
		p := Append(nil, batch)
		got, err := d.Decode(p, nil)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		same(t, fmt.Sprintf("seed %d", seed), got, batch)
		if again := Append(nil, got); !bytes.Equal(again, p) {
			t.Errorf("seed %d: the bytes of what was read differ", seed)
		}
		if t.Failed() {
			break
		}
	}
}

func TestAwkward(t *testing.T) {
	var d Decoder
	for i, r := range handlertest.Awkward() {
		got, err := d.Decode(Append(nil, []record.Record{r}), nil)
		if err != nil || len(got) != 1 {
			t.Errorf("record %d: got %d records, %v", i, len(got), err)
			continue
		}
		again, err := d.Decode(Append(nil, got), nil)
		if err != nil {
			t.Errorf("record %d again: %v", i, err)
			continue
		}
		same(t, fmt.Sprint("record ", i), again, got)
	}
}
