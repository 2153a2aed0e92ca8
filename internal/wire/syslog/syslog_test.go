package syslog

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

func TestDecode(t *testing.T) {
	f := func(message, want string) {
		t.Helper()
		var r record.Record
		if err := new(Decoder).Decode([]byte(message), now, &r); err != nil {
			t.Errorf("%q: %v", message, err)
			return
		}
		if got := string(record.AppendJSON(nil, &r)); got != want {
			t.Errorf("%q:\ngot  %s\nwant %s", message, got, want)
		}
	}
	const user, levels = `,"attrs":{"facility":"user"}`, `"level":"INFO","message":`
	// Without a header all of it is the message, whatever it looks like.
	f("<14>", `{`+levels+`""`+user+`}`)
	f("<14>1 file: done\x00", `{`+levels+`"1 file: done"`+user+`}`)
	f("<14>list[3]: bad\r\n", `{`+levels+`"list[3]: bad"`+user+`}`)
	f("<14>1 - - - - - x", `{`+levels+`"1 - - - - - x"`+user+`}`)
	f("<14>1 yesterday h a p m - x", `{`+levels+`"1 yesterday h a p m - x"`+user+`}`)
	f("<14>\xef\xbb\xbfx\xff", `{`+levels+`"x`+"\ufffd"+`"`+user+`}`)
	f("<0>x", `{"level":"CRITICAL+8","message":"x","attrs":{"facility":"kern"}}`)
	f("<191>x", `{"level":"DEBUG","message":"x","attrs":{"facility":"local7"}}`)

	// RFC 3164, section 5.4, and what others make of it.
	f("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
		`{"time":"2026-10-11T22:14:15.000000000+01:00","level":"CRITICAL","logger":"su","message":"'su root' failed for lonvick on /dev/pts/8","attrs":{"facility":"auth"},"host":"mymachine"}`)
	f("<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!", `{"time":"2027-02-05T17:32:18.000000000+01:00","level":"INFO+2","message":"Use the BFG!","attrs":{"facility":"user"},"host":"10.0.0.99"}`)
	const oct = "<14>Oct  2 22:14:15 "
	of := func(logger, message string) string {
		if logger != "" {
			logger = `"logger":"` + logger + `",`
		}
		return `"level":"INFO",` + logger + `"message":"` + message + `"` + user
	}
	const at = `{"time":"2026-10-02T22:14:15.000000000+01:00",`
	f("<14>Oct 02 22:14:15 h t: m", at+of("t", "m")+`,"host":"h"}`)
	f(oct+"t: m", at+of("t", "m")+`}`)
	f(oct+"t[5]: m", at+of("t", "m")+`,"process":{"pid":5}}`)
	f(oct+"fe80::1 t[x]: m", at+of("t[x]", "m")+`,"host":"fe80::1"}`)
	f(oct+"h t[5] m", at+of("t", "m")+`,"process":{"pid":5},"host":"h"}`)
	f(oct+"h", at+of("", "h")+`}`)
	f(oct+"(odd) m", at+of("", "(odd) m")+`}`)
	f("<14>Oct  2 2025 22:14:15.25: h t: m", `{"time":"2025-10-02T22:14:15.250000000+01:00",`+of("t", "m")+`,"host":"h"}`)
	f("<14>2026-10-02T22:14:15.25Z h t: m", `{"time":"2026-10-02T22:14:15.250000000Z",`+of("t", "m")+`,"host":"h"}`)
	f("<14>Oct 32 22:14:15 h t: m", `{`+of("", "Oct 32 22:14:15 h t: m")+`}`)

	// RFC 5424, section 6.5.
	f("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' failed for lonvick on /dev/pts/8",
		`{"time":"2003-10-11T22:14:15.003000000Z","level":"CRITICAL","logger":"su","message":"'su root' failed for lonvick on /dev/pts/8","attrs":{"facility":"auth","msgid":"ID47"},"host":"mymachine.example.com"}`)
	f("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
		`{"time":"2003-08-24T05:14:15.000003000-07:00","level":"INFO+2","logger":"myproc","message":"%% It's time to make the do-nuts.","attrs":{"facility":"local4"},"process":{"pid":8710},"host":"192.0.2.1"}`)
	f(`<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"][examplePriority@32473 class="high"]`,
		`{"time":"2003-10-11T22:14:15.003000000Z","level":"INFO+2","logger":"evntslog","message":"","attrs":{"facility":"local4","msgid":"ID47","exampleSDID@32473":{"iut":"3","eventSource":"Application","eventID":"1011"},"examplePriority@32473":{"class":"high"}},"host":"mymachine.example.com"}`)
	const modern = `<14>1 - - - w - `
	f(modern+`[a x="\"\]\\\n" x=""][b] m`, `{`+levels+`"m","attrs":{"facility":"user","procid":"w","a":{"x":"\"]\\\\n","x":""},"b":{}}}`)
	f(modern+`[a x="1"][b x=1] m`, `{`+levels+`"[b x=1] m","attrs":{"facility":"user","procid":"w","a":{"x":"1"}}}`)
	f(modern+`[a x="1" m`, `{`+levels+`"[a x=\"1\" m","attrs":{"facility":"user","procid":"w"}}`)
	f(modern+`-`, `{`+levels+`"","attrs":{"facility":"user","procid":"w"}}`)

	// What an Appender writes.
	f(`<134>1 2026-11-23T02:00:00.123456Z web-1 shop 42 shop.pay [jackdaw@32473 user.id="7" trace_id="4bf92f3577b34da6a3ce929d0e0e4736" span_id="odd" thread="Main" task="t"][a x="1"] m`,
		`{"time":"2026-11-23T02:00:00.123456000Z","level":"INFO","logger":"shop.pay","message":"m","attrs":{"facility":"local0","a":{"x":"1"},"user.id":"7","span_id":"odd"},`+
			`"process":{"pid":42},"thread":{"name":"Main"},"task":"t","host":"web-1","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}`)
	f(`<134>1 - - shop - cut [jackdaw@32473 logger="a b.c"] m`, `{"level":"INFO","logger":"a b.c","message":"m","attrs":{"facility":"local0"}}`)

	// What is no traceback of Python's stays text.
	f("<14>a\nTraceback (most recent call last):\nb", `{`+levels+`"a\nTraceback (most recent call last):\nb"`+user+`}`)
}

