package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/assembly"
	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/config/yaml"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/terminal"
	"github.com/jackdaw-log/jackdaw/record"
)

// configError is a configuration that is wrong: each line of it names the place. Exit code 2.
type configError struct{ *config.Errors }

// Unwrap returns the errors one by one.
func (e *configError) Unwrap() []error { return e.Errors.Unwrap() }

// readConfig reads a configuration and checks it. A file that ends in .json is JSON, any other YAML.
func readConfig(path string) (*config.Config, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	parse := yaml.Parse
	if strings.EqualFold(filepath.Ext(path), ".json") {
		parse = config.ParseJSON
	}
	tree, err := parse(path, text)
	if err != nil {
		return nil, asConfigError(err)
	}
	c, err := config.Check(tree, config.Options{File: path, RootLevel: math.MinInt})
	if err != nil {
		return nil, asConfigError(err)
	}
	if wrong := unfit(c); len(wrong) > 0 {
		return nil, &configError{config.NewErrors(wrong...)}
	}
	return c, nil
}

// unfit says what a server cannot do of a configuration that is right by itself.
func unfit(c *config.Config) (wrong []*config.Error) {
	add := func(at config.Place, format string, args ...any) {
		wrong = append(wrong, &config.Error{File: c.File, Place: at, Text: fmt.Sprintf(format, args...)})
	}
	for _, h := range c.Handlers {
		if daemon.IsTaken(h.Name, h.Class == config.ConsoleClass) {
			add(h.Place, "the handler %q has a name that is the server's own; give it another one", h.Name)
		}
	}
	if c.Stream != nil && c.Stream.Off && c.Store != nil && !c.Store.Off {
		add(c.Store.Place, "there is no store without a stream, which is off; leave the store out, or write store: off")
	}
	return wrong
}

func asConfigError(err error) error {
	if all, ok := errors.AsType[*config.Errors](err); ok {
		return &configError{all}
	}
	if one, ok := errors.AsType[*config.Error](err); ok {
		return &configError{config.NewErrors(one)}
	}
	return err
}

// readFile reads a file that has the size of a configuration at most.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, usagef("%v", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, config.MaxBytes+1)) // one more is told as too much
	if err != nil {
		return nil, usagef("%v", err)
	}
	return text, nil
}

// filled returns the flags with what the configuration says where none was given.
func (s serveFlags) filled(c *config.Config, flags *pflag.FlagSet) serveFlags {
	s.config.named = make(map[string]bool)
	if c == nil {
		return s
	}
	if r := c.Receivers; r != nil {
		s.listen(r.Listen, flags)
		set(flags, "logname", &s.logname, r.LogName)
		s.protect.fill(r, flags)
	}
	if w := c.Web; w != nil {
		if w.Off || w.Address != "" {
			s.fillAddress(&s.web, config.Listen{Network: "web", Address: w.Address, Off: w.Off}, flags)
		}
		if len(w.Hosts) > 0 && !flags.Changed("web-host") {
			s.webHosts = w.Hosts
		}
	}
	s.data.fill(c.Stream, flags)
	s.cluster.fill(c.Stream, flags)
	if s.data.dir != off || s.cluster.URL != "" { // else a flag says that nothing is kept
		s.store.fill(c.Store, flags)
	}
	return s
}

// set gives a flag the value of the configuration, unless that says nothing or the flag was given.
func set[T comparable](flags *pflag.FlagSet, name string, flag *T, value T) {
	var none T
	if value != none && !flags.Changed(name) {
		*flag = value
	}
}

// listen takes the addresses of the configuration for those that no flag names.
func (s *serveFlags) listen(all []config.Listen, flags *pflag.FlagSet) {
	addresses := map[string]*address{
		"tcp": &s.tcp, "udp": &s.udp, "http": &s.http, "unix": &s.unix, "unixgram": &s.unixgram, "jsonl": &s.jsonl, "otlp": &s.otlp, "otlp-grpc": &s.otlpGRPC,
	}
	for _, l := range all {
		if a := addresses[l.Network]; a != nil {
			s.fillAddress(a, l, flags)
		} else if !flags.Changed("syslog") && !l.Off {
			s.syslog = append(slices.Clip(s.syslog), daemon.Address{Network: l.Network, Address: absolute(l.Network, l.Address)})
		}
	}
}

func (s *serveFlags) fillAddress(a *address, l config.Listen, flags *pflag.FlagSet) {
	if flags.Changed(a.network) {
		return
	}
	s.config.named[a.network] = true
	a.value = absolute(l.Network, l.Address)
	if l.Off {
		a.value = off
	}
}

// absolute returns an address as a program needs it, wherever that runs.
func absolute(network, address string) string {
	if !isPath(network) || strings.HasPrefix(address, "@") {
		return address
	}
	if path, err := filepath.Abs(address); err == nil {
		return path
	}
	return address
}

// handlersOf returns the handlers of a configuration, and what it says of loggers.
func handlersOf(c *config.Config, env assembly.Env) (handlers []daemon.Handler, loggers []hierarchy.Logger[string]) {
	for _, h := range assembly.Handlers(c) {
		handlers = append(handlers, daemon.Handler{
			Name: h.Name, Config: h, Open: func() (record.Handler, error) { return assembly.Open(h, env) },
			Shown: h.Class == config.ConsoleClass, Required: h.Required, BacklogBytes: h.BacklogBytes, BacklogAge: h.BacklogAge,
		})
	}
	return handlers, assembly.Loggers(c, func(h *config.Handler) string { return h.Name })
}

// env returns what the handlers of a configuration run in.
func (s *serveFlags) env(p *program, notify func(string)) assembly.Env {
	output := func(w io.Writer) assembly.Output {
		is := terminal.Is(w)
		return assembly.Output{Writer: w, Terminal: is, Color: terminal.Colored(s.color.word, is, p.getenv)}
	}
	return assembly.Env{
		Stdout: output(p.stdout), Stderr: output(p.stderr), Durable: s.data.dir != off || s.cluster.URL != "", Before: s.config.runs,
		OnError: func(err error) { notify(err.Error()) },
	}
}

// reloader makes a running server anew as its configuration says.
type reloader struct {
	program *program
	flags   *pflag.FlagSet
	serve   *serveFlags
	notify  func(string)

	now    *config.Config // what holds, nil without a file; only one reload at a time
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
	s.config.runs = r.now
	o, err = s.options(r.program, r.flags, c, r.notify)
	o.Notify, o.Reconfigure = r.notify, r.reload
	return c, o, err
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

// differences says of which loggers and handlers a configuration says something else than another.
func differences(was, is *config.Config) (told []string) {
	for _, h := range is.Handlers {
		if before := was.Handler(h.Name); before != nil && before.Same(h) && !before.SameGate(h) {
			told = append(told, "handler "+h.Name+": another level, or other filters")
		}
	}
	loggers := func(c *config.Config) map[string]*config.Logger {
		all := make(map[string]*config.Logger)
		for _, l := range append(slices.Clip(c.Loggers), c.Root) {
			if l != nil {
				all[l.Name] = l
			}
		}
		return all
	}
	before, now := loggers(was), loggers(is)
	for _, l := range append(slices.Clip(is.Loggers), is.Root) {
		if l != nil && !l.Same(before[l.Name]) {
			told = append(told, "logger "+l.Name+": changed")
		}
	}
	for _, l := range append(slices.Clip(was.Loggers), was.Root) {
		if l != nil && now[l.Name] == nil {
			told = append(told, "logger "+l.Name+": gone")
		}
	}
	return told
}
