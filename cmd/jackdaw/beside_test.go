package main

import (
	"io"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/record"
)

// What is explained is what serve does with the same file and flags.
func TestExplainBesideFlags(t *testing.T) {
	dir := t.TempDir()
	text := map[string]string{
		"none": "", "bare": "version: 1\nloggers: {noise: {level: CRITICAL}}\n", "some": someConfig,
		"console": "version: 1\nhandlers: {console: {class: console, level: ERROR}}\nroot: {handlers: [console], level: WARNING}\nstream: off\n",
		"cluster": "version: 1\nstream: {url: \"nats://localhost:4222\"}\nreceivers: {logname: one}\n",
	}
	for name, flags := range map[string]string{
		"none": "", "levels": "--level shop=INFO --level ERROR --level noise=DEBUG --level noise=INFO", "off": "--console off", "console": "--console json",
		"files": "--file x.jsonl --file y.jsonl --logname two", "unnamed": "--logname= --data off", "store": "--store DIR --data DIR", "no store": "--store off",
	} {
		for which := range text {
			c := &config.Config{RootLevel: math.MinInt}
			if which != "none" {
				var err error
				if c, err = readConfig(write(t, dir, which+".yaml", text[which])); err != nil {
					t.Fatal(err)
				}
			}
			args := strings.Fields(strings.ReplaceAll(flags, "DIR", dir))
			p := &program{stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }, tcp: "127.0.0.1:0", data: dir}
			serve, serving, check, beside := p.serveCommand(), new(serveFlags), p.checkCommand(), new(besideFlags)
			serve.ResetFlags()
			serving.add(serve, p)
			check.ResetFlags()
			beside.add(check)
			if err := serve.ParseFlags(args); err != nil {
				t.Fatal(err)
			}
			if err := check.ParseFlags(args); err != nil {
				t.Fatal(err)
			}
			filled := serving.filled(c, serve.Flags())
			o, err := filled.options(p, serve.Flags(), c, nil)
			if err != nil {
				t.Fatalf("%s, %s: %v", which, name, err)
			}
			if got, want := beside.nameOf(c, check.Flags()), o.LogName; got != want {
				t.Errorf("%s, %s: got the name %q, want %q", which, name, got, want)
			}
			if got, want := beside.hasStore(c, check.Flags()), !o.Store.Off && (o.Data != "" || o.Cluster.URL != "" && o.Store.Dir != ""); got != want {
				t.Errorf("%s, %s: a store: got %v, want %v", which, name, got, want)
			}
			tree := hierarchy.New[string](math.MinInt)
			tree.Replace(rooted(o.Loggers))
			explained := beside.apply(c, check.Flags())
			for _, logger := range []string{"root", "noise", "shop.pay"} {
				for _, level := range []slog.Level{-4, 0, 4, 8, 12} {
					r := record.Record{Logger: logger, Level: level}
					var got, want []string
					for _, v := range explained.Explain(logger, level).Handlers {
						if v.Gets {
							got = append(got, v.Handler.Name)
						}
					}
					for _, h := range o.Handlers {
						if tree.View().Route(logger).IsFor(h.Name, &r, true) {
							want = append(want, h.Name)
						}
					}
					slices.Sort(got)
					slices.Sort(want)
					if !slices.Equal(got, want) {
						t.Errorf("%s, %s: %s at %v: got %q, want %q", which, name, logger, level, got, want)
					}
				}
			}
		}
	}
}

// rooted returns the loggers as a server has them, whose root handles every record where nothing else is said.
func rooted(loggers []hierarchy.Logger[string]) []hierarchy.Logger[string] {
	lowest := slog.Level(math.MinInt)
	for i := range loggers {
		if loggers[i].Name == record.RootLogger && loggers[i].Level == nil {
			loggers[i].Level = &lowest
		}
	}
	return loggers
}
