package format_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
)

// made is a format that must be right.
func made(t testing.TB, o format.Options) format.Format {
	t.Helper()
	f, err := format.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestBraces(t *testing.T) {
	inZone(t, 2*time.Hour)
	r := sale()
	r.Exception = nil
	r.Attrs = append(r.Attrs, slog.Any("big", json.Number("123456789012345678901234567890")), slog.Float64("load", 0.8125), slog.Any("map", map[string]any{"k": "v"}))
	f := func(text, want string) {
		t.Helper()
		if got := string(made(t, format.Options{Style: format.BraceStyle, Format: text})(nil, &r)); got != want+"\n" {
			t.Errorf("%s:\n got %q\nwant %q", text, got, want+"\n")
		}
	}
	f("{asctime} {name:<10}|{levelname:*^9}|{levelno:>+4d} {{{message}}}", "2003-07-08 16:49:45,896 shop.pay  |**ERROR**| +40 {payment failed}")
	f("{asctime:.10}|{message!r:>20.9}|{name[0]}{name[99]}", "2003-07-08|           'payment |sNone")
	f("{created:,.1f} {msecs:08.2f} {load:%} {load:.3} {load:e}", "1,057,675,785.9 00896.00 81.250000% 0.812 8.125000e-01")
	f("{big:,} {big:_x} {user_id:#010b} {user_id:c}|{user_id:<05}|{user_id:é^5}", "123,456,789,012,345,678,901,234,567,890 1_8ee9_0ff6_c373_e0ee_4e3f_0ad2 0b00101010 *|42000|é42éé")
	f("{http.status} {http[status]} {http.none.x} {tags[0]} {tags[9]} {map[k]} {attrs.user_id}", "502 502 None a b None v 42")
	f("{levelno.real}{levelno.denominator}{levelno.imag}{levelno.other}", "4010None")
	f("{card:{user_id}}|{card:{user_id}.{absent}}|{card:.{levelno}}", "visa gold                                 |visa gold                                 |visa gold")
	// What Python would lose the record for is shown all the same.
	f("{absent:>6}|{absent}|{city:d}|{city:+}|{user_id:s}|{tags:>3}|{user_id:.2}", "  None|None|Zürich|Zürich|42|['a b', 1, None]|42")
}

func TestDollars(t *testing.T) {
	inZone(t, 2*time.Hour)
	r := sale()
	f := func(text, want string) {
		t.Helper()
		if got := string(made(t, format.Options{Style: format.DollarStyle, Format: text, Breaks: format.OneLine})(nil, &r)); got != want+"\n" {
			t.Errorf("%s:\n got %q\nwant %q", text, got, want+"\n")
		}
	}
	const rest = ` | Traceback (most recent call last):\n  File "/srv/shop/pay.py", line 10, in charge\n    raise ValueError("card declined")\nValueError: card declined`
	f("$asctime ${levelname}_$name-$message", "2003-07-08 16:49:45,896 ERROR_shop.pay-payment failed"+rest)
	f("$$5 ${user_id} ${http.status} $absent", "$5 42 502 None"+rest)
	r.Message, r.Exception, r.Stack = "a\nb", nil, "Stack (most recent call last):\n  File x\n"
	f("$message", `a\nb | Stack (most recent call last):\n  File x`)
}

func TestOptions(t *testing.T) {
	inZone(t, 2*time.Hour)
	r := sale()
	r.Exception = nil
	f := func(o format.Options, want string) {
		t.Helper()
		if got := string(made(t, o)(nil, &r)); got != want {
			t.Errorf("%+v:\n got %q\nwant %q", o, got, want)
		}
	}
	f(format.Options{}, "payment failed\n")
	f(format.Options{Style: "{"}, "payment failed\n")
	f(format.Options{Style: "$"}, "payment failed\n")
	f(format.Options{Format: "%(asctime)s", UTC: true}, "2003-07-08 14:49:45,896\n")
	f(format.Options{Format: "%(asctime)s|%(asctime)12s", DateFormat: "%d.%m. %H:%M"}, "08.07. 16:49|08.07. 16:49\n")
	f(format.Options{Format: "%(asctime)s", DateFormat: "%d.%m. %H:%M", UTC: true}, "08.07. 14:49\n")
	f(format.Options{Format: "{team} {user_id} {process} {taskName:>7}", Style: "{", Defaults: map[string]any{"team": "pay", "user_id": 1, "process": 7}}, "pay 42 7    None\n")
	f(format.Options{Format: "just this", Unchecked: true}, "just this\n")
	f(format.Options{Format: "%(mesage)s", Defaults: map[string]any{"mesage": "so called"}}, "so called\n")
	r.Message, r.Stack = "a\n\x1b[2Jb", "Stack:\nat x"
	f(format.Options{}, "a\n    \\x1b[2Jb\n    Stack:\n    at x\n")
	f(format.Options{Breaks: format.OneLine}, `a\n\x1b[2Jb | Stack:\nat x`+"\n")
	f(format.Options{Breaks: format.Raw}, "a\n\x1b[2Jb\nStack:\nat x\n")
	r.Time = time.Time{}
	f(format.Options{Format: "%(asctime)s", Defaults: map[string]any{"asctime": "?"}}, "?\n    Stack:\n    at x\n")

	if _, err := format.New(format.Options{Style: "#"}); err == nil || err.Error() != `format style "#": want %, { or $` {
		t.Errorf("got %v", err)
	}
	if _, err := format.New(format.Options{Format: "%(asctime)s", DateFormat: "a\x00b"}); err == nil {
		t.Error("a NUL in a date format: got nil, want an error")
	}
}

// The directives of strftime as glibc writes them in the C locale.
func TestDateFormat(t *testing.T) {
	inZone(t, -(3*time.Hour + 30*time.Minute))
	r := record.Record{Time: time.Date(2026, 3, 5, 10, 38, 9, 0, time.UTC)}
	f := func(text, want string) {
		t.Helper()
		if got := string(made(t, format.Options{Format: "%(asctime)s", DateFormat: text})(nil, &r)); got != want+"\n" {
			t.Errorf("%s: got %q, want %q", text, got, want+"\n")
		}
	}
	f("%a %A %b %B %c", "Thu Thursday Mar March Thu Mar  5 07:08:09 2026")
	f("%d %e %j %m %y %Y %C %G %g %V %U %W %u %w", "05  5 064 03 26 2026 20 2026 26 10 09 09 4 4")
	f("%H %I %k %l %M %S %p %P %s", "07 07  7  7 08 09 AM am 1772707089")
	f("%D %F %R %T %r %x %X %z %%", "03/05/26 2026-03-05 07:08 07:08:09 07:08:09 AM 03/05/26 07:08:09 -0330 %")
	f("%-d %_m %03e %^a %#b %#p %5H %-5H|%Ey %Od", "5  3 005 THU MAR am 00007     7|26 05")
	f("%f %Q %5Q %EQ %", "%f %Q   %5Q %EQ %")
}

func TestStyleErrors(t *testing.T) {
	f := func(style format.Style, text string, column int, problem string) {
		t.Helper()
		_, err := format.New(format.Options{Style: style, Format: text})
		e, ok := errors.AsType[*format.FormatError](err)
		if !ok || e.Column != column || e.Problem != problem {
			t.Errorf("%s:\n got %+v\nwant column %d: %s", text, err, column, problem)
		}
	}
	f("{", "ü {levelName}", 3, `unknown key "levelName"; did you mean {levelname}? (an attr of that name is {attrs.levelName})`)
	f("{", "no field", 1, "nothing of a record would be shown; write for example {message}")
	f("{", "a } b", 3, "a } stands alone; write }} for a brace")
	f("{", "a {message", 3, "a { has no closing }; write {{ for a brace")
	f("{", "{}", 1, "a field has a key; write for example {message}")
	f("{", "{message!x}", 10, "after ! stands r, s or a, as in {message!r}")
	f("{", "{message!rx}", 11, "want : or } here")
	f("{", "{message:8x<}", 10, "a specifier is [[fill]align][sign][#][0][width][, or _][.precision][type], as in <8 or .3f")
	f("{", "{message:.}", 11, "a precision is missing behind the point")
	f("{", "{message:99999}", 10, "a width or precision over 4096")
	f("{", "{name:d}", 6, "d is for numbers: name is text")
	f("{", "{lineno:.2}", 8, "a precision is for floats and texts: lineno is a whole number")
	f("{", "{message[}", 9, "want what is in the value: a member's name, or [its index]")
	f("$", "a $ b", 3, "a $ stands alone; write $$ for a dollar sign, or $message for a field")
	f("$", "${message", 1, "${ is not followed by a key and }; write for example ${message}")
	f("$", "$levelNo", 1, `unknown key "levelNo"; did you mean ${levelno}? (an attr of that name is ${attrs.levelNo})`)
	f("$", "$$", 1, "nothing of a record would be shown; write for example ${message}")
}

func FuzzNew(f *testing.F) {
	f.Add("{", "{asctime} {name:é^+#010,.3f} {tags[0]!r:<8} {http.status:{user_id}}", "%-5d%_^B%Ez%f")
	f.Add("$", "$$ $asctime ${http.status}", "%9Y%")
	f.Add("%", "%(asctime)s %(big)#.3x", "%020z%s")
	f.Fuzz(func(t *testing.T, style, text, date string) {
		form, err := format.New(format.Options{Style: format.Style(style), Format: text, DateFormat: date})
		if e, ok := errors.AsType[*format.FormatError](err); ok {
			if n := utf8.RuneCountInString(text); e.Column < 1 || e.Column > n+1 || e.Problem == "" {
				t.Errorf("%q: got %+v", text, e)
			}
			return
		}
		if err != nil {
			return
		}
		r := sale()
		r.Attrs = append(r.Attrs, slog.Any("big", json.Number("-123456789012345678901234567890")), slog.Float64("f", -1e300))
		if got := form(nil, &r); len(got) == 0 || got[len(got)-1] != '\n' {
			t.Errorf("%q: got %q", text, got)
		}
	})
}
