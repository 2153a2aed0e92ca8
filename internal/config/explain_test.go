package config_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

type object = map[string]any

// draw is random configurations, of which Python understands all but the queues and the filters in our own language.
type draw struct {
	*rand.Rand
	python bool
}

func (d draw) some(names []string) []string {
	var some []string
	for _, name := range names {
		if d.IntN(3) == 0 {
			some = append(some, name)
		}
	}
	return some
}

func (d draw) level(of object, names ...any) {
	if d.IntN(2) == 0 {
		of["level"] = append(names, 10, 20, 25, 30, 40, "DEBUG", "WARNING", "CRITICAL", "NOTSET")[d.IntN(9+len(names))]
	}
}

// loggerNames are those of the records; some are configured. In Python a name is a parent once it was asked for, and here
// once it is configured: so "b." comes behind what it may be the parent of.
func loggerNames() []string {
	return []string{"", "a", "a.b", "a.b.c", "a.bc", "b", "b.c.d", "root", "rootless", ".a", "a..", "a.b..c", "b..c", "b."}
}

func (d draw) config() object {
	filters := object{"n": object{"name": "a.b"}, "m": object{"name": ""}, "o": object{"name": "b"}, "r": object{"name": "root"}}
	if !d.python {
		filters["l"] = object{"filter": "level>=warning logger:a"}
		filters["k"] = object{"filter": "-logger=a.b OR level=info"}
		filters["u"] = object{"filter": "level<=info something"}
	}
	filterNames := sorted(filters)
	handlers, handlerNames := object{}, []string{}
	for i := range 1 + d.IntN(5) {
		h := object{"class": "logging.NullHandler"}
		if !d.python && d.IntN(3) == 0 {
			h = object{"class": "queue", "handlers": d.some(handlerNames), "respect_handler_level": d.IntN(2) == 0}
		}
		d.level(h)
		if d.IntN(3) == 0 {
			h["filters"] = d.some(filterNames)
		}
		name := fmt.Sprint("h", i)
		handlers[name], handlerNames = h, append(handlerNames, name)
	}
	loggers := object{}
	for _, name := range loggerNames() {
		if name == "" || name == "root" || d.IntN(2) == 0 {
			continue
		}
		l := object{}
		d.level(l)
		if d.IntN(3) == 0 {
			l["propagate"] = d.IntN(2) == 0
		}
		if d.IntN(4) == 0 {
			l["filters"] = d.some(filterNames)
		}
		if d.IntN(2) == 0 {
			l["handlers"] = d.some(handlerNames)
		}
		loggers[name] = l
	}
	c := object{"version": 1, "filters": filters, "handlers": handlers, "loggers": loggers}
	if d.IntN(4) > 0 {
		root := object{"handlers": d.some(handlerNames)}
		d.level(root)
		c["root"] = root
	}
	return c
}

func sorted(m object) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// gets returns the handlers that an explanation says get the record, and whether that is certain for all.
func gets(e *config.Explanation) (names []string, certain bool) {
	certain = len(e.Undecided) == 0
	for _, v := range e.Handlers {
		if _, queue := v.Handler.Params.(*config.Queue); v.Gets && !queue {
			names = append(names, v.Handler.Name)
			certain = certain && len(v.Undecided) == 0
		}
	}
	slices.Sort(names)
	return names, certain
}

// tree is the hierarchy that a configuration describes.
func tree(c *config.Config) *hierarchy.Tree[*config.Handler] {
	t := hierarchy.New[*config.Handler](c.RootLevel)
	for _, l := range append(slices.Clone(c.Loggers), c.Root) {
		if l == nil {
			continue
		}
		if l.Level != nil {
			t.SetLevel(l.Name, *l.Level)
		}
		t.SetPropagate(l.Name, l.Propagates())
		for _, f := range l.Filters {
			t.AddFilter(l.Name, f.Pass())
		}
		for _, h := range l.Handlers {
			t.AddHandler(l.Name, hierarchy.Attached[*config.Handler]{Handler: h})
		}
	}
	return t
}

// reach returns the handlers that a record reaches, those behind queues included.
func reach(t *hierarchy.Tree[*config.Handler], r *record.Record) (names []string) {
	var hand func(h *config.Handler, levels bool)
	hand = func(h *config.Handler, levels bool) {
		if levels && h.Level != nil && r.Level < *h.Level {
			return
		}
		for _, f := range h.Filters {
			if !f.Pass()(r) {
				return
			}
		}
		if q, ok := h.Params.(*config.Queue); ok {
			for _, next := range h.Handlers {
				hand(next, q.RespectHandlerLevel)
			}
			return
		}
		names = append(names, h.Name)
	}
	route := t.View().Route(r.Logger)
	if r.Level >= route.Level && route.Passes(r) {
		for _, a := range route.Handlers {
			hand(a.Handler, true)
		}
	}
	slices.Sort(names)
	return names
}

// What is explained is what happens: the hierarchy hands a record to those handlers, whatever else the record has
// where filters depend on that.
func TestExplainAgreesWithHierarchy(t *testing.T) {
	d := draw{Rand: rand.New(rand.NewPCG(8, 13))}
	rounds := 300
	if testenv.Long() {
		rounds = 10_000
	}
	for range rounds {
		text, err := json.Marshal(d.config())
		if err != nil {
			t.Fatal(err)
		}
		c := checked(t, string(text), config.Options{RootLevel: slog.Level(d.IntN(3)*4 - 4)})
		tree := tree(c)
		for _, name := range loggerNames() {
			for _, level := range []slog.Level{-8, -4, 0, 2, 4, 8, 12} {
				logger := name
				if name == "" {
					logger = record.RootLogger
				}
				e := c.Explain(name, level)
				got, certain := gets(e)
				if e.Effective != tree.View().Route(logger).Level {
					t.Fatalf("%s\nlogger %q: got the level %v, want %v", text, name, e.Effective, tree.View().Route(logger).Level)
				}
				with := reach(tree, &record.Record{Logger: logger, Level: level, Message: "something"})
				without := reach(tree, &record.Record{Logger: logger, Level: level, Message: "nothing"})
				switch {
				case certain && (!slices.Equal(got, with) || !slices.Equal(got, without)):
					t.Fatalf("%s\n%s at %v: got %v, want %v, and %v", text, logger, level, got, with, without)
				case !slices.Equal(got, with):
					t.Fatalf("%s\n%s at %v: got %v with filters that depend on the record, want %v", text, logger, level, got, with)
				}
			}
		}
	}
}

