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

// pythonFormats formats records by Python's own Formatter: a JSON line [format, dict] in, a JSON
// line out, null where Python refuses.
const pythonFormats = `
import json, logging, sys
for line in sys.stdin:
    format, d = json.loads(line)
    try:
        out = logging.Formatter(format, validate=False).format(logging.makeLogRecord(d))
    except (ValueError, TypeError, OverflowError, KeyError):
        out = None
    print(json.dumps(out))
`

// random makes records as Python's SocketHandler sends them, and formats for them.
type random struct{ *rand.Rand }

func pick[T any](r random, of ...T) T { return of[r.IntN(len(of))] }

func (r random) text() string {
	var b strings.Builder
	for range r.IntN(12) {
		b.WriteString(pick(r, "a", "Bc", " ", "é", "日本", "😀", "'", `"`, `\`, "%", "\t", "\u00a0", "0"))
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
	}
	items = append(items, slog.Float64("msecs", float64(micros/1000)))
	for _, key := range []string{"x", "user_id", "z.dotted"} {
		items = append(items, slog.Attr{Key: key, Value: r.value(2)})
	}
	return items
}

func (r random) format() string {
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

// Whatever Python's Formatter makes of a record that it was sent, Percent makes of it too.
func TestPercentAsPython(t *testing.T) {
	python := testenv.Python(t)
	inZone(t, 5*time.Hour+30*time.Minute)
	r := random{rand.New(rand.NewPCG(20030708, 164945))}
	count := 3000
	if testenv.Long() {
		count = 200_000
	}
	type row struct {
		format string
		form   []byte // nil where we refuse the format
	}
	var rows []row
	var in bytes.Buffer
	var b logrecord.Builder
	for range count {
		items, text := r.dict(), r.format()
		var rec record.Record
		b.Start(&rec)
		for _, a := range items {
			b.Set(a.Key, a.Value)
		}
		if err := b.Finish(); err != nil {
			t.Fatal(err)
		}
		row := row{format: text}
		if f, err := format.Percent(text); err == nil {
			row.form = f(nil, &rec)
		}
		rows = append(rows, row)
		in.WriteByte('[')
		in.Write(record.AppendJSONString(nil, text))
		in.WriteByte(',')
		in.Write(record.AppendJSONValue(nil, slog.GroupValue(items...)))
		in.WriteString("]\n")
	}

	cmd := exec.CommandContext(t.Context(), python, "-c", pythonFormats)
	cmd.Env = append(os.Environ(), "TZ=XXX-5:30")
	cmd.Stdin, cmd.Stderr = &in, t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	compared, i := 0, 0
	for line := range bytes.Lines(out) {
		var want *string
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		row := rows[i]
		i++
		if want == nil || row.form == nil && strings.Contains(row.format, "c") {
			continue // Python loses the record, or %c stands for a text, which it takes if it is one letter
		}
		compared++
		if got, want := string(row.form), shown(*want)+"\n"; got != want {
			t.Errorf("%s:\n got %q\nwant %q", row.format, got, want)
		}
	}
	if i != count || compared < count/2 {
		t.Errorf("Python answered %d of %d and formatted %d of them", i, count, compared)
	}
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
