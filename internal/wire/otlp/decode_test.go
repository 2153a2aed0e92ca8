package otlp

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// The parts of messages, for tests.

func field2(number int, content string) string { // of type 2
	return string(appendVarint(appendVarint(nil, uint64(number)<<3+wireBytes), uint64(len(content)))) + content
}

func number(number int, n uint64) string { // of type 0
	return string(appendVarint(appendVarint(nil, uint64(number)<<3+wireVarint), n))
}

func fixed64(number int, n uint64) string {
	return string(binary.LittleEndian.AppendUint64(appendVarint(nil, uint64(number)<<3+wireEight), n))
}

func fixed32(number int, n uint32) string {
	return string(binary.LittleEndian.AppendUint32(appendVarint(nil, uint64(number)<<3+wireFour), n))
}

func str(s string) string    { return field2(1, s) }
func boolean(b bool) string  { return number(2, uint64(boolByte(b))) }
func integer(n int64) string { return number(3, uint64(n)) }
func double(f float64) string {
	return fixed64(4, math.Float64bits(f))
}
func array(items ...string) string {
	var s strings.Builder
	for _, item := range items {
		s.WriteString(field2(1, item))
	}
	return field2(5, s.String())
}
func list(pairs ...string) string { return field2(6, strings.Join(pairs, "")) }
func raw(b string) string         { return field2(7, b) }

// pair is a KeyValue as a field, of a KeyValueList if number is 1.
func pair(number int, key, value string) string {
	return field2(number, field2(1, key)+field2(2, value))
}

// logged is a message with one LogRecord.
func logged(fields ...string) string {
	return field2(1, field2(2, field2(2, strings.Join(fields, ""))))
}

// decoded is the JSON form of the records of a message, a line each, or the error.
func decoded(d *Decoder, p string) string {
	records, err := d.Decode([]byte(p), nil)
	if err != nil {
		return err.Error()
	}
	return jsonLines(records)
}

func jsonLines(records []record.Record) string {
	var b []byte
	for i := range records {
		b = append(record.AppendJSON(b, &records[i]), '\n')
	}
	return strings.TrimSuffix(string(b), "\n")
}

