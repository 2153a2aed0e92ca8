package jackdaw_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackdaw-log/jackdaw"
)

// fromConfig returns a hierarchy of a configuration, in which DIR stands for a directory of the test, and the directory.
func fromConfig(t *testing.T, text string) (h *jackdaw.Hierarchy, dir string) {
	t.Helper()
	dir = t.TempDir()
	h, err := jackdaw.FromConfig([]byte(strings.ReplaceAll(text, "DIR", dir)), jackdaw.Options{OnError: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeNow(t, h) })
	return h, dir
}

func closeNow(t *testing.T, h *jackdaw.Hierarchy) {
	t.Helper()
	if err := h.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// holds checks what is in a file after all that was logged is there.
func holds(t *testing.T, h *jackdaw.Hierarchy, path string, want ...string) {
	t.Helper()
	flush(t, h)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Fields(string(text))
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s: got %q, want %q", filepath.Base(path), got, want)
	}
}

const shop = `{
  "version": 1,
  "formatters": {"brief": {"format": "%(levelname)s:%(name)s:%(message)s"}},
  "filters": {"cards": {"name": "shop.pay.card"}, "loud": {"filter": "level>=warning"}},
  "handlers": {
    "all": {"class": "logging.FileHandler", "filename": "DIR/all", "formatter": "brief"},
    "pay": {"class": "file", "filename": "DIR/pay", "formatter": "brief", "level": "INFO"},
    "card": {"class": "file", "filename": "DIR/card", "formatter": "brief", "filters": ["cards"]},
    "loud": {"class": "file", "filename": "DIR/loud", "formatter": "brief", "level": "INFO", "filters": ["loud"]},
    "later": {"class": "logging.handlers.QueueHandler", "handlers": ["card", "loud"], "respect_handler_level": true, "level": "INFO"},
    "idle": {"class": "file", "filename": "DIR/idle"}
  },
  "loggers": {
    "shop.pay": {"level": "DEBUG", "handlers": ["pay", "later", "all"]},
    "audit": {"propagate": false, "filters": ["loud"], "handlers": ["all"]}
  },
  "root": {"level": "WARNING", "handlers": ["all"]}
}`

// Loggers, levels, propagate, filters and handlers are those of the configuration.
func TestFromConfig(t *testing.T) {
	h, dir := fromConfig(t, shop)
	for _, name := range []string{"x", "shop.pay", "shop.pay.card", "audit", "audit.deep"} {
		logger := h.Logger(name)
		logger.Debug("d")
		logger.Info("i")
		logger.Warn("w")
	}
	holds(t, h, dir+"/all",
		"WARNING:x:w", "DEBUG:shop.pay:d", "INFO:shop.pay:i", "WARNING:shop.pay:w", // it hangs there twice, and has each once
		"DEBUG:shop.pay.card:d", "INFO:shop.pay.card:i", "WARNING:shop.pay.card:w", "WARNING:audit:w", "WARNING:audit.deep:w")
	holds(t, h, dir+"/pay", "INFO:shop.pay:i", "WARNING:shop.pay:w", "INFO:shop.pay.card:i", "WARNING:shop.pay.card:w")
	holds(t, h, dir+"/card", "INFO:shop.pay.card:i", "WARNING:shop.pay.card:w")
	holds(t, h, dir+"/loud", "WARNING:shop.pay:w", "WARNING:shop.pay.card:w")
	if _, err := os.Stat(dir + "/idle"); err == nil {
		t.Error("a file is there for which nothing is logged")
	}
	checkLaw(t, h.Stats())
}

// A configuration that is wrong is refused, with places, and the one before goes on.
func TestConfigureRefuses(t *testing.T) {
	h, dir := fromConfig(t, shop)
	if err := h.AddHandler("", new(memory), jackdaw.HandlerOptions{Name: "own"}); err != nil {
		t.Fatal(err)
	}
	f := func(text, want string) {
		t.Helper()
		err := h.Configure(t.Context(), []byte(strings.ReplaceAll(text, "DIR", dir)))
		if !errors.Is(err, jackdaw.ErrConfig) || !regexp.MustCompile("^the configuration is refused: "+want+"$").MatchString(err.Error()) {
			t.Errorf("got %v, want %s", err, want)
		}
		h.Logger("x").Warn("m")
	}
	f(`{"version": 1, "handler": {}}`, `configuration:1:16: .*handlers\?`)
	f("{\n \"version\": 1,,}", `configuration:2:15: .*`)
	f(`{"version": 1, "receivers": {"tcp": ":9020"}}`, `(?s)configuration:1:16: .*receivers.*`)
	f(`{"version": 1, "handlers": {"all": {"class": "file", "filename": "DIR/none/all"}}, "root": {"handlers": ["all"]}}`,
		`configuration:1:29: handler all: open file .*there is no directory .*`)
	f(`{"version": 1, "handlers": {"own": {"class": "null"}}, "root": {"handlers": ["own"]}}`,
		`configuration:1:29: handler own: the program has added one of that name itself`)
	f(`{"version": 1, "incremental": true, "handlers": {"cart": {"level": "ERROR"}}}`, `configuration:1:50: handler "cart" does not run.*did you mean card\?`)
	holds(t, h, dir+"/all", "WARNING:x:m", "WARNING:x:m", "WARNING:x:m", "WARNING:x:m", "WARNING:x:m", "WARNING:x:m")

	if _, err := jackdaw.FromConfig([]byte(`{"version": 2}`), jackdaw.Options{}); !errors.Is(err, jackdaw.ErrConfig) {
		t.Errorf("FromConfig: got %v, want that it is refused", err)
	}
	shared, err := jackdaw.FromConfig([]byte(`{"version": 1, "receivers": {"tcp": ":9020"}, "root": {"level": "ERROR"}}`), jackdaw.Options{SharedConfig: true})
	if err != nil || shared.EffectiveLevel("x") != slog.LevelError {
		t.Fatalf("a configuration that is shared with a server: got %v", err)
	}
	closeNow(t, shared)
}