const pythonFires = pythonReset + `
fired = []
logging.NullHandler.handle = lambda self, r: fired.append(self.name) if self.filter(r) else None
for line in sys.stdin:
    config, names = json.loads(line)
    reset()
    logging.config.dictConfig(config)
    answer = []
    for name in names:
        for level in (5, 10, 20, 25, 30, 40, 50):
            del fired[:]
            logging.getLogger(name).log(level, "x")
            answer.append(sorted(fired))
    print(json.dumps(answer))
`

// For random configurations the handlers that fire in Python are those that get the record here.
func TestExplainAgreesWithPython(t *testing.T) {
	python := testenv.Python(t)
	d := draw{rand.New(rand.NewPCG(3, 12)), true}
	rounds := 200
	if testenv.Long() {
		rounds = 5000
	}
	var questions []any
	for range rounds {
		questions = append(questions, []any{d.config(), loggerNames()})
	}
	for i, answer := range askPython[[][]string](t, python, pythonFires, questions) {
		text, err := json.Marshal(questions[i].([]any)[0])
		if err != nil {
			t.Fatal(err)
		}
		c := checked(t, string(text), config.Options{RootLevel: record.LevelWarning})
		for j, want := range answer {
			name, level := loggerNames()[j/7], []int{5, 10, 20, 25, 30, 40, 50}[j%7]
			l, _ := record.FromPythonLevel(level)
			if got, _ := gets(c.Explain(name, l)); strings.Join(got, " ") != strings.Join(want, " ") {
				t.Fatalf("%s\nlogger %q, level %d: got %v, want %v", text, name, level, got, want)
			}
		}
	}
}

// Each handler has the reason that it does not get the record, and what stands in the way.
func TestExplainReasons(t *testing.T) {
	c := checked(t, `{"version": 1,
		"filters": {"shop": {"name": "shop"}, "slow": {"filter": "took>1s"}, "loud": {"filter": "level>=error"}},
		"handlers": {
			"all": {"class": "null"}, "errors": {"class": "null", "level": "ERROR"}, "shop": {"class": "null", "filters": ["shop"]},
			"slow": {"class": "null", "filters": ["slow"]}, "q": {"class": "queue", "handlers": ["behind"], "level": "WARNING"},
			"behind": {"class": "null"}, "m": {"class": "memory", "target": "kept"}, "kept": {"class": "null", "level": "CRITICAL"}, "idle": {"class": "null"}
		},
		"loggers": {"db": {"level": "INFO", "propagate": false, "handlers": ["shop", "slow", "m"]}, "db.sql": {"filters": ["loud"]}},
		"root": {"level": "WARNING", "handlers": ["all", "errors", "q"]}}`, config.Options{})
	f := func(logger string, level slog.Level, want string) {
		t.Helper()
		e := c.Explain(logger, level)
		var got []string
		for _, v := range e.Handlers {
			text := v.Handler.Name
			if v.On != "" {
				text += "@" + v.On
			}
			if v.Via != nil {
				text += "<" + v.Via.Name
			}
			switch {
			case v.Gets && len(v.Undecided) > 0:
				text += "?" + v.Undecided[0].Name
			case v.Why == config.NotPropagated:
				text += "-propagate " + v.At
			case v.Why == config.KeptByFilter:
				text += "-" + v.Filter.Name
			case !v.Gets:
				text += "-" + v.Why.String()
			}
			got = append(got, text)
		}
		if text := fmt.Sprintf("%s of %s: %s", record.LevelName(e.Effective), e.From, strings.Join(got, ", ")); text != want {
			t.Errorf("%s at %v:\ngot  %s\nwant %s", logger, level, text, want)
		}
	}
	f("web", record.LevelWarning, "WARNING of root: all@root, errors@root-it is below the level of the handler, q@root, behind@root<q, "+
		"idle-it hangs on no logger above, m-it hangs on no logger above, kept<m-what is in front of it does not get it, shop-it hangs on no logger above, slow-it hangs on no logger above")
	f("db", record.LevelInfo, "INFO of db: shop@db-shop, slow@db?slow, m@db, kept@db<m, all@root-propagate db, errors@root-propagate db, q@root-propagate db, "+
		"behind@root<q-what is in front of it does not get it, idle-it hangs on no logger above")
	f("db.sql", record.LevelWarning, "INFO of db: shop@db-a filter of the logger keeps it, slow@db-a filter of the logger keeps it, m@db-a filter of the logger keeps it, "+
		"kept@db<m-what is in front of it does not get it, all@root-propagate db, errors@root-propagate db, q@root-propagate db, behind@root<q-what is in front of it does not get it, idle-it hangs on no logger above")
	f("db.sql", record.LevelDebug, "INFO of db: shop@db-it is below the level of the logger, slow@db-it is below the level of the logger, m@db-it is below the level of the logger, "+
		"kept@db<m-what is in front of it does not get it, all@root-propagate db, errors@root-propagate db, q@root-propagate db, behind@root<q-what is in front of it does not get it, idle-it hangs on no logger above")
}
