package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/terminal"
)

// showFlags say how records are shown on the standard output.
type showFlags struct {
	// byDefault is the form without a flag: pretty on a terminal, else JSON, if it is empty.
	byDefault      string
	console, color choice
	format         formatValue
}

func (s *showFlags) add(cmd *cobra.Command) {
	s.console.words = []string{"pretty", "json", "text", "off"}
	s.color = choice{word: "auto", words: []string{"auto", "always", "never"}}
	usage := "form of the records on the standard output\n(pretty on a terminal, else json)"
	if s.byDefault != "" {
		usage = "form of the records on the standard output (" + s.byDefault + ")"
	}
	cmd.Flags().Var(&s.console, "console", usage)
	cmd.Flags().Var(&s.format, "format", "form as a `FORMAT` of Python's logging, such as\n'%(asctime)s %(name)-15s %(levelname)-8s %(message)s'")
	cmd.Flags().Var(&s.color, "color", "colours of the pretty form (auto: on a terminal,\nwhere NO_COLOR and TERM=dumb do not forbid them)")
	inGroup(cmd, "Show", "console", "format", "color")
	for _, c := range []struct {
		name  string
		words []string
	}{{"console", s.console.words}, {"color", s.color.words}} {
		// The error is of a flag that does not exist.
		_ = cmd.RegisterFlagCompletionFunc(c.name, cobra.FixedCompletions(c.words, cobra.ShellCompDirectiveNoFileComp))
	}
}

// formatOf returns the form of records on w, nil for none.
func (s *showFlags) formatOf(flags *pflag.FlagSet, w io.Writer, getenv func(string) string) (format.Format, error) {
	if flags.Changed("format") {
		if s.console.word != "" && s.console.word != "text" {
			return nil, usagef("--format is a form of --console text; leave --console %s out", s.console.word)
		}
		return s.format.form, nil
	}
	onTerminal := terminal.Is(w)
	word := s.console.word
	if word == "" {
		word = s.byDefault
	}
	if word == "" && onTerminal {
		word = "pretty"
	}
	switch word {
	case "pretty":
		return format.Pretty(terminal.Colored(s.color.word, onTerminal, getenv)), nil
	case "text":
		return format.Text, nil
	case "off":
		return nil, nil
	}
	return format.NewJSON(), nil
}

// formatValue is the value of --format.
type formatValue struct {
	text string
	form format.Format
}

// String returns the format as it was given.
func (f *formatValue) String() string { return f.text }

// Type returns how the flag's value is called in the help.
func (f *formatValue) Type() string { return "FORMAT" }

// Set takes a format string.
func (f *formatValue) Set(text string) error {
	form, err := format.Percent(text)
	if e, ok := errors.AsType[*format.FormatError](err); ok {
		return fmt.Errorf("column %d: %s", e.Column, e.Problem)
	}
	f.text, f.form = text, form
	return nil
}
