package syslog

import (
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/record"
)

func messageText(dst []byte, r *record.Record) []byte { return append(append(dst, r.Message...), '\n') }

// inBerlin makes an hour behind UTC the local zone for the test.
func inBerlin(t *testing.T) {
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	time.Local = time.FixedZone("CET", 3600)
}

func sale() record.Record {
	return record.Record{
		Time: time.Date(2026, 11, 3, 9, 4, 5, 702_123_999, time.UTC), Level: slog.LevelError, Logger: "shop.pay", Message: "payment failed",
		Host: "web-1", Process: record.Process{PID: 4242, Name: "MainProcess"}, Peer: "10.0.0.9:1",
		Attrs: []slog.Attr{
			slog.Int("user_id", 42), slog.String("why", `a "b" \ [c]`+"\nd\x1b"), slog.Group("http", slog.Int("status", 502), slog.Duration("took", time.Second)),
			slog.Bool("ok", false), slog.Any("tags", []any{"a", int64(1)}), slog.String("a key=]", ""), slog.Any("none", nil), slog.Float64("f", 1.5),
		},
		Trace: record.Trace{ID: [16]byte{0x4b}, Span: [8]byte{0xf0}},
	}
}

func TestAppend(t *testing.T) {
	inBerlin(t)
	f := func(a Appender, r record.Record, want string) {
		t.Helper()
		if a.Text == nil {
			a.Text = messageText
		}
		if a.Max == 0 {
			a.Max = 8192
		}
		a.Facility, a.App, a.Host, a.PID = 1, "shopd", "here", 7
		if got, _ := a.Append([]byte("before"), &r); string(got) != "before"+want {
			t.Errorf("got  %q\nwant %q", strings.TrimPrefix(string(got), "before"), want)
		}
	}
	f(Appender{}, sale(), `<11>1 2026-11-03T10:04:05.702123+01:00 web-1 shop 4242 shop.pay [jackdaw@32473 user_id="42" why="a \"b\" \\ [c\]\\nd\\x1b" http.status="502" http.took="1s" ok="false"`+
		` tags="[\"a\",1\]" a_key__="" none="null" f="1.5" trace_id="4b000000000000000000000000000000" span_id="f000000000000000"] payment failed`)
	f(Appender{Form: RFC3164}, sale(), `<11>Nov  3 10:04:05 web-1 shop[4242]: payment failed`)

	// What a record of this process does not say is this process's; of another's nothing is known.
	at := time.Date(2026, 11, 13, 9, 4, 5, 0, time.UTC)
	f(Appender{Framing: Octets}, record.Record{Time: at, Message: "größer"}, `78 <14>1 2026-11-13T10:04:05.000000+01:00 here shopd 7 - [jackdaw@32473] größer`)
	f(Appender{}, record.Record{Logger: record.RootLogger, Message: "m", Peer: "p"}, `<14>1 - - shopd - - [jackdaw@32473 logger="root"] m`)
	f(Appender{Form: RFC3164, Framing: Newline}, record.Record{Time: at, Message: "a\nb\n", Logger: "x.y"}, `<14>Nov 13 10:04:05 here shopd[7]: a\nb`+"\n")
	f(Appender{Form: RFC3164}, record.Record{Time: at, Message: "m", Logger: "a[1]: b", Peer: "p"}, `<14>Nov 13 10:04:05 a_1___b: m`)
	f(Appender{Form: Bare, Framing: NUL}, record.Record{Level: 12, Message: "a\nb\x00c"}, "<10>shopda\nb\\x00c\x00")
	f(Appender{}, record.Record{Logger: "a logger whose name is longer than 32", Message: "m", Task: "t 1", Thread: record.Thread{Name: "T"}},
		`<14>1 - here shopd 7 a_logger_whose_name_is_longer_th [jackdaw@32473 logger="a logger whose name is longer than 32" task="t 1" thread="T"] m`)
}

