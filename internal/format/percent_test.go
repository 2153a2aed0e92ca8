package format_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
)

func TestPercent(t *testing.T) {
	inZone(t, 2*time.Hour)
	r := sale()
	r.Process, r.Thread, r.Task = record.Process{PID: 4242, Name: "MainProcess"}, record.Thread{ID: 140234567890123, Name: "MainThread"}, "Task-1"
	r.Exception = nil
	f := func(text, want string) {
		t.Helper()
		if got := string(percent(t, text)(nil, &r)); got != want+"\n" {
			t.Errorf("%s:\n got %q\nwant %q", text, got, want+"\n")
		}
	}
	f("%(asctime)s %(name)-15s %(levelname)-8s %(processName)-10s %(message)s", "2003-07-08 16:49:45,896 shop.pay        ERROR    MainProcess payment failed")
	f("%(asctime)26s|%(asctime).10s", "   2003-07-08 16:49:45,896|2003-07-08")
	f("%(levelno)03d %(process)x %(thread)#X %(taskName)s %(threadName).4s", "040 1092 0X7F8AE79AB4CB Task-1 Main")
	f("%(pathname)s %(filename)s %(module)s %(funcName)s:%(lineno)d", "/srv/shop/pay.py pay.py pay charge:10")
	f("%(created)f %(created).3f %(created)s %(msecs)03d", "1057675785.896000 1057675785.896 1057675785.896 896")
	f("100%% %(message)s%%", "100% payment failed%")

	// Attrs, also those of a slip's name, and what is not there.
	r.Attrs = append(r.Attrs, slog.String("nmae", "slip"), slog.String("user_id", "last"), slog.Any("big", json.Number("1"+strings.Repeat("0", 20))),
		slog.Group("", slog.Float64("inlined", 1.5)), slog.String("a.b", "dotted"))
	f("%(user_id)s %(http.status)d %(http.none)s %(attrs.nmae)s %(attrs.http.status)s", "last 502 None slip 502")
	f("%(tags)s %(http)s %(big)x %(inlined)g %(a.b)s", "['a b', 1, None] {'status': 502, 'took': 1.5s} 56bc75e2d63100000 1.5 dotted")
	f("%(absent)s|%(absent)6d|%(absent)-6.2f|%(http.absent)r", "None|  None|None  |None")
	f("%(user_id)d %(card)x %(card)5.2c|", "last visa gold visa gold|") // what does not fit is shown all the same

	// What Python has words for where nothing is known.
	r = record.Record{Level: 2, Message: "m"}
	f("%(asctime)s %(created)f %(name)s %(levelname)s %(pathname)s %(filename)s %(module)s %(lineno)d %(funcName)s %(process)d %(processName)s",
		"None None root Level 25 (unknown file) (unknown file) (unknown file) 0 (unknown function) None None")
	r = record.Record{Level: 2, LevelNo: 26, LevelName: "NOTICE", Time: time.Unix(-2, 250_000_000), Source: slog.Source{File: `C:\srv\.profile`}}
	f("%(levelno)d %(levelname)s %(created)s %(module)s", "26 NOTICE -1.75 .profile")
	f("%(trace_id)s %(span_id)s", "None None")
	r = record.Record{Trace: record.Trace{ID: [16]byte{0x4b}, Span: [8]byte{0xf0}}, Attrs: []slog.Attr{slog.String("span_id", "its own")}}
	f("%(trace_id)s %(span_id)s", "4b000000000000000000000000000000 its own")
	r = record.Record{Level: record.LevelAll}
	f("%(levelno)d %(levelname)s", "0 NOTSET")
}

