package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/config"
)

// checkFlags are the flags of check.
type checkFlags struct {
	json, schema, explain, deep bool
	beside                      besideFlags
}

func (p *program) checkCommand() *cobra.Command {
	var c checkFlags
	cmd := &cobra.Command{
		Use:   "check [flags] [FILE] [LOGGER LEVEL]",
		Short: "Check a configuration, and say what becomes of a record",
		Long: "Check a configuration without using it. All that is wrong is shown, a line for each thing that\n" +
			"begins with its place, FILE:LINE:COLUMN, and the exit code is 2. With --explain it says which\n" +
			"handlers get a record of that logger and level, and why the others do not; without a FILE, of a\n" +
			"server that has no configuration. What serve is given beside --config is given here, too.",
		Example: `jackdaw check jackdaw.yaml
jackdaw check jackdaw.yaml --explain shop.pay DEBUG --level shop=INFO
jackdaw check --schema > jackdaw.schema.json    for editors`,
		Args: func(cmd *cobra.Command, args []string) error { return c.check(cmd.Flags(), args) },
		RunE: func(cmd *cobra.Command, args []string) error { return p.check(cmd.Context(), &c, cmd.Flags(), args) },
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if c.explain && len(args) == 2 {
				return []string{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}, cobra.ShellCompDirectiveNoFileComp
			}
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return []string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&c.explain, "explain", false, "say which handlers get a record of LOGGER and LEVEL, and why")
	f.BoolVar(&c.deep, "deep", false, "also try, on this machine, whether addresses are free, files can be written,\nand certificates and tokens can be read")
	f.BoolVar(&c.json, "json", false, "as one object of JSON, what is wrong too")
	f.BoolVar(&c.schema, "schema", false, "write the JSON schema of configurations instead, for editors")
	inGroup(cmd, "Check", "explain", "deep", "json", "schema")
	c.beside.add(cmd)
	return cmd
}

// check checks the arguments.
func (c *checkFlags) check(flags *pflag.FlagSet, args []string) error {
	beside := c.beside.given(flags)
	switch {
	case c.schema && (c.explain || c.deep || c.json || len(args) > 0):
		return usagef("--schema goes alone")
	case beside != "" && !c.explain:
		return usagef("--%s goes with --explain: it says who gets a record as with that flag of serve", beside)
	case c.schema:
		return nil
	case c.explain && c.deep:
		return usagef("--explain and --deep do not go together")
	case c.explain && len(args) != 2 && len(args) != 3:
		return usagef("--explain takes a logger and a level, such as: jackdaw check jackdaw.yaml --explain shop.pay DEBUG")
	case c.explain:
		return nil
	case len(args) == 0:
		return usagef("name the file: jackdaw check jackdaw.yaml")
	case len(args) > 1:
		return usagef("got %d files, want one; a logger and a level go with --explain", len(args))
	}
	return nil
}

// check checks a configuration, or explains one.
func (p *program) check(ctx context.Context, f *checkFlags, flags *pflag.FlagSet, args []string) error {
	if f.schema {
		return p.output(func(w io.Writer) error { _, err := w.Write(config.Schema()); return err })
	}
	c := &config.Config{RootLevel: math.MinInt} // without a file
	if len(args) != 2 {
		var err error
		if c, err = readConfig(args[0]); err != nil {
			return p.wrong(f, args[0], err)
		}
		args = args[1:]
	}
	if f.deep {
		notes, wrong := deep(ctx, c, p.web)
		if len(wrong) > 0 {
			return p.wrong(f, c.File, asConfigError(config.NewErrors(wrong...)))
		}
		c.Notes = append(c.Notes, notes...)
	}
	if f.explain {
		return p.explain(f, flags, c, args[0], args[1])
	}
	if f.json {
		return p.output(func(w io.Writer) error { return json.NewEncoder(w).Encode(checkedOf(c)) })
	}
	return p.output(func(w io.Writer) error {
		for _, n := range c.Notes {
			fmt.Fprintln(w, n)
		}
		_, err := fmt.Fprintf(w, "%s is right: %s\n", printable(c.File), contents(c))
		return err
	})
}

// wrong says what is wrong with a file.
func (p *program) wrong(f *checkFlags, path string, err error) error {
	all, ok := errors.AsType[*configError](err)
	if !ok || !f.json {
		return err
	}
	out := checked{File: path, More: all.More}
	for _, e := range all.List {
		out.Errors = append(out.Errors, place{e.Line, e.Column, e.Text, e.Word})
	}
	if err := p.output(func(w io.Writer) error { return json.NewEncoder(w).Encode(out) }); err != nil {
		return err
	}
	return errWrong
}

// errWrong ends a check whose errors are written: exit code 2, without a word more.
var errWrong = errors.New("the configuration is wrong")

// checked is what --json says of a file.
type checked struct {
	File     string         `json:"file"`
	Right    bool           `json:"right"`
	Handlers []namedHandler `json:"handlers,omitempty"`
	Loggers  []string       `json:"loggers,omitempty"`
	Notes    []place        `json:"notes,omitempty"`
	Errors   []place        `json:"errors,omitempty"`
	More     int            `json:"more,omitempty"`
}

type namedHandler struct {
	Name  string `json:"name"`
	Class string `json:"class"`
}

// place is a sentence about a place in the file.
type place struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Text   string `json:"text"`
	Word   string `json:"word,omitempty"`
}

func checkedOf(c *config.Config) checked {
	out := checked{File: c.File, Right: true}
	for _, h := range c.Handlers {
		out.Handlers = append(out.Handlers, namedHandler{h.Name, string(h.Class)})
	}
	for _, l := range loggersOf(c) {
		out.Loggers = append(out.Loggers, l.Name)
	}
	for _, n := range c.Notes {
		out.Notes = append(out.Notes, place{n.Line, n.Column, n.Text, ""})
	}
	return out
}

// loggersOf returns what a configuration says of loggers, the root first if it says something of that.
func loggersOf(c *config.Config) []*config.Logger {
	if c.Root == nil {
		return c.Loggers
	}
	return append([]*config.Logger{c.Root}, c.Loggers...)
}

// contents says what is in a configuration.
func contents(c *config.Config) string {
	var words []string
	add := func(n int, what string) {
		if n > 0 {
			words = append(words, of(uint64(n), what))
		}
	}
	add(len(c.Handlers), "handler")
	add(len(loggersOf(c)), "logger")
	add(len(c.Formatters), "formatter")
	add(len(c.Filters), "filter")
	if c.Receivers != nil {
		add(len(slices.DeleteFunc(slices.Clone(c.Receivers.Listen), func(l config.Listen) bool { return l.Off })), "receiver")
	}
	if len(words) == 0 {
		return "it says nothing of handlers, loggers or receivers"
	}
	return strings.Join(words, ", ")
}