func TestDecodeForeign(t *testing.T) {
	f := func(name, p, want string) {
		t.Helper()
		var d Decoder
		if got := decoded(&d, p); got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
		// What was read loses nothing on its way on.
		if records, err := d.Decode([]byte(p), nil); err == nil {
			again, err := d.Decode(Append(nil, records), nil)
			if err != nil {
				t.Errorf("%s, again: %v", name, err)
			}
			same(t, name+", again", again, records)
		}
	}
	f("nothing", "", "")
	f("no records", field2(1, field2(1, pair(1, "service.name", str("shop")))+field2(2, field2(1, field2(1, "a")))), "")
	f("an empty record", logged(), `{"level":"INFO","message":""}`)
	f("all fields", field2(1,
		field2(3, "https://opentelemetry.io/schemas/1.43.0")+
			field2(2, field2(3, "https://scope")+field2(2,
				number(2, 13)+field2(3, "Warning")+field2(5, str("hi"))+
					pair(6, "user_id", integer(42))+number(7, 3)+fixed32(8, 0x101)+field2(9, "0123456789abcdef")+field2(10, "01234567")+
					fixed64(1, 1795344101_702000000)+fixed64(11, 1795344101_702000001)+field2(12, "user.login"))+
				field2(1, field2(1, "app.login")+field2(2, "1.2.3")+pair(3, "k", boolean(true))+number(4, 2)))+
			field2(1, pair(1, "service.name", str("shop"))+pair(1, "host.name", str("web-1"))+pair(1, "process.pid", integer(4242))+number(2, 1))),
		`{"time":"2026-11-22T10:41:41.702000000Z","level":"WARNING","logger":"app.login","message":"hi",`+
			`"attrs":{"service.name":"shop","otel.resource.schema_url":"https://opentelemetry.io/schemas/1.43.0","otel.resource.dropped_attributes_count":1,`+
			`"otel.scope.version":"1.2.3","otel.scope.schema_url":"https://scope","otel.scope.attributes":{"k":true},"otel.scope.dropped_attributes_count":2,`+
			`"otel.event.name":"user.login","otel.flags":257,"otel.dropped_attributes_count":3,"user_id":42},`+
			`"process":{"pid":4242},"host":"web-1","trace_id":"30313233343536373839616263646566","span_id":"3031323334353637","trace_flags":"01",`+
			`"received":"2026-11-22T10:41:41.702000001Z","levelname":"Warning"}`)
	f("by the semantic conventions", logged(pair(6, "code.function.name", str("app.f")), pair(6, "code.file.path", str("/srv/app.py")), pair(6, "code.line.number", integer(7)),
		pair(6, "exception.type", str("E")), pair(6, "exception.message", str("x")), pair(6, "exception.stacktrace", str("Traceback\nE: x")),
		pair(6, "code.stacktrace", str("Stack")), pair(6, "thread.id", integer(5)), pair(6, "thread.name", str("main"))),
		`{"level":"INFO","message":"","source":{"function":"app.f","file":"/srv/app.py","line":7},"exception":{"type":"E","message":"x","traceback":"Traceback\nE: x"},"stack":"Stack","thread":{"id":5,"name":"main"}}`)
	f("by older conventions", logged(pair(6, "code.function", str("f")), pair(6, "code.filepath", str("/srv/app.py")), pair(6, "code.lineno", integer(7)), pair(6, "code.namespace", str("app"))),
		`{"level":"INFO","message":"","attrs":{"code.namespace":"app"},"source":{"function":"f","file":"/srv/app.py","line":7}}`)
	f("fields of another type, and twice", logged(pair(6, "thread.id", str("main")), pair(6, "code.line.number", integer(7)), pair(6, "code.line.number", integer(8)), pair(6, "thread.name", integer(1)), pair(6, "thread.id", integer(-1))),
		`{"level":"INFO","message":"","attrs":{"thread.id":"main","code.line.number":8,"thread.name":1,"thread.id":-1},"source":{"line":7}}`)
	f("all types", logged(pair(6, "s", str("x")), pair(6, "b", boolean(false)), pair(6, "i", integer(math.MinInt64)), pair(6, "d", double(0.5)),
		pair(6, "a", array(str("x"), integer(1), "", array(), list(pair(1, "k", raw("\x00"))))), pair(6, "l", list(pair(1, "k", list()))), pair(6, "y", raw("\xff")), pair(6, "n", ""), field2(6, field2(1, "none")), field2(6, "")),
		`{"level":"INFO","message":"","attrs":{"s":"x","b":false,"i":-9223372036854775808,"d":0.5,"a":["x",1,null,[],{"k":"AA=="}],"l":{"k":{}},"y":"/w==","n":null,"none":null}}`)
	f("severity without a number", logged(field2(3, "warn")), `{"level":"WARNING","message":"","levelname":"warn"}`)
	f("severity that says nothing", logged(field2(3, "Notice")), `{"level":"INFO","message":"","levelname":"Notice"}`)
	f("severity as it is called here", logged(number(2, 11), field2(3, "INFO+2")), `{"level":"INFO+2","message":""}`)
	f("severity without a text", logged(number(2, 17)), `{"level":"ERROR","message":""}`)
	f("severity beyond all", logged(number(2, 99)), `{"level":"CRITICAL+3","message":""}`)
	f("severity below all", logged(number(2, math.MaxUint64)), `{"level":"INFO","message":""}`)
	f("bodies", logged(field2(5, integer(5)))+logged(field2(5, list(pair(1, "user", str("x")), pair(1, "ids", array(integer(1))))))+logged(field2(5, array(str("a"))))+logged(field2(5, boolean(false)))+logged(field2(5, raw("x")))+logged(field2(5, "")),
		`{"level":"INFO","message":"5","attrs":{"otel.body":5}}`+"\n"+
			`{"level":"INFO","message":"{\"user\":\"x\",\"ids\":[1]}","attrs":{"otel.body":{"user":"x","ids":[1]}}}`+"\n"+
			`{"level":"INFO","message":"[\"a\"]","attrs":{"otel.body":["a"]}}`+"\n"+
			`{"level":"INFO","message":"false","attrs":{"otel.body":false}}`+"\n"+
			`{"level":"INFO","message":"\"eA==\"","attrs":{"otel.body":"eA=="}}`+"\n"+
			`{"level":"INFO","message":""}`)
	f("no UTF-8", logged(field2(5, str("a\xffb\xed\xb3\xbf"))), `{"level":"INFO","message":"a`+"\ufffd"+`b\udcff"}`)
	f("ids of a wrong length", logged(field2(9, "short"), field2(10, "much too long")), `{"level":"INFO","message":""}`)
	f("unknown fields", field2(9, "x")+field2(1, number(7, 1)+fixed32(8, 1)+fixed64(9, 1)+field2(2, field2(2, "\x83\x01"+number(5, 3)+"\x9b\x01\x9c\x01"+"\x84\x01"+field2(5, str("hi"))+number(15, 1)))),
		`{"level":"INFO","message":"hi"}`)
	f("fields of another type", logged(number(5, 1), field2(1, "12345678"), field2(2, "x"), field2(5, str("hi"))), `{"level":"INFO","message":"hi"}`)
	f("the last one counts", logged(field2(5, str("a")+integer(1)+str("b"))), `{"level":"INFO","message":"b"}`)
	f("parts of a message", field2(1, field2(1, pair(1, "a", integer(1)))+field2(1, pair(1, "b", integer(2)))+field2(2, field2(1, field2(1, "x"))+field2(1, field2(2, "1"))+
		field2(2, pair(6, "l", list(pair(1, "k", integer(1)))+list(pair(1, "m", integer(2))))+field2(6, field2(1, "p")+field2(2, array(integer(1)))+field2(2, array(integer(2))))))),
		`{"level":"INFO","logger":"x","message":"","attrs":{"a":1,"b":2,"otel.scope.version":"1","l":{"k":1,"m":2},"p":[1,2]}}`)
	f("long ways to write", field2(1, "\x92\x80\x00"+"\x8c\x80\x00"+field2(2, "\xaa\x80\x00\x84\x80\x00"+str("hi"))), `{"level":"INFO","message":"hi"}`)
	f("not what Append writes", logged(pair(6, keyTypes, list(pair(1, "a", str("uint")), pair(1, "b", array(integer(1))), pair(1, "c", array(integer(1), integer(2), integer(3))))),
		pair(6, "a", str("no digits")), pair(6, "b", list()), pair(6, "c", integer(1)), pair(6, keyTime, array(integer(1))), pair(6, keyBigThreadID, str("5")), pair(6, keyEscaped, str("yes"))),
		`{"level":"INFO","message":"","attrs":{"a":"no digits","b":{},"c":1,"jackdaw.time":[1],"jackdaw.thread.id":"5","jackdaw.escaped":"yes"}}`)
}

