package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/record"
)

// verifyAgain is after what time a file that ends within a message is read once more: who has the stream
// may just have been writing it.
const verifyAgain = time.Second

func (p *program) streamLs() *cobra.Command {
	var s dataLook
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List the handlers, and what waits for each",
		Long: "List the handlers that the stream knows, with what waits for each and what it will never take.\n" +
			"While a server runs this is a moment old.",
		Example: `jackdaw stream ls
jackdaw stream ls --data /var/lib/jackdaw
jackdaw stream ls --json | jq .handlers`,
		Args: noCommand,
		RunE: func(*cobra.Command, []string) error {
			dir, err := s.stream()
			if err != nil {
				return err
			}
			l, err := list(s.data, dir)
			if err != nil {
				return err
			}
			return p.output(func(w io.Writer) error { return l.write(w, s.json) })
		},
	}
	s.add(cmd, p)
	s.addJSON(cmd)
	return cmd
}

// listing is what ls shows. The names of its JSON are stable.
type listing struct {
	Data string `json:"data"`
	// LastProcess had the stream last, or has it; Closed says that it closed it.
	LastProcess string          `json:"last_process"`
	Closed      bool            `json:"closed"`
	LastID      string          `json:"last_id"`
	Bytes       int64           `json:"bytes"`
	Handlers    []listedHandler `json:"handlers"`
}

type listedHandler struct {
	Name         string `json:"name"`
	Required     bool   `json:"required,omitempty"`
	Waiting      uint64 `json:"waiting"`
	WaitingBytes int64  `json:"waiting_bytes"`
	// Next is the message that comes next, in the stream's sequence.
	Next        uint64 `json:"next"`
	DeadLetters uint64 `json:"dead_letters"`
}

func list(data, dir string) (*listing, error) {
	look, err := stream.LookAt(dir, "")
	if err != nil {
		return nil, err
	}
	l := &listing{Data: data, LastProcess: look.Process, Closed: look.Clean, LastID: look.Last.String(), Bytes: look.Bytes, Handlers: []listedHandler{}}
	dead := make(map[string]uint64)
	for letter, err := range stream.DeadLettersIn(dir, "") {
		if err != nil {
			return nil, err
		}
		dead[letter.Handler]++
	}
	for _, c := range look.Cursors {
		l.Handlers = append(l.Handlers, listedHandler{
			Name: c.Name, Required: c.Required, Waiting: c.Waiting, WaitingBytes: c.WaitingBytes, Next: c.Next, DeadLetters: dead[c.Name],
		})
		delete(dead, c.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(dead)) { // it is forgotten; they are not
		l.Handlers = append(l.Handlers, listedHandler{Name: name, DeadLetters: dead[name]})
	}
	return l, nil
}

func (l *listing) write(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(l)
	}
	fmt.Fprintf(w, "%s: %s", printable(l.Data), bytesText(l.Bytes))
	if l.LastID == "" {
		fmt.Fprint(w, ", no records")
	} else {
		fmt.Fprintf(w, " up to record %s", l.LastID)
	}
	if l.Closed {
		fmt.Fprintf(w, "; closed by %s\n", printable(l.LastProcess))
	} else {
		fmt.Fprintf(w, "; open in %s, or it crashed\n", printable(l.LastProcess))
	}
	if len(l.Handlers) == 0 {
		fmt.Fprintln(w, "no handlers: nothing waits")
		return nil
	}
	t := table{left: map[int]bool{5: true}}
	t.row("HANDLER", "WAITING", "BYTES", "NEXT", "DEAD LETTERS", "")
	for _, h := range l.Handlers {
		required := ""
		if h.Required {
			required = "required"
		}
		next := "forgotten"
		if h.Next > 0 {
			next = count(h.Next)
		}
		t.row(h.Name, count(h.Waiting), bytesText(h.WaitingBytes), next, count(h.DeadLetters), required)
	}
	t.write(w)
	return nil
}

