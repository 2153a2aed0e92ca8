package format_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
)

// What a filter looks for stands out, wherever a record says it, and nothing of the record can pass for that.
func TestPrettyHighlight(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		fl, err := filter.Parse(text, at)
		if err != nil {
			t.Fatal(err)
		}
		r := sale()
		r.Message, r.Stack = "payment \x1b[7mfailed\npayment again", "at the payment"
		format := format.NewPretty(format.PrettyOptions{Color: true, Highlight: fl, Zone: time.UTC})
		got := string(format(nil, &r))
		var marked []string
		for rest := got; ; {
			_, after, ok := strings.Cut(rest, "\x1b[7m")
			if !ok {
				break
			}
			found, behind, ok := strings.Cut(after, "\x1b[27m")
			if !ok {
				t.Errorf("%s: the end is missing in %q", text, got)
			}
			marked, rest = append(marked, found), behind
		}
		if strings.Join(marked, "|") != strings.Join(want, "|") {
			t.Errorf("%s: marked %q, want %q, in %q", text, marked, want, got)
		}
		if strings.Contains(got, "\npay") || strings.Contains(got, "\n\x1b[7mpay") {
			t.Errorf("%s: a line is not indented in %q", text, got)
		}
	}
	f("payment", "payment", "payment", "payment")
	f("card declined", "card", "declined", "card", "declined") // in the traceback; card= is a name
	f("card:gold -payment", "gold")
	f("http.status:502", "502")
	f("level>=warning")
	f("/f.iled/ Zürich", "failed", "Zürich")
}

func TestPrettyZone(t *testing.T) {
	r := record.Record{Time: at, Message: "m"}
	got := string(format.NewPretty(format.PrettyOptions{Zone: time.FixedZone("", 10*60*60)})(nil, &r))
	if want := "Wednesday 2003-07-09\n00:49:45.896 INFO     root             m\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	got = string(format.NewText(time.FixedZone("", 10*60*60))(nil, &r))
	if want := "2003-07-09T00:49:45.896+10:00 INFO root: m\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A raw message acts on the terminal, and still cannot pass for another record.
func TestPrettyRaw(t *testing.T) {
	r := record.Record{Message: "\x1b[31mred\nsecond\tline", Exception: &record.Exception{Traceback: "a\x07b"}, Logger: "a\x1bb"}
	got := string(format.NewPretty(format.PrettyOptions{Raw: true})(nil, &r))
	if want := "--:--:--.--- INFO     a\\x1bb           \x1b[31mred\n    second\tline\n    a\x07b\n"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestPrettyOrigins(t *testing.T) {
	form := format.NewPretty(format.PrettyOptions{Color: true, Origins: true, Names: true})
	f := func(r record.Record, want string) {
		t.Helper()
		if got := string(form(nil, &r)); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
	web := record.Record{Host: "web-1", Process: record.Process{PID: 42, Name: "MainProcess"}, Logger: "shop"}
	f(web, "\x1b[36mweb-1/42\x1b[0m \x1b[36mshop")
	f(record.Record{Host: "web-1", Process: record.Process{PID: 43, Name: "worker"}}, "\x1b[34mweb-1/43/worker\x1b[0m \x1b[34mroot")
	f(web, "\x1b[36mweb-1/42       \x1b[0m ") // as wide as the widest so far
	f(record.Record{Peer: "10.0.0.1:5000"}, "\x1b[35m10.0.0.1 ")
	f(record.Record{Peer: "10.0.0.1:5001"}, "\x1b[35m10.0.0.1 ") // a connection is no source
	f(record.Record{}, "\x1b[32m- ")
	for i := range 3000 {
		f(record.Record{Process: record.Process{PID: 1000 + i}}, "m") // bounded
	}
	for _, color := range []string{"\x1b[31m", "\x1b[33m", "\x1b[91m", "\x1b[93m"} {
		for i := range 20 {
			r := record.Record{Process: record.Process{PID: 9000 + i}, Level: record.LevelDebug}
			if got := string(form(nil, &r)); strings.Contains(got, color) {
				t.Errorf("got %q, want no colour of bad news", got)
			}
		}
	}
}

func TestColumns(t *testing.T) {
	r := sale()
	r.ID = record.ID{Epoch: 10, Sequence: 7, Index: 1}
	r.Process, r.Thread, r.Host, r.Task = record.Process{PID: 42, Name: "MainProcess"}, record.Thread{ID: 7, Name: "t"}, "web-1", "job"
	r.Received, r.Peer, r.Stack = at.Add(time.Second), "127.0.0.1:9", "s"
	r.Trace = record.Trace{ID: [16]byte{1}, Span: [8]byte{2}, Flags: 1}
	zone := time.FixedZone("", 2*60*60)
	f := func(name, text, json string) {
		t.Helper()
		c := format.NewColumn(name)
		if got := string(c.AppendValue([]byte("x"), &r, zone)); got != "x"+text {
			t.Errorf("%s: got %q, want %q", name, got, text)
		}
		got, ok := c.AppendJSON([]byte("x"), &r)
		if string(got) != "x"+json || ok != (json != "") {
			t.Errorf("%s: got %s, %v, want %s", name, got, ok, json)
		}
	}
	f("id", "a-7-1", `"a-7-1"`)
	f("TIME", "2003-07-08T16:49:45.896000000+02:00", `"2003-07-08T14:49:45.896000000Z"`)
	f("received", "2003-07-08T16:49:46.896000000+02:00", `"2003-07-08T14:49:46.896000000Z"`)
	f("level", "ERROR", `"ERROR"`)
	f("levelno", "40", `40`)
	f("message", "payment failed", `"payment failed"`)
	f("user_id", "42", "42")
	f("attrs.user_id", "42", "42")
	f("card", "visa gold", `"visa gold"`)
	f("http.took", "1.5s", "1500000000")
	f("http", `{"status":502,"took":1500000000}`, `{"status":502,"took":1500000000}`)
	f("tags", `["a b",1,null]`, `["a b",1,null]`)
	f("note", "", `""`)
	f("missing", "", "")
	f("exception.type", "ValueError", `"ValueError"`)
	f("traceback", traceback, string(record.AppendJSONString(nil, traceback)))
	f("source", "pay.py:10", `"pay.py:10"`)
	f("line", "10", "10")
	f("function", "charge", `"charge"`)
	f("pid", "42", "42")
	f("thread", "7", "7")
	f("host", "web-1", `"web-1"`)
	f("task", "job", `"job"`)
	f("trace_id", "01000000000000000000000000000000", `"01000000000000000000000000000000"`)
	f("trace_flags", "01", `"01"`)
	for _, name := range filter.Fields() {
		if c := format.NewColumn(name); name != "since" && name != "until" && name != "has" {
			if got := c.AppendValue(nil, &r, zone); len(got) == 0 {
				t.Errorf("%s: got nothing; it is a field of the filter language", name)
			}
		}
	}
	if got := string(format.AppendLine(nil, "a\nb\x1b")); got != `a\nb\x1b` {
		t.Errorf("got %q", got)
	}
	r.Attrs = []slog.Attr{slog.String("host", "an attr")}
	f("host", "web-1", `"web-1"`)
	f("attrs.host", "an attr", `"an attr"`)
}
