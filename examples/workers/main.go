// Program workers is a pool of workers that log much, to a terminal that is slow to take it.
//
//	go run ./examples/workers
//
// The workers never wait for the terminal. Each has a logger that says which one it is; what goes wrong
// with a job is logged with the job and does not end the worker; and when all is done the program
// says from the counts whether any record was lost.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	workers = 4
	jobs    = 100
)

var pool = jackdaw.Logger("pool")

func main() {
	// Only here for a panic of main: the end of the program is below, where its counts are read.
	defer jackdaw.FlushOnPanic(5 * time.Second)
	jackdaw.SetLevel("pool", slog.LevelDebug)
	if err := jackdaw.AddHandler("", slow{jackdaw.NewConsole(os.Stdout, jackdaw.Text)}, jackdaw.HandlerOptions{Name: "terminal"}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	start := time.Now()
	work()
	worked := time.Since(start)
	jackdaw.Shutdown(30 * time.Second)
	for _, h := range jackdaw.Default().Stats().Handlers {
		fmt.Printf("%s: %d records handled, %d dropped; work took %v, writing all %v\n",
			h.Name, h.Handled, h.DroppedTotal(), worked.Round(time.Millisecond), time.Since(start).Round(time.Millisecond))
	}
}

// work has all jobs done.
func work() {
	todo := make(chan int)
	var wg sync.WaitGroup
	for n := range workers {
		wg.Go(func() {
			defer jackdaw.FlushOnPanic(5 * time.Second) // a worker's panic ends the program, but not before it is logged
			log := pool.With("worker", n)
			for job := range todo {
				handle(log.With("job", job), job)
			}
		})
	}
	for job := range jobs {
		todo <- job
	}
	close(todo)
	wg.Wait()
}

// handle does a job, and logs what became of it.
func handle(log *slog.Logger, job int) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("job panicked", "panic", p)
		}
	}()
	log.Debug("begun")
	start := time.Now()
	if err := do(job); err != nil {
		log.Warn("failed", "error", err)
		return
	}
	log.Debug("done", "took", time.Since(start))
}

// do is the work.
func do(job int) error {
	switch job % 25 {
	case 7:
		return errors.New("the file is not there yet")
	case 13:
		panic(fmt.Sprint("unlucky number ", job))
	}
	return nil
}

// slow is a terminal that takes its time for each batch.
type slow struct{ next record.Handler }

// Handle implements [record.Handler].
func (s slow) Handle(ctx context.Context, batch []record.Record) error {
	time.Sleep(100 * time.Millisecond)
	return s.next.Handle(ctx, batch)
}
