package main

import (
	"cmp"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/record"
)

// besideFlags are those of serve that have a say in who gets a record, as they may stand beside its --config.
type besideFlags struct {
	levels      levels
	logname     string
	console     choice
	files       []string
	data, store string
}

// besideNames are the names of these flags.
var besideNames = []string{"level", "logname", "console", "file", "data", "store"}

func (b *besideFlags) add(cmd *cobra.Command) {
	b.console.words = consoleWords()
	f := cmd.Flags()
	f.Var(&b.levels, "level", "handle records from `[LOGGER=]LEVEL` on only; may be repeated")
	f.StringVar(&b.logname, "logname", "", "handle every record as the logger `NAME`'s")
	f.Var(&b.console, "console", "have a console also where the file has handlers, or off: none")
	f.StringArrayVar(&b.files, "file", nil, "append JSON lines to `PATH`; may be repeated")
	f.StringVar(&b.data, "data", "", "keep records in `DIR` until every handler has them, or off")
	f.StringVar(&b.store, "store", "", "keep records to be found again in `DIR`, or off")
	inGroup(cmd, "Explain, as with these flags of serve", besideNames...)
	_ = cmd.RegisterFlagCompletionFunc("console", cobra.FixedCompletions(b.console.words, cobra.ShellCompDirectiveNoFileComp)) // the error is of a flag that does not exist
}

// given returns the first of the flags that was given, empty if none was.
func (b *besideFlags) given(flags *pflag.FlagSet) string {
	i := slices.IndexFunc(besideNames, flags.Changed)
	if i < 0 {
		return ""
	}
	return besideNames[i]
}

// apply returns the configuration with what serve makes of it and the flags: see [serveFlags.handlers].
func (b *besideFlags) apply(c *config.Config, flags *pflag.FlagSet) *config.Config {
	out, root := *c, config.Logger{Name: record.RootLogger}
	if c.Root != nil {
		root = *c.Root
	}
	hang := func(h *config.Handler) {
		out.Handlers = append(slices.Clip(out.Handlers), h)
		root.Handlers = append(slices.Clip(root.Handlers), h)
	}
	named := len(c.Handlers) > 0
	if b.console.word != off && (!named || flags.Changed("console")) {
		hang(&config.Handler{Name: consoleName(c), Class: config.ConsoleClass, Params: &config.Console{Stdout: true}})
	}
	for _, path := range b.files {
		hang(&config.Handler{Name: fileName(path), Class: config.FileClass, Params: &config.File{Path: path}})
	}
	if c.Root != nil || len(root.Handlers) > 0 {
		out.Root = &root
	}
	out.Loggers = slices.Clone(out.Loggers)
	for _, l := range b.levels {
		if cmp.Or(l.logger, record.RootLogger) == record.RootLogger {
			out.RootLevel = l.level
			continue
		}
		own := config.Logger{Name: l.logger}
		i := slices.IndexFunc(out.Loggers, func(o *config.Logger) bool { return o.Name == l.logger })
		if i < 0 {
			i = len(out.Loggers)
			out.Loggers = append(out.Loggers, nil)
		} else {
			own = *out.Loggers[i]
		}
		own.Level = &l.level
		out.Loggers[i] = &own
	}
	return &out
}

// nameOf returns the logger that every record is handled as, empty if that is its own.
func (b *besideFlags) nameOf(c *config.Config, flags *pflag.FlagSet) string {
	if flags.Changed("logname") || c.Receivers == nil {
		return b.logname
	}
	return c.Receivers.LogName
}

// hasStore reports whether there is a store.
func (b *besideFlags) hasStore(c *config.Config, flags *pflag.FlagSet) bool {
	var stream config.Stream
	if c.Stream != nil {
		stream = *c.Stream
	}
	var store config.Store
	if c.Store != nil {
		store = *c.Store
	}
	if flags.Changed("data") {
		stream.Off = b.data == off
	}
	if flags.Changed("store") {
		store.Off, store.Directory = b.store == off, b.store
	}
	// Without a data directory there may be a cluster, and a store that has a directory of its own.
	return !store.Off && (!stream.Off || stream.URL != "" && store.Directory != "")
}