func TestReject(t *testing.T) {
	f := func(message, want string) {
		t.Helper()
		var r record.Record
		if err := new(Decoder).Decode([]byte(message), now, &r); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", message, err, want)
		}
	}
	f("", `syslog: byte 0: the message is empty, want a priority, such as "<14>"`)
	f("\x00\n", `syslog: byte 0: the message is empty, want a priority, such as "<14>"`)
	f("hello", `syslog: byte 0: got "hello", want a priority, such as "<14>"`)
	f("<>x", `syslog: byte 0: got "<>x", want a priority, such as "<14>"`)
	f("<1a>x", `syslog: byte 0: got "<1a>", want a priority, such as "<14>"`)
	f("<1234>x", `syslog: byte 0: got "<1234", want a priority, such as "<14>"`)
	f("<192>x", `syslog: byte 1: got the priority 192, want 191 at most`)
	f("<14>1 - - - - - "+strings.Repeat("[a]", DefaultParams+1), `syslog: byte 0: there are more than 4096 parameters`)
	f("<14>1 - - - - - [a "+strings.Repeat(` x=""`, DefaultParams+1)+"]", `syslog: byte 0: there are more than 4096 parameters`)
}

// The year that a message does not name is the one in which it is nearest.
func TestNearest(t *testing.T) {
	f := func(now, stamp, want string) {
		t.Helper()
		at, err := time.Parse("2006-01-02 15:04", now)
		if err != nil {
			t.Fatal(err)
		}
		var r record.Record
		if err := new(Decoder).Decode([]byte("<14>"+stamp+" h t: m"), at, &r); err != nil || r.Time.Format("2006-01-02 15:04:05") != want {
			t.Errorf("%s at %s: got %v, %v, want %s", stamp, now, r.Time, err, want)
		}
	}
	f("2026-11-23 12:00", "Nov 23 11:59:59", "2026-11-23 11:59:59")
	f("2026-11-23 12:00", "Jan  1 00:00:00", "2027-01-01 00:00:00")
	f("2027-01-01 00:00", "Dec 31 23:59:59", "2026-12-31 23:59:59")
	f("2026-12-31 23:59", "Jan  1 00:00:01", "2027-01-01 00:00:01")
	f("2028-03-01 00:00", "Feb 29 12:00:00", "2028-02-29 12:00:00")
	f("2029-01-01 00:00", "Feb 29 12:00:00", "2028-02-29 12:00:00")
}

