package format_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

const traceback = "Traceback (most recent call last):\n" +
	"  File \"/srv/shop/pay.py\", line 10, in charge\n    raise ValueError(\"card declined\")\nValueError: card declined"

// inZone makes a zone the local one for the test.
func inZone(t *testing.T, offset time.Duration) {
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	time.Local = time.FixedZone("", int(offset/time.Second))
}

// at is the moment that Python's documentation shows, in UTC.
var at = time.Date(2003, 7, 8, 14, 49, 45, 896_000_000, time.UTC)

func sale() record.Record {
	return record.Record{
		Time: at, Level: record.LevelError, Logger: "shop.pay", Message: "payment failed",
		Attrs: []slog.Attr{
			slog.Int("user_id", 42), slog.String("card", "visa gold"), slog.String("city", "Zürich"), slog.String("note", ""),
			slog.Group("http", slog.Int("status", 502), slog.Duration("took", 1500*time.Millisecond), slog.Group("none")),
			slog.Any("tags", []any{"a b", int64(1), nil}), slog.Any("addr", time.March), {},
		},
		Source:    slog.Source{Function: "charge", File: "/srv/shop/pay.py", Line: 10},
		Exception: &record.Exception{Type: "ValueError", Message: "card declined", Traceback: traceback},
	}
}

