package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
)

// reloader makes a running server anew as its configuration says.
type reloader struct {
	program *program
	flags   *pflag.FlagSet
	serve   *serveFlags
	notify  func(string)

	now    *config.Config // what holds, nil without a file; only one reload at a time
	files  assembly.Files // that its handlers have open
	turn   chan struct{}  // holds a token while one is under way
	daemon *daemon.Daemon
}

// read reads the configuration, if there is one, and returns the daemon that it and the flags describe.
func (r *reloader) read() (c *config.Config, o daemon.Options, err error) {
	if path := r.serve.config.path; path != "" {
		if c, err = readConfig(path); err != nil {
			return nil, o, err
		}
		if c.Incremental {
			if c, err = assembly.Amend(r.now, c); err != nil {
				return nil, o, asConfigError(err)
			}
		}
	}
	s := r.serve.filled(c, r.flags)
	s.config.runs, s.config.files = r.now, &r.files
	o, err = s.options(r.program, r.flags, c, r.notify)
	o.Notify, o.Reconfigure = r.notify, r.reload
	return c, o, err
}

// reload opens all files anew, and then changes what is different in the configuration. It returns what changed, a line for
// each thing, and tells it. A file that cannot be opened anew is told, and goes on as it was.
func (r *reloader) reload(ctx context.Context) (told []string, err error) {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if err := r.daemon.Reopen(ctx); err != nil {
		r.notify(err.Error())
	}
	if r.serve.config.path == "" {
		return []string{"files were opened anew; there is no configuration to read"}, nil
	}
	told, err = r.change(ctx)
	lines := told
	if err != nil {
		lines = append([]string{"the configuration is refused; what was before stays"}, strings.Split(err.Error(), "\n")...)
	}
	for _, line := range lines {
		r.notify(line)
	}
	return told, err
}

// change changes what is different in the configuration.
func (r *reloader) change(ctx context.Context) (told []string, err error) {
	c, o, err := r.read()
	if err != nil {
		return nil, err
	}
	told, err = r.daemon.Reload(ctx, o)
	if err != nil {
		return nil, startError(err)
	}
	told = append(told, differences(r.now, c)...)
	r.now = c
	if len(told) == 0 {
		told = []string{"nothing changed"}
	}
	return told, nil
}

// maxNamed is how many loggers that changed are named, each in a line of its own.
const maxNamed = 8

// differences says of which handlers and loggers a configuration says something else than another.
func differences(was, is *config.Config) (told []string) {
	for _, h := range is.Handlers {
		if before := was.Handler(h.Name); before != nil && before.Same(h) && !before.SameGate(h) {
			told = append(told, "handler "+h.Name+": another level, or other filters")
		}
	}
	var changed, gone []string
	for _, l := range loggersOf(is) {
		if !l.Same(loggerNamed(was, l.Name)) {
			changed = append(changed, l.Name)
		}
	}
	for _, l := range loggersOf(was) {
		if loggerNamed(is, l.Name) == nil {
			gone = append(gone, l.Name)
		}
	}
	return append(append(told, ofLoggers(changed, "changed")...), ofLoggers(gone, "gone")...)
}

// ofLoggers says what became of loggers: of each, or of many how many they are.
func ofLoggers(names []string, what string) (told []string) {
	if len(names) > maxNamed {
		return []string{of(uint64(len(names)), "logger") + ": " + what}
	}
	for _, name := range names {
		told = append(told, "logger "+name+": "+what)
	}
	return told
}

// loggerNamed returns what a configuration says of a logger, nil if nothing.
func loggerNamed(c *config.Config, name string) *config.Logger {
	all := loggersOf(c)
	i := slices.IndexFunc(all, func(l *config.Logger) bool { return l.Name == name })
	if i < 0 {
		return nil
	}
	return all[i]
}
