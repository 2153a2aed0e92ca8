package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"
)

// The exit codes. A second Ctrl-C ends the program with that signal's.
const (
	exitDone   = 0
	exitFailed = 1 // what was asked for could not be done
	exitUsage  = 2 // what was asked for makes no sense

	exitNothing     = 3   // nothing matched, where that was asked
	exitUnreachable = 4   // no server answers
	exitInterrupted = 130 // Ctrl-C ended it before it was done
)

// program is the program with the world around it, which tests replace.
type program struct {
	stdin          io.Reader // nil where a person would have to type
	stdout, stderr io.Writer
	getenv         func(string) string
	hangup         <-chan os.Signal // asks to open files anew
	tcp, udp       string           // where serve listens, and send sends to, by default
	otlp, otlpGRPC string           // where else serve listens by default
	http, web      string
	data           string // where serve keeps records by default; empty if that is not known
	nohup          bool   // whether SIGHUP was ignored when the program started

	// restore, if it is set, puts the terminal as it was, for an end that does not wait.
	restore atomic.Pointer[func()]
}

// run runs the program with its arguments until it is done or ctx ends, and returns the exit code.
func (p *program) run(ctx context.Context, args []string) (code int) {
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if errors.Is(err, errNothing) {
		return exitNothing
	}
	if errors.Is(err, errWrong) {
		return exitUsage
	}
	if ctx.Err() != nil && (errors.Is(err, context.Cause(ctx)) || errors.Is(err, context.Canceled)) {
		if s, ok := errors.AsType[*signalError](context.Cause(ctx)); ok {
			return s.code()
		}
		return exitInterrupted // without a word, as who ended it knows
	}
	if wrong, ok := errors.AsType[*configError](err); ok {
		fmt.Fprintln(p.stderr, printableLines(wrong.Error())) // each line is a place, as of a compiler
		return exitUsage
	}
	for i, line := range strings.Split(err.Error(), "\n") {
		if i == 0 {
			line = "jackdaw: " + line
		} else {
			line = "         " + line
		}
		fmt.Fprintln(p.stderr, line)
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*unreachableError](err); ok {
		return exitUnreachable
	}
	return exitFailed
}

// root returns the command tree. Without a command the program serves.
func (p *program) root() *cobra.Command {
	serve := new(serveFlags)
	root := &cobra.Command{
		Use:   "jackdaw",
		Short: "Receive log records, show them and keep them",
		Long: "Jackdaw receives log records from the programs of this machine, unmodified Python programs\n" +
			"among them, and shows and keeps them. Without a command it serves.",
		Example: `jackdaw                                     listen, and show what arrives
jackdaw --file app.jsonl --level shop=INFO  keep it too, without the shop's details
jackdaw demo                                see it work, with records of its own`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return p.serve(cmd.Context(), cmd.Flags(), serve) },
	}
	serve.add(root, p)
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(help)
	root.SetUsageFunc(func(cmd *cobra.Command) error { help(cmd, nil); return nil })
	root.SetHelpCommand(p.helpCommand())
	root.AddCommand(p.serveCommand(), p.checkCommand(), p.demoCommand(), p.flightCommand(), p.queryCommand(), p.reloadCommand(), p.runCommand(), p.sendCommand(), p.statsCommand(), p.storeCommand(), p.streamCommand(), p.tailCommand(), p.versionCommand())
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Args = noCommand
		completion.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	return root
}
