// Command jackdaw receives log records from the programs of a machine, unmodified Python programs
// among them, and shows and keeps them. "jackdaw help" says what it can do.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/jackdaw-log/jackdaw/internal/terminal"
)

func main() {
	tuneMemory()
	// A closed pipe is then an error of the write, and does not end the program.
	signal.Ignore(syscall.SIGPIPE)
	nohup := signal.Ignored(syscall.SIGHUP)
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	p := &program{
		stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, hangup: hangup,
		tcp: "127.0.0.1:9020", udp: "127.0.0.1:9021", // as in Python's logging.handlers
		http: "127.0.0.1:9022", otlp: "127.0.0.1:4318", otlpGRPC: "127.0.0.1:4317", web: "127.0.0.1:9024",
		data: defaultData(os.Getenv), nohup: nohup,
	}
	if !terminal.Is(os.Stdin) {
		p.stdin = os.Stdin
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	stop := make(chan os.Signal, 2)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		cancel(&signalError{<-stop})
		second := &signalError{<-stop}
		if restore := p.restore.Load(); restore != nil {
			(*restore)()
		}
		os.Exit(second.code())
	}()
	os.Exit(p.run(ctx, os.Args[1:]))
}

// signalError is why a command is to end. It is an end of its context like any other.
type signalError struct{ signal os.Signal }

func (e *signalError) Error() string { return e.signal.String() }

// Unwrap returns context.Canceled.
func (e *signalError) Unwrap() error { return context.Canceled }

// code returns the exit code of a program that a signal ended, as a shell says it.
func (e *signalError) code() int {
	if s, ok := e.signal.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return exitInterrupted
}
