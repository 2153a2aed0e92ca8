package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// text is the program of a short string.
func text(s string) string { return "\x8c" + string(rune(len(s))) + s }

// with is the program of a record whose attr a is what another program leaves.
func with(program string) []byte {
	return []byte("}(" + text("msg") + text("m") + text("a") + program + "u.")
}

// opcodeCases are programs and what they leave, by the opcode they are about.
var opcodeCases = []struct{ name, program, want string }{
	{"MARK", "(t", `[]`},
	{"STOP", "N", `null`},
	{"POP", "K\x01K\x020", `1`},
	{"POP", "K\x01(0", `1`},
	{"POP_MARK", "K\x01(NN1", `1`},
	{"DUP", "K\x012\x86", `[1,1]`},
	{"PROTO", "\x80\x05N", `null`},
	{"FRAME", "\x95\x05\x00\x00\x00\x00\x00\x00\x00N", `null`},
	{"NONE", "N", `null`},
	{"NEWTRUE", "\x88", `true`},
	{"NEWFALSE", "\x89", `false`},
	{"INT", "I01\n", `true`},
	{"INT", "I00\n", `false`},
	{"INT", "I-42\n", `-42`},
	{"INT", "I9223372036854775807\n", `9223372036854775807`},
	{"INT", "I5L\n", `5`},
	{"LONG", "L140234567890123L\n", `140234567890123`},
	{"LONG", "L-5L\n", `-5`},
	{"LONG", "L7\n", `7`},
	{"LONG", "L18446744073709551615L\n", `18446744073709551615`},
	{"LONG", "L+18446744073709551616L\n", `18446744073709551616`},
	{"LONG", "L00000000000000000000000000001L\n", `1`},
	{"BININT", "J\xff\xff\xff\xff", `-1`},
	{"BININT1", "K\xff", `255`},
	{"BININT2", "M\xff\xff", `65535`},
	{"LONG1", "\x8a\x00", `0`},
	{"LONG1", "\x8a\x01\x80", `-128`},
	{"LONG1", "\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\x00", `18446744073709551615`},
	{"LONG1", "\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\xff", `-1`},
	{"LONG1", "\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x80", `-2361183241434822606848`},
	{"LONG4", "\x8b\x02\x00\x00\x00\x00\x01", `256`},
	{"FLOAT", "F1.5\n", `1.5`},
	{"FLOAT", "F-inf\n", `"-Infinity"`},
	{"FLOAT", "F1e999\n", `"Infinity"`},
	{"BINFLOAT", "G\x3f\xf8\x00\x00\x00\x00\x00\x00", `1.5`},
	{"STRING", `S'it\'s \x41\101\n\\\q` + "'\n", `"it's AA\n\\\\q"`},
	{"STRING", "S\"\xe9\"\n", `"é"`},
	{"STRING", `S'\xc3\xa9\xZZ'` + "\n", `"é\\xZZ"`},
	{"STRING", `S'\xc3\x'` + "\n", `"Ã\\x"`},
	{"BINSTRING", "T\x02\x00\x00\x00\xc3\xa9", `"é"`},
	{"SHORT_BINSTRING", "U\x01\xe9", `"é"`},
	{"SHORT_BINSTRING", "U\x03a\xffb", `"aÿb"`},
	{"UNICODE", `Vgr\u00fcn \U0001f600 \ud83d\ude00 \udcff \\u0041 \x` + "\xe9\n", `"grün 😀 😀 \udcff \\\\u0041 \\xé"`},
	{"BINUNICODE", "X\x05\x00\x00\x00\xed\xb3\xbf\xffa", "\"\\udcff\ufffda\""},
	{"SHORT_BINUNICODE", "\x8c\x01a", `"a"`},
	{"BINUNICODE8", "\x8d\x01\x00\x00\x00\x00\x00\x00\x00a", `"a"`},
	{"BINBYTES", "B\x02\x00\x00\x00\x00'", `"b\"\\x00'\""`},
	{"SHORT_BINBYTES", "C\x01a", `"b'a'"`},
	{"BINBYTES8", "\x8e\x01\x00\x00\x00\x00\x00\x00\x00a", `"b'a'"`},
	{"BYTEARRAY8", "\x96\x01\x00\x00\x00\x00\x00\x00\x00a", `"bytearray(b'a')"`},
	{"EMPTY_LIST", "]", `[]`},
	{"APPEND", "]K\x01a", `[1]`},
	{"APPENDS", "](K\x01K\x02e(K\x03e", `[1,2,3]`},
	{"LIST", "(K\x01l", `[1]`},
	{"EMPTY_TUPLE", ")", `[]`},
	{"TUPLE", "(K\x01]t", `[1,[]]`},
	{"TUPLE1", "K\x01\x85", `[1]`},
	{"TUPLE2", "K\x01K\x02\x86", `[1,2]`},
	{"TUPLE3", "K\x01K\x02K\x03\x87", `[1,2,3]`},
	{"EMPTY_DICT", "}", `{}`},
	{"DICT", "(K\x01Nd", `{"1":null}`},
	{"SETITEM", "}\x8c\x01kK\x01s", `{"k":1}`},
	{"SETITEMS", "}(NK\x01\x88K\x02G\x3f\xf8\x00\x00\x00\x00\x00\x00Nu", `{"None":1,"True":2,"1.5":null}`},
	{"EMPTY_SET", "\x8f", `"set()"`},
	{"ADDITEMS", "\x8f(K\x01\x8c\x01a\x90", `"{1, 'a'}"`},
	{"FROZENSET", "(K\x01\x91", `"frozenset({1})"`},
	{"GLOBAL", "cposix\nsystem\n", `"<posix.system>"`},
	{"STACK_GLOBAL", text("posix") + text("system") + "\x93", `"<posix.system>"`},
	{"REDUCE", "cposix\nsystem\n" + text("rm -rf /") + "\x85R", `"<posix.system 'rm -rf /'>"`},
	{"REDUCE", "N)R", `"<None>"`},
	{"BUILD", "capp\nPoint\n)R}(\x8c\x01xK\x01\x8c\x01yG\x40\x04\x00\x00\x00\x00\x00\x00ub", `"<app.Point x=1 y=2.5>"`},
	{"BUILD", "K\x01}b", `1`},
	{"INST", "(K\x01iapp\nPoint\n", `"<app.Point 1>"`},
	{"OBJ", "(capp\nPoint\nK\x01o", `"<app.Point 1>"`},
	{"NEWOBJ", "capp\nPoint\nK\x01\x85\x81", `"<app.Point 1>"`},
	{"NEWOBJ_EX", "capp\nPoint\nK\x01\x85}\x8c\x01kK\x02s\x92", `"<app.Point 1 k=2>"`},
	{"PERSID", "Psome id\n", `"<persistent id 'some id'>"`},
	{"BINPERSID", "K\x05Q", `"<persistent id 5>"`},
	{"EXT1", "\x82\x05", `"<extension code 5>"`},
	{"EXT2", "\x83\x05\x01", `"<extension code 261>"`},
	{"EXT4", "\x84\x05\x01\x00\x00", `"<extension code 261>"`},
	{"NEXT_BUFFER", "\x97", `"<out-of-band buffer>"`},
	{"READONLY_BUFFER", "\x97\x98", `"<out-of-band buffer>"`},
	{"GET", "K\x05p7\n0g7\n", `5`},
	{"PUT", "K\x05p7\n", `5`},
	{"BINGET", "K\x05q\x070h\x07", `5`},
	{"BINPUT", "K\x05q\x07", `5`},
	{"LONG_BINGET", "K\x05r\x07\x00\x00\x000j\x07\x00\x00\x00", `5`},
	{"LONG_BINPUT", "K\x05r\x07\x00\x00\x00", `5`},
	{"MEMOIZE", "K\x05\x940h\x00", `5`},
}

