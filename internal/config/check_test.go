package config_test

import (
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
