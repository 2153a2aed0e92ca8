package otlp

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

func TestJSONRoundTrip(t *testing.T) {
	var d Decoder
	seeds := uint64(2000)
	if testenv.Long() {
		seeds = 50_000
	}
	for seed := range seeds {
		batch := newGenerator(seed).batch()
		for i := range batch {
			oneNaN(batch[i].Attrs)
		}
		p := AppendJSON(nil, batch)
		if !json.Valid(p) {
			t.Fatalf("seed %d: got invalid JSON: %s", seed, p)
		}
		got, err := d.DecodeJSON(p, nil)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, p)
		}
		if same(t, fmt.Sprintf("seed %d", seed), got, batch); t.Failed() {
			break
		}
	}
}

// oneNaN makes every NaN the one that JSON has.
func oneNaN(attrs []slog.Attr) {
	for i := range attrs {
		v := &attrs[i].Value
		switch v.Kind() {
		case slog.KindFloat64:
			*v = slog.Float64Value(unNaN(v.Float64()))
		case slog.KindGroup:
			oneNaN(v.Group())
		case slog.KindAny:
			oneNaNAny(v.Any())
		}
	}
}

func oneNaNAny(x any) {
	switch x := x.(type) {
	case []any:
		for i := range x {
			if f, ok := x[i].(float64); ok {
				x[i] = unNaN(f)
			}
			oneNaNAny(x[i])
		}
	case map[string]any:
		for k := range x {
			if f, ok := x[k].(float64); ok {
				x[k] = unNaN(f)
			}
			oneNaNAny(x[k])
		}
	}
}

func unNaN(f float64) float64 {
	if math.IsNaN(f) {
		return math.NaN()
	}
	return f
}

