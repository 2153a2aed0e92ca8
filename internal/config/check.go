package config

import (
	"log/slog"
	"time"
)

// Options say for whom a configuration is checked.
type Options struct {
	// File is what the file is called in errors.
	File string
	// Library refuses what only a server has: the sections receivers, stream, store and web, and what a handler
	// says of its backlog in the stream.
	Library bool
	// RootLevel is the level of the root logger where the file names none. Zero is INFO.
	RootLevel slog.Level
	// Env is asked for the values of env://NAME. Defaults to os.LookupEnv if nil.
	Env func(name string) (value string, ok bool)
	// Now is the moment that times in filters are relative to. Defaults to time.Now() if zero.
	Now time.Time
}
