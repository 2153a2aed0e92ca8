package record_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// checkEncoder fails where an Encoder that has seen the records before gives a record another form than
// AppendJSON does.
func checkEncoder(t *testing.T, e *record.Encoder, r *record.Record) {
	t.Helper()
	lead := []byte("{lead,")
	want := record.AppendJSON(lead, r)
	for range 3 {
		if got := e.AppendJSON(lead, r); !bytes.Equal(got, want) {
			t.Fatalf("record %+v:\ngot  %s\nwant %s", *r, got, want)
		}
	}
}

func TestEncoder(t *testing.T) {
	for seed := range uint64(20) {
		d, e := newDice(seed), new(record.Encoder)
		for range 500 {
			r := d.record()
			checkEncoder(t, e, &r)
		}
	}
	e := new(record.Encoder)
	for range 10 {
		for _, r := range handlertest.Awkward() {
			// The text of a LogValue that panics has the stack in it.
			r.Attrs = slices.DeleteFunc(r.Attrs, func(a slog.Attr) bool { return a.Value.Kind() == slog.KindLogValuer })
			checkEncoder(t, e, &r)
		}
	}
}

// More names than there is room for displace each other, and what comes often is remembered again.
func TestEncoderFull(t *testing.T) {
	e := new(record.Encoder)
	for round := range 3 {
		for i := range 5000 {
			checkEncoder(t, e, &record.Record{Logger: fmt.Sprint("logger", i), Source: slog.Source{File: "f.py", Line: i},
				Process: record.Process{PID: i / 7}, Thread: record.Thread{ID: uint64(i), Name: fmt.Sprint(round)}})
		}
	}
}

func FuzzEncoder(f *testing.F) {
	f.Add(uint64(1), "x", "y")
	f.Add(uint64(2), "\xed\xb3\xbf\"", "\u2028")
	f.Fuzz(func(t *testing.T, seed uint64, a, b string) {
		d, e := newDice(seed, a, b, a+b), new(record.Encoder)
		for range 20 {
			r := d.record()
			checkEncoder(t, e, &r)
		}
	})
}

// A warm Encoder allocates nothing, and a cold one little.
func TestEncoderAllocates(t *testing.T) {
	records := receivedRecords(256)
	var e record.Encoder
	buf := make([]byte, 0, 4096)
	i := 0
	encode := func() {
		buf = e.AppendJSON(buf[:0], &records[i%len(records)])
		i++
	}
	for range records {
		encode()
	}
	if got := testing.AllocsPerRun(500, encode); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}