// A second configuration takes the place of the first: what is the same goes on, what is gone is closed.
func TestConfigureAgain(t *testing.T) {
	h, dir := fromConfig(t, shop)
	var own memory
	if err := h.AddHandler("", &own, jackdaw.HandlerOptions{Name: "own"}); err != nil {
		t.Fatal(err)
	}
	h.SetLevel("mine", slog.LevelDebug)
	h.Logger("x").Warn("1")
	flush(t, h)
	before := os.Rename(dir+"/all", dir+"/all.before") // the file that goes on is found again by its name alone
	if before != nil {
		t.Fatal(before)
	}
	configure(t, h, strings.ReplaceAll(`{
	  "version": 1,
	  "formatters": {"brief": {"format": "%(levelname)s:%(name)s:%(message)s"}, "long": {"format": "[{message}]", "style": "{"}},
	  "handlers": {
	    "all": {"class": "logging.FileHandler", "filename": "DIR/all", "formatter": "brief", "level": "ERROR"},
	    "pay": {"class": "file", "filename": "DIR/pay2", "formatter": "long"},
	    "card": {"class": "null"}
	  },
	  "loggers": {"shop": {"handlers": ["pay", "card"], "level": "INFO"}},
	  "root": {"handlers": ["all"]}
	}`, "DIR", dir))
	for _, name := range []string{"x", "mine", "shop.pay", "audit"} {
		h.Logger(name).Debug("d")
		h.Logger(name).Info("2")
		h.Logger(name).Error("3")
	}
	holds(t, h, dir+"/all", "ERROR:x:3", "ERROR:mine:3", "ERROR:shop.pay:3", "ERROR:audit:3")
	holds(t, h, dir+"/pay", []string{}...)
	holds(t, h, dir+"/pay2", "[2]", "[3]")
	equal(t, "the program's own", own.messages(), []string{"1", "2", "3", "d", "2", "3", "2", "3", "2", "3"})
	var names []string
	for _, s := range h.Stats().Handlers {
		names = append(names, s.Name)
	}
	equal(t, "handlers", names, []string{"all", "pay", "own", "card"})

	configure(t, h, `{"version": 1, "incremental": true, "handlers": {"all": {"level": "DEBUG"}}, "loggers": {"x": {"level": "DEBUG"}, "shop": {"propagate": false}}}`)
	h.Logger("x").Debug("4")
	h.Logger("shop.pay").Error("5")
	holds(t, h, dir+"/all", "ERROR:x:3", "ERROR:mine:3", "ERROR:shop.pay:3", "ERROR:audit:3", "DEBUG:x:4")
	holds(t, h, dir+"/pay2", "[2]", "[3]", "[5]")

	if err := h.RemoveHandler(t.Context(), "all"); err != nil {
		t.Error(err)
	}
	configure(t, h, `{"version": 1}`)
	if got := len(h.Stats().Handlers); got != 1 {
		t.Errorf("got %d handlers, want the program's own", got)
	}
	if got := h.EffectiveLevel("mine"); got != slog.LevelDebug {
		t.Errorf("level that the program has set: got %v", got)
	}
	if got := h.EffectiveLevel("shop"); got != slog.LevelInfo {
		t.Errorf("level of a logger that is not configured any more: got %v", got)
	}
}

