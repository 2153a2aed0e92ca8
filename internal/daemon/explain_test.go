package daemon_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

var (
	someLoggers = []string{"root", "a", "a.", "a.b", "a.b.c", "d"}
	someLevels  = []string{"DEBUG", "INFO", "WARNING", "ERROR"}
)

type object = map[string]any

// randomConfig returns a configuration whose handlers, files all, keep in dir what they get.
func randomConfig(t *testing.T, rng *rand.Rand, dir string) *config.Config {
	t.Helper()
	pick := func(of []string) string { return of[rng.IntN(len(of))] }
	some := func(of []string, most int) []string {
		var few []string
		for range rng.IntN(most + 1) {
			if one := pick(of); !slices.Contains(few, one) {
				few = append(few, one)
			}
		}
		return few
	}
	filters := object{"below": object{"name": "a.b"}, "own": object{"filter": "level>=warning -logger:a.b.c"}, "all": object{}}
	names := slices.Sorted(maps.Keys(filters))
	gate := func(o object) object {
		if rng.IntN(2) == 0 {
			o["level"] = pick(someLevels)
		}
		if rng.IntN(4) == 0 {
			o["filters"] = some(names, 2)
		}
		return o
	}
	handlers := object{}
	var files, hung []string
	for i := range 2 + rng.IntN(3) {
		name := fmt.Sprint("file", i)
		handlers[name] = gate(object{"class": "file", "filename": filepath.Join(dir, name), "formatter": "plain"})
		files = append(files, name)
	}
	handlers["memory"] = gate(object{"class": "memory", "capacity": 1 + rng.IntN(3), "target": pick(files)})
	handlers["queue"] = gate(object{"class": "queue", "handlers": some(append(files, "memory"), 3), "respect_handler_level": rng.IntN(2) == 0})
	hung = append(files, "memory", "queue")
	loggers := object{}
	for _, name := range some(someLoggers, 4) {
		l := gate(object{"handlers": some(hung, 2)})
		if rng.IntN(4) == 0 {
			l["propagate"] = false
		}
		loggers[name] = l
	}
	delete(loggers, "root")
	text, err := json.Marshal(object{
		"version": 1, "formatters": object{"plain": object{"format": "%(message)s"}}, "filters": filters, "handlers": handlers, "loggers": loggers,
		"root": gate(object{"handlers": some(hung, 3)}),
	})
	if err != nil {
		t.Fatal(err)
	}
	tree, err := config.ParseJSON("random", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	c, err := config.Check(tree, config.Options{File: "random", RootLevel: math.MinInt})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return c
}

// asked are the options of a daemon that does what a configuration says.
func asked(c *config.Config, o daemon.Options) daemon.Options {
	o.Handlers = nil
	env := assembly.Env{Files: new(assembly.Files)}
	for _, h := range assembly.Handlers(c) {
		o.Handlers = append(o.Handlers, daemon.Handler{
			Name: h.Name, Config: h, Open: func() (record.Handler, error) { return assembly.Open(h, env) },
		})
	}
	o.Loggers = assembly.Loggers(c, func(h *config.Handler) string { return h.Name })
	return o
}

// What is explained is what a running system does, before and after it was reloaded, with a stream and without.
func TestExplained(t *testing.T) {
	rounds := 12
	if testenv.Long() {
		rounds = 300
	}
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 1))
	for i := range rounds {
		o := daemon.Options{Listen: []daemon.Address{loopback}, Durability: stream.Memory, Store: daemon.StoreOptions{Off: true}}
		if i%3 == 0 {
			o.Data = t.TempDir()
		}
		dirs := []string{t.TempDir(), t.TempDir()}
		configs := []*config.Config{randomConfig(t, rng, dirs[0]), randomConfig(t, rng, dirs[1])}
		d := start(t, asked(configs[0], o))
		want := []map[string][]string{{}, {}}
		for phase, c := range configs {
			if phase > 0 {
				if _, err := d.Reload(t.Context(), asked(c, o)); err != nil {
					t.Fatal(err)
				}
			}
			var batch []record.Record
			for _, logger := range append(someLoggers, "a.x", "e.f", "a..b", "a.b..c", ".a") {
				for _, level := range []slog.Level{-8, -4, 0, 4, 8, 12} {
					r := rec(level, logger, fmt.Sprintf("%s:%d", logger, level))
					batch = append(batch, r)
					for name := range gets(t, c, &r) {
						want[phase][name] = append(want[phase][name], r.Message)
					}
				}
			}
			send(t, d.Listening()[0], batch...)
			settle(t, d)
		}
		stop(t, d)
		for phase, dir := range dirs {
			for _, h := range configs[phase].Handlers {
				if h.Class != config.FileClass {
					continue
				}
				if got, want := keptIn(t, filepath.Join(dir, h.Name)), slices.Sorted(slices.Values(want[phase][h.Name])); !slices.Equal(got, want) {
					t.Errorf("seed %d, round %d, phase %d: %s has\n%q, explained is\n%q", seed, i, phase, h.Name, got, want)
				}
			}
		}
		if t.Failed() {
			return
		}
	}
}

// gets returns the handlers that get a record, as it is explained.
func gets(t *testing.T, c *config.Config, r *record.Record) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, v := range c.Explain(r.Logger, r.Level).Handlers {
		if len(v.Undecided) > 0 {
			t.Fatalf("%s at %v: %s is not decided", r.Logger, r.Level, v.Handler.Name)
		}
		if v.Gets {
			all[v.Handler.Name] = true
		}
	}
	return all
}

// keptIn returns what is in a file, sorted, each once.
func keptIn(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	got := strings.Fields(string(b))
	slices.Sort(got)
	return slices.Compact(got)
}
