package format_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// pythonFormats formats records by Python's own Formatter: a JSON line [format, style, datefmt, defaults,
// dict] in, a JSON line out, null where Python refuses.
const pythonFormats = `
import json, logging, sys
for line in sys.stdin:
    format, style, datefmt, defaults, d = json.loads(line)
    more = {"defaults": defaults} if sys.version_info >= (3, 10) else {}
    try:
        out = logging.Formatter(format, datefmt, style, validate=False, **more).format(logging.makeLogRecord(d))
    except (ValueError, TypeError, OverflowError, KeyError, AttributeError, IndexError):
        out = None
    print(json.dumps(out))
`

// random makes records as Python's SocketHandler sends them, and formats for them.
type random struct {
	*rand.Rand
	controls bool // texts have control characters
}

func pick[T any](r random, of ...T) T { return of[r.IntN(len(of))] }

func (r random) text() string {
	var b strings.Builder
	for range r.IntN(12) {
		b.WriteString(pick(r, "a", "Bc", " ", "é", "日本", "😀", "'", `"`, `\`, "%", "\t", "\u00a0", "0", "{", "}"))
		if r.controls && r.IntN(6) == 0 {
			b.WriteString(pick(r, "\n", "\r", "\x1b[2J", "\x00", "\u2028", "\u202e", "\u009b"))
		}
	}
	return b.String()
}

func (r random) number() slog.Value {
	switch r.IntN(6) {
	case 0:
		return slog.Int64Value(int64(11 + r.IntN(300))) // 10 is a line break under %c, which we show by its code
	case 1:
		return slog.Int64Value(r.Int64() - r.Int64())
	case 2:
		return slog.Float64Value(float64(r.IntN(100)) / 4)
	case 3:
		return slog.Float64Value(r.NormFloat64() * pick(r, 1e-7, 1, 1e5, 1e15, 1e22, 1e300))
	case 4:
		return slog.AnyValue(json.Number(fmt.Sprintf("-%d%d", 1+r.Uint64N(1e18), r.Uint64())))
	}
	return slog.BoolValue(r.IntN(2) == 0)
}

func (r random) value(depth int) slog.Value {
	switch r.IntN(4 + 3*depth) {
	case 0, 1:
		return r.number()
	case 2:
		return slog.StringValue(r.text())
	case 3:
		return slog.AnyValue(nil)
	case 4:
		return slog.AnyValue([]any{r.text(), r.value(0).Any(), r.value(0).Any()})
	}
	return slog.GroupValue(slog.Attr{Key: "k" + r.text(), Value: r.value(depth - 1)}, slog.Attr{Key: "l", Value: r.value(depth - 1)})
}

// dict returns the items of a LogRecord.
func (r random) dict() []slog.Attr {
	level := pick(r, 10, 20, 30, 40, 50, 25, 7)
	name, ok := map[int]string{10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL", 25: "NOTICE"}[level]
	if !ok {
		name = fmt.Sprint("Level ", level)
	}
	micros := int64(1+r.IntN(998)) + 1000*int64(r.IntN(1000))
	items := []slog.Attr{
		slog.String("name", pick(r, "root", "shop.pay")), slog.String("msg", r.text()), slog.Any("args", nil),
		slog.Int("levelno", level), slog.String("levelname", name),
		slog.String("pathname", "/srv/shop/pay.tar.py"), slog.String("filename", "pay.tar.py"), slog.String("module", "pay.tar"), slog.Int("lineno", r.IntN(1000)),
		slog.String("funcName", pick(r, "charge", "<module>")), slog.Float64("created", float64(1e9+r.Int64N(1e9))+float64(micros)/1e6),
		slog.Int("thread", 1+r.IntN(1<<47)), slog.String("threadName", "MainThread"),
		slog.Int("process", 1+r.IntN(1<<22)), slog.String("processName", "SpawnProcess-1"), slog.Any("taskName", pick[any](r, nil, "Task-7")),
		slog.Any("exc_text", pick[any](r, nil, nil, traceback)), slog.Any("stack_info", pick[any](r, nil, nil, "Stack (most recent call last):\n  File x")),
		slog.Int("width", r.IntN(20)),
	}
	items = append(items, slog.Float64("msecs", float64(micros/1000)))
	for _, key := range []string{"x", "user_id", "z.dotted"} {
		items = append(items, slog.Attr{Key: key, Value: r.value(2)})
	}
	return items
}

// percent returns a format string in the % style.
func (r random) percent() string {
	var b strings.Builder
	for range 1 + r.IntN(4) {
		b.WriteString(pick(r, "", " ", "|", "é: ", "%%"))
		text := pick(r, "name", "levelname", "pathname", "filename", "module", "funcName", "asctime", "threadName", "processName", "taskName", "message")
		number := pick(r, "levelno", "lineno", "created", "msecs", "thread", "process")
		attr := pick(r, "x", "user_id", "z.dotted")
		key, conversions := text, "sssra"
		switch r.IntN(4) {
		case 0:
			key, conversions = number, "sdiueEfFgGra"
		case 1:
			key, conversions = attr, "sdiueEfFgGraoxXcssssrr"
		case 2:
			key, conversions = pick(r, text, number, attr), "ssssdoxX"
		}
		fmt.Fprintf(&b, "%%(%s)", key)
		for range r.IntN(3) {
			b.WriteString(pick(r, "#", "0", "-", " ", "+"))
		}
		b.WriteString(pick(r, "", "", "1", "5", "12", "30"))
		b.WriteString(pick(r, "", "", "", ".", ".0", ".3", ".12"))
		b.WriteString(pick(r, "", "", "", "", "l"))
		b.WriteByte(conversions[r.IntN(len(conversions))])
	}
	return b.String()
}

// braces returns one in the { style.
func (r random) braces() string {
	var b strings.Builder
	for range 1 + r.IntN(4) {
		b.WriteString(pick(r, "", " ", "|", "é: ", "{{", "}}", "%s"))
		text := pick(r, "name", "levelname", "pathname", "filename", "module", "funcName", "asctime", "threadName", "processName", "taskName", "message", "name[1]", "asctime[3]")
		number := pick(r, "levelno", "lineno", "created", "msecs", "thread", "process", "levelno.real", "created.imag")
		attr := pick(r, "x", "user_id", "absent", "x[l]", "user_id[l]", "x[2]", "user_id[0]")
		key, verbs := text, "sssss"
		switch r.IntN(4) {
		case 0:
			key, verbs = number, "deEfFgGn%boxX"
		case 1:
			key, verbs = attr, "sdeEfFgGn%boxX"
		case 2:
			key = pick(r, text, number, attr, attr)
		}
		conversion := pick(r, "", "", "", "", "!r", "!s", "!a")
		rep := conversion != ""
		b.WriteString("{" + key + conversion)
		if r.controls { // else a line break is shown by its code
			verbs += "c"
		}
		isNumber := key != text || r.IntN(9) == 0
		if r.IntN(3) > 0 {
			align := pick(r, "", "", "", "<", ">", "^", "*<", "é^", "_>")
			if isNumber && !rep {
				align = pick(r, align, "=", "0=", "é=")
			}
			b.WriteString(":" + align)
			if isNumber && !rep {
				b.WriteString(pick(r, "", "", "", "+", "-", " ") + pick(r, "", "", "", "#"))
			}
			b.WriteString(pick(r, "", "", "", "0"))
			b.WriteString(pick(r, "", "", "1", "5", "12", "30", "{width}"))
			if isNumber && !rep {
				b.WriteString(pick(r, "", "", "", ",", "_"))
			}
			if !isNumber || rep || r.IntN(2) == 0 {
				b.WriteString(pick(r, "", "", "", ".0", ".1", ".3", ".12", ".{width}"))
			}
			if r.IntN(3) > 0 && !rep {
				b.WriteByte(verbs[r.IntN(len(verbs))])
			}
		}
		b.WriteByte('}')
	}
	return b.String()
}

// dollars returns one in the $ style.
func (r random) dollars() string {
	var b strings.Builder
	for range 1 + r.IntN(5) {
		b.WriteString(pick(r, "", " ", "|", "é: ", "$$", "%s", "{"))
		key := pick(r, "name", "levelname", "levelno", "created", "msecs", "asctime", "taskName", "message", "x", "user_id", "absent")
		b.WriteString(pick(r, "$"+key, "${"+key+"}"))
	}
	return b.String()
}

// date returns a format of strftime.
func (r random) date() string {
	var b strings.Builder
	for range r.IntN(6) {
		b.WriteString(pick(r, "", "-", ":", " ", "é", "T"))
		b.WriteByte('%')
		if r.IntN(4) == 0 {
			b.WriteString(pick(r, "_", "-", "0", "^", "#", "_^", "-#", "0#"))
			b.WriteString(pick(r, "", "", "1", "3", "9", "20"))
			b.WriteString(pick(r, "", "", "E", "O"))
		}
		const directives = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%fLQ"
		b.WriteByte(directives[r.IntN(len(directives))])
	}
	return b.String()
}

// options returns what a Formatter is made with.
func (r random) options() format.Options {
	o := format.Options{}
	switch r.IntN(3) {
	case 0:
		o.Style, o.Format = format.PercentStyle, r.percent()
	case 1:
		o.Style, o.Format = format.BraceStyle, r.braces()
	case 2:
		o.Style, o.Format = format.DollarStyle, r.dollars()
	}
	if r.IntN(3) == 0 {
		o.DateFormat = r.date()
	}
	o.Defaults = map[string]any{"absent": pick[any](r, nil, "absent", int64(3), 1.5), "user_id": "never"}
	if r.controls {
		o.Breaks = format.Raw
	}
	return o
}

// record returns the record that a dict stands for.
func recordOf(t *testing.T, b *logrecord.Builder, items []slog.Attr) (rec record.Record) {
	b.Start(&rec)
	for _, a := range items {
		b.Set(a.Key, a.Value)
	}
	if err := b.Finish(); err != nil {
		t.Fatal(err)
	}
	return rec
}

// What Python's Formatter makes of a record that it was sent, New makes of it too, in all three styles: byte for
// byte where it is Raw, and otherwise for records without control characters.
func TestAsPython(t *testing.T) {
	python := testenv.Python(t)
	berlin(t)
	count := 6000
	if testenv.Long() {
		count = 200_000
	}
	type row struct {
		o    format.Options
		form []byte // nil where we refuse the format
	}
	var rows []row
	var in bytes.Buffer
	var b logrecord.Builder
	source := rand.New(rand.NewPCG(20030708, 164945))
	for i := range count {
		r := random{source, i%2 == 0}
		row := row{o: r.options()}
		items := r.dict()
		rec := recordOf(t, &b, items)
		if f, err := format.New(row.o); err == nil {
			row.form = f(nil, &rec)
		}
		rows = append(rows, row)
		fmt.Fprintf(&in, "[%s,%q,%s,%s,%s]\n", record.AppendJSONString(nil, row.o.Format), string(row.o.Style), record.AppendJSONString(nil, row.o.DateFormat),
			record.AppendJSONValue(nil, slog.AnyValue(row.o.Defaults)), record.AppendJSONValue(nil, slog.GroupValue(items...)))
	}
	compared := map[format.Style]int{}
	for i, want := range answers(t, python, "Europe/Berlin", pythonFormats, &in, count) {
		row := rows[i]
		if want == nil || row.form == nil && strings.Contains(row.o.Format, "c") {
			continue // Python loses the record, or %c stands for a text, which it takes if it is one letter
		}
		compared[row.o.Style]++
		text := *want
		if row.o.Breaks != format.Raw {
			text = shown(text)
		}
		if got, want := string(row.form), text+"\n"; got != want {
			t.Errorf("%+v:\n got %q\nwant %q", row.o, got, want)
		}
	}
	for _, style := range []format.Style{format.PercentStyle, format.BraceStyle, format.DollarStyle} {
		if n := compared[style]; n < count/10 {
			t.Errorf("style %s: compared %d of %d in all", style, n, count)
		}
	}
}

// answers runs a program of Python's and returns the lines that it answers, as texts, nil for null.
func answers(t *testing.T, python, zone, program string, in *bytes.Buffer, count int) (texts []*string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), python, "-c", program)
	cmd.Env = append(os.Environ(), "TZ="+zone, "LC_ALL=C.UTF-8")
	cmd.Stdin, cmd.Stderr = in, t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(out) {
		var text *string
		if err := json.Unmarshal(line, &text); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	if len(texts) != count {
		t.Fatalf("Python answered %d of %d", len(texts), count)
	}
	return texts
}

// berlin makes the zone of Berlin the local one for the test.
func berlin(t *testing.T) {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		testenv.Skip(t, "needs the time zones: %v", err)
	}
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	time.Local = zone
}

// shown returns s with the control characters that %c makes of small numbers as we show them.
func shown(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			fmt.Fprintf(&b, `\x%02x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