func TestFramer(t *testing.T) {
	f := func(stream, rest string, want ...string) {
		t.Helper()
		list, left := messages([]byte(stream))
		var got []string
		for _, m := range list {
			got = append(got, string(m))
		}
		if strings.Join(got, "|") != strings.Join(want, "|") || string(left) != rest {
			t.Errorf("%q: got %q and %q left, want %q and %q", stream, got, left, want, rest)
		}
	}
	f("<14>a\n<14>b\n", "", "<14>a", "<14>b")
	f("<14>a\r\n\n\n<14>b\n<14>c", "<14>c", "<14>a", "<14>b")
	f("<14>a\nb\x00<14>c\x00\n<14>d", "<14>d", "<14>a\nb", "<14>c")
	f("<14>a\n<14>b\x00<14>c\x00", "", "<14>a\n<14>b", "<14>c")
	f("5 <14>a7 <14>b\nc\n5 <14>d9 <14", "9 <14", "<14>a", "<14>b\nc", "<14>d")
	f("5 <14>a<14>b\n5 <14>c", "<14>b\n5 <14>c", "<14>a")
	f("5 <14>ax <14>", "x <14>", "<14>a")
	f("5 <14>a12345678901 <14>", "12345678901 <14>", "<14>a")
	f("5 <14>a05 <14>a", "05 <14>a", "<14>a")
	f("hello\n<14>a\n", "", "hello", "<14>a")
	f("5 hello\n<14>a\n", "", "5 hello", "<14>a")
	f("12", "12")
	f("12 ", "12 ")
	f("\n\x00\r", "")

	// A NUL is of a text where nothing begins behind it.
	f("<14>a\x00b\n<14>c\n<14>d\n", "", "<14>a\x00b", "<14>c", "<14>d")
	f("<14>a\n<14>b\x00\x00c\n<14>d\n", "", "<14>a", "<14>b\x00\x00c", "<14>d")
	f("<14>a\x00\n<14>b\x00\r\n<14>c\n", "", "<14>a\x00", "<14>b\x00", "<14>c")
	f("<14>a\x00b\nc\x00<14>d\nd\x00", "", "<14>a\x00b\nc", "<14>d\nd")
	f("<14>a\x00\x00<14>b\nb\x00\n<14>c\x00\r\n<14>d\x00", "", "<14>a\x00", "<14>b\nb", "<14>c", "<14>d")
	f("8 <14>a\x00<b5 <14>c", "", "<14>a\x00<b", "<14>c")
	f("<14>a\x00<14>b\n<14>c\n<14>d\n", "", "<14>a", "<14>b", "<14>c", "<14>d") // when nothing follows
	// Newlines may be of a message whose NUL has not come, until nothing comes for a while.
	var undecided Framer
	for _, part := range []string{"<14>a", "<14>a\n", "<14>a\nb", "<14>a\nb\nc"} {
		if m := undecided.Next([]byte(part)); m.Text != nil || !undecided.Undecided() {
			t.Errorf("%q: got %+v, want it to wait", part, m)
		}
	}
	if m := undecided.Next([]byte("<14>a\nb\nc\x00")); string(m.Text) != "<14>a\nb\nc" || undecided.Undecided() {
		t.Errorf("with a NUL: got %+v", m)
	}
	// A first guess that was wrong is mended by the first NUL.
	var wrong Framer
	wrong.Next([]byte("<14>a\n"))
	if !wrong.Settle() || wrong.Settle() {
		t.Error("Settle: want it to decide once")
	}
	if m := wrong.Next([]byte("<14>a\x00<14>b\nc\x00")); string(m.Text) != "<14>a" {
		t.Errorf("with a NUL after all: got %+v", m)
	}
	if m := wrong.Next([]byte("<14>b\nc\x00")); string(m.Text) != "<14>b\nc" {
		t.Errorf("after that: got %+v", m)
	}
	// So is what a NUL told that was the last byte there.
	var cut Framer
	if m := cut.Next([]byte("<14>a\x00")); string(m.Text) != "<14>a" {
		t.Errorf("a NUL with nothing behind it: got %+v", m)
	}
	for b := []byte("b\n<14>c\n<14>d\n"); len(b) > 0; {
		m := cut.Next(b)
		if want := string(b[:m.Taken]); m.Text == nil || string(m.Text)+"\n" != want {
			t.Fatalf("behind that: got %+v, want the lines of %q", m, b)
		}
		b = b[m.Taken:]
	}
	// What is dropped was not looked through, and one who forgets to say so is forgiven.
	for _, say := range []func(*Framer){func(*Framer) {}, (*Framer).Drop} {
		var dropped Framer
		dropped.Next([]byte("<14>a message\nand more"))
		say(&dropped)
		if m := dropped.Next([]byte("<14>b\x00")); string(m.Text) != "<14>b" {
			t.Errorf("behind what was dropped: got %+v", m)
		}
	}
	// An announced length is told before the message is there.
	if m := new(Framer).Next([]byte("\n2000000000 <14>x")); m.Text != nil || m.Bad || m.Length != 2_000_000_011 || m.Taken != 1 {
		t.Errorf("a message that is announced: got %+v", m)
	}
	if m := new(Framer).Next([]byte("<14>a\n" + strings.Repeat("b\n", maxUndecided))); string(m.Text) != "<14>a" {
		t.Errorf("a long stream without a NUL: got %.20q, want a newline to end the message", m.Text)
	}
}

