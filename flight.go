package jackdaw

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/flight"
	"github.com/jackdaw-log/jackdaw/internal/mapped"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/record"
)

// FlightOptions configure flight mode. The zero value is ready.
type FlightOptions struct {
	// Bytes is how large the file is, from 1 MiB to 1 GiB. A file that is there and larger stays so. Defaults to
	// 32 MiB if zero, which is for some 200,000 records.
	Bytes int64
}

// OpenFlight begins flight mode: what is logged is in a file as well until all handlers are done with it, so that
// nothing is lost that a log call has returned for, if the process is killed or the runtime ends it. It holds for
// calls that begin when OpenFlight has returned. Call it once, when the handlers were added.
//
// What the process before has left in the file, which is made if there is none, is handed to the handlers first,
// behind a record that tells of it, in the order in which it was logged. Such records have the Process that logged
// them. A handler may have had some of them before: those that it was at when the process ended, and those that
// another handler had not taken. If there are more than memory is for, OpenFlight returns all the same, and the
// others come as room is there, among what is logged meanwhile. They stay in the file until they are handled.
//
// The file is mapped into memory: a call writes to it as it writes to the queue, and waits for no disk. All its
// bytes have their room on the disk from the beginning; a disk without it is an error here, and none later. If it
// is in /dev/shm, or on another file system in memory, no call ever meets a disk; on a disk, the system writes it
// out now and then, and a call that is the first to write to a page after that may take some microseconds, or as
// long as an overloaded disk takes. It is not synced: it outlives the process, not the machine. When the file is
// full of what the handlers have not taken, later records are in memory alone, counted in [FlightStats] and told
// to Options.OnError.
//
// A file is for one hierarchy of one process at a time, and has to be a file of this process's user; another's is
// an error. Options.TrustValues does not hold in flight mode: values are taken in the call. They come back as
// their JSON where slog has no kind for them. [Hierarchy.Close] removes the file if all was handled; what a
// handler had not taken when its context ended is for the next process. "jackdaw flight FILE" shows what a file
// has.
//
// It is for Linux; elsewhere the error is an [errors.ErrUnsupported].
func (h *Hierarchy) OpenFlight(file string, o FlightOptions) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f := h.flight.Load(); f != nil {
		return fmt.Errorf("open flight %s: the hierarchy has %s already", file, f.path)
	}
	if o.Bytes == 0 {
		o.Bytes = defaultFlightBytes
	}
	if o.Bytes < flight.MinBytes || o.Bytes > flight.MaxBytes {
		return fmt.Errorf("open flight %s: got %d bytes, want %d to %d", file, o.Bytes, flight.MinBytes, flight.MaxBytes)
	}
	if err := h.queue.Restore(nil, h.route(), func() {}); err != nil {
		return fmt.Errorf("open flight %s: %w", file, err)
	}
	f := &inFlight{h: h, path: file, stop: make(chan struct{}), done: make(chan struct{}, maxHandedOver)}
	left, err := f.open(o.Bytes)
	if err != nil {
		return fmt.Errorf("open flight: %w", err)
	}
	// What comes first comes before what is logged from now on.
	more := f.handOver(left)
	h.flight.Store(f)
	h.queue.Keep(f.recorder)
	h.tree.Renew() // so that loggers look again
	if more {
		f.handing.Go(func() { f.handOverRest(left) })
	}
	return nil
}

// OpenFlight calls [Hierarchy.OpenFlight] of the default hierarchy.
func OpenFlight(file string, o FlightOptions) error { return Default().OpenFlight(file, o) }

const defaultFlightBytes = 32 << 20

// inFlight is a file in which calls are kept until they are handled.
type inFlight struct {
	h        *Hierarchy
	path     string
	file     *mapped.File
	recorder *flight.Recorder

	handing sync.WaitGroup // the goroutine that hands over what is left
	stop    chan struct{}  // closed when that is to end
	ended   sync.Once
	run     int           // the process of which records are handed over, by its index
	rest    int           // how many of its records are left to be
	out     int           // batches that are with the handlers
	done    chan struct{} // holds a token for each that they are done with
}

func (f *inFlight) open(size int64) (*flight.Left, error) {
	var err error
	f.file, err = mapped.Open(f.path, size, func(head []byte) (aside string, err error) {
		v, err := flight.Version(head)
		if err == nil && v != 0 && v != flight.ThisVersion {
			aside = fmt.Sprintf(".v%d", v)
		}
		return aside, err
	})
	if _, ok := errors.AsType[*mapped.InUseError](err); ok {
		return nil, fmt.Errorf("%w: a file is for one process and one hierarchy at a time", err)
	}
	if err != nil {
		return nil, err
	}
	left, err := f.load()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", f.path, err), f.file.Close(false))
	}
	if f.file.Aside != "" {
		f.note(fmt.Errorf("the file was of another version, whose records this program does not read: it is %s now", f.file.Aside))
	}
	return left, nil
}

