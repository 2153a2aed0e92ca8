//go:build unix

package main

import (
	"fmt"
	"os/signal"
	"syscall"
)

// replace starts a program in place of this one, and returns only if it cannot.
func replace(nohup bool, path string, args, env []string) error {
	// What is ignored stays ignored in the program; what is caught does not.
	signal.Reset(syscall.SIGPIPE)
	if nohup {
		signal.Ignore(syscall.SIGHUP)
	}
	return fmt.Errorf("start %s: %w", path, syscall.Exec(path, args, env))
}
