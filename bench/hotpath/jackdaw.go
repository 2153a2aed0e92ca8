package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// door is a front of Jackdaw: what a program calls. A new one is a file with a function that
// returns it, and its name in doors.
type door struct {
	name  string
	slog  bool
	calls func(h *jackdaw.Hierarchy, r *request) calls
	// flight says that the queue is in flight mode.
	flight bool
}

func doors() []door {
	return []door{slogDoor(), directDoor()}
}

func slogDoor() door {
	return door{name: "jackdaw", slog: true, calls: func(h *jackdaw.Hierarchy, r *request) calls {
		return slogCalls(h.Logger("bench"), r)
	}}
}

// jackdawPeers returns each door as it is by default, where the queue is elastic up to 64 MiB and
// then drops the lowest levels, and what else the doors are measured with.
func jackdawPeers() []peer {
	var all []peer
	for _, d := range doors() {
		all = append(all, d.peer(d.name, jackdaw.Options{}, jackdaw.HandlerOptions{}))
		blocking := d.peer(d.name+"-block", jackdaw.Options{}, jackdaw.HandlerOptions{Policy: jackdaw.Block})
		blocking.extra, blocking.works = true, []string{"sustained", "hang"}
		all = append(all, blocking)
		// A queue too small for the records of a second shows what each policy makes of that.
		for i, policy := range []jackdaw.Policy{jackdaw.DropLowest, jackdaw.DropOldest, jackdaw.DropNewest} {
			name := d.name + "-4MiB-" + []string{"lowest", "oldest", "newest"}[i]
			small := d.peer(name, jackdaw.Options{QueueBytes: 4 << 20}, jackdaw.HandlerOptions{Policy: policy})
			small.extra, small.works = true, []string{"hang"}
			all = append(all, small)
		}
		spilling := d.peer(d.name+"-4MiB-spill", jackdaw.Options{QueueBytes: 4 << 20}, jackdaw.HandlerOptions{SpillDir: spillDir})
		spilling.extra, spilling.works = true, []string{"hang"}
		all = append(all, spilling, d.feeding(d.name+"+slogjson"))
		flight := d.flying().peer(d.flying().name, jackdaw.Options{}, jackdaw.HandlerOptions{})
		flight.extra, flight.works = true, []string{"call", "sustained", "burst"}
		all = append(all, flight)
	}
	d := sourceDoor()
	placed := d.peer(d.name, jackdaw.Options{}, jackdaw.HandlerOptions{})
	placed.works = []string{"call"}
	return append(all, placed)
}

// peer returns a peer that writes the JSON of record.AppendJSON, a batch at once.
func (d door) peer(name string, o jackdaw.Options, ho jackdaw.HandlerOptions) peer {
	return peer{name: name, slog: d.slog, way: async, ours: true, open: func(to target) (*session, error) {
		lines := &jsonLines{w: to.w}
		s, err := d.open(o, lines, ho)
		if err == nil {
			s.told = lines.toldSoFar
		}
		return s, err
	}}
}

// feeding returns a peer that hands its records to slog.JSONHandler, one by one. It loses none, so that no
// line is its own.
func (d door) feeding(name string) peer {
	return peer{name: name, slog: d.slog, way: async, ours: true, extra: true, works: []string{"sustained"}, open: func(to target) (*session, error) {
		return d.open(jackdaw.Options{}, record.FromSlog(slog.NewJSONHandler(to.w, nil)), jackdaw.HandlerOptions{Policy: jackdaw.Block})
	}}
}

// closeLimit is how long a session waits for its records at the end.
const closeLimit = 20 * time.Second

// spillDir stands for a directory that a session makes, and removes.
const spillDir = "*"

func (d door) open(o jackdaw.Options, h record.Handler, ho jackdaw.HandlerOptions) (*session, error) {
	if ho.SpillDir == spillDir {
		var err error
		if ho.SpillDir, err = os.MkdirTemp("", "jackdaw-spill-"); err != nil {
			return nil, err
		}
	}
	hierarchy := jackdaw.New(o)
	if err := hierarchy.AddHandler("", h, ho); err != nil {
		return nil, err
	}
	remove := func() error { return nil }
	if d.flight {
		var err error
		if remove, err = openFlight(hierarchy); err != nil {
			return nil, err
		}
	}
	return &session{calls: d.calls(hierarchy, newRequest()), close: func() error {
		ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
		defer cancel()
		err := errors.Join(hierarchy.Close(ctx), remove())
		if ho.SpillDir != "" {
			err = errors.Join(err, os.RemoveAll(ho.SpillDir))
		}
		return err
	}}, nil
}

// jsonLines is a handler that writes a line of JSON for each record, and a batch at once. It leaves
// out the place of the call, which the others leave out too.
type jsonLines struct {
	mu      sync.Mutex // guards all below
	w       io.Writer
	buf     []byte
	told    int
	encoder record.Encoder
}

func (j *jsonLines) Handle(_ context.Context, batch []record.Record) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.buf = j.buf[:0]
	for i := range batch {
		r := &batch[i]
		if r.Message != message {
			j.told++
		}
		if form := r.Form(); form != nil {
			j.buf = append(j.buf, form...)
		} else {
			j.buf = appendBare(j.buf, &j.encoder, r)
		}
	}
	_, err := j.w.Write(j.buf)
	return err
}

// NewForm makes jsonLines a [record.Former], as the handlers that come with Jackdaw are.
func (j *jsonLines) NewForm() (record.Handler, func(dst []byte, r *record.Record) []byte) {
	var e record.Encoder
	return j, func(dst []byte, r *record.Record) []byte { return appendBare(dst, &e, r) }
}

// appendBare appends the line of a record, without the place of its call.
func appendBare(dst []byte, e *record.Encoder, r *record.Record) []byte {
	if r.PC != 0 {
		bare := *r
		bare.PC, bare.Source = 0, slog.Source{}
		r = &bare
	}
	return append(e.AppendJSON(dst, r), '\n')
}

func (j *jsonLines) toldSoFar() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.told
}