// A message that is longer than it may be is cut between two characters, and says so; data that does not fit is
// left out, and counted.
func TestAppendCuts(t *testing.T) {
	for _, form := range []Form{RFC5424, RFC3164, Bare} {
		for size := range 300 {
			a := Appender{Form: form, Max: 480, Text: messageText}
			r := record.Record{Logger: "shop", Message: strings.Repeat("ü", size), Attrs: []slog.Attr{slog.String("a", strings.Repeat("x", size)), slog.Int("n", 1)}}
			got, cut := a.Append(nil, &r)
			text := string(got)
			if len(got) > a.Max || !utf8.Valid(got) {
				t.Fatalf("form %d, %d characters: got %d bytes: %q", form, size, len(got), got)
			}
			whole := strings.HasSuffix(text, r.Message) && (form != RFC5424 || strings.Contains(text, `a="x`) || size == 0 || strings.Contains(text, `a=""`))
			if cut == whole || !whole && !strings.HasSuffix(text, "…") && !strings.Contains(text, `omitted="1"`) {
				t.Fatalf("form %d, %d characters: cut is %v: %q", form, size, cut, got)
			}
			if form == RFC5424 && !strings.Contains(text, `a="`) && !strings.Contains(text, `n="1"`) {
				t.Fatalf("%d characters: the attr that has room is not there: %q", size, got)
			}
		}
	}
}

// What an Appender writes, a Decoder reads: everything but the types of attrs, which are texts then, and what a message
// has no place for.
func TestAppendDecode(t *testing.T) {
	inBerlin(t)
	a := Appender{Text: messageText, Max: 8192, App: "shopd", Host: "here"}
	d := NewDecoder(Limits{})
	for _, r := range []record.Record{
		sale(), {Message: "bare", Logger: "shop.cart"}, {Message: "root's", Logger: record.RootLogger, Time: sale().Time},
		{Message: "largest 0 größe", Logger: "a logger whose name is longer than 32", Task: "t", Thread: record.Thread{Name: "T"}, Level: 12},
	} {
		text, _ := a.Append(nil, &r)
		var got record.Record
		if err := d.Decode(text, time.Now(), &got); err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		r.Time, got.Time = r.Time.Truncate(time.Microsecond).UTC(), got.Time.UTC()
		if got.Message != r.Message || got.Logger != r.Logger || got.Level != r.Level || !got.Time.Equal(r.Time) || got.Process.PID != r.Process.PID || got.Task != r.Task ||
			got.Thread.Name != r.Thread.Name || got.Trace != r.Trace || got.Host != "here" && got.Host != r.Host {
			t.Errorf("%q:\n got %+v\nwant %+v", text, got, r)
		}
		attrs := map[string]string{}
		for _, attr := range got.Attrs {
			attrs[attr.Key] = attr.Value.String()
		}
		if len(r.Attrs) > 0 && (attrs["user_id"] != "42" || attrs["http.status"] != "502" || attrs["facility"] != "kern") {
			t.Errorf("got attrs %v", attrs)
		}
	}
}

func FuzzAppend(f *testing.F) {
	f.Add("a\nb\x00\x1b[", 0, 3)
	f.Add("\xff\xed\xb3\xbf\"\\]", 2, 1)
	f.Fuzz(func(t *testing.T, s string, form, framing int) {
		a := Appender{Form: Form(form & 3 % 3), Framing: Framing(framing & 3), Max: 480, Text: messageText, Host: s}
		if a.Form != Bare { // there it is the first part of the text, as its owner wants it
			a.App = s
		}
		r := record.Record{Logger: s, Message: s, Host: s, Attrs: []slog.Attr{slog.String(s, s), slog.Group(s, slog.Any(s, []any{s}))}, Task: s}
		got, _ := a.Append(nil, &r)
		switch a.Framing {
		case Newline:
			if i := strings.IndexByte(string(got), '\n'); i != len(got)-1 {
				t.Errorf("got %q, want one newline, at its end", got)
			}
		case NUL:
			if i := strings.IndexByte(string(got), 0); i != len(got)-1 {
				t.Errorf("got %q, want one NUL, at its end", got)
			}
		}
		if len(got) > a.Max+11 {
			t.Errorf("got %d bytes, want %d at most", len(got), a.Max)
		}
	})
}
