// Program cli counts the lines of files, and loses none of its own.
//
//	go run ./examples/cli go.mod README.md
//	go run ./examples/cli -v go.mod missing; echo $?
//
// A program that runs for a moment only would end before its last records are written. This one ends in
// one place, after it has brought them out: when all is done, when a file is missing (exit code 1), when it
// is interrupted (130), and when it panics (2; say "-panic" to see it).
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackdaw-log/jackdaw"
)

var log = jackdaw.Logger("count")

func main() { os.Exit(run(os.Args[1:])) }

// run is main, with an exit code: os.Exit would leave out what is deferred.
func run(args []string) (code int) {
	defer jackdaw.Shutdown(5 * time.Second)
	if err := jackdaw.AddHandler("", jackdaw.NewConsole(os.Stderr, jackdaw.Text), jackdaw.HandlerOptions{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	for _, arg := range args {
		switch arg {
		case "-v":
			jackdaw.SetLevel("count", slog.LevelDebug)
			continue
		case "-panic":
			panic("as you wish")
		}
		n, err := count(ctx, arg)
		switch {
		case errors.Is(err, context.Canceled):
			log.Warn("interrupted", "file", arg, "lines", n)
			return 130
		case err != nil:
			log.Error("not counted", "file", arg, "error", err)
			code = 1
		default:
			fmt.Println(n, arg) // what the program is for goes to stdout; its log does not
		}
	}
	log.Info("all counted", "code", code)
	return code
}

// count returns the number of lines of a file, or of those it has seen when ctx ends.
func count(ctx context.Context, name string) (n int, err error) {
	log.Debug("counting", "file", name)
	in, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	for chunk := make([]byte, 64<<10); ctx.Err() == nil; {
		read, err := in.Read(chunk)
		n += bytes.Count(chunk[:read], []byte{'\n'})
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
	return n, ctx.Err()
}
