package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// maxTold bounds the lines that wait for the standard error, maxTellWait how long its reader is
// waited for at the end.
const (
	maxTold     = 100
	maxTellWait = time.Second
)

// teller writes lines to the standard error from a goroutine of its own, so that nobody waits for
// who reads it. What does not fit is counted, and told when there is room.
type teller struct {
	w      io.Writer
	lines  chan string
	missed atomic.Uint64
	stop   chan struct{} // closed by close
	done   chan struct{} // closed when all lines are written after that
}

func newTeller(w io.Writer) *teller {
	t := &teller{w: w, lines: make(chan string, maxTold), stop: make(chan struct{}), done: make(chan struct{})}
	go t.run()
	return t
}

func (t *teller) run() {
	defer close(t.done)
	for {
		select {
		case line := <-t.lines:
			t.write(line)
			continue
		case <-t.stop:
		}
		for {
			select {
			case line := <-t.lines:
				t.write(line)
			default:
				return
			}
		}
	}
}

func (t *teller) write(line string) {
	if n := t.missed.Swap(0); n > 0 {
		fmt.Fprintf(t.w, "jackdaw: %d messages are missing here\n", n)
	}
	fmt.Fprintln(t.w, line)
}

// tell takes a message without waiting.
func (t *teller) tell(text string) { t.print("jackdaw: " + text) }

// soon tells a message after that time, unless never is called before. When never returns it is told, or will not be.
func (t *teller) soon(after time.Duration, text string) (never func()) {
	told := make(chan struct{})
	timer := time.AfterFunc(after, func() {
		defer close(told)
		t.tell(text)
	})
	return func() {
		if !timer.Stop() {
			<-told
		}
	}
}

// print takes a line as it is, without waiting.
func (t *teller) print(line string) {
	select {
	case t.lines <- line:
	default:
		t.missed.Add(1)
	}
}

// close waits until all lines are written, or their reader stands still for too long. What is told
// after it may go unheard.
func (t *teller) close() {
	close(t.stop)
	select {
	case <-t.done:
	case <-time.After(maxTellWait):
	}
}
