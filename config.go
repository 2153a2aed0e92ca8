package jackdaw

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/internal/config"
)

// ErrConfig is the error, beside those that say what is wrong and where, of a configuration that was refused. Nothing
// of it holds then, and all goes on as it was. Where the hierarchy was closed before, it is [ErrClosed] too.
var ErrConfig = errors.New("the configuration is refused")

// FromConfig returns a Hierarchy with the loggers, levels, filters and handlers of a configuration: a JSON object
// with the keys of Python's logging.config.dictConfig, and their meaning. The file docs/configuration.md of the module
// has all that it may hold, and how it differs from Python's. The command "jackdaw check" reads the same, and YAML.
//
//	{"version": 1,
//	 "handlers": {"file": {"class": "logging.handlers.RotatingFileHandler", "filename": "app.log", "maxBytes": 10485760, "backupCount": 5}},
//	 "root": {"level": "INFO", "handlers": ["file"]}}
//
// Names of classes are only names: nothing is looked up or executed because a configuration names it. A value of the
// form env://NAME is that of an environment variable.
//
// The error is of all that is wrong, a line for each with its place, and is [ErrConfig] to errors.Is.
func FromConfig(data []byte, o Options) (*Hierarchy, error) {
	h := New(o)
	if err := h.Configure(context.Background(), data); err != nil {
		return nil, errors.Join(err, h.Close(context.Background()))
	}
	return h, nil
}

// Configure calls [Hierarchy.Configure] of the default hierarchy.
func Configure(ctx context.Context, data []byte) error { return Default().Configure(ctx, data) }

// Configure puts a configuration, as [FromConfig] describes it, in the place of the one before. It may be called at any
// time, while records are logged:
//
//   - A configuration that has an error, or with a handler that cannot be opened, is refused: see [ErrConfig].
//   - Loggers, levels and filters change at one moment, for all records that are logged after Configure returned.
//   - A handler whose configuration is the same, by its name, goes on as if nothing had happened, with what waits for
//     it and with its files and connections.
//   - One that is changed is made anew. What waits is the old one's for a second; what it has not taken then goes to
//     the new one. Only where it was one that writes lines (to a file or the console) and becomes one that does
//     not, or the other way round, it is as if the one was taken out and the other added.
//   - One that is gone is handed what waits for it, and is closed.
//
// What the program has set by itself stays: its handlers and filters, and the levels of loggers of which the
// configuration says nothing. A level that is set by [Hierarchy.SetLevel] holds until the next Configure that has one
// for the logger. A configuration with "incremental" only changes levels, and propagate, of what runs.
//
// Configure returns when all that is gone is closed, when ctx ends, or after ten seconds: what was not handed over by
// then is dropped and counted, and the error, which is not ErrConfig, says how much, while the new configuration
// holds. Calls of Configure wait for each other.
func (h *Hierarchy) Configure(ctx context.Context, data []byte) error {
	select {
	case h.configuring <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("configure: %w", context.Cause(ctx))
	}
	defer func() { <-h.configuring }()
	c, err := h.readConfig(data)
	if err != nil {
		return refused(err)
	}
	ch, err := h.prepare(c)
	if err != nil {
		return refused(err)
	}
	h.queue.Settle() // what was logged by now goes by what holds now
	if err := ch.apply(); err != nil {
		return refused(err)
	}
	ctx, cancel := context.WithTimeout(ctx, partingTime)
	defer cancel()
	return ch.finish(ctx)
}

// partingTime bounds how long Configure waits for handlers that are gone.
const partingTime = 10 * time.Second

func refused(err error) error { return fmt.Errorf("%w: %w", ErrConfig, err) }

// configName is what a configuration is called in errors.
const configName = "configuration"

// readConfig returns what is to hold.
func (h *Hierarchy) readConfig(data []byte) (*config.Config, error) {
	node, err := config.ParseJSON(configName, data)
	if err != nil {
		return nil, err
	}
	c, err := config.Check(node, config.Options{File: configName, Library: !h.o.SharedConfig, RootLevel: h.o.Level})
	if err != nil {
		return nil, err
	}
	if c.Incremental {
		return assembly.Amend(h.config, c)
	}
	return c, nil
}
