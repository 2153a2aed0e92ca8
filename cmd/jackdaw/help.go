package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// group is the annotation of a flag that says under which heading the help shows it.
const group = "jackdaw_group"

// otherFlags is the heading of flags without one.
const otherFlags = "Flags"

// inGroup puts flags of a command under a heading.
func inGroup(cmd *cobra.Command, heading string, names ...string) {
	for _, name := range names {
		f := cmd.Flags().Lookup(name)
		if f.Annotations == nil {
			f.Annotations = make(map[string][]string)
		}
		f.Annotations[group] = []string{heading}
	}
}

func groupOf(f *pflag.Flag) string {
	if g := f.Annotations[group]; len(g) > 0 {
		return g[0]
	}
	return otherFlags
}

func (p *program) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Say what a command does",
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(cmd.Root(), args[0])
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
}

// help writes what a command does: examples first, then its commands and flags.
func help(cmd *cobra.Command, _ []string) {
	w := cmd.OutOrStdout()
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	fmt.Fprintln(w, strings.TrimSpace(text))
	if cmd.Example != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", indent(cmd.Example))
	}
	fmt.Fprintf(w, "\nUsage:\n  %s\n", useLine(cmd))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintln(w, "\nCommands:")
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				fmt.Fprintf(w, "  %-12s %s\n", c.Name(), c.Short)
			}
		}
	}
	var headings []string
	flags := make(map[string][]*pflag.Flag)
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		g := groupOf(f)
		if f.Hidden {
			return
		}
		if len(flags[g]) == 0 && g != otherFlags {
			headings = append(headings, g)
		}
		flags[g] = append(flags[g], f)
	})
	for _, g := range append(headings, otherFlags) {
		writeFlags(w, g, flags[g])
	}
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(text, "\n", "\n  ")
}

func useLine(cmd *cobra.Command) string {
	line := cmd.UseLine()
	if cmd.HasAvailableSubCommands() && cmd.HasParent() {
		line = cmd.CommandPath() + " [command]"
	}
	return line
}

// valueName returns what stands for a flag's value in the help, and the usage without it.
func valueName(f *pflag.Flag) string {
	name, _ := pflag.UnquoteUsage(f)
	return name
}

// writeFlags writes the flags of a heading.
func writeFlags(w io.Writer, heading string, flags []*pflag.Flag) {
	if len(flags) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s:\n", heading)
	var names []string
	width := 0
	for _, f := range flags {
		name := "    --" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", --" + f.Name
		}
		if value := valueName(f); value != "" {
			name += " " + value
		}
		names = append(names, name)
		width = max(width, len(name))
	}
	for i, f := range flags {
		_, usage := pflag.UnquoteUsage(f)
		lines := strings.Split(usage, "\n")
		fmt.Fprintf(w, "  %-*s  %s\n", width, names[i], lines[0])
		for _, line := range lines[1:] {
			fmt.Fprintf(w, "  %-*s  %s\n", width, "", line)
		}
	}
}
