package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/jackdaw-log/jackdaw/internal/client"
	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/receiver"
)

// deep tries what a configuration names, without using it: whether addresses are free, files can be written, and
// certificates and tokens can be read. It returns what is wrong, each with its place, and which addresses are those of the
// server that runs at the web address of the configuration, or at the usual one.
func deep(ctx context.Context, c *config.Config, usual string) (notes []config.Note, wrong []*config.Error) {
	add := func(at config.Place, err error) {
		if err != nil {
			wrong = append(wrong, &config.Error{File: c.File, Place: at, Text: err.Error()})
		}
	}
	runs := sync.OnceValue(func() *running { return runningBy(ctx, c, usual) })
	tryAddress := func(at config.Place, a daemon.Address) {
		err := free(a)
		if _, isTaken := errors.AsType[*takenError](err); isTaken && runs().has(a) {
			text := fmt.Sprintf("%s %s is that of the server that runs at %s (pid %d); a reload leaves it so", a.Network, a.Address, runs().at, runs().PID)
			notes = append(notes, config.Note{File: c.File, Place: at, Text: text})
			return
		}
		add(at, err)
	}
	for _, h := range c.Handlers {
		if f, ok := h.Params.(*config.File); ok {
			add(h.Place, writable(f.Path))
		}
	}
	if r := c.Receivers; r != nil {
		for _, l := range r.Listen {
			if !l.Off {
				tryAddress(l.Place, daemon.Address{Network: l.Network, Address: absolute(l.Network, l.Address)})
			}
		}
		if t := r.TLS; t != nil {
			_, err := receiver.LoadCertificates(t.Cert, t.Key, t.ClientCA)
			add(r.Place, err)
		}
		if r.TokenFile != "" {
			_, err := receiver.LoadTokens(r.TokenFile)
			add(r.Place, err)
		}
	}
	if w := c.Web; w != nil && !w.Off && w.Address != "" {
		tryAddress(w.Place, daemon.Address{Network: "web", Address: w.Address})
	}
	if s := c.Stream; s != nil && s.Directory != "" {
		add(s.Place, writableDir(s.Directory))
	}
	if s := c.Store; s != nil && s.Directory != "" {
		add(s.Place, writableDir(s.Directory))
	}
	return notes, wrong
}

// running is a server that runs, and where its web address is.
type running struct {
	client.Server
	at string
}

// runningBy returns the server that runs at the web address of a configuration, nil if none says so. It brings no token:
// who knows who has the address.
func runningBy(ctx context.Context, c *config.Config, usual string) *running {
	a := asker{addr: usual}
	if w := c.Web; w != nil {
		if w.Off {
			return nil
		}
		a.addr = cmp.Or(w.Address, usual)
	}
	if a.prepare() != nil {
		return nil
	}
	defer a.transport.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	server, err := a.server().Server(ctx)
	if err != nil {
		return nil
	}
	return &running{server, a.addr}
}

// has reports whether the server receives at an address that is taken: by the same network, at the same path or port.
func (r *running) has(a daemon.Address) bool {
	return r != nil && slices.ContainsFunc(r.Listening, func(l client.Address) bool {
		_, port, err := net.SplitHostPort(a.Address)
		_, other, _ := net.SplitHostPort(l.Address)
		return l.Network == a.Network && (l.Address == a.Address || err == nil && port == other)
	})
}

// takenError says that somebody has an address.
type takenError struct{ daemon.Address }

func (e *takenError) Error() string {
	text, who := taken(e.Address), holderOf(e.Address)
	if who == "" || strings.HasPrefix(who, "jackdaw ") {
		text += "; that is right if it is the server that runs by this file"
	}
	return text
}

// free returns an error if an address cannot be received on: it is taken, by whom if that is known, or not this machine's.
func free(a daemon.Address) error {
	transport := strings.TrimPrefix(a.Network, syslogPrefix)
	var closer interface{ Close() error }
	var err error
	switch {
	case isPath(a.Network):
		return freePath(transport, a)
	case transport == "udp":
		closer, err = net.ListenPacket("udp", a.Address)
	default:
		closer, err = net.Listen("tcp", a.Address)
	}
	switch {
	case err == nil:
		return closer.Close()
	case errors.Is(err, syscall.EADDRINUSE):
		return &takenError{a}
	}
	return fmt.Errorf("%s %s: %w", a.Network, a.Address, err)
}

// freePath is free for the path of a unix socket, which is not made: somebody listens there, or its directory cannot be
// written.
func freePath(transport string, a daemon.Address) error {
	if conn, err := net.Dial(transport, a.Address); err == nil {
		conn.Close()
		return &takenError{a}
	}
	if strings.HasPrefix(a.Address, "@") {
		return nil
	}
	return inDir(filepath.Dir(a.Address))
}

// writable returns an error if a file cannot be appended to. It makes none.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	switch {
	case err == nil:
		return f.Close()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return inDir(filepath.Dir(path))
}

// writableDir returns an error if there can be no files in a directory, which is made if it is missing.
func writableDir(dir string) error {
	for {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return inDir(dir)
		}
		dir = filepath.Dir(dir)
	}
}

// inDir returns an error if no file can be made in a directory. It makes one and removes it.
func inDir(dir string) error {
	f, err := os.CreateTemp(dir, ".jackdaw-check-")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no directory %s; make it first", dir)
	}
	if err != nil {
		return fmt.Errorf("no file can be made in %s: %w", dir, errors.Unwrap(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