// load begins to keep calls in the file. What is damaged is kept aside.
func (f *inFlight) load() (*flight.Left, error) {
	if v, err := flight.Version(f.file.Bytes); err != nil {
		return nil, err
	} else if v > 0 {
		before, err := flight.Read(f.file.Bytes)
		if err != nil {
			return nil, err
		}
		if before.Damaged > 0 {
			aside := f.path + ".damaged"
			err := os.WriteFile(aside, f.file.Bytes, 0o600)
			f.note(errors.Join(fmt.Errorf("%d parts of the file cannot be read; %s is a copy", before.Damaged, aside), err))
		}
	}
	recorder, left, err := flight.New(f.file.Bytes, flight.Options{
		PID: os.Getpid(), Name: filepath.Base(os.Args[0]), Place: f.h.queue.Place, Moment: f.h.queue.Moment, Base: f.h.queue.Base(), Tell: f.tell,
	})
	f.recorder = recorder
	return left, err
}

// tell tells that calls are not kept, and note what was found when the file was opened. Neither waits for anybody.
func (f *inFlight) tell(err error) { f.h.queue.ReportAside("flight "+f.path, err) }
func (f *inFlight) note(err error) { f.h.queue.ReportAside("open flight "+f.path, err) }

// At most so many batches of so many records are with the handlers at once. Where there is no room for them it is looked
// for again after a while.
const (
	maxHandedOver = 64
	handOverBatch = 256
	roomEvery     = 20 * time.Millisecond
)

// handOver hands over what is left, as long as there is room, and reports whether there is more.
func (f *inFlight) handOver(left *flight.Left) (more bool) {
	for left.Len() > 0 && f.out < maxHandedOver && f.h.queue.HasRoom() {
		f.handOverBatch(left)
	}
	return left.Len() > 0
}

// handOverBatch hands over some records of one process, behind the record that tells of them. After Close they stay
// where they are.
func (f *inFlight) handOverBatch(left *flight.Left) {
	f.out++
	var told []record.Record
	if f.rest == 0 {
		r := &left.Runs[f.run]
		told, f.rest = []record.Record{toldOf(r)}, r.Records
		f.run++
	}
	damaged := left.Damaged
	batch, segments := left.Next(min(handOverBatch, f.rest))
	f.rest -= len(segments)
	if n := left.Damaged - damaged; n > 0 {
		f.note(fmt.Errorf("%d records cannot be read", n))
	}
	// An error says that the hierarchy is closed.
	_ = f.h.queue.Restore(append(told, batch...), f.h.route(), func() {
		f.recorder.ReleaseLeft(segments)
		f.done <- struct{}{}
	})
}

// handOverRest hands over what handOver has left, as room is there.
func (f *inFlight) handOverRest(left *flight.Left) {
	for left.Len() > 0 {
		if f.out < maxHandedOver && f.h.queue.HasRoom() {
			f.handOverBatch(left)
			continue
		}
		again := time.NewTimer(roomEvery) // what is logged now may have taken the room
		stopped := false
		select {
		case <-f.done:
			f.out--
		case <-again.C:
		case <-f.stop:
			stopped = true
		}
		again.Stop()
		if stopped {
			return
		}
	}
}

// toldOf returns a record that tells of what comes behind it.
func toldOf(r *flight.Run) record.Record {
	noun := "records follow"
	if r.Records == 1 {
		noun = "record follows"
	}
	return record.Record{
		Time: time.Now(), Level: record.LevelWarning, Logger: "jackdaw",
		Message: fmt.Sprintf("%d %s that process %d (%s) left when it ended", r.Records, noun, r.Process.PID, r.Process.Name),
		Attrs: []slog.Attr{
			slog.Int("records", r.Records), slog.Int("pid", r.Process.PID), slog.String("process", r.Process.Name),
			slog.Time("started", r.Started), slog.Time("last", r.Last),
		},
	}
}

// route returns what says where records go now.
func (h *Hierarchy) route() func(r *record.Record) queue.Router {
	view := h.tree.View()
	return func(r *record.Record) queue.Router { return h.routerFor(view.Route(r.Logger), r.Level) }
}

// close lets go of the file when the queue is closed, and removes it if nothing is left.
func (f *inFlight) close() (err error) {
	f.ended.Do(func() {
		close(f.stop)
		f.handing.Wait()
		if err = f.file.Close(f.recorder.Close()); err != nil {
			err = fmt.Errorf("close flight: %w", err)
		}
	})
	return err
}

// FlightStats say how flight mode goes.
type FlightStats struct {
	// File is the file, empty if there is no flight mode.
	File string
	// Bytes is how large it is, and Used how much of it is in use, in steps of 64 KiB.
	Bytes, Used int64
	// Uncovered is how many records there was no room for, that were larger than 16 MiB, or that came after it failed.
	Uncovered uint64
	// Left is how many records of processes before are not handled yet.
	Left int
	// Err is why nothing is kept any more, nil if all is well.
	Err error
}

func (f *inFlight) stats() FlightStats {
	if f == nil {
		return FlightStats{}
	}
	s := f.recorder.Stats()
	return FlightStats{File: f.path, Bytes: s.Bytes, Used: s.Used, Uncovered: s.Missed, Left: s.Left, Err: s.Err}
}
