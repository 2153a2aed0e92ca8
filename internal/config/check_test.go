package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/config"
)

// check reads and checks a configuration in JSON.
func check(text string, o config.Options) (*config.Config, error) {
	if o.File == "" {
		o.File = "jackdaw.json"
	}
	n, err := config.ParseJSON(o.File, []byte(text))
	if err != nil {
		return nil, err
	}
	return config.Check(n, o)
}

// checked is check for a text without errors.
func checked(t *testing.T, text string, o config.Options) *config.Config {
	t.Helper()
	c, err := check(text, o)
	if err != nil {
		t.Fatalf("got %v\nwant no error for\n%s", err, text)
	}
	return c
}

// Each row is a configuration in which « stands before what is wrong.
func TestErrors(t *testing.T) {
	env := map[string]string{"PORT": "90a", "SECRET": "hunter2", "LEVEL": "loud"}
	for _, row := range []struct{ text, word, want string }{
		{`{"version": 1, «"recievers": {}}`, "receivers", `got the key "recievers", which a configuration does not have`},
		{`{"version": 1, "handlers": {"a": {"class": «"RotatingFileHandler"}}}`, "logging.handlers.RotatingFileHandler", `got the class of handlers "RotatingFileHandler", which there is not`},
		{`{"version": 1, "filters": {"f": {"filter": "level>=«warnin"}}}`, "warning", `filter: level "warnin" is unknown`},
		{`{"version": 1, "handlers": {"a": {"class": "null"}, "q": {"class": "queue", "handlers": ["a", «"b"]}}}`, "", `got the handler "b", which is not defined; there is a or q`},
		{`{"version": 1, "web": «9024}`, "127.0.0.1:9024", `web: got 9024, want HOST:PORT, or off`},
		{`{"version": 1, "handlers": {"a": {"class": "socket", "host": "h", "port": «"env://PORT"}}}`, "", `port: got the value of PORT in the environment, want a number from 0 to 65535`},
		{`{"version": 1, "stream": {"url": "nats://a,b,c", "durability": «"disk"}}`, "", `durability: a cluster decides for itself; leave it or url out`},
		{`{"version": 1, "stream": {"directory": "/d", "replicas": «3}}`, "", `replicas: it is for a cluster; name it with url: nats://a,b,c`},
		{`{"version": 1, "stream": {"url": "tls://a", "tls": «{"cert": "c.pem"}}}`, "", `tls: got one of cert and key, want both`},
	} {
		before, _, _ := strings.Cut(row.text, "«")
		line, column := 1+strings.Count(before, "\n"), len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))+1
		_, err := check(strings.Replace(row.text, "«", "", 1), config.Options{Env: func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
		all, ok := errors.AsType[*config.Errors](err)
		if !ok || len(all.List) != 1 {
			t.Errorf("%s: got %v, want one error", row.text, err)
			continue
		}
		e := all.List[0]
		if e.File != "jackdaw.json" || e.Line != line || e.Column != column || e.Word != row.word || e.Text != row.want {
			t.Errorf("%s:\ngot  %s, word %q\nwant jackdaw.json:%d:%d: %s, word %q", row.text, err, e.Word, line, column, row.want, row.word)
		}
	}
}

func TestHandler(t *testing.T) {
	c := checked(t, `{"version": 1, "handlers": {
		"f": {"class": "logging.handlers.RotatingFileHandler", "filename": "app.log", "maxBytes": "1MB", "backupCount": 3, "level": "WARNING"},
		"m": {"class": "memory", "target": "f", "flushLevel": 40}
	}, "root": {"handlers": ["m"]}}`, config.Options{})
	f, m := c.Handler("f"), c.Handler("m")
	if got, want := *f.Params.(*config.File), (config.File{Path: "app.log", MaxBytes: 1_000_000, BackupCount: 3}); got != want {
		t.Errorf("got the file %+v, want %+v", got, want)
	}
	if f.Class != config.RotatingFileClass || *f.Level != 4 || !f.Behind || m.Target != f || *m.Params.(*config.Memory).FlushLevel != 8 {
		t.Errorf("got %+v and %+v, want a rotating file from WARNING on behind a memory", f, m)
	}
}