func TestText(t *testing.T) {
	inZone(t, 2*time.Hour)
	f := func(r record.Record, want string) {
		t.Helper()
		if got := string(format.Text(nil, &r)); got != want+"\n" {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	f(record.Record{}, `- INFO root: `)
	f(sale(), `2003-07-08T16:49:45.896+02:00 ERROR shop.pay: payment failed user_id=42 card="visa gold" city=Zürich note="" `+
		`http.status=502 http.took=1.5s tags=["a b",1,null] addr=3 source=pay.py:10 `+
		`exception="Traceback (most recent call last):\n  File \"/srv/shop/pay.py\", line 10, in charge\n`+
		`    raise ValueError(\"card declined\")\nValueError: card declined"`)
	f(record.Record{Level: 2, LevelNo: 26, LevelName: "NOTICE", Message: "a\nb\r\nc\td\n", Stack: "s\n t"}, `- NOTICE root: a\nb\nc\td stack="s\n t"`)
	f(record.Record{Message: "m", Attrs: []slog.Attr{slog.Int("n", 1)}, Trace: record.Trace{ID: [16]byte{0x4b, 15: 1}, Span: [8]byte{0xf0}, Flags: 1}},
		`- INFO root: m n=1 trace_id=4b000000000000000000000000000001 span_id=f000000000000000`)
	f(record.Record{Message: "m", Source: slog.Source{File: "a.py", Line: 1}}, `- INFO root: m`) // the place matters from WARNING on
	f(record.Record{Message: "m", Level: 4, Source: slog.Source{Function: "f"}}, `- WARNING root: m`)
	f(record.Record{Message: "m", Exception: &record.Exception{Type: "E", Message: "x"}}, `- INFO root: m exception="E: x"`)
	f(record.Record{Message: "m", Exception: &record.Exception{Type: "E"}}, `- INFO root: m exception="E"`)
	f(record.Record{Attrs: []slog.Attr{slog.String("a=b", `say "hi"`), slog.String("q", `C:\new`), slog.Bool("ok", true), slog.Float64("f", 1),
		slog.Time("t", at), slog.Any("v", &record.PanicError{Value: "p"}), slog.Any("nil", nil), slog.String("nbsp", "a\u00a0b")}},
		`- INFO root:  "a=b"="say \"hi\"" q=C:\new ok=true f=1.0 t=2003-07-08T14:49:45.896Z v="panic: p" nil=null nbsp="a`+"\u00a0"+`b"`)
}

func TestLogfmt(t *testing.T) {
	inZone(t, 2*time.Hour)
	f := func(r record.Record, want string) {
		t.Helper()
		if got := string(format.Logfmt(nil, &r)); got != want+"\n" {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	f(record.Record{}, `level=INFO logger=root msg=""`)
	f(record.Record{Time: at, Level: 8, Logger: "shop.pay", Message: "a=\"b\"\n", Attrs: []slog.Attr{slog.Int("n", 1), slog.Group("g", slog.String("k", "two words"))}},
		`time=2003-07-08T16:49:45.896+02:00 level=ERROR logger=shop.pay msg="a=\"b\"" n=1 g.k="two words"`)
	f(record.Record{Message: `C:\new "`, Attrs: []slog.Attr{slog.Any("l", []any{"a b", int64(1)}), slog.Any("m", map[string]any{}), slog.String("q", `\" x="`)}},
		`level=INFO logger=root msg="C:\\new \"" l="[\"a b\",1]" m={} q="\\\" x=\""`)
	f(record.Record{Message: "open", Logger: "a b\nc", LevelName: "TRACE", Stack: "s"}, `level=TRACE logger="a b\nc" msg=open stack="s"`)
}

func TestPretty(t *testing.T) {
	inZone(t, 2*time.Hour)
	r := sale()
	r.Message, r.Stack = "payment failed\r\ntwice\n\nthrice\n", "Stack (most recent call last):\n  File x\n"
	debug := record.Record{Time: at.Add(10 * time.Hour), Level: -4, Logger: "a.logger.of.some.length", Message: "later"}

	form := format.Pretty(false)
	got := string(form(form(nil, &r), &debug))
	want := `Tuesday 2003-07-08
16:49:45.896 ERROR    shop.pay         payment failed  user_id=42 card="visa gold" city=Zürich note="" http.status=502 http.took=1.5s tags=["a b",1,null] addr=3 pay.py:10
    twice

    thrice
    Traceback (most recent call last):
      File "/srv/shop/pay.py", line 10, in charge
        raise ValueError("card declined")
    ValueError: card declined
    Stack (most recent call last):
      File x
Wednesday 2003-07-09
02:49:45.896 DEBUG    a.logger.of.some.length later
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	// The colours are all that a coloured form adds.
	form = format.Pretty(true)
	colored := string(form(form(nil, &r), &debug))
	if plain := stripColor(colored); plain != want {
		t.Errorf("without its colours: got:\n%s\nwant:\n%s", plain, want)
	}
	for _, part := range []string{
		"\x1b[31mERROR   \x1b[0m ", "\x1b[94mDEBUG   \x1b[0m ", "\x1b[36mshop.pay        \x1b[0m payment failed \x1b[2m user_id=42",
		"    \x1b[2m  File \"/srv", "    \x1b[31mValueError: card declined\x1b[0m\n",
	} {
		if !strings.Contains(colored, part) {
			t.Errorf("%q is not in\n%q", part, colored)
		}
	}
}

// The day is shown when it changes only, and today's is known.
func TestPrettyToday(t *testing.T) {
	now := time.Now()
	noon := time.Date(now.Year(), now.Month(), now.Day(), 12, 0, 0, 0, time.Local)
	form := format.Pretty(false)
	for range 3 {
		if got, want := string(form(nil, &record.Record{Time: noon, Message: "m"})), "12:00:00.000 INFO     root             m\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func stripColor(s string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		_, s, _ = strings.Cut(after, "m")
	}
}

// percent is a Percent format that must be right.
func percent(t testing.TB, text string) format.Format {
	t.Helper()
	f, err := format.Percent(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// lineFormats are the formats that are lines of text.
func lineFormats(t testing.TB) map[string]format.Format {
	one, err := format.New(format.Options{Style: format.BraceStyle, Format: ">{asctime} {name:<8} {levelname!r} {k} {g[k]} {message:{n}} {exc_text}", Breaks: format.OneLine})
	if err != nil {
		t.Fatal(err)
	}
	dollar, err := format.New(format.Options{Style: format.DollarStyle, Format: ">${asctime} $name $threadName ${g.k} $message $stack_info"})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]format.Format{
		"one line": one, "dollar": dollar,
		"text":    format.Text,
		"logfmt":  format.Logfmt,
		"pretty":  format.Pretty(false),
		"percent": percent(t, ">%(asctime)s %(name)-8s %(levelname)r %(funcName).9s %(pathname)s %(threadName)5s %(taskName)s %(message)s %(k)s %(g.k)r %(n)c %(exc_text)s"),
	}
}

// checkSafe fails where the form of a record could act on a terminal, or has a line that could be
// taken for the first of another record.
func checkSafe(t *testing.T, name, form string) {
	t.Helper()
	if !strings.HasSuffix(form, "\n") {
		t.Fatalf("%s: %q does not end its line", name, form)
	}
	if !utf8.ValidString(form) {
		t.Fatalf("%s: %q is not UTF-8", name, form)
	}
	for _, r := range form {
		tab := r == '\t' && (name == "percent" || name == "dollar" || name == "one line")
		if r != '\n' && !tab && (unicode.IsControl(r) || strings.ContainsRune("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", r)) {
			t.Fatalf("%s: %q holds %U", name, form, r)
		}
	}
	for i, line := range strings.Split(strings.TrimSuffix(form, "\n"), "\n") {
		if i == 0 || line == "" || line[0] == ' ' {
			continue
		}
		day := name == "pretty" && i == 1
		if !day && (name != "percent" && name != "dollar" || strings.HasPrefix(line, ">") || strings.HasPrefix(line, "20")) {
			t.Fatalf("%s: line %q of %q stands at the margin", name, line, form)
		}
	}
	if (name == "text" || name == "logfmt" || name == "one line") && strings.Count(form, "\n") != 1 {
		t.Fatalf("%s: %q is not one line", name, form)
	}
}

func TestAwkward(t *testing.T) {
	for name, form := range lineFormats(t) {
		for _, r := range handlertest.Awkward() {
			checkSafe(t, name, string(form(nil, &r)))
		}
	}
}

func FuzzFormats(f *testing.F) {
	f.Add("a\nb", int64(1), false)
	f.Add("x\n\r2003-07-08 16:49:45,896 forged\x1b[2J\u202e\xed\xb3\xbf\xff", int64(0x9b), true)
	f.Add("E: a\n b\n>c: d\n\nTraceback (most recent call last):\nname: value", int64(-1), true)
	f.Fuzz(func(t *testing.T, s string, n int64, more bool) {
		r := record.Record{
			Time: time.Unix(n%(1<<33), 0), Level: slog.Level(n % 100), Logger: s, Message: s, Task: s, Thread: record.Thread{Name: s},
			Attrs:  []slog.Attr{slog.String(s, s), slog.Group("g", slog.String("k", s)), slog.Any("k", []any{s}), slog.Int64("n", n)},
			Source: slog.Source{File: s, Function: s, Line: 1},
		}
		if more {
			r.Exception, r.Stack, r.LevelName = &record.Exception{Traceback: s}, s, s
		}
		for name, form := range lineFormats(t) {
			checkSafe(t, name, string(form(nil, &r)))
		}
	})
}

func TestFormatsAllocate(t *testing.T) {
	r := handlertest.Record(1)
	r.Attrs = r.Attrs[:2] // a group's keys are put together, which allocates
	f := func(name string, form format.Format) {
		t.Helper()
		buf := make([]byte, 0, 4096)
		if n := testing.AllocsPerRun(100, func() { buf = form(buf[:0], &r) }); n != 0 {
			t.Errorf("%s: got %v allocations a record, want none", name, n)
		}
	}
	f("json", format.JSON)
	f("json with a memory", format.NewJSON())
	f("text", format.Text)
	f("logfmt", format.Logfmt)
	f("pretty", format.Pretty(true))
	f("braces", made(t, format.Options{Style: format.BraceStyle, Format: "{asctime} {name:<15} {levelname:^8} {lineno:>5} {msecs:03.0f} {message}"}))
	f("dollars", made(t, format.Options{Style: format.DollarStyle, Format: "$asctime $name ${levelname} $message", DateFormat: "%d.%m. %H:%M:%S"}))
	f("brief", format.Brief)
	f("percent", percent(t, "%(asctime)s %(name)-15s %(levelname)-8s %(processName)-10s %(message)s"))
}

// A Format that remembers writes the same as one that does not.
func TestNewJSON(t *testing.T) {
	form := format.NewJSON()
	for i := range 100 {
		r := handlertest.Record(i / 3)
		r.Level, r.Source.Line = slog.Level(i%7), i%5
		if got, want := string(form(nil, &r)), string(format.JSON(nil, &r)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
