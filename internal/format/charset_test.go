package format_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// asWritten is a Format of the message and nothing else, as it is.
func asWritten(dst []byte, r *record.Record) []byte { return append(dst, r.Message...) }

// pythonEncodes says in hexadecimal digits what Python encodes a text to.
const pythonEncodes = `
import json, sys
for line in sys.stdin:
    encoding, errors, text = json.loads(line)
    print(json.dumps(text.encode(encoding, errors).hex()))
`

// What a text becomes is what it becomes in Python.
func TestCharsetAsPython(t *testing.T) {
	python := testenv.Python(t)
	const text = "plain \x00\x1b\x7f\u0080\u00e9\u00ff\u0100\u20ac\ufffd\uffff\U00010000\U0001f600\U0010ffff end"
	type row struct{ encoding, errors, text string }
	var rows []row
	var in bytes.Buffer
	for _, encoding := range []string{
		"utf-8", "UTF8", "utf_8", "U8", "utf", "cp65001", "ascii", "US-ASCII", "646", "latin-1", "latin1", "latin", "L1", "iso-8859-1", "ISO8859-1", "8859", "cp819",
	} {
		for _, errors := range []string{"backslashreplace", "replace", "xmlcharrefreplace", "ignore"} {
			rows = append(rows, row{encoding, errors, text}, row{encoding, errors, "lone \xed\xb3\xbf\xed\xa0\x80 é"}, row{encoding, errors, ""})
		}
	}
	for _, r := range rows {
		fmt.Fprintf(&in, "[%q,%q,%s]\n", r.encoding, r.errors, record.AppendJSONString(nil, r.text))
	}
	for i, answer := range answers(t, python, "UTC", pythonEncodes, &in, len(rows)) {
		r := rows[i]
		charset, err := format.NewCharset(r.encoding, r.errors)
		if err != nil {
			t.Errorf("%+v: %v", r, err)
			continue
		}
		got := fmt.Sprintf("%x", charset.Of(asWritten)(nil, &record.Record{Message: r.text}))
		if answer == nil || got != *answer {
			t.Errorf("%s, %s, %q: got %s, want %v", r.encoding, r.errors, r.text, got, answer)
		}
	}
}

// What Python has no word for: the default, bytes of no character, and JSON, which says the same in any charset.
func TestCharset(t *testing.T) {
	f := func(encoding, errors, text, want string) {
		t.Helper()
		charset, err := format.NewCharset(encoding, errors)
		if err != nil {
			t.Fatal(err)
		}
		got := charset.Of(asWritten)([]byte("é before "), &record.Record{Message: text})
		if string(got) != "é before "+want {
			t.Errorf("%s, %q of %q: got %q, want %q", encoding, errors, text, got, want)
		}
	}
	f("", "", "é\xff\xed\xb3\xbf", "é\xff\xed\xb3\xbf")
	f("utf-8", "strict", "é\xff\xed\xb3\xbf", `é\xff\udcff`)
	f("utf-8", "replace", "é\xff\xed\xb3", "é???")
	f("ascii", "", "é\xff", `\xe9\xff`)
	f("latin-1", "strict", "é€\x80", "\xe9\\u20ac\\x80")
	for _, errors := range []string{"", "replace", "ignore", "xmlcharrefreplace"} {
		f("ascii", errors, `{"message":"é€😀"}`, `{"message":"\u00e9\u20ac\ud83d\ude00"}`)
	}
	f("latin-1", "replace", `{"message":"é€"}`, "{\"message\":\"\xe9\\u20ac\"}")
	f("ascii", "", `{é}`, `{\xe9}`) // no JSON
}

// Any line in ASCII is one, and one of JSON says what it said.
func FuzzCharset(f *testing.F) {
	f.Add("shop", "é€😀\xed\xb3\xbf\xff", "key")
	charset, err := format.NewCharset("ascii", "")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, logger, message, key string) {
		r := record.Record{Logger: logger, Message: message, Attrs: []slog.Attr{slog.String(key, message)}}
		got, before := charset.Of(format.JSON)(nil, &r), format.JSON(nil, &r)
		for _, b := range got {
			if b >= utf8.RuneSelf {
				t.Fatalf("got %q, want ASCII alone", got)
			}
		}
		var is, was any
		if err := json.Unmarshal(got, &is); err != nil {
			t.Fatalf("got %s: %v", got, err)
		}
		if err := json.Unmarshal(before, &was); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(is) != fmt.Sprint(was) {
			t.Errorf("got %s, want %s", got, before)
		}
	})
}