func TestAppendJSON(t *testing.T) {
	batch := []record.Record{{
		Level: slog.LevelWarn, Logger: "shop.pay", Message: "declined \"x\"\x00", Host: "web-1", Trace: record.Trace{ID: [16]byte{0x4b, 15: 0x36}, Span: [8]byte{1}, Flags: 1},
		Attrs: []slog.Attr{slog.Int("n", 5), slog.Any("list", []any{nil, 1.5, math.NaN(), []byte("x")}), slog.Bool("b", false)},
	}, {Logger: "shop.pay", Host: "web-1"}, {}}
	const want = `{"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"web-1"}}]},` +
		`"scopeLogs":[{"scope":{"name":"shop.pay"},"logRecords":[{"severityNumber":13,"severityText":"WARNING","body":{"stringValue":"declined \"x\"\u0000"},` +
		`"attributes":[{"key":"n","value":{"intValue":"5"}},{"key":"list","value":{"arrayValue":{"values":[{},{"doubleValue":1.5},{"doubleValue":"NaN"},{"bytesValue":"eA=="}]}}},` +
		`{"key":"b","value":{"boolValue":false}}],"flags":1,"traceId":"4b000000000000000000000000000036","spanId":"0100000000000000"},` +
		`{"severityNumber":9,"severityText":"INFO","body":{"stringValue":""}}]}]},{"scopeLogs":[{"logRecords":[{"severityNumber":9,"severityText":"INFO","body":{"stringValue":""}}]}]}]}`
	if got := string(AppendJSON(nil, batch)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(AppendJSON([]byte("x"), nil)); got != "x{}" {
		t.Errorf("an empty batch: got %s, want x{}", got)
	}
}

// loggedJSON is a message with one LogRecord.
func loggedJSON(members string) string {
	return `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{` + members + `}]}]}]}`
}

func decodedJSON(d *Decoder, p string) string {
	records, err := d.DecodeJSON([]byte(p), nil)
	if err != nil {
		return err.Error()
	}
	return jsonLines(records)
}

func TestDecodeJSON(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		var d Decoder
		if got := decodedJSON(&d, in); got != want {
			t.Errorf("%s:\n got %s\nwant %s", in, got, want)
		}
	}
	f(`{}`, ``)
	f(" {\n} ", ``)
	f(`{"resourceLogs":null,"x":[{"y":"\u0041"},1.5e3,true,null,""]}`, ``)
	f(loggedJSON(``), `{"level":"INFO","message":""}`)
	f(loggedJSON(`"timeUnixNano":"1544712660300000000","observedTimeUnixNano":1544712660300000001,"severityNumber":10,"severityText":"Information"`),
		`{"time":"2018-12-13T14:51:00.300000000Z","level":"INFO+1","message":"","received":"2018-12-13T14:51:00.300000001Z","levelname":"Information"}`)
	f(loggedJSON(`"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174","flags":1`),
		`{"level":"INFO","message":"","trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174","trace_flags":"01"}`)
	f(loggedJSON(`"traceId":"","spanId":"12"`), `{"level":"INFO","message":""}`)
	f(loggedJSON(`"body":{"stringValue":"\u00fc\ud83d\ude00\ud800 \/\b\n"}`), `{"level":"INFO","message":"ü😀\ud800 /\u0008\n"}`)
	f(loggedJSON(`"attributes":[{"key":"a","value":{"intValue":1e+300}},{"key":"b","value":{"intValue":"9223372036854775808"}},{"key":"c","value":{"intValue":1.5}}]`),
		`{"level":"INFO","message":"","attrs":{"a":1e+300,"b":9223372036854776000.0,"c":1.5}}`)
	f(loggedJSON(`"body":{"intValue":"-5"}`), `{"level":"INFO","message":"-5","attrs":{"otel.body":-5}}`)
	f(loggedJSON(`"attributes":[{"key":"i","value":{"intValue":5}},{"key":"f","value":{"intValue":"1e3"}},{"key":"d","value":{"doubleValue":5}},{"value":{"boolValue":true},"key":"b"},`+
		`{"key":"n","value":{"doubleValue":"-Infinity"}},{"key":"e","value":{}},{"key":"o"},{"key":"y","value":{"bytesValue":"_-8"}},{"key":"z","value":{"stringValue":null}},`+
		`{"key":"a","value":{"arrayValue":{"values":[{"stringValue":"x"},{"kvlistValue":{"values":[{"key":"k","value":{"arrayValue":{}}}]}}]}}}]`),
		`{"level":"INFO","message":"","attrs":{"i":5,"f":1000,"d":5.0,"b":true,"n":"-Infinity","e":null,"o":null,"y":"/+8=","z":null,"a":["x",{"k":[]}]}}`)
	f(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"e"}],"scope":{"name":"a.b","version":"1"}}],"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"schemaUrl":"s"}]}`,
		`{"level":"INFO","logger":"a.b","message":"","attrs":{"service.name":"shop","otel.resource.schema_url":"s","otel.scope.version":"1","otel.event.name":"e"}}`)
	f(loggedJSON(`"severity_number":9,"severity_text":"passed over"`), `{"level":"INFO","message":""}`)

	// What can never be right says where and why.
	f(``, `otlp: byte 0: the message ends, want an object`)
	f(`[]`, `otlp: byte 0: got "[", want an object`)
	f(`{} x`, `otlp: byte 3: got "x", want the end of the message`)
	f(`{"resourceLogs":{}}`, `otlp: byte 16: got "{", want an array`)
	f(`{"resourceLogs":[1]}`, `otlp: byte 17: got "1", want an object`)
	f(`{"resourceLogs":[null]}`, `otlp: byte 17: got "n", want an object`)
	f(`{"resourceLogs":[{}`, `otlp: byte 19: the message ends, want "," or "]"`)
	f(`{"resourceLogs":[{},]}`, `otlp: byte 20: got "]", want an object`)
	f(`{"a":1,}`, `otlp: byte 7: got "}", want a key in quotes`)
	f(`{"a" 1}`, `otlp: byte 5: got "1", want ":" after the key`)
	f(`{"a":nul}`, `otlp: byte 5: got "n", want a value`)
	f(`{"a":01}`, `otlp: byte 5: a number begins with 0, want another digit or a point behind it`)
	f(`{"a":1.}`, `otlp: byte 7: got "}", want a digit behind the point`)
	f(`{"a":1e}`, `otlp: byte 7: got "}", want a digit of the exponent`)
	f("{\"a\":\"\n\"}", `otlp: byte 6: a string holds a control character, want it as \u000a`)
	f(`{"a":"\x"}`, `otlp: byte 6: got "\\x\"}", want an escape: \" \\ \/ \b \f \n \r \t or \u and four hexadecimal digits`)
	f(`{"a":"x`, `otlp: byte 5: the string has no end, want a quote`)
	f(loggedJSON(`"timeUnixNano":"yesterday"`), `otlp: byte 62: timeUnixNano: got "yesterday", want an unsigned integer of 64 bits`)
	f(loggedJSON(`"timeUnixNano": -1`), `otlp: byte 63: timeUnixNano: got -1, want an unsigned integer of 64 bits`)
	f(loggedJSON(`"severityNumber":"SEVERITY_NUMBER_INFO"`), `otlp: byte 64: severityNumber: got "SEVERITY_NUMBER_INFO", want an integer of 32 bits`)
	f(loggedJSON(`"traceId":"W47/95gDgQPSabYzgT/GDA=="`), `otlp: byte 57: traceId: got "W47/95gDgQPSabYzgT/GDA==", want hexadecimal digits`)
	f(loggedJSON(`"body":{"intValue":"five"}`), `otlp: byte 66: intValue: got "five", want a number`)
	f(loggedJSON(`"body":{"boolValue":"true"}`), `otlp: byte 67: got "\"", want true or false`)
	f(loggedJSON(`"body":{"doubleValue":"inf"}`), `otlp: byte 69: doubleValue: got "inf", want a number`)
	f(loggedJSON(`"body":{"bytesValue":"*"}`), `otlp: byte 68: bytesValue: got "*", want base64`)
	f(loggedJSON(`"body":"text"`), `otlp: byte 54: got "\"", want an object`)
	f(loggedJSON(`"severityText":5`), `otlp: byte 62: got "5", want a string`)
}

