package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jackdaw-log/jackdaw/internal/terminal"
	"github.com/jackdaw-log/jackdaw/internal/web"
)

// watchEvery is how often --watch asks.
const watchEvery = time.Second

// statsFlags are the flags of stats.
type statsFlags struct {
	asker
	watch, json bool
	every       time.Duration
}

func (p *program) statsCommand() *cobra.Command {
	var s statsFlags
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Show what became of all records of a running server",
		Long: "Ask a running server for its counts, and show what became of all records that came in: at each\n" +
			"receiver, in the stream, and at each handler. The exit code is 4 if no server answers.",
		Example: `jackdaw stats
jackdaw stats --watch                       again each second, with rates
jackdaw stats --json | jq .stream`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch f := cmd.Flags(); {
			case f.Changed("every") && !s.watch:
				return usagef("--every is for --watch; add it")
			case s.every < 100*time.Millisecond:
				return usagef("--every %v: want 100ms or more", s.every)
			}
			return p.stats(cmd.Context(), &s)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVarP(&s.watch, "watch", "w", false, "show them again and again, with what came in each second")
	f.DurationVar(&s.every, "every", watchEvery, "ask every `TIME` (1s)")
	f.BoolVar(&s.json, "json", false, "as the server's JSON, an object on one line")
	s.add(f, p)
	return cmd
}

// stats shows counts once, or until ctx ends.
func (p *program) stats(ctx context.Context, s *statsFlags) error {
	if err := s.prepare(); err != nil {
		return err
	}
	body, now, err := s.ask(ctx)
	if err != nil {
		return err
	}
	onTerminal := terminal.Is(p.stdout)
	var before *web.Stats
	for tick := time.Tick(s.every); ; {
		switch {
		case err == nil && s.json:
			err = p.output(func(w io.Writer) error { _, err := w.Write(body); return err })
		case err == nil:
			err = p.output(func(w io.Writer) error { _, err := w.Write(page(now, before, s.watch, onTerminal)); return err })
		}
		if !s.watch || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick:
		}
		before = now
		if body, now, err = p.askAgain(ctx, s, tick); err != nil {
			return nil // it was ended
		}
	}
}

// askAgain asks until the server answers, for one that went may come back. The error is that ctx ended.
func (p *program) askAgain(ctx context.Context, s *statsFlags, tick <-chan time.Time) (body []byte, now *web.Stats, err error) {
	for told := false; ; told = true {
		body, now, err = s.ask(ctx)
		if err == nil || ctx.Err() != nil {
			return body, now, ctx.Err()
		}
		if !told {
			first, _, _ := strings.Cut(err.Error(), "\n")
			p.note("%s; asking again", first)
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-tick:
		}
	}
}

// page is what is shown at once: on a terminal, in the place of what was shown before.
func page(now, before *web.Stats, watch, terminal bool) []byte {
	var b bytes.Buffer
	v := view{now: now, before: before, rates: watch}
	v.write(&b)
	switch {
	case watch && terminal:
		// Home, each line cleared to its end, and what is below: nothing flickers.
		text := append([]byte("\x1b[H"), bytes.ReplaceAll(b.Bytes(), []byte("\n"), []byte("\x1b[K\n"))...)
		if before == nil {
			text = append([]byte("\x1b[2J"), text...)
		}
		return append(text, "\x1b[J"...)
	case watch:
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// unreachableError says that no server answers: exit code 4.
type unreachableError struct{ err error }

func (e *unreachableError) Error() string { return e.err.Error() }

// Unwrap returns the error of the connection.
func (e *unreachableError) Unwrap() error { return e.err }

// decodeStats reads the server's answer.
func decodeStats(body []byte) (*web.Stats, error) {
	var s web.Stats
	if err := json.Unmarshal(body, &s); err != nil {
		return nil, err
	}
	if s.Started.IsZero() {
		return nil, errors.New("there is no time of its start in it")
	}
	return &s, nil
}

// uptime is how long a server runs, as a person reads it.
func uptime(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= time.Hour:
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return d.String()
}
