package filter_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/record"
)

// now is the moment from which the tests see times.
var now = time.Date(2026, 11, 22, 10, 41, 41, 0, time.FixedZone("", 3600))

func parse(t testing.TB, text string) *filter.Filter {
	t.Helper()
	f, err := filter.Parse(text, now)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// typical is a record of the kind that most are.
func typical() *record.Record {
	return &record.Record{
		Time: now, Level: slog.LevelWarn, Logger: "myapp.db.pool",
		Message: "connection refused by 10.0.0.7:5432 after 3 attempts, retry in 250 ms",
		Attrs: []slog.Attr{slog.Int("user_id", 42), slog.String("request_id", "0f8d2c34-77aa-4be1-9c1d-3f2a9d6f1b55"),
			slog.String("path", "/api/v1/orders"), slog.Int("status", 503), slog.Float64("elapsed", 0.25), slog.Bool("retry", true)},
		Process: record.Process{PID: 4242, Name: "MainProcess"}, Thread: record.Thread{ID: 140234567890123, Name: "MainThread"},
		Source: slog.Source{Function: "connect", File: "/srv/myapp/db.py", Line: 81}, Host: "web-1",
	}
}

// typicalFilters are what people write, with whether the typical record matches.
var typicalFilters = []struct {
	name, text string
	match      bool
}{
	{"level", "level>=warning", true},
	{"logger", "logger:myapp.db", true},
	{"word", "refused", true},
	{"word absent", "quartz", false},
	{"phrase", `"connection refused"`, true},
	{"prefix", "attempt*", true},
	{"attr", "user_id=42", true},
	{"compare", "status>=500", true},
	{"example", `level>=warning logger:myapp.db "connection refused" user_id=42 -path:/health`, true},
	{"three absent words", "quartz OR zephyr OR vixen", false},
	{"has", "has:traceback", false},
	{"since", "since:-15m", true},
	{"regexp", `/refused by \d+/`, true},
}

func TestMatchDoesNotAllocate(t *testing.T) {
	r := typical()
	for _, f := range append(typicalFilters[:len(typicalFilters):len(typicalFilters)], []struct {
		name, text string
		match      bool
	}{
		{"glob on a number", "status:5*", true}, {"regexp on numbers", "/^5\\d\\d$/", true}, {"file", "file:db.py line>=80 pid:4242", true},
		{"unicode", "Zürich OR 接続", false}, {"float", "elapsed:0.25 retry:true", true},
	}...) {
		x := parse(t, f.text)
		if got := x.Match(r); got != f.match {
			t.Errorf("%s: got %v, want %v", f.text, got, f.match)
		}
		if race && strings.HasPrefix(f.text, "/") {
			continue
		}
		if n := testing.AllocsPerRun(100, func() { x.Match(r) }); n != 0 {
			t.Errorf("%s: %v allocations a record, want none", f.text, n)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	r := typical()
	for _, f := range typicalFilters {
		b.Run(f.name, func(b *testing.B) {
			x := parse(b, f.text)
			b.ReportAllocs()
			for b.Loop() {
				if x.Match(r) != f.match {
					b.Fatal("wrong")
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		if _, err := filter.Parse(typicalFilters[8].text, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndex(b *testing.B) {
	r := typical()
	var terms, attrs int
	x := filter.Index{Term: func([]byte) { terms++ }, Attr: func(_, _ []byte) { attrs++ }}
	b.ReportAllocs()
	for b.Loop() {
		x.Add(r)
	}
}
