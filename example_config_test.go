package jackdaw_test

import (
	"context"
	"fmt"
	"time"

	"github.com/jackdaw-log/jackdaw"
)

// The same text is a configuration of Python's logging: logging.config.dictConfig(json.loads(text)).
func ExampleFromConfig() {
	h, err := jackdaw.FromConfig([]byte(`{
	  "version": 1,
	  "formatters": {"brief": {"format": "%(levelname)-8s %(name)s: %(message)s"}},
	  "handlers": {
	    "console": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "brief", "level": "INFO"}
	  },
	  "loggers": {"shop.db": {"level": "WARNING"}},
	  "root": {"level": "DEBUG", "handlers": ["console"]}
	}`), jackdaw.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer h.Shutdown(5 * time.Second)

	h.Logger("shop.pay").Info("payment taken")
	h.Logger("shop.db").Info("connected")
	h.Logger("shop.db.pool").Error("no connection left")
	// Output:
	// INFO     shop.pay: payment taken
	// ERROR    shop.db.pool: no connection left
}

// A configuration may be replaced while the program logs. One that is wrong changes nothing.
func ExampleHierarchy_Configure() {
	const text = `{
	  "version": 1,
	  "formatters": {"brief": {"format": "%%(levelname)s %%(message)s"}},
	  "handlers": {"console": {"class": "console", "stream": "ext://sys.stdout", "formatter": "brief"}},
	  "root": {"level": "%s", "handlers": ["console"]}
	}`
	h, err := jackdaw.FromConfig(fmt.Appendf(nil, text, "WARNING"), jackdaw.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer h.Shutdown(5 * time.Second)

	h.Logger("shop").Debug("not shown")
	if err := h.Configure(context.Background(), fmt.Appendf(nil, text, "DEBUG")); err != nil {
		fmt.Println(err)
	}
	h.Logger("shop").Debug("shown")
	_ = h.Flush(context.Background())
	fmt.Println(h.Configure(context.Background(), fmt.Appendf(nil, text, "DEBGU")))
	// Output:
	// DEBUG shown
	// the configuration is refused: configuration:5:22: level: got "DEBGU", want DEBUG, INFO, WARNING, ERROR, CRITICAL or a number of Python's such as 25; did you mean DEBUG?
}