func (p *program) streamVerify() *cobra.Command {
	var s dataLook
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Say what is damaged, and how many records that costs",
		Long: "Read all files of the stream, and say what is damaged in them and how many records that costs.\n" +
			"The exit code is 1 if anything is.",
		Example: `jackdaw stream verify
jackdaw stream verify --data /var/lib/jackdaw
jackdaw stream verify --json | jq .damage`,
		Args: noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := s.stream()
			if err != nil {
				return err
			}
			r, err := verify(cmd.Context(), dir)
			if err != nil {
				return err
			}
			v := verdictOf(s.data, r)
			if err := p.output(func(w io.Writer) error { return v.write(w, s.json) }); err != nil {
				return err
			}
			return v.failure()
		},
	}
	s.add(cmd, p)
	s.addJSON(cmd)
	return cmd
}

// verify verifies, and once more if what is wrong may be that somebody was writing.
func verify(ctx context.Context, dir string) (*stream.Report, error) {
	r, err := stream.Verify(dir, "")
	if err != nil || !slices.ContainsFunc(r.Damage, func(d stream.Damage) bool { return d.Before == 0 }) {
		return r, err
	}
	select {
	case <-time.After(verifyAgain):
		return stream.Verify(dir, "")
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// verdict is what verify shows. The names of its JSON are stable.
type verdict struct {
	Data     string `json:"data"`
	Files    int    `json:"files"`
	Bytes    int64  `json:"bytes"`
	Messages uint64 `json:"messages"`
	Records  uint64 `json:"records"`
	FirstID  string `json:"first_id"`
	LastID   string `json:"last_id"`
	// Lost is how many records the damage costs, at least if AtLeast is set.
	Lost    uint64          `json:"lost"`
	AtLeast bool            `json:"at_least,omitempty"`
	Damage  []damagedRecord `json:"damage"`
}

// damagedRecord is a place that is damaged.
type damagedRecord struct {
	File    string `json:"file,omitempty"`
	Offset  int64  `json:"offset,omitempty"`
	What    string `json:"what"`
	After   uint64 `json:"after,omitempty"`
	Before  uint64 `json:"before,omitempty"`
	Lost    uint64 `json:"lost"`
	AtLeast bool   `json:"at_least,omitempty"`
	text    string
}

func verdictOf(data string, r *stream.Report) *verdict {
	v := &verdict{Data: data, Files: len(r.Segments), Messages: r.Messages, Records: r.Records, Damage: []damagedRecord{}}
	for _, f := range r.Segments {
		v.Bytes += f.Bytes
		if v.FirstID == "" {
			v.FirstID = f.First.String()
		}
		if f.Last != (record.ID{}) {
			v.LastID = f.Last.String()
		}
	}
	for _, d := range r.Damage {
		v.Lost += d.Records
		v.AtLeast = v.AtLeast || d.AtLeast
		v.Damage = append(v.Damage, damagedRecord{d.File, d.Offset, d.What, d.After, d.Before, d.Records, d.AtLeast, d.String()})
	}
	return v
}

func (v *verdict) write(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(v)
	}
	for _, d := range v.Damage {
		fmt.Fprintln(w, printable(d.text))
	}
	fmt.Fprintf(w, "%s: %s in %s, %s in %s", printable(v.Data), of(v.Records, "record"), of(v.Messages, "message"), bytesText(v.Bytes), of(v.Files, "file"))
	if v.FirstID != "" {
		fmt.Fprintf(w, ", from %s to %s", v.FirstID, v.LastID)
	}
	if len(v.Damage) == 0 {
		fmt.Fprint(w, "; nothing is damaged")
	}
	fmt.Fprintln(w)
	return nil
}

// failure is the error where something is damaged.
func (v *verdict) failure() error {
	if len(v.Damage) == 0 {
		return nil
	}
	lost := of(v.Lost, "record") + " lost"
	switch {
	case v.AtLeast && v.Lost == 0:
		lost = "how many records are lost is not known"
	case v.AtLeast:
		lost = "at least " + lost
	}
	return fmt.Errorf("the stream is damaged in %s: %s\na server serves the rest, and its handlers are told what is missing", of(len(v.Damage), "place"), lost)
}