func TestDecodeErrors(t *testing.T) {
	f := func(p, want string) {
		t.Helper()
		var d Decoder
		if got := decoded(&d, p); got != want {
			t.Errorf("%q:\n got %s\nwant %s", p, got, want)
		}
		if got := decoded(&d, logged(field2(5, str("next")))); got != `{"level":"INFO","message":"next"}` {
			t.Errorf("after %q: got %s", p, got)
		}
	}
	f("\x0a", "otlp: byte 1: the length of field 1 is cut off, or longer than 64 bits")
	f("\x0a\x05abc", "otlp: byte 1: field 1 claims 5 bytes, the message around it has 3 left")
	f("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "otlp: byte 1: field 1 claims 18446744073709551615 bytes, the message around it has 0 left")
	f("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "otlp: byte 1: the length of field 1 is cut off, or longer than 64 bits")
	f("\x80", "otlp: byte 0: the number of a field is cut off, or longer than 64 bits")
	f("\x00", "otlp: byte 0: a field has the number 0, want 1 to 536870911")
	f("\xff\xff\xff\xff\x7f\x00", "otlp: byte 0: a field has the number 4294967295, want 1 to 536870911")
	f("\x0e", "otlp: byte 0: field 1 is of type 6, which protobuf does not have there")
	f("\x0c", "otlp: byte 0: field 1 is of type 4, which protobuf does not have there")
	f("\x4b", "otlp: byte 0: the group 9 does not end, or holds groups nested too deep")
	f(strings.Repeat("\x4b", 100_000)+strings.Repeat("\x4c", 100_000), "otlp: byte 0: the group 9 does not end, or holds groups nested too deep")
	f("\x48\x80", "otlp: byte 1: the number in field 9 is cut off, or longer than 64 bits")
	f("\x49abc", "otlp: byte 1: field 9 is cut off")
	f("\x4dabc", "otlp: byte 1: field 9 is cut off")
	f(logged("\x09abc"), "otlp: byte 7: field 1 is cut off")
	f(logged(field2(5, "\x0a\x09ab")), "otlp: byte 9: field 1 claims 9 bytes, the message around it has 2 left")
	f(logged(field2(6, field2(1, "k")+field2(2, "\x2a\x02\x0a\x09"))), "otlp: byte 16: field 1 claims 9 bytes, the message around it has 0 left")
	f(field2(1, field2(1, "\x0a\x05abc")), "otlp: byte 5: field 1 claims 5 bytes, the message around it has 3 left")
	f(field2(1, field2(2, field2(1, "\x0a\x05abc"))), "otlp: byte 7: field 1 claims 5 bytes, the message around it has 3 left")
	f(string([]byte{'{', '"'}), "otlp: byte 0: the group 15 does not end, or holds groups nested too deep")
}

func TestLimits(t *testing.T) {
	deep := func(n int) string {
		v := integer(1)
		for range n {
			v = list(pair(1, "k", v))
		}
		return logged(pair(6, "a", v))
	}
	f := func(limits Limits, p, want string) {
		t.Helper()
		got := decoded(NewDecoder(limits), p)
		if want == "" && strings.HasPrefix(got, "otlp: ") || want != "" && got != want {
			t.Errorf("%+v: got %.200s, want %s", limits, got, want)
		}
	}
	f(Limits{Bytes: 10}, logged(field2(5, str("hello"))), "otlp: byte 10: the message has 15 bytes, at most 10 are taken")
	f(Limits{Bytes: 15}, logged(field2(5, str("hello"))), "")
	f(Limits{Records: 2}, logged()+logged()+logged(), "otlp: byte 18: the message has more than 2 records")
	f(Limits{Records: 3}, logged()+logged()+logged(), "")
	f(Limits{Depth: 3}, deep(3), "")
	f(Limits{Depth: 3}, deep(4), "otlp: byte 42: lists and mappings are nested deeper than 3")
	f(Limits{Attrs: 2}, deep(1), "")
	f(Limits{Attrs: 2}, deep(2), "otlp: byte 26: the message has more than 2 attributes")
	f(Limits{Attrs: 2}, logged(pair(6, "a", array(integer(1), integer(2)))), "otlp: byte 21: the message has more than 2 attributes")
	f(Limits{}, deep(DefaultDepth), "")
	f(Limits{}, deep(5000), "otlp: byte 4827: lists and mappings are nested deeper than 320")
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// What is made to hurt costs no more than it is long, times what a value takes.
func TestHostile(t *testing.T) {
	const mib = 1 << 20
	f := func(name, p, want string, bound uint64) {
		t.Helper()
		var d Decoder
		var records []record.Record
		var err error
		if got := allocated(func() { records, err = d.Decode([]byte(p), nil) }); got > bound {
			t.Errorf("%s: got %d bytes allocated for a message of %d, want at most %d", name, got, len(p), bound)
		}
		got := fmt.Sprint(len(records), " records")
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		if kept := cap(d.pairs)*40 + cap(d.items)*16; kept > mib {
			t.Errorf("%s: got %d bytes kept for the next message", name, kept)
		}
	}
	many := func(n int, part string) string { return strings.Repeat(part, n) }
	f("records", field2(1, field2(2, many(1<<20, field2(2, "")))), "more than 131072 records", 8*mib)
	f("records in scopes", field2(1, many(1<<19, field2(2, field2(2, "")))), "more than 131072 records", 384*mib)
	f("scopes", field2(1, many(1<<20, field2(2, ""))), "0 records", 8*mib)
	f("resources", many(1<<20, field2(1, "")), "0 records", 8*mib)
	f("attributes", logged(many(1<<21, field2(6, ""))), "more than 1048576 attributes", 512*mib)
	f("attributes of a resource", field2(1, field2(1, many(1<<21, field2(1, "")))), "more than 1048576 attributes", 512*mib)
	f("items", logged(pair(6, "a", field2(5, many(1<<21, field2(1, ""))))), "more than 1048576 attributes", 256*mib)
	f("maps", logged(pair(6, "a", field2(5, many(1<<19, field2(1, list()))))), "1 records", 256*mib)
	f("parts of a value", logged(pair(6, "a", many(1<<19, list()+array()))), "1 records", 16*mib)
	f("parts of a long value", logged(pair(6, "a", list(many(1<<20, "\x48\x00"))+many(1<<20, list()))), "1 records", 32*mib)
	f("values of a pair", logged(field2(6, field2(1, "a")+field2(2, list(many(1<<20, "\x48\x00")))+many(1<<20, field2(2, "")))), "1 records", 32*mib)
	f("types", logged(pair(6, keyTypes, list(many(1<<17, pair(1, "a", str("uint"))))), many(1<<17, pair(6, "b", integer(1)))), "1 records", 64*mib)
	f("types of a deep value", logged(pair(6, keyTypes, list(nested(300))), nested(300)), "1 records", 2*mib)
}

// nested is n lists of pairs in each other, as a field of number 1 and 6 alike.
func nested(n int) string {
	v := integer(1)
	for range n {
		v = list(pair(1, "k", v), pair(1, "k", v[:0]))
	}
	return pair(1, "k", v)
}

// A record shares nothing with the message.
func TestDecodeKeepsNothing(t *testing.T) {
	batch := received(20)
	p := Append(nil, batch)
	var d Decoder
	got, err := d.Decode(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p {
		p[i] = 0xee
	}
	if _, err := d.Decode(Append(nil, []record.Record{{Message: "another"}}), nil); err != nil {
		t.Fatal(err)
	}
	same(t, "after the buffer was used again", got, batch)
}

// Records of one Decoder share slabs and nothing else.
func TestDecodeAppends(t *testing.T) {
	batch := received(500)
	var d Decoder
	var got []record.Record
	var err error
	for i := range batch {
		if got, err = d.Decode(Append(nil, batch[i:i+1]), got); err != nil {
			t.Fatal(err)
		}
		if before := len(got); i%3 == 0 { // what fails changes nothing
			p := Append(nil, batch[i:i+1])
			if got, err = d.Decode(p[:len(p)-1], got); err == nil || len(got) != before {
				t.Fatalf("a cut message: got %v and %d records, want an error and %d", err, len(got), before)
			}
		}
	}
	same(t, "one by one", got, batch)
	for i := range got {
		if n := len(got[i].Attrs); n != cap(got[i].Attrs) {
			t.Fatalf("record %d: got %d attrs with room for %d", i, n, cap(got[i].Attrs))
		}
		_ = append(got[i].Attrs, slog.String("more", "x"))
	}
	same(t, "after appends", got, batch)
}

func TestAllocations(t *testing.T) {
	const size, runs = 200, 50
	all := received(size * (runs + 2)) // none twice, as a table of texts sees them in life
	var d Decoder
	dst := make([]record.Record, 0, size)
	buf := make([]byte, 0, size*1000)
	i := 0
	var messages [][]byte
	for batch := range slices.Chunk(all, size) {
		messages = append(messages, Append(nil, batch))
	}
	_, _ = d.Decode(messages[runs+1], dst)
	if n := testing.AllocsPerRun(runs, func() { _, _ = d.Decode(messages[i], dst); i++ }) / size; n > 0.8 {
		t.Errorf("Decode: got %v allocations a record, want 0.8 at most", n)
	}
	if n := testing.AllocsPerRun(runs, func() { _ = Append(buf, all[:size]) }); n > 0 {
		t.Errorf("Append: got %v allocations a batch, want none", n)
	}
}