// A long message is looked through once, in however many pieces it comes.
func TestFramerLooksOnce(t *testing.T) {
	const long, pieces = 8 << 20, 50_000
	for name, begin := range map[string]string{"NULs": "<14>a\x00<14>", "newlines": "<14>a\n<14>", "nothing yet": "<14>"} {
		for _, more := range []string{"\n", "x", "\x00x", "\nx", "\x00\n"} {
			var f Framer
			b := append([]byte(begin), bytes.Repeat([]byte("b"), long)...)
			if m := f.Next(b); m.Text != nil {
				b = b[m.Taken:]
				f.Next(b)
			}
			began := time.Now()
			for range pieces {
				b = append(b, more...)
				b = b[f.Next(b).Taken:]
			}
			// Each piece would cost half a millisecond.
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("%s, then %q %d times: took %v", name, more, pieces, took)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range goldens(f) {
		f.Add(s.data)
	}
	f.Add([]byte("<14>1 - - - - - [a x=\"\\\\\\\"\\]\"][b] m"))
	f.Add([]byte("<14>1 - - - - - [jackdaw@32473]"))
	f.Add([]byte("<14>1 - - - - - [jackdaw@32473 span_id=\"00f067aa0ba902b7\" logger=\"\"][jackdaw@32473 x=\"\"] m"))
	f.Add([]byte("<14>Oct 02 2026 22:14:15.5: h t[5] m"))
	d := new(Decoder)
	f.Fuzz(func(t *testing.T, message []byte) {
		before := bytes.Clone(message)
		var r, again record.Record
		err := d.Decode(message, now, &r)
		if !bytes.Equal(message, before) {
			t.Fatal("the message was changed")
		}
		if _, ok := errors.AsType[*Error](err); err != nil {
			if !ok {
				t.Fatalf("got error %v", err)
			}
			return
		}
		if r.Process.PID < 0 || len(r.Attrs) == 0 || r.Attrs[0].Key != "facility" {
			t.Fatalf("got %+v", r)
		}
		want := record.AppendJSON(nil, &r)
		if err := new(Decoder).Decode(message, now, &again); err != nil || !bytes.Equal(record.AppendJSON(nil, &again), want) {
			t.Fatalf("by another decoder: got %s, %v, want %s", record.AppendJSON(nil, &again), err, want)
		}
	})
}

// Whatever comes, the messages lie in the stream, in their order, and nothing is taken twice.
func FuzzFramer(f *testing.F) {
	for _, s := range goldens(f) {
		f.Add(s.data, uint8(7))
	}
	f.Add([]byte("5 <14>a<14>b\nc\x0012 <"), uint8(1))
	f.Add([]byte("<14>a\x00b\n<14>c\x00\r\n<14>d\x00<14"), uint8(3))
	f.Fuzz(func(t *testing.T, stream []byte, step uint8) {
		var fr Framer
		held, taken := 0, 0
		for held < len(stream) {
			held = min(held+int(step)+1, len(stream))
			for {
				b := stream[taken:held]
				m := fr.Next(b)
				if m.Bad {
					return
				}
				if m.Text == nil {
					break
				}
				if len(m.Text) == 0 || m.Taken < len(m.Text) || m.Taken > len(b) || !bytes.Contains(b[:m.Taken], m.Text) {
					t.Fatalf("%q: got %+v", b, m)
				}
				taken += m.Taken
			}
		}
	})
}
