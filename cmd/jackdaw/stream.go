package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/jackdaw-log/jackdaw/internal/spell"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/record"
)

func (p *program) streamCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "stream",
		Short: "Look into the stream of a data directory",
		Long: "Look into the files in which a server keeps records until every handler has them. Nothing but\n" +
			"forget changes them, or needs the server to be stopped.",
		Example: `jackdaw stream ls                            which handlers there are, and what waits for each
jackdaw stream cat -n 20 | jq .message       the records, as JSON lines
jackdaw stream verify --data /var/lib/jackdaw`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.streamLs(), p.streamCat(), p.streamVerify(), p.streamForget())
	return cmd
}

// output is the standard output, with memory in front. A reader that left is no error.
func (p *program) output(write func(w io.Writer) error) error {
	w := bufio.NewWriterSize(p.stdout, 64<<10)
	err := write(w)
	if e := w.Flush(); err == nil || errors.Is(e, syscall.EPIPE) {
		err = e
	}
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// note tells something beside the output.
func (p *program) note(format string, args ...any) {
	fmt.Fprintln(p.stderr, "jackdaw: "+printable(fmt.Sprintf(format, args...)))
}

func (p *program) streamCat() *cobra.Command {
	var s dataLook
	var from idValue
	var limit int
	var ids, dead bool
	cmd := &cobra.Command{
		Use:   "cat",
		Short: "Write the records as JSON lines",
		Long: "Write the records in the stream, the oldest first, as JSON lines: those that handlers wait for,\n" +
			"and those that are handled and still there, since nothing needed their room.",
		Example: `jackdaw stream cat
jackdaw stream cat -n 100 --from 2n9c-1041-0 --ids
jackdaw stream cat --dead`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := s.stream()
			if err != nil {
				return err
			}
			if limit < 0 {
				return usagef("-n %d: want a number of records, or 0 for all", limit)
			}
			if dead {
				if cmd.Flags().Changed("from") || ids {
					return usagef("--from and --ids are for the records of the stream; leave --dead out")
				}
				return p.output(func(w io.Writer) error { return catDead(cmd.Context(), w, dir, limit) })
			}
			return p.output(func(w io.Writer) error {
				c := cat{w: w, left: limit, all: limit == 0, ids: ids, note: p.note}
				return c.records(cmd.Context(), dir, from.id)
			})
		},
	}
	s.add(cmd, p)
	cmd.Flags().IntVarP(&limit, "limit", "n", 0, "write `N` records; 0 is all")
	cmd.Flags().Var(&from, "from", "begin with the record `ID`, or the first one after it")
	cmd.Flags().BoolVar(&ids, "ids", false, "write the id of each record, as the key id")
	cmd.Flags().BoolVar(&dead, "dead", false, "write the dead letters: what a handler will never take, and why")
	return cmd
}

// cat writes records.
type cat struct {
	w       io.Writer
	left    int
	all     bool
	ids     bool
	note    func(format string, args ...any)
	encoder record.Encoder
	line    []byte
}

func (c *cat) records(ctx context.Context, dir string, from record.ID) error {
	unreadable := 0
	for batch, err := range stream.Cat(dir, "", from) {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			unreadable++
			c.note("%v", err)
		}
		for i := range batch {
			if !c.all && c.left == 0 {
				return nil
			}
			c.left--
			if err := c.write(&batch[i]); err != nil {
				return err
			}
		}
	}
	if unreadable > 0 {
		return errors.New("not all could be read; see jackdaw stream verify")
	}
	return nil
}

func (c *cat) write(r *record.Record) error {
	c.line = c.line[:0]
	if c.ids {
		c.line = fmt.Appendf(c.line, `{"id":"%s",`, r.ID)
		at := len(c.line)
		c.line = c.encoder.AppendJSON(c.line, r)
		c.line = append(c.line[:at], c.line[at+1:]...) // a record has a level at least, so there is no comma too many
	} else {
		c.line = c.encoder.AppendJSON(c.line, r)
	}
	_, err := c.w.Write(append(c.line, '\n'))
	return err
}

// catDead writes dead letters.
func catDead(ctx context.Context, w io.Writer, dir string, limit int) error {
	n := 0
	for letter, err := range stream.DeadLettersIn(dir, "") {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case limit > 0 && n == limit:
			return nil
		}
		n++
		line, err := json.Marshal(struct {
			Time    time.Time       `json:"time"`
			Handler string          `json:"handler"`
			Reason  string          `json:"reason"`
			ID      string          `json:"id"`
			Record  json.RawMessage `json:"record"`
		}{letter.Time, letter.Handler, letter.Reason, letter.Record.ID.String(), record.AppendJSON(nil, &letter.Record)})
		if err != nil {
			return err
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) streamForget() *cobra.Command {
	var s dataLook
	cmd := &cobra.Command{
		Use:   "forget HANDLER",
		Short: "Forget a handler that will not come back",
		Long: "Forget how far a handler was, so that nothing waits for it any more. If it comes back it sees\n" +
			"what comes from then on. The server must be stopped for that.",
		Example: `jackdaw stream forget "file old.jsonl"
jackdaw stream forget --data /var/lib/jackdaw "file old.jsonl"
jackdaw stream forget console`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("name one handler, as jackdaw stream ls shows it; in quotes if it has blanks in it")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			dir, err := s.stream()
			if err != nil {
				return err
			}
			return p.forget(dir, args[0])
		},
	}
	s.add(cmd, p)
	return cmd
}

// forget opens the stream, with bounds that are in nothing's way, and forgets a cursor.
func (p *program) forget(dir, name string) (err error) {
	if _, err := stream.LookAt(dir, ""); err != nil {
		return err // a directory without a stream is not to have one from now on
	}
	s, err := stream.Open(stream.Options{
		Dir: dir, MaxBytes: 1 << 40, FreeSpace: -1, Notify: func(text string) { p.note("%s", text) },
	})
	if locked, ok := errors.AsType[*stream.LockedError](err); ok {
		return fmt.Errorf("%w\na handler can be forgotten while no server has the directory; ls, cat and verify do not mind one", locked)
	}
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), drainTime)
		defer cancel()
		err = errors.Join(err, s.Close(ctx))
	}()
	var names []string
	for _, c := range s.Stats().Cursors {
		if c.Name == name {
			p.note("%s is forgotten; %s waited for it", name, of(c.Waiting, "record"))
			return s.Forget(name)
		}
		names = append(names, fmt.Sprintf("%q", c.Name))
	}
	switch near := spell.Nearest(fmt.Sprintf("%q", name), names...); {
	case near != "":
		return fmt.Errorf("there is no handler %q; did you mean %s?", name, near)
	case len(names) == 0:
		return fmt.Errorf("there is no handler %q, and no other", name)
	}
	return fmt.Errorf("there is no handler %q; there is %s", name, spell.Or(names...))
}

// idValue is the value of a flag that names a record.
type idValue struct{ id record.ID }

// String returns the id.
func (v *idValue) String() string { return v.id.String() }

// Type returns how the flag's value is called in the help.
func (v *idValue) Type() string { return "ID" }

// Set takes an id.
func (v *idValue) Set(text string) error {
	id, err := record.ParseID(text)
	if err != nil || id.IsZero() {
		return errors.New("want <epoch>-<sequence>-<index>, as jackdaw stream cat --ids writes it")
	}
	v.id = id
	return nil
}
