package main

import (
	"strings"
	"testing"
)

func TestTables(t *testing.T) {
	r := results{}
	add := func(peer string, attrs int, ns ...float64) {
		for _, v := range ns {
			r.add(task{Peer: peer, Attrs: attrs, Goroutines: 1}, figures{"ns/op": v, "lost": 0})
		}
	}
	add("floor", 5, 90, 100, 300)
	add("jackdaw", 5, 110, 120, 125)
	add("zap", 5, 400, 420, 480)
	add("zerolog", 5, 300, 210, 200)
	add("channel-drop", 5, 100, 100)
	r.add(task{Peer: "channel-drop", Attrs: 5, Goroutines: 1}, figures{"ns/op": 100, "lost": 7})
	w := work{name: "x", title: "X", about: "what", columns: []column{
		{head: "ns", unit: "ns/op", show: plain, floor: true, best: true}, {head: "lost", unit: "lost", show: plain, worst: true},
	}}
	var out strings.Builder
	if err := w.writeTables(&out, r); err != nil {
		t.Fatal(err)
	}
	want := `
## X

what.

1 goroutine:

| peer         | front | way     |  ns | x floor | x best | lost |
|--------------|-------|---------|----:|--------:|-------:|-----:|
| floor        | slog  | nowhere | 100 |    1.00 |   0.48 |    0 |
| channel-drop | slog  | async   | 100 |    1.00 |   0.48 |    7 |
| jackdaw      | slog  | async   | 120 |    1.20 |   0.57 |    0 |
| zerolog      | own   | sync    | 210 |    2.10 |   1.00 |    0 |
| zap          | own   | sync    | 420 |    4.20 |   2.00 |    0 |

Best peers: 210 ns with 5 attrs: zerolog.
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTableOfSeveralForms(t *testing.T) {
	r := results{}
	r.add(task{Peer: "zap", Attrs: 0, Goroutines: 2, ToFile: true}, figures{"ns/op": 1})
	r.add(task{Peer: "zap", Attrs: 5, Goroutines: 2, ToFile: true}, figures{"ns/op": 2})
	r.add(task{Peer: "zap", Attrs: 5, Goroutines: 2}, figures{"cpu-ns/op": 3})
	var out strings.Builder
	w := work{columns: []column{{head: "ns", unit: "ns/op", show: plain, best: true}}}
	if err := w.writeTables(&out, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\n2 goroutines:\n\n| peer | front | way  | ns | x best |\n",
		"| zap  | own   | sync |  - |      - |\n",
		"\n2 goroutines, to a file:\n\n| peer | front | way  | 0 attrs: ns | x best | 5 attrs: ns | x best |\n",
		"| zap  | own   | sync |           1 |   1.00 |           2 |   1.00 |\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got\n%s\nwant in it\n%s", out.String(), want)
		}
	}
}

func TestSpan(t *testing.T) {
	f := func(in float64, want string) {
		t.Helper()
		if got := span(in); got != want {
			t.Errorf("span(%v): got %q, want %q", in, got, want)
		}
	}
	f(0, "0 ns")
	f(3.4, "3 ns")
	f(999, "999 ns")
	f(999.6, "1.0 µs")
	f(5437, "5.4 µs")
	f(9960, "10 µs")
	f(52_345, "52 µs")
	f(1_530_000, "1.5 ms")
	f(8_001_000_000, "8.0 s")
	f(4e12, "4000 s")
}

func TestWriteBenchmarks(t *testing.T) {
	r := results{}
	r.add(task{Peer: "zap", Attrs: 5, Goroutines: 1, ToFile: true}, figures{"ns/op": 1.5, "lost": 2})
	var out strings.Builder
	if err := r.writeBenchmarks(&out, "sustained"); err != nil {
		t.Fatal(err)
	}
	name, rest, _ := strings.Cut(out.String(), "\t")
	if want := "BenchmarkSustained/peer=zap/attrs=5/goroutines=1/sink=file-"; !strings.HasPrefix(name, want) {
		t.Errorf("name: got %s, want it to begin with %s", name, want)
	}
	if want := "1\t2 lost\t1.5 ns/op\n"; rest != want {
		t.Errorf("figures: got %q, want %q", rest, want)
	}
}
