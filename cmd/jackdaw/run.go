package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jackdaw-log/jackdaw/internal/launch"
	"github.com/jackdaw-log/jackdaw/record"
)

// dialTime bounds how long run looks whether somebody listens.
const dialTime = 300 * time.Millisecond

// runFlags are the flags of run.
type runFlags struct {
	tcp   address
	level levelValue
}

func (p *program) runCommand() *cobra.Command {
	flags := &runFlags{tcp: address{network: "tcp", value: p.tcp}}
	cmd := &cobra.Command{
		Use:   "run [flags] -- COMMAND [ARG…]",
		Short: "Start a Python program that sends what it logs, with no line changed",
		Long: "Start a program, and have it, and all Python programs that it starts, send what they log: every\n" +
			"record that passes the level and the filters of its logger. What it shows and writes itself stays\n" +
			"as it is. A queue of 32 MiB and a thread of its own keep the network from holding it up; at its end\n" +
			"it has five seconds to send what is left. Python's root logger begins at WARNING: a program that\n" +
			"never sets it shows more with --level. It needs Python 3.7, and not python -I, -E or -S.",
		Example: `jackdaw run -- python app.py
jackdaw run --level DEBUG -- pytest -q
jackdaw run --tcp logs.example:9020 -- gunicorn -w 4 shop:app`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("there is no program; write for example: jackdaw run -- python app.py")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.launch(cmd.Context(), flags, cmd.Flags().Changed("level"), args)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.SetInterspersed(false) // what follows the program's name is the program's
	f.Var(&flags.tcp, "tcp", "`ADDR` of the receiver ("+p.tcp+")")
	f.VarP(&flags.level, "level", "l", "`LEVEL` that the root logger has before the program sets it (WARNING)")
	f.Lookup("level").DefValue, f.Lookup("tcp").DefValue = "", ""
	return cmd
}

// launch starts the program in place of this one: it has this one's process id, terminal and signals, and its exit code is its own.
func (p *program) launch(ctx context.Context, flags *runFlags, level bool, args []string) error {
	if flags.tcp.value == off {
		return usagef("there is nowhere to send to; name the receiver with --tcp")
	}
	path, err := exec.LookPath(args[0])
	if err != nil && !errors.Is(err, exec.ErrDot) {
		return fmt.Errorf("start %s: %w", args[0], errors.Unwrap(err))
	}
	home, err := installModule(p.getenv)
	if err != nil {
		return fmt.Errorf("start %s: %w", args[0], err)
	}
	if doubt := launch.Doubt(path, args); doubt != "" {
		fmt.Fprintln(p.stderr, "jackdaw run:", doubt)
	}
	if !listens(ctx, flags.tcp.value) {
		fmt.Fprintf(p.stderr, "jackdaw run: nobody listens on %s yet; start \"jackdaw serve\": until then records wait, up to 32 MiB of them\n", flags.tcp.value)
	}
	o := launch.Options{Server: flags.tcp.value}
	if level {
		o.Level = record.PythonLevel(flags.level.level)
	}
	return replace(p.nohup, path, args, launch.Environ(os.Environ(), home, o))
}

// installModule writes what Python imports into the user's cache, or, where there is none to write to, into a directory for temporary
// files, always the same one: it has to stay, since the program starts others as long as it likes.
func installModule(getenv func(string) string) (string, error) {
	cache := getenv("XDG_CACHE_HOME")
	if home := getenv("HOME"); !filepath.IsAbs(cache) && filepath.IsAbs(home) {
		cache = filepath.Join(home, ".cache")
	}
	if filepath.IsAbs(cache) {
		if home, err := launch.Install(filepath.Join(cache, "jackdaw")); err == nil && !strings.ContainsRune(home, os.PathListSeparator) {
			return home, nil
		}
	}
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("jackdaw-%d", os.Geteuid()))
	if err := launch.Private(dir); err != nil { // somebody else was there first
		if dir, err = os.MkdirTemp("", "jackdaw-"); err != nil {
			return "", err
		}
	}
	return launch.Install(dir)
}

func listens(ctx context.Context, address string) bool {
	d := net.Dialer{Timeout: dialTime}
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	c.Close()
	return true
}
