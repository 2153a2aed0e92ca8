package flight

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// Wherever the process ends while it writes a call, those before are there, and nothing else.
func TestTorn(t *testing.T) {
	m := make([]byte, MinBytes)
	r := recorder(t, m)
	few(r, 0, 5)
	before := slices.Clone(m)
	few(r, 5, 6)
	var changed []int
	for i := range m {
		if m[i] != before[i] {
			changed = append(changed, i)
		}
	}
	head := changed[0] // the length, which is written last
	torn := slices.Clone(before)
	for _, i := range changed {
		if i >= head+frameHead {
			torn[i] = m[i]
			if got := numbers(t, torn); len(got) != 5 {
				t.Fatalf("byte %d: got %v, want 5", i, got)
			}
		}
	}
	copy(torn[head:], m[head:head+frameHead])
	if got := numbers(t, torn); len(got) != 6 {
		t.Errorf("got %v, want 6", got)
	}
	// A machine that ends may have written some of it: that is damage, which is told, and no other record.
	for _, i := range changed[frameHead:] {
		torn[i] = before[i]
		got, left := rest(t, torn)
		if len(got) != 5 || left.Damaged == 0 {
			t.Fatalf("byte %d is as it was: got %d records, %d damaged", i, len(got), left.Damaged)
		}
	}
}

// A byte that changed costs the record that it is in, or all that come to depend on it, and never yields another one. It is told,
// save of the words that say what is in use and handled.
func TestFlipped(t *testing.T) {
	m := make([]byte, MinBytes)
	r := recorder(t, m)
	few(r, 0, 20)
	r.Record(&record.Record{Message: "m", Attrs: []slog.Attr{slog.Int("i", 20)}, Host: "h"}, 20)
	want, _ := rest(t, m)
	lines := map[string]bool{}
	for i := range want {
		lines[string(record.AppendJSON(nil, &want[i]))] = true
	}
	end := len(bytes.TrimRight(m, "\x00"))
	for i := segmentBytes; i < end; i++ {
		if i%segmentBytes < atStarted || len(bytes.Trim(m[i:min(i+16, end)], "\x00")) == 0 {
			continue // it says what is handled, or nothing
		}
		m[i] ^= 0x10
		got, left := rest(t, m)
		for j := range got {
			if line := string(record.AppendJSON(nil, &got[j])); !lines[line] {
				t.Fatalf("byte %d: got %s", i, line)
			}
		}
		if len(got) < len(want) && left.Damaged == 0 {
			t.Fatalf("byte %d: got %d records of %d, and no damage", i, len(got), len(want))
		}
		m[i] ^= 0x10
	}
}

// What is handled need not be whole.
func TestFlippedBehind(t *testing.T) {
	m := make([]byte, MinBytes)
	r := recorder(t, m)
	r.Release(few(r, 0, 5))
	few(r, 5, 6)
	at := bytes.IndexByte(m[segmentBytes+segmentHead:], kindCall) // of the first call
	m[segmentBytes+segmentHead+at+callHead] ^= 0x10
	if got := numbers(t, m); len(got) != 1 || got[0] != 5 {
		t.Errorf("got %v, want the one that was not handled", got)
	}
}

func TestVersion(t *testing.T) {
	f := func(head string, want int, fault string) {
		t.Helper()
		got, err := Version([]byte(head))
		if got != want || (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%q: got %d, %v, want %d, %q", head, got, err, want, fault)
		}
	}
	f(string(Head()), 3, "")
	f("JKFL\x04\x00\x00\x00more", 4, "")
	f(strings.Repeat("\x00", 20), 0, "")
	f("JKFL\x00\x00\x00\x00", 0, "not a flight file")
	f("#!/bin/sh", 0, "not a flight file")
	f("JK", 0, "too short")
	for _, v := range []string{"1", "2", "4"} {
		m := append([]byte("JKFL"+string(rune(v[0]-'0'))+"\x00\x00\x00"), make([]byte, MinBytes)...)
		if _, err := Read(m); err == nil || !strings.Contains(err.Error(), "a flight file of version "+v+"; this program reads 3") {
			t.Errorf("version %s: got %v", v, err)
		}
	}
	if _, _, err := New(make([]byte, 100), testOptions(t)); err == nil {
		t.Error("100 bytes: got no error")
	}
}

// Whatever is in memory is read without harm.
func FuzzRead(f *testing.F) {
	m := make([]byte, MinBytes)
	r, _, err := New(m, testOptions(f))
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range calls()[:20] {
		c.Origin = NewOrigin(c.logger, c.scope)
		if len(c.attrs) == 0 || c.attrs[0].Key != "text" {
			r.Call(&c.Call, c.attrs, nil)
		}
	}
	segment := m[segmentBytes : 2*segmentBytes]
	f.Add(bytes.TrimRight(segment, "\x00"), false)
	f.Add(ticked(f), true)
	f.Add([]byte{}, true)
	memory := make([]byte, 2*segmentBytes)
	f.Fuzz(func(t *testing.T, b []byte, mend bool) {
		clear(memory)
		copy(memory, Head())
		copy(memory[segmentBytes:], b)
		if mend { // past the sums
			repair(memory)
		}
		left := read(memory)
		for n := left.Len(); left.Len() > 0; n = left.Len() {
			records, segments := left.Next(100)
			if len(segments) != n-left.Len() || len(records) > len(segments) {
				t.Fatalf("got %d records and %d segments of %d", len(records), len(segments), n)
			}
			for i := range records {
				record.AppendJSON(nil, &records[i])
			}
		}
	})
}

// ticked returns a segment that has moments and calls with ticks.
func ticked(f *testing.F) []byte {
	m := make([]byte, MinBytes)
	r, _, err := New(m, testOptions(f))
	if err != nil {
		f.Fatal(err)
	}
	l, c := &r.lanes[0], &Call{Origin: NewOrigin("shop", record.Scope{}), Message: "m", Now: true}
	for i := range 4 {
		if i < 2 { // it has a shape then
			l.call(c, nil, nil)
		} else if !l.putMoment() || !l.again(l.siteOf(c.Message), flagTicks, int64(i), 0, nil, nil) {
			f.Fatal("got no call with ticks")
		}
	}
	return bytes.TrimRight(m[l.seg.index*segmentBytes:][:segmentBytes], "\x00")
}

// repair makes the sums of a first segment right.
func repair(m []byte) {
	b := m[segmentBytes:]
	*word(b, atSum) = uint64(headSum(b))
	for at := segmentHead; at+2*frameHead < segmentBytes; {
		length := int(uint32(*word(b, at)))
		if length == 0 || length > segmentBytes-at-2*frameHead {
			return
		}
		*word(b, at) = uint64(length) | uint64(sum(b[at+frameHead:at+frameHead+length]))<<32
		at += frameHead + aligned(length)
	}
}