// Exception and stack stand below, as Python's Formatter puts them, and no text of a stranger can
// pass for a record.
func TestPercentLines(t *testing.T) {
	f := func(r record.Record, want string) {
		t.Helper()
		if got := string(percent(t, "%(name)s: %(message)s")(nil, &r)); got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	}
	chain := traceback + "\n\nDuring handling of the above exception, another exception occurred:\n\n" + traceback
	f(record.Record{Message: "m", Exception: &record.Exception{Traceback: chain}, Stack: "Stack (most recent call last):\n  File x"},
		"root: m\n"+chain+"\nStack (most recent call last):\n  File x\n")
	f(record.Record{Message: "m\n", Exception: &record.Exception{Type: "E", Message: "x"}}, "root: m\nE: x\n")
	f(record.Record{Message: "m", Exception: &record.Exception{}}, "root: m\n")
	f(record.Record{Message: "a\nroot: forged\n\n\r\n\nroot: again", Logger: "x\nroot"}, `x\nroot: a`+"\n    root: forged\n\n\n\n    root: again\n")
	f(record.Record{Message: "m", Exception: &record.Exception{Traceback: traceback + "\nroot: forged\n \nroot: forged again"}},
		"root: m\n"+traceback+"\n    root: forged\n \n    root: forged again\n")
	f(record.Record{Message: "m", Exception: &record.Exception{Traceback: "not: a traceback\nnot a: traceback"}},
		"root: m\nnot: a traceback\n    not a: traceback\n")
}

func TestPercentErrors(t *testing.T) {
	f := func(text string, column int, problem string) {
		t.Helper()
		_, err := format.Percent(text)
		e, ok := errors.AsType[*format.FormatError](err)
		if !ok || e.Column != column || e.Problem != problem {
			t.Errorf("%s:\n got %+v\nwant column %d: %s", text, err, column, problem)
		}
	}
	f("%(nmae)s", 1, `unknown key "nmae"; did you mean %(name)s? (an attr of that name is %(attrs.nmae)s)`)
	f("ü %(asctime)s %(levelName)s", 15, `unknown key "levelName"; did you mean %(levelname)s? (an attr of that name is %(attrs.levelName)s)`)
	f("%(name)s %(message)", 10, "%(message) has no conversion; write %(message)s")
	f("%(name)10", 1, "%(name) has no conversion; write %(name)s")
	f("%(name)s %(message", 10, "%( has no closing )")
	f("%(name)y", 8, `'y' is no conversion of %(name); write %(name)s, or another of diouxXeEfFgGcrsa`)
	f("%(name)-15ü", 11, `'ü' is no conversion of %(name); write %(name)s, or another of diouxXeEfFgGcrsa`)
	f("%(name)%", 8, `'%' is no conversion of %(name); write %(name)s, or another of diouxXeEfFgGcrsa`)
	f("%(name)d", 8, "%d does not fit name, which is text; write %(name)s")
	f("%(created)x", 11, "%x does not fit created, which is a float; write %(created)s")
	f("%(name)*s", 8, "* takes a width from arguments, and a record has none; write the number")
	f("%(name).*s", 9, "* takes a width from arguments, and a record has none; write the number")
	f("%(name)99999s", 8, "a width or precision over 4096")
	f("%()s", 1, "%() names no key; write for example %(message)s")
	f("100% %(name)s", 4, "a % stands alone; write %% for a percent sign, or %(message)s for a field")
	f("%s", 1, "a % stands alone; write %% for a percent sign, or %(message)s for a field")
	f("", 1, "nothing of a record would be shown; write for example %(message)s")
	f("100%%", 1, "nothing of a record would be shown; write for example %(message)s")

	_, err := format.Percent("%(nam)s")
	if got, want := err.Error(), `format "%(nam)s", column 1: unknown key "nam"; did you mean %(name)s?`; !strings.HasPrefix(got, want) {
		t.Errorf("got %s, want %s…", got, want)
	}
}

func FuzzPercent(f *testing.F) {
	f.Add("%(asctime)s %(name)-15s %(levelname)-8s %(processName)-10s %(message)s")
	f.Add("%(a(b)c)+# 05.3hX%%%(created)#.0g%(big)#o%(user_id)c%(card)-9.2r|%(city)a")
	f.Add("%(name")
	f.Fuzz(func(t *testing.T, text string) {
		form, err := format.Percent(text)
		if e, ok := errors.AsType[*format.FormatError](err); ok {
			if n := utf8.RuneCountInString(text); e.Column < 1 || e.Column > n+1 || e.Problem == "" {
				t.Errorf("%q: got %+v", text, e)
			}
			return
		}
		r := sale()
		r.Attrs = append(r.Attrs, slog.Any("big", json.Number("-123456789012345678901234567890")), slog.Float64("f", -1e300))
		if got := form(nil, &r); len(got) == 0 || got[len(got)-1] != '\n' {
			t.Errorf("%q: got %q", text, got)
		}
	})
}
