package main

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/spell"
	"github.com/jackdaw-log/jackdaw/internal/stream"
)

// defaultData returns the directory of what outlives the process, by the XDG base directory
// specification: $XDG_STATE_HOME/jackdaw, or ~/.local/state/jackdaw. It is empty where neither is known.
func defaultData(getenv func(string) string) string {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "jackdaw")
	}
	if home := getenv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "jackdaw")
	}
	return ""
}

// dataFlags say what outlives the process, and how surely.
type dataFlags struct {
	dir        string
	durability durability
	bytes      size
	queue      size
	backlog    struct {
		bytes size
		age   age
	}
}

func (s *dataFlags) add(cmd *cobra.Command, p *program) {
	f := cmd.Flags()
	f.StringVar(&s.dir, "data", p.data, "keep records in `DIR` until every handler has them, or off: in memory\n($XDG_STATE_HOME/jackdaw, else ~/.local/state/jackdaw)")
	f.Var(&s.durability, "durability", "what a sender has its word for, by `LEVEL`: sync survives power loss, disk\na crash of the program, memory neither (sync)")
	f.Var(&s.bytes, "stream-size", "keep at most `SIZE`, such as 500MB, in the directory (2 GiB, at most a\ntenth of the disk)")
	f.Var(&s.backlog.bytes, "backlog-size", "let at most `SIZE` wait for a file that cannot be written; beyond it the\noldest records are dropped, for that file alone (what the stream has room for)")
	f.Var(&s.backlog.age, "backlog-age", "let records wait for a file for at most `AGE`, such as 12h or 7d (for ever)")
	f.Var(&s.queue, "queue-size", "let what waits in memory, for the console or with --data off, take at most\nabout `SIZE`; beyond it the lowest levels are dropped first (64MiB)")
	for _, name := range []string{"data", "durability", "stream-size", "backlog-size", "backlog-age", "queue-size"} {
		f.Lookup(name).DefValue = "" // it is in the text
	}
	inGroup(cmd, "Endure", "data", "durability", "stream-size", "backlog-size", "backlog-age", "queue-size")
}

// apply sets what the flags say.
func (s *dataFlags) apply(o *daemon.Options, flags *pflag.FlagSet) error {
	o.QueueBytes = int64(s.queue)
	switch {
	case s.dir == "":
		return usagef("--data: neither XDG_STATE_HOME nor HOME is set; name a directory with --data DIR, or keep records in memory with --data off")
	case s.dir == off && o.Cluster.URL == "":
		for _, name := range []string{"durability", "stream-size", "backlog-size", "backlog-age"} {
			if flags.Changed(name) {
				return usagef("--%s is for what is kept in a directory; leave --data off out", name)
			}
		}
		return nil
	}
	for _, name := range []string{"backlog-size", "backlog-age"} {
		if flags.Changed(name) && !slices.ContainsFunc(o.Handlers, func(h daemon.Handler) bool { return !h.Shown }) {
			return usagef("--%s is for files; name one with --file PATH", name)
		}
	}
	if s.dir != off {
		o.Data = s.dir
	}
	o.Durability, o.StreamBytes = stream.Level(s.durability), int64(s.bytes)
	for i := range o.Handlers {
		h := &o.Handlers[i]
		h.BacklogBytes = cmp.Or(h.BacklogBytes, int64(s.backlog.bytes))
		h.BacklogAge = cmp.Or(h.BacklogAge, time.Duration(s.backlog.age))
	}
	return nil
}

// fill takes what a configuration says where no flag was given.
func (s *dataFlags) fill(c *config.Stream, flags *pflag.FlagSet) {
	if c == nil {
		return
	}
	set(flags, "queue-size", &s.queue, size(c.QueueBytes))
	if c.Off {
		set(flags, "data", &s.dir, off)
	}
	set(flags, "data", &s.dir, c.Directory)
	set(flags, "stream-size", &s.bytes, size(c.MaxBytes))
	set(flags, "backlog-size", &s.backlog.bytes, size(c.BacklogBytes))
	set(flags, "backlog-age", &s.backlog.age, age(max(c.BacklogAge, 0)))
	if c.Durability != "" && !flags.Changed("durability") {
		_ = s.durability.Set(c.Durability) // which was checked
	}
}

// durability is the value of a flag that names a level of durability.
type durability stream.Level

// String returns the level.
func (d *durability) String() string { return stream.Level(*d).String() }

// Type returns how the flag's value is called in the help.
func (d *durability) Type() string { return "LEVEL" }

// Set takes the name of a level.
func (d *durability) Set(text string) error {
	names := []string{stream.Sync.String(), stream.Disk.String(), stream.Memory.String()}
	i := slices.Index(names, strings.ToLower(text))
	if i < 0 {
		err := "want " + spell.Or(names...)
		if near := spell.Nearest(text, names...); near != "" {
			err += "; did you mean " + near + "?"
		}
		return errors.New(err)
	}
	*d = durability(i)
	return nil
}
