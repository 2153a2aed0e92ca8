package jackdaw_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os/exec"
	"slices"
	"testing"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// pythonRoutes logs by Python's own loggers: a JSON line {"loggers", "handlers", "records"} in, for each of its records
// the handlers that got it out.
const pythonRoutes = `
import json, logging, sys
logging.lastResort, logging.raiseExceptions = None, False

class Handler(logging.Handler):
    def __init__(self, number, level):
        super().__init__(level)
        self.number = number
    def emit(self, record):
        fired.append(self.number)

for line in sys.stdin:
    case = json.loads(line)
    root = logging.RootLogger(logging.WARNING)
    manager = logging.Manager(root)
    get = lambda name: manager.getLogger(name) if name else root
    for l in case["loggers"]:
        logger = get(l["name"])
        logger.setLevel(l["level"])
        logger.propagate = l["propagate"]
        if l["filter"]:
            logger.addFilter(logging.Filter(l["filter"]))
    for number, h in enumerate(case["handlers"] or []):
        handler = Handler(number, h["level"])
        if h["filter"]:
            handler.addFilter(logging.Filter(h["filter"]))
        get(h["logger"]).addHandler(handler)
    out = []
    for r in case["records"]:
        fired = []
        get(r["name"]).log(r["level"], "m")
        out.append(sorted(fired))
    print(json.dumps(out))
`

// routes are loggers with levels, filters and handlers, and records that are logged there.
type routes struct {
	Loggers  []routedLogger  `json:"loggers"`
	Handlers []routedHandler `json:"handlers"`
	Records  []routedRecord  `json:"records"`
}

type routedLogger struct {
	Name      string `json:"name"`
	Level     int    `json:"level"`
	Propagate bool   `json:"propagate"`
	Filter    string `json:"filter"`
}

type routedHandler struct {
	Logger string `json:"logger"`
	Level  int    `json:"level"`
	Filter string `json:"filter"`
}

type routedRecord struct {
	Name  string `json:"name"`
	Level int    `json:"level"`
}

func randomRoutes(r *rand.Rand) (c routes) {
	names := []string{"a", "a.b", "a.b.c", "a.b.c.d", "a.b..c", "a.x", "ab", "b", "b.", "b..c", "b.a", ".a"}
	levels := []int{10, 20, 25, 30, 40, 50}
	pick := func(of []string) string { return of[r.IntN(len(of))] }
	for i, name := range append([]string{""}, names...) {
		if i > 0 && r.IntN(2) == 0 {
			continue
		}
		l := routedLogger{Name: name, Propagate: i == 0 || r.IntN(4) > 0}
		if i == 0 || r.IntN(2) == 0 {
			l.Level = levels[r.IntN(len(levels))]
		}
		if r.IntN(6) == 0 {
			l.Filter = pick(names)
		}
		c.Loggers = append(c.Loggers, l)
	}
	for range r.IntN(6) {
		h := routedHandler{Logger: pick(append(names, "", ""))}
		if r.IntN(2) == 0 {
			h.Level = levels[r.IntN(len(levels))]
		}
		if r.IntN(4) == 0 {
			h.Filter = pick(names)
		}
		c.Handlers = append(c.Handlers, h)
	}
	for range 30 {
		name := pick(append(names, "", "a.b.new", "new"))
		if name == "b." && !c.knows(name) {
			name = "b" // in Python a name is a parent once it was asked for, and here once it is configured
		}
		c.Records = append(c.Records, routedRecord{name, levels[r.IntN(len(levels))]})
	}
	return c
}

// knows reports whether something is configured for a logger.
func (c routes) knows(name string) bool {
	return slices.ContainsFunc(c.Loggers, func(l routedLogger) bool { return l.Name == name }) ||
		slices.ContainsFunc(c.Handlers, func(h routedHandler) bool { return h.Logger == name })
}

func slogLevel(python int) slog.Level {
	level, _ := record.FromPythonLevel(python)
	return level
}

// fired logs the records here, and returns for each the handlers that got it.
func (c routes) fired(t *testing.T) [][]int {
	t.Helper()
	h := jackdaw.New(jackdaw.Options{NoLastResort: true})
	got := make([][]int, len(c.Records))
	for i := range got {
		got[i] = []int{}
	}
	for _, l := range c.Loggers {
		if l.Level != 0 {
			h.SetLevel(l.Name, slogLevel(l.Level))
		}
		h.SetPropagate(l.Name, l.Propagate) // which makes it one that is configured
		if l.Filter != "" {
			h.AddFilter(l.Name, jackdaw.NamePrefix(l.Filter))
		}
	}
	for number, of := range c.Handlers {
		o := jackdaw.HandlerOptions{Name: fmt.Sprint(number)}
		if of.Level != 0 {
			o.Level = slogLevel(of.Level)
		}
		if of.Filter != "" {
			o.Filter = jackdaw.NamePrefix(of.Filter)
		}
		var gathered []int
		keep := record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
			for i := range batch {
				gathered = append(gathered, int(batch[i].Attrs[0].Value.Int64()))
			}
			return nil
		})
		if err := h.AddHandler(of.Logger, keep, o); err != nil {
			t.Fatal(err)
		}
		defer func() {
			for _, i := range gathered {
				got[i] = append(got[i], number)
			}
		}()
	}
	for i, r := range c.Records {
		h.Logger(r.Name).Log(t.Context(), slogLevel(r.Level), "m", "i", i)
	}
	if err := h.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return got
}

// The handlers that get a record are those that get it in Python, whatever the levels, filters and propagate of loggers
// and handlers.
func TestRoutesAsPython(t *testing.T) {
	python := testenv.Python(t)
	count := 150
	if testenv.Long() {
		count = 5000
	}
	r := rand.New(rand.NewPCG(2002, 12))
	var cases []routes
	var in bytes.Buffer
	for range count {
		c := randomRoutes(r)
		cases = append(cases, c)
		if err := json.NewEncoder(&in).Encode(c); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", pythonRoutes)
	cmd.Stdin, cmd.Stderr = &in, t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := json.NewDecoder(bytes.NewReader(out))
	total := 0
	for _, c := range cases {
		var want [][]int
		if err := answers.Decode(&want); err != nil {
			t.Fatal(err)
		}
		for i, got := range c.fired(t) {
			slices.Sort(got)
			total += len(want[i])
			if !slices.Equal(got, want[i]) {
				t.Errorf("%+v\nof %+v, %+v: got handlers %v, want %v", c.Records[i], c.Loggers, c.Handlers, got, want[i])
			}
		}
	}
	if total < count*5 {
		t.Errorf("%d cases, in which a handler got a record %d times: the cases say little", count, total)
	}
}
