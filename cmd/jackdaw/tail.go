package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/client"
	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/terminal"
	"github.com/jackdaw-log/jackdaw/record"
)

// defaultLast is how many records tail begins with.
const defaultLast = 20

// tailFlags are the flags of tail.
type tailFlags struct {
	asker
	lookFlags
	limit int
	since string

	from time.Time
	all  bool // all since then
}

func (p *program) tailCommand() *cobra.Command {
	var t tailFlags
	cmd := &cobra.Command{
		Use:   "tail [flags] [FILTER]",
		Short: "Show records as they arrive",
		Long: "Show the last records of a running server, and then those that arrive. On a terminal keys steer it:\n" +
			"Space pauses and goes on, / changes the filter, 1 to 5 the level from DEBUG to CRITICAL, m leaves a\n" +
			"mark, ? lists the keys, q leaves. It comes back by itself when the server does, and nothing is left\n" +
			"out without a word.",
		Example: `jackdaw tail
jackdaw tail -l warning 'logger:shop -healthcheck'
jackdaw tail --since -5m -o json | jq .message`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.tail(cmd.Context(), cmd.Flags(), &t, args) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.IntVarP(&t.limit, "limit", "n", defaultLast, "begin with the last `N` (20, or all there are with --since)")
	f.Lookup("limit").DefValue = ""
	f.StringVar(&t.since, "since", "", "begin with what there is from `TIME` on: -15m, 17:30, yesterday")
	t.addLevel(f)
	inGroup(cmd, "Choose", "limit", "since", "level")
	t.addForm(cmd, "pretty", "text", "json")
	t.asker.add(f, p)
	inGroup(cmd, "Ask", "addr", "token-file", "tls-ca")
	cmd.SetFlagErrorFunc(filterFlagError)
	completeLook(cmd, &t.asker, &t.lookFlags)
	return cmd
}

// prepare checks the flags.
func (t *tailFlags) prepare(flags *pflag.FlagSet) (err error) {
	if err = t.lookFlags.prepare(); err != nil {
		return err
	}
	if err = t.checkFields(); err != nil {
		return err
	}
	if t.limit < 0 || t.limit > store.MaxPage {
		return usagef("-n %d: want 0 to %d records; jackdaw query shows more", t.limit, store.MaxPage)
	}
	if t.from, _, err = t.moments(t.since, ""); err != nil {
		return err
	}
	t.all = t.since != "" && !flags.Changed("limit")
	return t.asker.prepare()
}

// tail shows records until ctx ends, or who looks at them leaves.
func (p *program) tail(ctx context.Context, flags *pflag.FlagSet, t *tailFlags, args []string) error {
	if err := t.prepare(flags); err != nil {
		return err
	}
	f, err := t.parse(args)
	if err != nil {
		return err
	}
	v := &viewer{p: p, t: t, c: t.server(), text: strings.Join(args, " "), filter: f, level: t.level}
	if terminal.Is(p.stdout) {
		if keyboard, err := terminal.OpenKeyboard(); err == nil {
			defer keyboard.Close()
			restore := keyboard.Restore
			p.restore.Store(&restore)
			v.keys, v.woken = keyboard.Keys(), keyboard.Woken()
		}
	}
	err = v.run(ctx)
	v.erase()
	switch {
	case err == nil, errors.Is(err, errLeft), errors.Is(err, syscall.EPIPE):
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return t.explain(err)
}

// errLeft says that somebody had enough.
var errLeft = errors.New("left")

// following is a server that is followed, for a filter.
type following struct {
	events chan client.Event
	ended  chan struct{} // closed when it has ended
	err    error         // why; to be read after that
	stop   context.CancelFunc
}

// follow begins to follow. What arrives waits in the channel of events, and then at the server.
func follow(ctx context.Context, c *client.Client, q client.TailQuery) *following {
	ctx, stop := context.WithCancel(ctx)
	f := &following{events: make(chan client.Event), ended: make(chan struct{}), stop: stop}
	go func() {
		defer close(f.ended)
		f.err = c.Follow(ctx, q, func(e client.Event) error {
			select {
			case f.events <- e:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		})
	}()
	return f
}

// end ends it, and returns when it has ended. It may be called again.
func (f *following) end() {
	f.stop()
	<-f.ended
}

// storeLag is how long the records that a server told of last may take into its store: a server, or a disk, that has
// much to do is waited for as other questions wait for it.
const storeLag = 15 * time.Second

// history writes what there is since a time: all up to the record that the server named when it began to be followed.
func (v *viewer) history(ctx context.Context, q store.Query, last record.ID) error {
	if last.IsZero() {
		return nil
	}
	q.From = v.t.from
	for until := time.Now().Add(storeLag); ; {
		_, err := v.c.Around(ctx, store.AroundQuery{ID: last})
		if err == nil {
			break
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if time.Now().After(until) {
			v.p.note("the newest records are not in the server's store yet, and are missing here")
			break
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	w := bufio.NewWriterSize(v.p.stdout, 64<<10)
	print := *v.print
	print.w = w
	print.append = func(dst []byte, r *record.Record, neighbour bool) []byte {
		if r.ID.Compare(last) > 0 {
			return dst // it comes by itself
		}
		return v.print.append(dst, r, neighbour)
	}
	s := selection{from: v.c, q: q, limit: v.t.limit, print: &print}
	if v.t.all {
		s.limit = 0
	} else if s.limit == 0 {
		return nil
	}
	return errors.Join(s.run(ctx), w.Flush())
}

// gapText says what is missing, and how to see it.
func gapText(g *client.Gap) string {
	text := of(g.Records, "record")
	if g.AtLeast {
		text = "at least " + text
	}
	if text += " missing here"; g.Unfiltered {
		text += " (whether they match is not known)"
	}
	if g.Why != "" {
		text += ": " + g.Why
	}
	if !g.From.IsZero() {
		text += fmt.Sprintf("\nsee them with: jackdaw query --id %s -C %d", g.From, min(max(g.Records, 10), store.MaxPage/10))
	}
	return text
}

// filterText is what is shown of a filter with its level.
func filterText(f *filter.Filter, level levelValue) string {
	text := f.String()
	if level.level != record.LevelAll {
		text = "level>=" + level.String() + " " + text
	}
	if text == "" {
		return "all records"
	}
	return text
}
