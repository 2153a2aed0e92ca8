package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/receiver"
)

// deep tries what a configuration names, without using it: whether addresses are free, files can be written, and
// certificates and tokens can be read. It returns what is wrong, each with its place.
func deep(c *config.Config) (wrong []*config.Error) {
	add := func(at config.Place, err error) {
		if err != nil {
			wrong = append(wrong, &config.Error{File: c.File, Place: at, Text: err.Error()})
		}
	}
	for _, h := range c.Handlers {
		if f, ok := h.Params.(*config.File); ok {
			add(h.Place, writable(f.Path))
		}
	}
	if r := c.Receivers; r != nil {
		for _, l := range r.Listen {
			if !l.Off {
				add(l.Place, free(daemon.Address{Network: l.Network, Address: absolute(l.Network, l.Address)}))
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
		add(w.Place, free(daemon.Address{Network: "web", Address: w.Address}))
	}
	if s := c.Stream; s != nil && s.Directory != "" {
		add(s.Place, writableDir(s.Directory))
	}
	if s := c.Store; s != nil && s.Directory != "" {
		add(s.Place, writableDir(s.Directory))
	}
	return wrong
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
		return errors.New(taken(a))
	}
	return fmt.Errorf("%s %s: %w", a.Network, a.Address, err)
}

// freePath is free for the path of a unix socket, which is not made: somebody listens there, or its directory cannot be
// written.
func freePath(transport string, a daemon.Address) error {
	if conn, err := net.Dial(transport, a.Address); err == nil {
		conn.Close()
		return errors.New(taken(a))
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
