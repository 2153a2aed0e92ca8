package assembly_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/record"
)

// check returns the configuration of some handlers, all of which hang on the root, in which DIR stands for a directory.
func check(t *testing.T, dir, handlers string) *config.Config {
	t.Helper()
	text := strings.ReplaceAll(fmt.Sprintf(`{"version": 1,
	  "formatters": {"brief": {"format": "%%(levelname)s %%(message)s"}, "plain": {"format": "{message}", "style": "{"}},
	  "filters": {"loud": {"filter": "level>=warning"}, "shop": {"name": "shop"}},
	  "handlers": {%s}, "root": {"handlers": ["own"]}}`, handlers), "DIR", dir)
	node, err := config.ParseJSON("test.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Check(node, config.Options{File: "test.json", RootLevel: record.LevelAll})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// open returns the handler named own of a configuration.
func open(t *testing.T, dir, handlers string, env assembly.Env) record.Handler {
	t.Helper()
	h, err := assembly.Open(check(t, dir, handlers).Handler("own"), env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { finish(t, h) })
	return h
}

// finish closes a handler, which may be closed already.
func finish(t *testing.T, h record.Handler) {
	t.Helper()
	if c, ok := h.(io.Closer); ok {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// handle hands a handler the records that a test is about.
func handle(t *testing.T, h record.Handler) {
	t.Helper()
	at := time.Date(2026, 11, 23, 10, 41, 41, 702e6, time.UTC)
	batch := []record.Record{
		{Time: at, Level: slog.LevelInfo, Logger: "shop.pay", Message: "payment taken", Attrs: []slog.Attr{slog.Int("user_id", 42)}},
		{Time: at, Level: slog.LevelError, Logger: "db", Message: "connection lost"},
	}
	if err := h.Handle(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
}

func TestConsole(t *testing.T) {
	f := func(own string, terminal bool, stdout, stderr string) {
		t.Helper()
		var out, errs bytes.Buffer
		handle(t, open(t, "", own, assembly.Env{Stdout: assembly.Output{Writer: &out, Terminal: terminal}, Stderr: assembly.Output{Writer: &errs, Terminal: terminal}}))
		for _, c := range []struct {
			name, got, want string
		}{{"stdout", out.String(), stdout}, {"stderr", errs.String(), stderr}} {
			if (c.want == "") != (c.got == "") || !strings.Contains(c.got, c.want) {
				t.Errorf("%s: %s: got %q, want %q", own, c.name, c.got, c.want)
			}
		}
	}
	f(`"own": {"class": "logging.StreamHandler", "formatter": "brief"}`, false, "", "INFO payment taken\nERROR connection lost\n")
	f(`"own": {"class": "console", "stream": "ext://sys.stdout", "formatter": "plain"}`, true, "payment taken\nconnection lost\n", "")
	f(`"own": {"class": "console", "formatter": "logfmt"}`, true, "", "level=INFO logger=shop.pay")
	f(`"own": {"class": "console"}`, false, "", `"message":"payment taken","attrs":{"user_id":42}`)
	f(`"own": {"class": "console"}`, true, "", "payment taken  user_id=42")
}

// A form that depends on the record alone may be made early, and the one for people may not: it has a line for each day.
func TestEarlyForms(t *testing.T) {
	f := func(own string, want bool) {
		t.Helper()
		_, form := open(t, t.TempDir(), own, assembly.Env{Stderr: assembly.Output{Writer: io.Discard, Terminal: true}}).(record.Former).NewForm()
		if (form != nil) != want {
			t.Errorf("%s: a form is made early: %v, want %v", own, form != nil, want)
		}
	}
	f(`"own": {"class": "console"}`, false)
	f(`"own": {"class": "console", "formatter": "brief"}`, true)
	f(`"own": {"class": "file", "filename": "DIR/app.log"}`, true)
	f(`"own": {"class": "file", "filename": "DIR/app.log", "formatter": "pretty"}`, false)
}

// The four classes of files are those of Python, and rotate as they do.
func TestFiles(t *testing.T) {
	f := func(own string, want map[string]string) {
		t.Helper()
		dir := t.TempDir()
		h := open(t, dir, `"own": {`+own+`, "filename": "DIR/app.log"}`, assembly.Env{})
		handle(t, h)
		handle(t, h)
		got := map[string]string{}
		for name, text := range files(t, dir) {
			if strings.HasPrefix(name, "app.log.20") {
				name = "app.log.DATE"
			}
			got[name] = text
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %q, want %q", own, got, want)
		}
	}
	const all = "INFO payment taken\nERROR connection lost\n"
	f(`"class": "logging.FileHandler", "formatter": "brief"`, map[string]string{"app.log": all + all})
	f(`"class": "logging.FileHandler", "formatter": "plain", "mode": "w", "delay": true, "errors": "ignore", "encoding": "ascii"`,
		map[string]string{"app.log": strings.Repeat("payment taken\nconnection lost\n", 2)})
	f(`"class": "logging.handlers.WatchedFileHandler", "formatter": "brief"`, map[string]string{"app.log": all + all})
	f(`"class": "logging.handlers.RotatingFileHandler", "formatter": "plain", "maxBytes": 20, "backupCount": 2`,
		map[string]string{"app.log": "connection lost\n", "app.log.1": "payment taken\n", "app.log.2": "connection lost\n"})
	f(`"class": "logging.handlers.RotatingFileHandler", "formatter": "plain"`, // maxBytes=0 never rotates
		map[string]string{"app.log": strings.Repeat("payment taken\nconnection lost\n", 2)})
	f(`"class": "logging.handlers.TimedRotatingFileHandler", "formatter": "brief", "when": "midnight", "backupCount": 3`,
		map[string]string{"app.log": all + all})
}

// files returns what is in a directory, by name.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(text)
	}
	return all
}

// A memory hands over what it has, to a target whose filters it asks and whose level it does not, and opens the
// target's file anew.
func TestMemory(t *testing.T) {
	dir := t.TempDir()
	h := open(t, dir, `"own": {"class": "logging.handlers.MemoryHandler", "capacity": 10, "flushLevel": "CRITICAL", "target": "file"},
	  "file": {"class": "logging.FileHandler", "filename": "DIR/app.log", "formatter": "brief", "level": "CRITICAL", "filters": ["shop"]}`, assembly.Env{})
	handle(t, h)
	if got := files(t, dir)["app.log"]; got != "" {
		t.Errorf("before a record of consequence: got %q", got)
	}
	if err := os.Rename(dir+"/app.log", dir+"/old.log"); err != nil {
		t.Fatal(err)
	}
	if err := h.(interface {
		Reopen(ctx context.Context) error
	}).Reopen(t.Context()); err != nil {
		t.Error(err)
	}
	if err := h.Handle(t.Context(), []record.Record{{Level: record.LevelCritical, Logger: "shop", Message: "out of memory"}}); err != nil {
		t.Error(err)
	}
	if got, want := files(t, dir)["app.log"], "INFO payment taken\nCRITICAL out of memory\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	handle(t, h)
	finish(t, h)
	if got, want := files(t, dir)["app.log"], "INFO payment taken\nCRITICAL out of memory\nINFO payment taken\n"; got != want {
		t.Errorf("after Close: got %q, want %q", got, want)
	}

	handle(t, open(t, dir, `"own": {"class": "null"}`, assembly.Env{}))
}

// What cannot be opened says why, by the name of the handler.
func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	notPEM := filepath.Join(dir, "not.pem")
	if err := os.WriteFile(notPEM, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(own, want string) {
		t.Helper()
		h, err := assembly.Open(check(t, dir, own).Handler("own"), assembly.Env{})
		if err == nil || !strings.HasPrefix(err.Error(), "handler own: ") || !strings.Contains(err.Error(), strings.ReplaceAll(want, "DIR", dir)) || h != nil {
			t.Errorf("%s: got %v, %v, want an error with %q", own, h, err, want)
		}
	}
	f(`"own": {"class": "file", "filename": "DIR/none/app.log"}`, "DIR/none")
	f(`"own": {"class": "memory", "capacity": 3, "target": "file"}, "file": {"class": "file", "filename": "DIR/none/app.log"}`, "DIR/none")
	f(`"own": {"class": "http", "url": "https://x.example", "tls": {"ca": "DIR/none.pem"}}`, "read the authorities of TLS: open DIR/none.pem")
	f(`"own": {"class": "otlp", "url": "https://x.example", "tls": {"ca": "DIR/not.pem"}}`, "DIR/not.pem holds no certificate in PEM")
	f(`"own": {"class": "syslog", "address": "x.example:6514", "network": "tls", "tls": {"cert": "DIR/a.pem", "key": "DIR/b.pem"}}`, "load the certificate DIR/a.pem")
	f(`"own": {"class": "queue", "handlers": ["null"]}, "null": {"class": "null"}`, "not opened itself")
	if left := slices.Sorted(maps.Keys(files(t, dir))); !slices.Equal(left, []string{"not.pem"}) {
		t.Errorf("left behind: %v", left)
	}
}
