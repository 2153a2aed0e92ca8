package main

import (
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
		Stdout: output(p.stdout), Stderr: output(p.stderr), Durable: s.data.dir != off || s.cluster.URL != "", Before: s.config.runs, Files: s.config.files,
		OnError: func(err error) { notify(err.Error()) },
	}
}
