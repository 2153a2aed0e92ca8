package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/terminal"
)

// defaultFound is how many records query shows where no range of time is asked for.
const defaultFound = 100

// errNothing says that nothing matched, where an exit code says that.
var errNothing = errors.New("nothing matched")

// queryFlags are the flags of query.
type queryFlags struct {
	asker
	lookFlags
	data         string
	limit        int
	context      int
	since, until string
	id           idValue
	countBy      []string
	histogram    string
	exitCode     bool
	noPager      bool

	named  bool           // the server was named
	filter *filter.Filter // what was written, for what stands out
}

func (p *program) queryCommand() *cobra.Command {
	var q queryFlags
	cmd := &cobra.Command{
		Use:   "query [flags] [FILTER]",
		Short: "Find records that are kept",
		Long: "Find records that a running server keeps, or that are kept in a data directory: the newest last.\n" +
			"A FILTER has words, \"phrases\", -without, OR, attr:value, level>=warning, logger:shop and more; see\n" +
			"docs/filter.md. What it has for the shell too, such as quotes and >, goes into single quotes.",
		Example: `jackdaw query 'jail OR quartz'
jackdaw query 'level>=warning logger:shop' --since -15m -C 5
jackdaw query 'user_id:*' -n 0 --fields time,user_id,message -o csv > users.csv`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.query(cmd.Context(), cmd.Flags(), &q, args) },
	}
	q.addFlags(cmd, p)
	cmd.SetFlagErrorFunc(filterFlagError)
	completeLook(cmd, &q.asker, &q.lookFlags)
	_ = cmd.RegisterFlagCompletionFunc("count-by", completeNames(&q.asker, []string{"logger", "level", "logger,level", "host"}))
	return cmd
}

func (q *queryFlags) addFlags(cmd *cobra.Command, p *program) {
	f := cmd.Flags()
	f.SortFlags = false
	f.IntVarP(&q.limit, "limit", "n", defaultFound, "show the newest `N`; 0 is all (100, or all there are with --since,\n--until)")
	f.Lookup("limit").DefValue = ""
	f.StringVar(&q.since, "since", "", "from `TIME` on: -15m, 17:30, yesterday, 2026-11-22, 2026-11-22T10:41Z")
	f.StringVar(&q.until, "until", "", "up to `TIME`; a day is meant whole")
	q.addLevel(f)
	f.IntVarP(&q.context, "context", "C", 0, "show the `N` records before and after each as well")
	f.Var(&q.id, "id", "show the record `ID`; with -C what was around it")
	inGroup(cmd, "Choose", "limit", "since", "until", "level", "context", "id")
	q.addForm(cmd, "pretty", "text", "json", "csv")
	f.BoolVarP(&q.noPager, "no-pager", "P", false, "do not page on a terminal ($JACKDAW_PAGER, $PAGER, less)")
	inGroup(cmd, "Show", "no-pager")
	f.StringSliceVar(&q.countBy, "count-by", nil, "count by `NAME,…`: logger, level, both, or any other name")
	f.StringVar(&q.histogram, "histogram", "", "plot how many there were over time, with bars of `WIDTH` if given:\n--histogram=10m")
	f.Lookup("histogram").NoOptDefVal = "auto"
	f.BoolVar(&q.exitCode, "exit-code", false, "end with 3 where nothing matches")
	inGroup(cmd, "Count", "count-by", "histogram", "exit-code")
	f.StringVar(&q.data, "data", "", "ask the files in the data directory `DIR`, and no server")
	q.asker.add(f, p)
	inGroup(cmd, "Ask", "data", "addr", "token-file", "tls-ca")
}

// filterFlagError is a flag's error, where a word of a filter may have been meant.
func filterFlagError(cmd *cobra.Command, err error) error {
	if _, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return usagef("%s\na filter that begins with - goes behind --: jackdaw %s -- '-healthcheck timeout'", flagError(cmd, err), cmd.Name())
	}
	return flagError(cmd, err)
}

// query answers a question.
func (p *program) query(ctx context.Context, flags *pflag.FlagSet, q *queryFlags, args []string) error {
	ask, width, err := q.question(flags, args)
	if err != nil {
		return err
	}
	from, err := p.source(ctx, q)
	if err != nil {
		return err
	}
	var found uint64
	var notes []string
	err = p.paged(q, func(w io.Writer) error {
		var err error
		found, notes, err = p.answer(ctx, q, from, ask, width, w)
		return err
	})
	for _, text := range append(notes, from.notes()...) {
		p.note("%s", text)
	}
	err = errors.Join(err, from.close())
	switch {
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return from.explain(err)
	case found == 0 && q.exitCode:
		return errNothing
	case found == 0 && terminal.Is(p.stderr):
		p.note("no record matches")
	}
	return nil
}

// question checks the flags, and returns what is asked, and the width of bars if that was given.
func (q *queryFlags) question(flags *pflag.FlagSet, args []string) (ask store.Query, width time.Duration, err error) {
	if err := q.lookFlags.prepare(); err != nil {
		return ask, 0, err
	}
	if q.filter, err = q.parse(args); err != nil {
		return ask, 0, err
	}
	if ask.Filter, err = above(q.filter, q.level); err != nil {
		return ask, 0, err
	}
	if ask.From, ask.To, err = q.moments(q.since, q.until); err != nil {
		return ask, 0, err
	}
	q.named = flags.Changed("addr")
	if !flags.Changed("limit") && (!ask.From.IsZero() || !ask.To.IsZero() || len(q.countBy) > 0) {
		q.limit = 0
	}
	if flags.Changed("data") && q.data == "" {
		return ask, 0, usagef("--data: name a directory")
	}
	if q.named && q.data != "" {
		return ask, 0, usagef("--data asks files and --addr a server; leave one of them out")
	}
	if q.histogram != "" && q.histogram != "auto" {
		if width, err = time.ParseDuration(q.histogram); err != nil || width < time.Second || width%time.Second != 0 {
			return ask, 0, usagef("--histogram=%s: want a width in whole seconds, such as 30s, 10m or 24h", q.histogram)
		}
	}
	return ask, width, q.checkTogether(flags)
}

