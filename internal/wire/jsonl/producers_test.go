package jsonl

import (
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// producers holds lines that loggers wrote, as testdata/make_go.go, make_javascript.mjs and make_python.py let them,
// and lines of the documentation of those that need another language, with the records that they are.
const producers = "testdata/producers.txt"

func producerCases(t testing.TB) (cases [][3]string) {
	t.Helper()
	text, err := os.ReadFile(producers)
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		name, rest, _ := strings.Cut(block+"\n", "\n")
		in, want, ok := strings.Cut(rest, "\n----\n")
		if !ok {
			t.Fatalf("%s: no ---- in %q", producers, block)
		}
		cases = append(cases, [3]string{name, in, strings.TrimSpace(want)})
	}
	return cases
}

func TestProducers(t *testing.T) {
	var rewritten strings.Builder
	for _, c := range producerCases(t) {
		r := decode(t, c[1])
		got := string(record.AppendJSON(nil, &r))
		if got != c[2] && !*update {
			t.Errorf("%s: Decode(%s):\ngot  %s\nwant %s", c[0], c[1], got, c[2])
		}
		rewritten.WriteString(c[0] + "\n" + c[1] + "\n----\n" + got + "\n\n")
	}
	if *update {
		if err := os.WriteFile(producers, []byte(rewritten.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Names of other loggers give way to our own, and are attrs where something else may be meant.
func TestDecodeForeign(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		r := decode(t, line)
		if got := string(record.AppendJSON(nil, &r)); got != want {
			t.Errorf("Decode(%s):\ngot  %s\nwant %s", line, got, want)
		}
	}
	f(`{"timestamp":1700000000,"logger_name":"b","time":"2026-11-22T09:41:41Z","logger":"a","message":"m"}`,
		`{"time":"2026-11-22T09:41:41.000000000Z","level":"INFO","logger":"a","message":"m","attrs":{"timestamp":1700000000,"logger_name":"b"}}`)
	f(`{"time":"2026-11-22T09:41:41Z","ts":1700000000,"message":"m","msg":"n","event":"e"}`,
		`{"time":"2026-11-22T09:41:41.000000000Z","level":"INFO","message":"m","attrs":{"ts":1700000000,"msg":"n","event":"e"}}`)
	f(`{"msg":"m","name":"bob","pid":5,"process":1,"thread":2,"lineno":3,"file":"a:1","funcs":5,"module":"x","level":30,"v":1}`,
		`{"level":"INFO","message":"m","attrs":{"name":"bob","pid":5,"process":1,"thread":2,"lineno":3,"file":"a:1","funcs":5,"module":"x","level":30,"v":1}}`)
	f(`{"msg":"m","caller":"nobody","error":"a\nb","err":{"message":"x"},"exception":"no","timestamp":"yesterday","ts":35}`,
		`{"level":"INFO","message":"m","attrs":{"caller":"nobody","error":"a\nb","err":{"message":"x"},"exception":"no","timestamp":"yesterday","ts":35}}`)

	// The unit of a number is told by its size, and no digit is lost.
	const at = `{"time":"2026-11-23T03:27:24.030`
	f(`{"msg":"m","ts":1795404444.0304193}`, at+`419300Z","level":"INFO","message":"m"}`)
	f(`{"msg":"m","ts":1795404444030}`, at+`000000Z","level":"INFO","message":"m"}`)
	f(`{"msg":"m","ts":1795404444030.4834}`, at+`483400Z","level":"INFO","message":"m"}`)
	f(`{"msg":"m","ts":1795404444030522}`, at+`522000Z","level":"INFO","message":"m"}`)
	f(`{"msg":"m","ts":1795404444030486226}`, at+`486226Z","level":"INFO","message":"m"}`)
	f(`{"msg":"m","ts":99999999999}`, `{"time":"5138-11-16T09:46:39.000000000Z","level":"INFO","message":"m"}`)
	f(`{"msg":"m","ts":1e300}`, `{"level":"INFO","message":"m","attrs":{"ts":1e+300}}`)
	f(`{"msg":"m","ts":NaN,"time":-1}`, `{"level":"INFO","message":"m","attrs":{"ts":"NaN","time":-1}}`)
	for _, text := range []string{"2026-11-23T03:27:24.030+0000", "2026-11-23 03:27:24,030Z", "2026-11-23 03:27:24.030+00:00", "2026-11-23 03:27:24.030 +0000"} {
		f(`{"msg":"m","@timestamp":"`+text+`"}`, at+`000000Z","level":"INFO","message":"m"}`)
	}
	// Without an offset nobody knows which time it is.
	f(`{"msg":"m","timestamp":"2026-11-23 03:27:24"}`, `{"level":"INFO","message":"m","attrs":{"timestamp":"2026-11-23 03:27:24"}}`)

	for word, want := range map[string]string{"trace": "DEBUG-4", "verbose": "INFO-2", "notice": "INFO+2", "panic": "CRITICAL", "emerg": "CRITICAL+8"} {
		want = strings.Replace(want, "INFO-2", "DEBUG+2", 1)
		f(`{"msg":"m","level":"`+word+`"}`, `{"level":"`+want+`","message":"m","levelname":"`+word+`"}`)
	}
}

// All names of a line that give way to another look through the line once, or a long line takes minutes.
func TestAheadIsSoughtOnce(t *testing.T) {
	members := []slog.Attr{slog.Int("ts", 1), slog.Int("ts", 2), slog.Int("time", 3), slog.Int("ts", 4)}
	o := own{members: members}
	f := func(at int, name string, want bool) {
		t.Helper()
		o.at = at
		if got := o.hasAhead(name); got != want {
			t.Errorf("%s behind member %d: got %v, want %v", name, at, got, want)
		}
	}
	f(0, "time", true)
	f(0, "host", false)
	f(0, "ts", true)
	clear(members) // which nobody looks at again
	f(1, "time", true)
	f(1, "host", false)
	f(2, "time", false)
	f(2, "ts", true)
	f(3, "ts", false)
}