func TestOpcodes(t *testing.T) {
	d := NewDecoder(Limits{})
	covered := map[string]bool{}
	for _, c := range opcodeCases {
		covered[c.name] = true
		got := decoded(d, with(c.program))
		if got != `{"level":"INFO","message":"m","attrs":{"a":`+c.want+`}}` {
			t.Errorf("%s %q:\n got %s\nwant attr a to be %s", c.name, c.program, got, c.want)
		}
	}
	for op, known := range opcodes {
		if known.name != "" && !covered[known.name] {
			t.Errorf("opcode %#02x, %s: no case", op, known.name)
		}
	}
}

func TestErrors(t *testing.T) {
	d := NewDecoder(Limits{Depth: 3, Nodes: 100, Memo: 8, Digits: 20, Keys: 3, Text: 1000})
	f := func(program string, offset int, reason string) {
		t.Helper()
		var r record.Record
		err := d.Decode([]byte(program), &r)
		e, ok := errors.AsType[*Error](err)
		if !ok || e.Offset != offset || e.Reason != reason || err.Error() != fmt.Sprintf("pickle: byte %d: %s", offset, reason) {
			t.Errorf("%q:\n got %v\nwant byte %d: %s", program, err, offset, reason)
		}
	}
	f("", 0, "the pickle ends without STOP")
	f("}", 1, "the pickle ends without STOP")
	f(".", 0, "STOP finds 0 values and 0 marks on the stack, wants 1 and none")
	f("NN.", 2, "STOP finds 2 values and 0 marks on the stack, wants 1 and none")
	f("(N.", 2, "STOP finds 1 values and 1 marks on the stack, wants 1 and none")
	f("clogging\nLogRecord\n)\x81.", 21, "what the pickle leaves is no dict, so it is no log record")
	f("clogging\nLogRecord\n)\x81]b.", 23, "what the pickle leaves is no dict, so it is no log record")
	f("clogging\nLogRecord\n)\x81}b.", 21, "neither msg nor message is among the keys: this is no log record")
	f("N.", 1, "what the pickle leaves is no dict, so it is no log record")
	f("].", 1, "what the pickle leaves is no dict, so it is no log record")
	f("\x8c\x01a.", 3, "what the pickle leaves is no dict, so it is no log record")
	f("}.", 0, "neither msg nor message is among the keys: this is no log record")
	f("\xff.", 0, "0xff is no opcode")
	f("\x80\x06", 0, "protocol 6 is not known, want 0 to 5")
	f("\x80", 0, "PROTO wants 1 bytes, the frame has 0 left")
	f("NX\xff\xff\xff\xff", 1, "BINUNICODE wants 4294967295 bytes, the frame has 0 left")
	f("\x8e\xff\xff\xff\xff\xff\xff\xff\xffabc", 0, "BINBYTES8 wants 18446744073709551615 bytes, the frame has 3 left")
	f("K", 0, "BININT1 wants 1 bytes, the frame has 0 left")
	f("G\x00", 0, "BINFLOAT wants 8 bytes, the frame has 1 left")
	f("I12", 0, "INT: the line does not end")
	f("I0x10\n.", 0, `INT "0x10" is no decimal integer`)
	f("I\n.", 0, `INT "" is no decimal integer`)
	f("L123456789012345678901L\n.", 0, "an integer of 21 digits, at most 20 are taken")
	f("\x8a\x0a0123456789.", 0, "an integer of 10 bytes, at most 20 digits are taken")
	f("Fx\n.", 0, `FLOAT "x" is no number`)
	f("Sabc\n.", 0, `STRING "abc" has no quotes around it`)
	f("S'\n.", 0, `STRING "'" has no quotes around it`)
	f("a", 0, "APPEND finds 0 values on the stack, wants 2")
	f("N(Na", 3, "APPEND finds 1 values on the stack, wants 2")
	f("NNa", 2, "APPEND finds no list or set to add to")
	f(")Na", 2, "APPEND finds no list or set to add to")
	f("e", 0, "APPENDS finds no mark")
	f("]NNs", 3, "SETITEM finds no dict to add to")
	f("}(Nu", 3, "SETITEMS finds a key without a value")
	f("(Nd", 2, "DICT finds a key without a value")
	f("}(NNNNNNNNu", 10, "a mapping of more than 3 keys")
	f("\x80\x04}\x94("+strings.Repeat("\x8c\x01a\x94N", 9)+"u.", 43, "MEMOIZE to memo entry 8, at most 8 are taken")
	f("NN\x93", 2, "STACK_GLOBAL finds a name that is no string")
	f("ca\nb\nNR", 6, "REDUCE finds arguments that are no tuple")
	f("(o", 1, "OBJ finds no class")
	f("h\x05", 0, "BINGET of memo entry 5, which was never put")
	f("Np3\ng2\n", 4, "GET of memo entry 2, which was never put")
	f("Nr\x08\x00\x00\x00NNNNN", 1, "LONG_BINPUT to memo entry 8, at most 8 are taken")
	f("Nq\x05", 1, "BINPUT to memo entry 5, at most 3 are taken")
	f("q\x00", 0, "BINPUT finds 0 values on the stack, wants 1")
	f("Npx\n", 1, `PUT "x" is no index`)
	f("Np9999999999\n", 1, `PUT "9999999999" is no index`)
	f(string(with("]]]]aaa")), 16, "nested deeper than 3")
	f(string(with("]"+strings.Repeat("]", 200))), 110, "more than 100 values")
	f(string(with("]("+strings.Repeat("N", 99)+"e")), 111, "more than 100 values")
	f(strings.Repeat("(", 200), 100, "more than 100 marks")
	f(strings.Repeat("N", 200), 101, "more than 100 values")
	f(string(with("(NNNt\x940]("+strings.Repeat("h\x00", 30)+"e")), 17, "shows more than 100 values")
	f(string(with("X\x90\x01\x00\x00"+strings.Repeat("x", 400)+"\x94h\x00h\x00\x87")), 423, "shows more than 1000 bytes of text")
}