// checkTogether checks what does not go together.
func (q *queryFlags) checkTogether(flags *pflag.FlagSet) error {
	counts := q.histogram != "" || len(q.countBy) > 0
	switch {
	case q.limit < 0:
		return usagef("-n %d: want a number of records, or 0 for all", q.limit)
	case q.context < 0 || q.context > store.MaxPage/10:
		return usagef("-C %d: want 0 to %d records", q.context, store.MaxPage/10)
	case q.histogram != "" && len(q.countBy) > 0:
		return usagef("--histogram and --count-by are two answers; ask for one of them")
	case counts && (len(q.fields) > 0 || q.context > 0 || !q.id.id.IsZero()):
		return usagef("--fields, -C and --id are for records, and --count-by and --histogram count them")
	case q.histogram != "" && flags.Changed("limit"):
		return usagef("-n is for records, and --histogram counts them")
	case !q.id.id.IsZero() && (flags.Changed("limit") || q.since != "" || q.until != ""):
		return usagef("--id shows one record; leave -n, --since and --until out")
	}
	if len(q.countBy) > 0 {
		return checkCountBy(q.countBy)
	}
	return q.checkFields()
}

// paged calls write with the standard output, or with a pager in front of it. A reader that left is no error.
func (p *program) paged(q *queryFlags, write func(io.Writer) error) error {
	screen, ok := p.stdout.(*os.File)
	if !ok || q.noPager || !terminal.Is(screen) {
		return p.output(write)
	}
	command := terminal.PagerCommand(os.LookupEnv, p.getenv("TERM"))
	if command == "" {
		return p.output(write)
	}
	pager, err := terminal.StartPager(command, screen, os.Stderr)
	if err != nil {
		p.note("%s: %v; going on without it", command, err)
		return p.output(write)
	}
	to := &program{stdout: pager}
	err = to.output(write)
	return errors.Join(err, pager.Close())
}

// answer writes the answer, and returns how many records were found, and what is to be said about it.
func (p *program) answer(ctx context.Context, q *queryFlags, from *source, ask store.Query, width time.Duration, w io.Writer) (found uint64, notes []string, err error) {
	form := q.form(p.stdout)
	var unreadable uint64
	switch {
	case len(q.countBy) > 0:
		t, err := tallyOf(ctx, from, ask, q.countBy)
		if err != nil {
			return 0, nil, err
		}
		if t.part {
			notes = append(notes, "the newest of these records were counted only")
		}
		found, unreadable = t.total, t.unreadable
		if len(t.rows) > 0 {
			if err := t.write(w, form, q.limit, terminal.Is(p.stdout)); err != nil {
				return found, nil, err
			}
		}
	case q.histogram != "":
		h, err := plotOf(ctx, from, ask, width, q.zone)
		if err != nil || h == nil {
			return 0, nil, err
		}
		for _, k := range h.Buckets {
			found += k.Total()
		}
		unreadable = h.Unreadable
		h.color = terminal.Colored(q.color.word, terminal.Is(p.stdout), p.getenv)
		if err := h.write(w, form, terminal.Width(p.stdout)); err != nil {
			return found, nil, err
		}
	default:
		return p.find(ctx, q, from, ask, w)
	}
	return found, append(notes, missing(unreadable)...), nil
}

// missing says how many records cannot be read.
func missing(unreadable uint64) []string {
	if unreadable == 0 {
		return nil
	}
	return []string{fmt.Sprintf("up to %s cannot be read: a file is damaged; see jackdaw store verify", of(unreadable, "record"))}
}

// find writes records.
func (p *program) find(ctx context.Context, q *queryFlags, from *source, ask store.Query, w io.Writer) (found uint64, notes []string, err error) {
	progress := newProgress(p)
	s := selection{from: from, q: ask, limit: q.limit, context: q.context, print: q.newPrinter(p, w, p.stdout, q.filter), moved: progress.tell}
	s.print.margin = s.print.lines && q.context > 0
	if !q.id.id.IsZero() {
		var a *store.Around
		a, err = from.Around(ctx, store.AroundQuery{ID: q.id.id, Filter: ask.Filter, Before: q.context, After: q.context})
		if errors.Is(err, store.ErrNotFound) {
			return 0, nil, fmt.Errorf("there is no record %s, or not any more", q.id.id)
		}
		if err != nil {
			return 0, nil, err
		}
		s.q = store.Query{From: a.Record.Time, To: a.Record.Time} // nothing but the record is meant
		err = s.around(a)
		return 1, missing(s.unreadable), err
	}
	err = s.run(ctx)
	progress.end()
	if s.more && terminal.Is(p.stderr) && !q.exitCode {
		notes = append(notes, fmt.Sprintf("these are the newest %s; -n 0 shows all", count(s.found)))
	}
	if errors.Is(err, syscall.EPIPE) {
		return max(1, s.found), nil, err
	}
	return s.found, append(notes, missing(s.unreadable)...), err
}
