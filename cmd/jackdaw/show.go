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
	// A format string of Python's logging, its style, and the form of its times.
	format, date string
	style        choice
}

func (s *showFlags) add(cmd *cobra.Command) {
	s.console.words = consoleWords()
	s.style = choice{word: "%", words: []string{"%", "{", "$"}}
	s.color = choice{word: "auto", words: []string{"auto", "always", "never"}}
	usage := "form of the records on the standard output\n(pretty on a terminal, else json)"
	if s.byDefault != "" {
		usage = "form of the records on the standard output (" + s.byDefault + ")"
	}
	cmd.Flags().Var(&s.console, "console", usage)
	cmd.Flags().StringVar(&s.format, "format", "", "form as a `FORMAT` of Python's logging, such as\n'%(asctime)s %(name)-15s %(levelname)-8s %(message)s'")
	cmd.Flags().Var(&s.style, "style", "how --format writes fields: %(name)s, {name} or $name")
	cmd.Flags().StringVar(&s.date, "datefmt", "", "form of asctime in --format, a `FORMAT` of strftime, such as\n'%H:%M:%S' (date and time with milliseconds)")
	cmd.Flags().Var(&s.color, "color", "colours of the pretty form (auto: on a terminal,\nwhere NO_COLOR and TERM=dumb do not forbid them)")
	inGroup(cmd, "Show", "console", "format", "style", "datefmt", "color")
	for _, c := range []struct {
		name  string
		words []string
	}{{"console", s.console.words}, {"style", s.style.words}, {"color", s.color.words}} {
		// The error is of a flag that does not exist.
		_ = cmd.RegisterFlagCompletionFunc(c.name, cobra.FixedCompletions(c.words, cobra.ShellCompDirectiveNoFileComp))
	}
}

// consoleWords are those of --console.
func consoleWords() []string { return []string{"pretty", "json", "text", "logfmt", off} }

// formatOf returns the form of records on w, nil for none.
func (s *showFlags) formatOf(flags *pflag.FlagSet, w io.Writer, getenv func(string) string) (format.Format, error) {
	if flags.Changed("format") {
		if s.console.word != "" && s.console.word != "text" {
			return nil, usagef("--format is a form of --console text; leave --console %s out", s.console.word)
		}
		return s.python()
	}
	for _, name := range []string{"style", "datefmt"} {
		if flags.Changed(name) {
			return nil, usagef("--%s is about --format; add it", name)
		}
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
	case "logfmt":
		return format.Logfmt, nil
	case "off":
		return nil, nil
	}
	return format.NewJSON(), nil
}

// python returns the form that --format describes.
func (s *showFlags) python() (format.Format, error) {
	if s.format == "" {
		return nil, usagef("--format is empty; write for example '%%(levelname)s %%(message)s'")
	}
	form, err := format.New(format.Options{Format: s.format, Style: format.Style(s.style.word), DateFormat: s.date})
	if e, ok := errors.AsType[*format.FormatError](err); ok {
		return nil, usagef("--format %s: column %d: %s%s", e.Format, e.Column, e.Problem, s.otherStyle())
	}
	if err != nil {
		return nil, usagef("--datefmt: %s", err)
	}
	return form, nil
}

// otherStyle tells of the style in which the format would be right.
func (s *showFlags) otherStyle() string {
	for _, word := range s.style.words {
		if _, err := format.New(format.Options{Format: s.format, Style: format.Style(word)}); err == nil {
			return fmt.Sprintf("; with --style '%s' it is right as it is", word)
		}
	}
	return ""
}
