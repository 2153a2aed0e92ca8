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
	ctx, cancel := context.WithCancel(context.Background())
	stop := make(chan os.Signal, 2)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-stop
		cancel()
		second := <-stop
		code := exitFailed
		if s, ok := second.(syscall.Signal); ok {
			code = 128 + int(s) // as a shell says it
		}
		if restore := p.restore.Load(); restore != nil {
			(*restore)()
		}
		os.Exit(code)
	}()
	os.Exit(p.run(ctx, os.Args[1:]))
}
