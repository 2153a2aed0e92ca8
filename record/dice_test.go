package record_test

import (
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// dice makes random records. Their parts come from a few of each, so that they repeat in all mixtures, and
// now and then from many.
type dice struct {
	*rand.Rand
	texts []string
}

func newDice(seed uint64, texts ...string) *dice {
	return &dice{rand.New(rand.NewPCG(seed, 1)), append(texts, "", "a", "app", "app.db", "app.http.access", "MainProcess", "Thread-1 (run)",
		"/srv/app/db.py", "/srv/app/a path with \"quotes\".py", "naïve 日本語 😀", "a\x00\n\x7f\u2028\xff\xed\xb3\xbf", strings.Repeat("long ", 200))}
}

func (d *dice) text() string {
	if d.IntN(10) == 0 {
		return fmt.Sprintf("text %d", d.IntN(10_000))
	}
	return d.texts[d.IntN(len(d.texts))]
}

func (d *dice) time() time.Time {
	zones := []*time.Location{time.UTC, time.Local, time.FixedZone("", 3600), time.FixedZone("", -19800), time.FixedZone("", 3600), time.FixedZone("", 30),
		time.FixedZone("", -1e6)}
	t := time.Unix(1_795_000_000+d.Int64N(2), d.Int64N(1e9)).In(zones[d.IntN(len(zones))])
	switch d.IntN(20) {
	case 0:
		return time.Time{}
	case 1:
		return t.AddDate(d.IntN(30_000)-10_000, 0, 0)
	case 2:
		return t.Truncate(time.Second)
	}
	return t
}

func (d *dice) record() record.Record {
	r := record.Record{
		Time: d.time(), Level: slog.Level(d.IntN(20) - 6), Logger: d.text(), Message: d.text(),
		Attrs:    d.attrs(d.IntN(5), 3),
		Received: d.time(), Peer: d.text(),
	}
	if d.IntN(2) == 0 {
		r.Source = slog.Source{Function: d.text(), File: d.text(), Line: d.IntN(4)}
	} else {
		r.PC = uintptr(d.IntN(3))
	}
	if d.IntN(2) == 0 {
		r.Process = record.Process{PID: d.IntN(3) - 1, Name: d.text()}
	}
	if d.IntN(2) == 0 {
		r.Thread = record.Thread{ID: d.Uint64N(3), Name: d.text()}
	}
	if d.IntN(10) == 0 {
		r.Exception = &record.Exception{Type: d.text(), Message: d.text(), Traceback: d.text()}
		r.Stack, r.Task, r.Host, r.LevelNo, r.LevelName = d.text(), d.text(), d.text(), d.IntN(60), d.text()
		r.Trace = record.Trace{ID: [16]byte{byte(d.IntN(3))}, Flags: byte(d.IntN(2))}
	}
	return r
}

func (d *dice) attrs(n, depth int) (attrs []slog.Attr) {
	for range n {
		attrs = append(attrs, slog.Attr{Key: d.text(), Value: d.value(depth)})
	}
	return attrs
}

func (d *dice) value(depth int) slog.Value {
	switch d.IntN(10) {
	case 0:
		return slog.Int64Value(int64(d.Uint64()) >> d.IntN(64))
	case 1:
		return slog.Uint64Value(d.Uint64() >> d.IntN(64))
	case 2:
		return slog.Float64Value(d.float())
	case 3:
		return slog.BoolValue(d.IntN(2) == 0)
	case 4:
		return slog.DurationValue(time.Duration(d.Uint64()))
	case 5:
		return slog.TimeValue(d.time())
	case 6, 7:
		if depth > 0 {
			return slog.GroupValue(d.attrs(d.IntN(4), depth-1)...)
		}
	case 8:
		return slog.AnyValue([]any{d.text(), d.float(), nil, map[string]any{d.text(): int64(1), d.text(): true}})
	}
	return slog.StringValue(d.text())
}

func (d *dice) float() float64 {
	switch d.IntN(4) {
	case 0:
		return math.Float64frombits(d.Uint64())
	case 1:
		return float64(d.IntN(1e6))
	case 2:
		return float64(d.IntN(1e6)) / 1000
	}
	return d.NormFloat64()
}
