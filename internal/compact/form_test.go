package compact

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// read reads a record.
func read(b []byte, known Names) (record.Record, error) {
	r := NewReader(b, known)
	rec := r.Record()
	return rec, r.Close()
}

// full returns a record of which all is set, the nth.
func full(n int) record.Record {
	at := time.Date(2026, 11, 23, 4, 5, 6, 789, time.FixedZone("", 3600))
	return record.Record{
		Time: at, Level: slog.Level(n%3 - 1), Logger: "shop.pay", Message: fmt.Sprint("message ", n),
		Attrs: []slog.Attr{
			slog.Any("nil", nil), slog.Bool("yes", true), slog.Bool("no", false), slog.Int64("i", math.MinInt64), slog.Uint64("u", math.MaxUint64),
			slog.Float64("f", -0.5), slog.String("s", "é\xed\xa0\x80\x00"), slog.Duration("d", -time.Hour), slog.Time("t", at), slog.Time("t0", time.Time{}),
			slog.Group("g", slog.Int("a", 1), slog.Group("h", slog.String("", ""))), slog.Group("empty"),
			slog.Any("json", json.RawMessage(`{"a": [1]}`)), slog.Any("bytes", []byte{0, 255}), slog.Any("err", errors.New("connection reset")), slog.Any("number", json.Number("1e400")),
		},
		Source:    slog.Source{Function: "main.f", File: "/src/main.go", Line: 17},
		Exception: &record.Exception{Type: "E", Message: "m", Traceback: "t"}, Stack: "stack",
		Process: record.Process{PID: 7, Name: "p"}, Thread: record.Thread{ID: 8, Name: "t"}, Task: "task", Host: "host",
		Trace: record.Trace{ID: [16]byte{1, 15: 2}, Span: [8]byte{3}, Flags: 1}, Received: at.UTC(), Peer: "127.0.0.1:1",
		LevelNo: 22, LevelName: "NOTICE", ID: record.ID{Epoch: 1, Sequence: 2, Index: 3},
	}
}

// like reports how two records differ, "" if they do not.
func like(a, b record.Record) string {
	for _, r := range []*record.Record{&a, &b} {
		r.Time, r.Received = r.Time.UTC(), r.Received.UTC()
	}
	if x, y := string(record.AppendJSON(nil, &a)), string(record.AppendJSON(nil, &b)); x != y {
		return fmt.Sprintf("got  %s\nwant %s", x, y)
	}
	for i := range a.Attrs {
		if x, y := a.Attrs[i].Value, b.Attrs[i].Value; x.Kind() != y.Kind() || x.Kind() == slog.KindAny && reflect.TypeOf(x.Any()) != reflect.TypeOf(y.Any()) {
			return fmt.Sprintf("attr %d: got %v %T, want %v %T", i, x.Kind(), x.Any(), y.Kind(), y.Any())
		}
	}
	a.Attrs, b.Attrs = nil, nil
	if !reflect.DeepEqual(a, b) {
		return fmt.Sprintf("got  %+v\nwant %+v", a, b)
	}
	return ""
}

// A record comes back as it was.
func TestForm(t *testing.T) {
	for _, r := range []record.Record{{}, full(1), {Message: strings.Repeat("x", 1<<20)}} {
		got, err := read(AppendRecord(nil, &r), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := like(got, r); diff != "" {
			t.Error(diff)
		}
	}
	// What has no kind of its own has its JSON.
	odd := record.Record{Attrs: []slog.Attr{slog.Any("list", []any{1, "a"}), slog.Any("level", slog.LevelWarn)}}
	got, err := read(AppendRecord(nil, &odd), nil)
	if err != nil || string(record.AppendJSON(nil, &got)) != string(record.AppendJSON(nil, &odd)) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// touchy is an error whose method panics, as one that does not expect nil does.
type touchy struct{}

func (*touchy) Error() string { panic("not now") }

// A value of the program's that panics does not end the program.
func TestFormOfPanic(t *testing.T) {
	r := record.Record{Attrs: []slog.Attr{slog.Any("err", new(touchy)), slog.Int("i", 1)}}
	got, err := read(AppendRecord(nil, &r), nil)
	if err != nil || len(got.Attrs) != 2 || got.Attrs[0].Value.String() != "!PANIC: not now" {
		t.Errorf("got %v, %v", got.Attrs, err)
	}
}

// Bytes that are no record are an error, whatever they are, and what is one is written again as it was.
func FuzzForm(f *testing.F) {
	r := full(0)
	f.Add(AppendRecord(nil, &r))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := read(b, make(Names))
		if err != nil {
			return
		}
		again, err := read(AppendRecord(nil, &r), nil)
		if err != nil {
			t.Fatal(err)
		}
		if x, y := record.AppendJSON(nil, &r), record.AppendJSON(nil, &again); string(x) != string(y) {
			t.Errorf("got %s, want %s", y, x)
		}
	})
}