// A frame that was rejected leaves nothing behind.
func TestDecodeAfterError(t *testing.T) {
	d := NewDecoder(Limits{})
	want := decoded(NewDecoder(Limits{}), with("](K\x01K\x02e"))
	for _, c := range goldens(t, "testdata/py311.txt") {
		if len(c.payload) > 5000 {
			continue
		}
		for cut := range len(c.payload) {
			var r record.Record
			if err := d.Decode(c.payload[:cut], &r); err == nil {
				t.Fatalf("%s cut to %d bytes: got no error", c.name, cut)
			}
		}
		if got := decoded(d, with("](K\x01K\x02e")); got != want {
			t.Fatalf("after %s: got %s, want %s", c.name, got, want)
		}
	}
}

// The record shares no memory with the frame.
func TestDecodeKeepsNothingOfThePayload(t *testing.T) {
	d := NewDecoder(Limits{})
	for _, c := range goldens(t, "testdata/py311.txt") {
		payload := []byte(string(c.payload))
		var r record.Record
		if err := d.Decode(payload, &r); err != nil {
			t.Fatal(err)
		}
		want := string(record.AppendJSON(nil, &r))
		for i := range payload {
			payload[i] = '!'
		}
		if got := string(record.AppendJSON(nil, &r)); got != want {
			t.Errorf("%s: the record changed with its frame:\n got %s\nwant %s", c.name, got, want)
		}
	}
}