func configure(t *testing.T, h *jackdaw.Hierarchy, text string) {
	t.Helper()
	if err := h.Configure(t.Context(), []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// What waits for a handler that is changed goes to the new one, and what waits for one that is gone is dropped when its
// time is over, counted, and in the error.
func TestConfigureAway(t *testing.T) {
	to := func(url string) string {
		return fmt.Sprintf(`{"version": 1, "handlers": {"out": {"class": "http", "url": %q}}, "root": {"handlers": ["out"]}}`, url)
	}
	const away = "http://127.0.0.1:1/"
	var got atomic.Int64
	there := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got.Add(int64(bytes.Count(body, []byte("\n"))))
	}))
	defer there.Close()
	h, err := jackdaw.FromConfig([]byte(to(away)), jackdaw.Options{OnError: func(error) {}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		h.Logger("x").Info("m", "i", i)
	}
	configure(t, h, to(there.URL))
	flush(t, h)
	if got.Load() != 100 {
		t.Errorf("the new one got %d records, want all 100 that waited for the one before", got.Load())
	}
	configure(t, h, to(away))
	h.Logger("x").Info("m")
	ctx, cancel := context.WithTimeout(t.Context(), 50e6)
	defer cancel()
	if err := h.Configure(ctx, []byte(`{"version": 1}`)); err == nil || errors.Is(err, jackdaw.ErrConfig) || !strings.Contains(err.Error(), "handler out: 1 records left") {
		t.Errorf("got %v, want that a record was left", err)
	}
	s := h.Stats()
	checkLaw(t, s)
	if len(s.Handlers) != 1 || !s.Handlers[0].Gone || s.Handlers[0].Handled != 0 || s.Handlers[0].Accepted != 1 {
		t.Errorf("got %+v, want that the handler is gone, and its record counted", s.Handlers)
	}
	if h.EffectiveLevel("") != slog.LevelInfo {
		t.Error("the configuration does not hold")
	}
	closeNow(t, h)
}

// A hierarchy that was closed takes no configuration, and opens nothing for one.
func TestConfigureClosed(t *testing.T) {
	h := jackdaw.New(jackdaw.Options{OnError: func(error) {}})
	closeNow(t, h)
	files := openFiles()
	err := h.Configure(t.Context(), []byte(strings.ReplaceAll(shop, "DIR", t.TempDir())))
	if !errors.Is(err, jackdaw.ErrConfig) || !errors.Is(err, jackdaw.ErrClosed) {
		t.Errorf("got %v, want that it is refused, for it is closed", err)
	}
	if got := openFiles(); got > files {
		t.Errorf("%d files are open, want %d as before", got, files)
	}
}

// A file that is to be emptied is so when it is opened first, and not whenever its handler is changed; it has the
// encoding that was asked for.
func TestConfigureEmptiesOnce(t *testing.T) {
	const text = `{"version": 1, "formatters": {"f": {"format": "%%(message)s%s"}},
	  "handlers": {"m": {"class": "memory", "capacity": 1, "target": "f"}, "f": {"class": "file", "filename": "DIR/f", "mode": "w", "formatter": "f", "encoding": %q}},
	  "root": {"handlers": ["m"]}}`
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("from before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	of := func(suffix, encoding string) string {
		return strings.ReplaceAll(fmt.Sprintf(text, suffix, encoding), "DIR", filepath.Dir(path))
	}
	h, _ := fromConfig(t, of("", "utf-8"))
	h.Logger("x").Info("é")
	configure(t, h, of("!", "latin-1"))
	h.Logger("x").Info("é")
	flush(t, h)
	if got, err := os.ReadFile(path); err != nil || string(got) != "é\n\xe9!\n" {
		t.Errorf("got %q, %v, want a line of each", got, err)
	}
}

// A handler that is a memory's target and hangs on a logger is one, as in Python, also for a memory that comes later.
func TestConfigureOneFile(t *testing.T) {
	const text = `{"version": 1, "formatters": {"f": {"format": "%%(message)s"}},
	  "handlers": {"f": {"class": "file", "filename": "DIR/f", "mode": "x", "formatter": "f"}, "m": {"class": "memory", "capacity": %d, "target": "f"}},
	  "root": {"handlers": ["m", "f"]}}`
	h, dir := fromConfig(t, fmt.Sprintf(text, 1))
	configure(t, h, strings.ReplaceAll(fmt.Sprintf(text, 2), "DIR", dir))
	h.Logger("x").Info("m")
	holds(t, h, dir+"/f", "m", "m")
}

// during is a value that does something when it is asked for, in the middle of a log call.
type during func()

func (d during) LogValue() slog.Value { d(); return slog.StringValue("") }

// A call that began before a configuration, and comes to the queue after it, goes where it would go now.
func TestConfigureDuringCall(t *testing.T) {
	const text = `{"version": 1, "formatters": {"f": {"format": "%%(message)s"}},
	  "handlers": {"%[1]s": {"class": "file", "filename": "DIR/%[1]s", "formatter": "f"}}, "loggers": {"x": {"level": %[2]q}}, "root": {"handlers": ["%[1]s"]}}`
	to := func(name, level string) string { return fmt.Sprintf(text, name, level) }
	h, dir := fromConfig(t, to("before", "INFO"))
	f := func(message, name, level string) {
		t.Helper()
		h.Logger("x").Info(message, "k", during(func() { configure(t, h, strings.ReplaceAll(to(name, level), "DIR", dir)) }))
	}
	f("1", "after", "DEBUG")
	f("2", "before", "WARNING")
	f("3", "after", "INFO")
	holds(t, h, dir+"/before", []string{}...)
	holds(t, h, dir+"/after", "1")
	checkLaw(t, h.Stats())
}
