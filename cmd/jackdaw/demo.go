package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/record"
)

// demoRecords is how many records the demo logs, demoTime bounds how long all of it may take.
const (
	demoRecords = 5
	demoTime    = 20 * time.Second
)

func (p *program) demoCommand() *cobra.Command {
	flags := &showFlags{byDefault: "pretty"}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See it work, with records of its own",
		Long: "Start a receiver on a free port, log five records to it over the network as a program would,\n" +
			"show them, and leave. Nothing is kept.",
		Example: `jackdaw demo
jackdaw demo --console json
jackdaw demo --format '%(asctime)s %(name)-15s %(levelname)-8s %(message)s'`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.demo(cmd.Context(), cmd.Flags(), flags) },
	}
	cmd.Flags().SortFlags = false
	flags.add(cmd)
	return cmd
}

func (p *program) demo(ctx context.Context, flags *pflag.FlagSet, s *showFlags) (err error) {
	ctx, cancel := context.WithTimeout(ctx, demoTime)
	defer cancel()
	dir, err := os.MkdirTemp("", "jackdaw-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	t := newTeller(p.stderr)
	defer t.close()

	o := daemon.Options{
		Listen: []daemon.Address{{Network: "tcp", Address: "127.0.0.1:0"}},
		Notify: t.tell,
	}
	form, err := s.formatOf(flags, p.stdout, p.getenv)
	if err != nil {
		return err
	}
	if form != nil {
		o.Handlers = append(o.Handlers, consoleOn(p.stdout, form))
	}
	o.Handlers = append(o.Handlers, fileAt(filepath.Join(dir, "demo.jsonl"), handler.FileOptions{}))
	o.Loggers = []hierarchy.Logger[string]{{Handlers: hung(o.Handlers)}}
	d, err := daemon.Start(ctx, o)
	if err != nil {
		return err
	}
	address := d.Listening()[0].Address
	t.tell(fmt.Sprintf("a receiver listens on tcp %s, and a program logs %d records to it", address, demoRecords))
	err = errors.Join(logPangrams(ctx, address), d.Close(ctx))
	if err != nil {
		return err
	}
	for _, h := range d.Stats().Queue.Handlers {
		if h.Name != "console" && h.Handled != demoRecords {
			return fmt.Errorf("%d of %d records arrived", h.Handled, demoRecords)
		}
	}
	t.tell("all arrived. Next, log your own: jackdaw serve")
	return nil
}

// logPangrams is the program that logs: the example of Python's logging cookbook.
func logPangrams(ctx context.Context, address string) error {
	socket, err := jackdaw.NewSocket(jackdaw.SocketOptions{Address: address})
	if err != nil {
		return err
	}
	h := jackdaw.New(jackdaw.Options{Level: record.LevelAll})
	if err := h.AddHandler("", socket, jackdaw.HandlerOptions{Name: "socket"}); err != nil {
		return err
	}
	h.Logger("").Info("Jackdaws love my big sphinx of quartz.")
	area1, area2 := h.Logger("myapp.area1"), h.Logger("myapp.area2")
	area1.Debug("Quick zephyrs blow, vexing daft Jim.")
	area1.Info("How quickly daft jumping zebras vex.")
	area2.Warn("Jail zesty vixen who grabbed pay from quack.")
	area2.Error("The five boxing wizards jump quickly.")
	return h.Close(ctx)
}