// Records stay what they are while the Decoder goes on.
func TestRecordsStay(t *testing.T) {
	d := NewDecoder(Limits{})
	var records []record.Record
	var want []string
	for range 5 {
		for _, c := range goldens(t, "testdata/py311.txt") {
			var r record.Record
			if err := d.Decode(c.payload, &r); err != nil {
				t.Fatal(err)
			}
			records, want = append(records, r), append(want, c.want)
		}
	}
	for i := range records {
		if got := string(record.AppendJSON(nil, &records[i])); got != want[i] {
			t.Errorf("record %d changed:\n got %s\nwant %s", i, got, want[i])
		}
	}
}

// A plain record costs no allocation of its own, and one with lists in it few.
func TestAllocs(t *testing.T) {
	d := NewDecoder(Limits{})
	batch := make([]record.Record, 64)
	n := 0
	f := func(name string, payload []byte, most float64) {
		t.Helper()
		got := testing.AllocsPerRun(1000, func() {
			n++
			if err := d.Decode(payload, &batch[n%len(batch)]); err != nil {
				t.Fatal(err)
			}
		})
		if got > most {
			t.Errorf("%s: got %v allocations a record, want at most %v", name, got, most)
		}
	}
	for _, c := range goldens(t, "testdata/py311.txt") {
		switch name, _, _ := strings.Cut(c.name, ","); name {
		case "plain", "level NOTICE":
			f(c.name, c.payload, 0)
		case "exception", "stack":
			f(c.name, c.payload, 1)
		case "request":
			f(c.name, c.payload, 3)
		}
	}
}

func TestCreated(t *testing.T) {
	d := NewDecoder(Limits{})
	program := "}(" + text("msg") + text("m") + text("created") + "G" + string(binary.BigEndian.AppendUint64(nil, 0x41d954fc4007e6b4)) + "u."
	var r record.Record
	if err := d.Decode([]byte(program), &r); err != nil {
		t.Fatal(err)
	}
	if want := time.Unix(1700000000, 123456000).UTC(); r.Time != want {
		t.Errorf("created: got %v, want %v", r.Time, want)
	}
}