func TestJSONLimits(t *testing.T) {
	deep := func(n int) string {
		return loggedJSON(`"attributes":[{"key":"a","value":` + strings.Repeat(`{"arrayValue":{"values":[`, n) + `{"intValue":1}` + strings.Repeat(`]}}`, n) + `}]`)
	}
	f := func(limits Limits, in, want string) {
		t.Helper()
		got := decodedJSON(NewDecoder(limits), in)
		if want == "" && strings.HasPrefix(got, "otlp: ") || want != "" && got != want {
			t.Errorf("%+v: got %.200s, want %s", limits, got, want)
		}
	}
	records := `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{},{}]}]}]}`
	f(Limits{Bytes: 20}, records, "otlp: byte 20: the message has 60 bytes, at most 20 are taken")
	f(Limits{Records: 3}, records, "")
	f(Limits{Records: 2}, records, "otlp: byte 52: the message has more than 2 records")
	f(Limits{Attrs: 2}, deep(1), "")
	f(Limits{Attrs: 2}, deep(2), "otlp: byte 130: the message has more than 2 attributes")
	f(Limits{Depth: 3}, deep(3), "")
	f(Limits{Depth: 3}, deep(4), "otlp: byte 169: lists and mappings are nested deeper than 3")
	f(Limits{}, deep(DefaultDepth), "")
	f(Limits{}, deep(DefaultDepth+1), "otlp: byte 8094: lists and mappings are nested deeper than 320")
	f(Limits{}, `{"x":`+strings.Repeat("[", 100_000), "otlp: byte 1300: objects and arrays are nested deeper than 1296")
	f(Limits{}, `{"x":`+strings.Repeat(`{"x":`, 100_000), "otlp: byte 6480: objects and arrays are nested deeper than 1296")
}

func FuzzDecodeJSON(f *testing.F) {
	seeds(f, true)
	for seed := range uint64(20) {
		f.Add(AppendJSON(nil, newGenerator(seed).batch()))
	}
	f.Add([]byte(loggedJSON(`"body":{"stringValue":"\ud800\u0000"},"flags":1e2,"x":[{},1.5,null,true],"traceId":"5B8EFFF798038103D269B633813FC60C"`)))
	f.Fuzz(func(t *testing.T, p []byte) {
		var d Decoder
		var records []record.Record
		var err error
		if got, most := allocated(func() { records, err = d.DecodeJSON(p, nil) }), uint64(1<<17+2048*len(p)); got > most {
			t.Errorf("got %d bytes allocated for a message of %d, want at most %d", got, len(p), most)
		}
		if err != nil {
			return
		}
		if !json.Valid(p) {
			t.Errorf("%s was read, which is no JSON", p)
		}
		p = AppendJSON(nil, records)
		again, err := d.DecodeJSON(p, nil)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		same(t, "again", again, records)
	})
}
