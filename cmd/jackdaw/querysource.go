package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/client"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
)

// source is who is asked about records: a running server, or the files of one.
type source struct {
	store.Reader
	explain func(error) error // what to do about an error
	notes   func() []string   // what is to be said about the answers
	close   func() error
}

// source returns the files that --data names, or the server, or, where none runs and none was named, the files that
// it would have.
func (p *program) source(ctx context.Context, q *queryFlags) (*source, error) {
	if q.data != "" {
		return p.files(q.data)
	}
	if err := q.asker.prepare(); err != nil {
		return nil, err
	}
	c := q.server()
	err := reach(ctx, c)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case q.named || p.data == "" || !isStore(daemon.StoreDir(p.data)):
		if q.named {
			return nil, q.explain(err)
		}
		return nil, fmt.Errorf("%w\nor ask the files of one with --data DIR", q.explain(err))
	default:
		p.note("no server runs at %s; these are the records in %s", q.addr, p.data)
		return p.files(p.data)
	}
	return &source{
		Reader: c, explain: q.explain, close: func() error { return nil },
		notes: func() (notes []string) {
			if c.Window() {
				notes = append(notes, "the server keeps no records: these are from the last ones that it has in memory")
			}
			return notes
		},
	}, nil
}

// reach reports whether there is a server at all. What it thinks of the question is another matter.
func reach(ctx context.Context, c *client.Client) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	err := c.Reach(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return &client.UnreachedError{Err: fmt.Errorf("nothing was answered within %v", askTime)}
	}
	return err
}

// isStore reports whether there is a file of a store in a directory.
func isStore(dir string) bool {
	names, err := filepath.Glob(filepath.Join(dir, "*-*-*.db"))
	return err == nil && len(names) > 0
}

// files opens the store of a data directory, or one that is itself the directory of a store.
func (p *program) files(data string) (*source, error) {
	dir := data
	if !isStore(data) {
		var err error
		if dir, err = (&dataLook{data: data}).store(); err != nil {
			return nil, err
		}
	}
	s, err := sqlite.Open(dir, sqlite.Options{ReadOnly: true, Notify: func(text string) { p.note("%s", text) }})
	if err != nil {
		return nil, err
	}
	return &source{
		Reader: s, explain: func(err error) error { return err }, notes: func() []string { return nil },
		close: func() error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			return s.Close(ctx)
		},
	}, nil
}
