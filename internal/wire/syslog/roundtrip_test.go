package syslog

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// What an Appender writes by RFC 5424 comes back: attrs as texts, times to the microsecond, in each framing.
func TestRoundTrip(t *testing.T) {
	at := time.Date(2026, 11, 23, 2, 0, 0, 123456000, time.UTC)
	records := []record.Record{
		{Time: at, Level: record.LevelError, Logger: "shop.pay", Message: "no paper\n  in tray 2", Host: "web-1", Process: record.Process{PID: 42}, Peer: "x",
			Attrs: []slog.Attr{slog.Int("pages", 3), slog.String("odd", `a "b" [c] \d`), slog.Group("http", slog.Int("status", 502))}},
		{Time: at, Level: record.LevelDebug, Logger: "a logger of some length, and with blanks", Message: "", Peer: "x", Task: "Task-1", Thread: record.Thread{Name: "MainThread"},
			Trace: record.Trace{ID: [16]byte{1, 2, 3}, Span: [8]byte{4, 5, 6}}},
		{Level: record.LevelWarning, Message: "<14>not another", Peer: "x"},
	}
	for _, framing := range []Framing{Octets, NUL, Unframed} {
		a := Appender{Form: RFC5424, Framing: framing, Facility: 16, Max: 8192, Text: func(dst []byte, r *record.Record) []byte { return append(dst, r.Message...) }}
		var stream []byte
		var list [][]byte
		for i := range records {
			from := len(stream)
			var cut bool
			if stream, cut = a.Append(stream, &records[i]); cut {
				t.Errorf("record %d was cut", i)
			}
			list = append(list, stream[from:])
		}
		if framing != Unframed {
			var rest []byte
			if list, rest = messages(stream); len(list) != len(records) || len(rest) > 0 {
				t.Fatalf("framing %d: got %q and %q left, want %d messages", framing, list, rest, len(records))
			}
		}
		for i, m := range list {
			var r record.Record
			if err := new(Decoder).Decode(m, now, &r); err != nil {
				t.Errorf("%q: %v", m, err)
				continue
			}
			want := records[i]
			if r.Level != want.Level || r.Message != want.Message || r.Host != want.Host || r.Process != want.Process || !r.Time.Equal(want.Time) ||
				r.Task != want.Task || r.Thread != want.Thread || r.Trace != want.Trace || r.Logger != want.Logger {
				t.Errorf("%q:\ngot  %+v\nwant %+v", m, r, want)
			}
			if i > 0 {
				continue
			}
			if got := fmt.Sprint(r.Attrs); got != `[facility=local0 pages=3 odd=a "b" [c] \d http.status=502]` {
				t.Errorf("%q: got attrs %s", m, got)
			}
		}
	}
}
