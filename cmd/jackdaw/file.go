package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/spell"
	"github.com/jackdaw-log/jackdaw/record"
)

// defaultBackups is how many rotated files of each are kept.
const defaultBackups = 7

// fileFlags say in which files records are kept. The flags of rotation hold for all of them.
type fileFlags struct {
	paths    []string
	maxSize  size
	rotate   when
	backups  int
	compress bool
}

func (s *fileFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&s.paths, "file", nil, "append JSON lines to `PATH`; may be repeated. One that is renamed\nor removed, as by logrotate, is made anew")
	f.Var(&s.maxSize, "file-max-size", "rotate files before they have `SIZE`, such as 100MB: PATH.1 is the\nlatest, then PATH.2")
	f.Var(&s.rotate, "file-rotate", "rotate files at midnight, every S, M, H or D, or at the end of\nMonday to Sunday, W0 to W6: PATH.2026-11-22")
	f.IntVar(&s.backups, "file-backups", defaultBackups, fmt.Sprintf("keep `N` rotated files of each (%d); 0 keeps all", defaultBackups))
	f.BoolVar(&s.compress, "file-compress", false, "compress rotated files with gzip")
	inGroup(cmd, "Keep", "file", "file-max-size", "file-rotate", "file-backups", "file-compress")
}

// handlers returns those of the files that the flags describe.
func (s *fileFlags) handlers(flags *pflag.FlagSet) (files []daemon.Handler, err error) {
	rotated := s.maxSize > 0 || s.rotate != ""
	for _, name := range []string{"file-max-size", "file-rotate", "file-backups", "file-compress"} {
		switch {
		case !flags.Changed(name):
		case len(s.paths) == 0:
			return nil, usagef("--%s is for files; name one with --file PATH", name)
		case !rotated:
			return nil, usagef("--%s is for files that are rotated; say when with --file-rotate midnight or --file-max-size 100MB", name)
		}
	}
	var o handler.FileOptions
	switch {
	case s.backups < 0:
		return nil, usagef("--file-backups %d: want a number of files, or 0 for all", s.backups)
	case !rotated:
	case s.backups == 0 && s.rotate == "":
		return nil, usagef("--file-backups 0: want 1 or more with --file-max-size alone")
	default:
		o = handler.FileOptions{MaxBytes: int64(s.maxSize), When: string(s.rotate), BackupCount: s.backups, Compress: s.compress}
	}
	for _, path := range s.paths {
		files = append(files, fileAt(path, o))
	}
	return files, nil
}

// fileName is what the handler of a file that a flag names is called.
func fileName(path string) string { return "file " + path }

// fileAt returns the handler that keeps records in a file.
func fileAt(path string, o handler.FileOptions) daemon.Handler {
	return daemon.Handler{Name: fileName(path), Open: func() (record.Handler, error) { return handler.OpenFile(path, o) }}
}

// when is the value of --file-rotate.
type when string

// String returns the word.
func (w *when) String() string { return string(*w) }

// Type returns how the flag's value is called in the help.
func (w *when) Type() string { return "WHEN" }

// Set takes a word of Python's TimedRotatingFileHandler.
func (w *when) Set(word string) error {
	words := []string{"S", "M", "H", "D", "midnight", "W0", "W1", "W2", "W3", "W4", "W5", "W6"}
	for _, known := range words {
		if strings.EqualFold(word, known) {
			*w = when(known)
			return nil
		}
	}
	if near := spell.Nearest(word, words...); near != "" {
		return fmt.Errorf("did you mean %s? It takes S, M, H, D, midnight, and W0 (Monday) to W6", near)
	}
	return fmt.Errorf("want midnight, S, M, H, D, or W0 (Monday) to W6")
}

// size is the value of a flag that is a number of bytes.
type size int64

// String returns the size as it would be given.
func (s *size) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Type returns how the flag's value is called in the help.
func (s *size) Type() string { return "SIZE" }

// Set takes a size: a number, whole or not, and a unit.
func (s *size) Set(text string) error {
	n, ok := config.ParseSize(text)
	if !ok || n < 1 {
		return fmt.Errorf("want a size such as 500KB, 100MB or 2GiB")
	}
	*s = size(n)
	return nil
}
