package jsonl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

func FuzzDecode(f *testing.F) {
	for _, c := range goldenCases(f) {
		f.Add([]byte(c[0]))
		f.Add([]byte(c[1]))
	}
	for _, c := range producerCases(f) {
		f.Add([]byte(c[1]))
	}
	for _, r := range append(handlertest.Awkward(), full()) {
		f.Add(record.AppendJSON(nil, &r))
	}
	for _, s := range []string{
		`{"message":"\ud83d\ude00\ud83d","a":[1,-0,1e5,[{}]],"a":null}`, `{"msg":-Infinity,"x":NaN}`, `{"message":"` + "\xed\xa0\xbd\xff" + `"}`,
		`{"message":{"":{"":1}},"":{"":{}},"level":"INFO-0"}`, `{"message":"","attrs":{"":null},"source":{"line":-0}}`,
		`{"levelname":"INFO","message":null,"special":"value"}`, `{"levelno":20,"message":{"a":[1]},"message":1e999}`,
	} {
		f.Add([]byte(s))
	}
	d := NewDecoder(Limits{})
	f.Fuzz(func(t *testing.T, line []byte) {
		before := bytes.Clone(line)
		var r record.Record
		err := d.Decode(line, &r)
		if !bytes.Equal(line, before) {
			t.Fatal("the line was changed")
		}
		checkDirect(t, line)
		if err != nil {
			if acceptable(line) && !strings.Contains(err.Error(), "nested deeper") {
				t.Fatalf("got %v for an object with a message", err)
			}
			return
		}
		// Python's words are the one thing that we read and that is no JSON.
		plain := strings.NewReplacer("NaN", "0", "Infinity", "0").Replace(string(line))
		if !json.Valid(line) && !json.Valid([]byte(plain)) {
			t.Fatal("no valid JSON was read")
		}
		checkMessage(t, line, &r)
		checkOwnForm(t, &r)
	})
}

// checkDirect compares what is read directly with what is read by way of the members.
func checkDirect(t *testing.T, line []byte) {
	var direct, other record.Record
	var d Decoder
	err := d.Decode(line, &direct)
	otherErr := new(Decoder).decode(line, &other)
	if fmt.Sprint(err) != fmt.Sprint(otherErr) {
		t.Fatalf("Decode(%q): got the error %v directly, and else %v", line, err, otherErr)
	}
	if err != nil {
		return
	}
	got, want := record.AppendJSON(nil, &direct), record.AppendJSON(nil, &other)
	if !bytes.Equal(got, want) || !reflect.DeepEqual(direct, other) && !bytes.Contains(line, []byte("NaN")) { // which equals nothing
		t.Fatalf("Decode(%q):\ngot  %#v directly\nelse %#v", line, direct, other)
	}
}

// acceptable reports whether encoding/json reads line as an object that has a message.
func acceptable(line []byte) bool {
	var object map[string]json.RawMessage
	if json.Unmarshal(line, &object) != nil || object == nil {
		return false
	}
	return object["message"] != nil || object["msg"] != nil
}

// checkMessage compares the message with what encoding/json reads, where the two must agree: it
// takes the last of repeated keys and knows no lone surrogates.
func checkMessage(t *testing.T, line []byte, r *record.Record) {
	var object map[string]any
	if json.Unmarshal(line, &object) != nil || bytes.Count(line, []byte(":")) != 1 || !utf8.ValidString(r.Message) {
		return
	}
	for _, m := range object {
		if want, ok := m.(string); ok && r.Message != want {
			t.Fatalf("message: got %q, want %q", r.Message, want)
		}
	}
}

// checkOwnForm writes the record, reads and writes it again.
func checkOwnForm(t *testing.T, r *record.Record) {
	want := record.AppendJSON(nil, r)
	var again record.Record
	err := Decode(want, &again)
	if err != nil && strings.Contains(err.Error(), "nested deeper") {
		return
	}
	if err != nil {
		t.Fatalf("Decode(%s): %v", want, err)
	}
	// A level beyond what ParseLevel takes comes back as a name; two lone surrogates that stand
	// together are one character in JSON.
	if r.Level < -1000 || r.Level > 1000 || bytes.Contains(want, []byte(`\ud`)) {
		return
	}
	if got := record.AppendJSON(nil, &again); !bytes.Equal(got, want) {
		t.Fatalf("read and written again:\ngot  %s\nwant %s", got, want)
	}
}
