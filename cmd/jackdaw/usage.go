package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/spell"
)

// usageError is an error of who called the program: exit code 2.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// noCommand takes the arguments of a command that has none. Where there are commands below, a word
// is one that does not exist.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasAvailableSubCommands() {
		return usagef("%s takes no arguments, got %q; see %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return unknownCommand(cmd, args[0])
}

func unknownCommand(above *cobra.Command, word string) error {
	var names []string
	for _, c := range above.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			names = append(names, c.Name())
		}
	}
	if near := spell.Nearest(word, names...); near != "" {
		return usagef("unknown command %q; did you mean %s?", word, near)
	}
	return usagef("unknown command %q; the commands are %s", word, strings.Join(names, ", "))
}

// flagError says what is wrong with a flag, and what would be right.
func flagError(cmd *cobra.Command, err error) error {
	if args := cmd.Flags().Args(); !cmd.HasParent() && len(args) > 0 {
		return unknownCommand(cmd, args[0]) // whose flags are not known either
	}
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if short := e.GetSpecifiedShortnames(); short != "" {
			return usagef("unknown flag -%c%s", []rune(short)[0], meant(cmd, e.GetSpecifiedName(), short))
		}
		return usagef("unknown flag --%s%s", e.GetSpecifiedName(), meant(cmd, e.GetSpecifiedName(), ""))
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return usagef("--%s needs a value: --%s %s", e.GetFlag().Name, e.GetFlag().Name, valueName(e.GetFlag()))
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return usagef("--%s %s: %s", e.GetFlag().Name, e.GetValue(), wrongValue(e))
	}
	return usagef("%s; see %s --help", err, cmd.CommandPath())
}

// wrongValue says what would be right: of the plain kinds of values, in other words than those of package strconv.
func wrongValue(e *pflag.InvalidValueError) string {
	switch kind := e.GetFlag().Value.Type(); {
	case kind == "bool":
		return "want true or false"
	case kind == "duration":
		return "want a time such as 500ms, 2s or 1m"
	case kind == "int" && errors.Is(e, strconv.ErrRange):
		return "the number is too large"
	case kind == "int":
		return "want a whole number"
	}
	return e.Unwrap().Error()
}

// meant returns the words that name the flag nearest to a wrong one.
func meant(cmd *cobra.Command, name, short string) string {
	if len(short) > 1 {
		name = short // -file is a slip of --file
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := spell.Nearest(name, names...); near != "" {
		return fmt.Sprintf("; did you mean --%s?", near)
	}
	return fmt.Sprintf("; see %s --help", cmd.CommandPath())
}

// choice is the value of a flag that is one word of a few.
type choice struct {
	word  string
	words []string
}

// String returns the word.
func (c *choice) String() string { return c.word }

// Type returns how the flag's value is called in the help.
func (c *choice) Type() string { return strings.Join(c.words, "|") }

// Set takes a word.
func (c *choice) Set(word string) error {
	if slices.Contains(c.words, word) {
		c.word = word
		return nil
	}
	if near := spell.Nearest(word, c.words...); near != "" {
		return fmt.Errorf("did you mean %s? It takes %s", near, spell.Or(c.words...))
	}
	return fmt.Errorf("want %s", spell.Or(c.words...))
}
