package pickle

import (
	"encoding/binary"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// machined is decoded, without what goes directly.
func machined(d *Decoder, payload []byte) string {
	var r record.Record
	d.start(payload, &r)
	d.fill(d.run(0))
	if d.err != nil {
		return d.err.Error()
	}
	return string(record.AppendJSON(nil, &r))
}

// directCases are what stands behind "msg" and its value in a record's dict.
var directCases = []string{
	text("a") + "q\x03K\x05q\x04" + text("b") + "q\x05h\x04u.",
	"u" + text("msg") + text("later") + "s.",
	text("me") + "q\x03h\x00u.",
	text("again") + "q\x03h\x02" + text("key") + "q\x04h\x01u.",
	// The items are taken off the stack again, or the dict is.
	text("a") + "q\x03K\x051" + text("msg") + text("n") + "s.",
	"u0}(" + text("msg") + text("n") + "u.",
	text("a") + "q\x03K\x05l.",
	text("a") + "q\x03" + text("x") + "q\x04" + text("y") + "q\x05\x86u.",
	text("a") + "q\x03" + text("x") + "q\x04\x85u.",
	text("a") + "q\x03" + text("x") + "q\x04" + text("y") + "q\x050u.",
	// Containers.
	text("a") + "q\x03]q\x04u.",
	text("a") + "q\x03}q\x04u.",
	text("a") + "q\x03)u.",
	text("a") + "q\x03]q\x04K\x01au.",
	text("a") + "q\x03]q\x04(K\x01NG\x3f\xf0\x00\x00\x00\x00\x00\x00" + text("x") + "q\x05h\x05eu.",
	text("a") + "q\x03(K\x01K\x02K\x03K\x04tq\x04u.",
	text("a") + "q\x03]q\x04]q\x05]q\x06aau.",
	text("a") + "q\x03]q\x04(]q\x05]q\x06(K\x01K\x02e(K\x01tq\x07eu.",
	text("a") + "q\x03}q\x04" + text("k") + "q\x05K\x01su.",
	text("a") + "q\x03}q\x04" + text("k") + "q\x05}q\x06ssu.",
	text("a") + "q\x03}q\x04(" + text("k") + "q\x05K\x01h\x01" + text("v") + "q\x06u" + text("b") + "q\x07K\x02u.",
	text("a") + "q\x03}q\x04" + text("b") + "q\x05K\x01u.",
	text("a") + "q\x03}q\x04" + text("b") + "q\x05]q\x06K\x01au.",
	text("a") + "q\x03]q\x04" + text("b") + "q\x05K\x01u.",
	text("a") + "q\x03]q\x04" + text("b") + "q\x05K\x01" + text("c") + "q\x06h\x05u.",
	text("a") + "q\x03]q\x04}q\x05" + text("k") + "q\x06]q\x07(K\x01K\x02esau.",
	text("a") + "q\x03]q\x04(}q\x05" + text("k") + "q\x06K\x01s}q\x07h\x06K\x02seu.",
	text("a") + "q\x03}q\x04(K\x01K\x02" + text("") + "q\x05Nuu.",
	text("a") + "q\x03}q\x04" + text("") + "q\x05Nsu.",
	text("a") + "q\x03]q\x04h\x04au.",
	text("a") + "q\x03]q\x04" + text("b") + "q\x05h\x04u.",
	text("a") + "q\x03]q\x04(K\x01e(K\x02eu.",
	text("a") + "q\x03]q\x04(K\x01eK\x02au.",
	text("a") + "q\x03}q\x04(" + text("k") + "q\x05K\x01u(" + text("l") + "q\x06K\x02uu.",
	text("a") + "q\x03" + strings.Repeat("]", 9) + "K\x01" + strings.Repeat("a", 9) + "u.",
	text("args") + "q\x03]q\x04K\x01a" + text("b") + "q\x05K\x01u.",
	text("msg") + "q\x03}q\x04" + text("k") + "q\x05K\x01su.",
	text("thread") + "q\x03\x8a\x06\xcb\xb4\x9a\xe7\x8a\x7f" + text("b") + "q\x04\x8a\x01\xffu........",
	text("a") + "q\x03]q\x04(K\x01K\x02uu.",
	text("a") + "q\x03]q\x04(K\x01",
	text("a") + "q\x03}q\x04" + text("k"),
}

func directPrograms(t testing.TB) [][]byte {
	t.Helper()
	var programs [][]byte
	for _, c := range directCases {
		programs = append(programs, []byte("}q\x00("+text("msg")+"q\x01"+text("m")+"q\x02"+c))
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, c := range goldens(t, file) {
			programs = append(programs, c.payload)
		}
	}
	return programs
}

// What goes to the record without the machine is what the machine would make.
func TestDirectAgainstMachine(t *testing.T) {
	programs := directPrograms(t)
	// A frame like the one before takes other ways than one that is not.
	for i, p := range slices.Clone(programs) {
		programs = append(programs, p, p, p, programs[i*7%len(programs)])
	}
	direct, machine := NewDecoder(Limits{}), NewDecoder(Limits{})
	early := 0
	for _, p := range programs {
		got := decoded(direct, p)
		early += direct.early
		if want := machined(machine, p); got != want {
			t.Errorf("%q:\n    got %s\nmachine %s", p, got, want)
		}
	}
	if early < 10*len(programs) { // of some twenty, where the protocol is not 0
		t.Errorf("went directly: got %d items of %d records, want most of them", early, len(programs))
	}
}

// All of a record goes directly whose values are plain or containers of such.
func TestDirectToTheEnd(t *testing.T) {
	d := NewDecoder(Limits{})
	f := func(rest string, want bool) {
		t.Helper()
		var r record.Record
		d.start([]byte("}q\x00("+text("msg")+"q\x01"+text("m")+"q\x02"+rest), &r)
		if _, done := d.direct(); done != want {
			t.Errorf("%q: got %v, want %v", rest, done, want)
		}
	}
	f("u.", true)
	f(text("a")+"q\x03]q\x04(K\x01K\x02e"+text("b")+"q\x05I01\nu.", true)
	f(text("a")+"q\x03}q\x04(h\x01]q\x05K\x01a"+text("b")+"q\x06(K\x01tq\x07uu.", true)
	f(text("a")+"q\x03}q\x04"+text("b")+"q\x05]q\x06u.", false) // }… could be the only item of a dict
	f(text("a")+"q\x03}q\x04"+text("b")+"q\x05K\x01u.", true)
	f(text("a")+"q\x03cdatetime\ndatetime\nq\x04u.", false)
	f(text("a")+"q\x03]q\x04h\x04au.", false)
}

// However many call sites there are, what is kept of them is bounded, and they are still told apart.
func TestStretchesAreBounded(t *testing.T) {
	d := NewDecoder(Limits{})
	for range 3 {
		for n := range 5000 {
			line := "J" + string(binary.LittleEndian.AppendUint32(nil, uint32(n)))
			program := "}q\x00(" + text("msg") + "q\x01" + text("m") + "q\x02" + text("lineno") + "q\x03" + line + text("funcName") + "q\x04" + text("f") + "q\x05u."
			for range 2 {
				var r record.Record
				if err := d.Decode([]byte(program), &r); err != nil {
					t.Fatal(err)
				}
				if r.Source.Line != n || r.Source.Function != "f" {
					t.Fatalf("got %+v, want line %d of f", r.Source, n)
				}
			}
			if d.kept > keptStretches {
				t.Fatalf("got %d bytes kept, want at most %d", d.kept, keptStretches)
			}
		}
	}
}

func FuzzDirect(f *testing.F) {
	for _, p := range directPrograms(f) {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		d := NewDecoder(Limits{})
		want := machined(NewDecoder(Limits{}), payload)
		for range 4 { // a stretch is seen, kept, found, and expected
			if got := decoded(d, payload); got != want {
				t.Fatalf("%q:\n    got %s\nmachine %s", payload, got, want)
			}
		}
	})
}
