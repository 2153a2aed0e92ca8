package handler

import (
	"fmt"
	"os"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// rotateAgain is how long a file goes on as it is after it could not be rotated.
const rotateAgain = 10 * time.Second

// rotation knows when a file is rotated.
type rotation struct {
	maxBytes int64
	schedule schedule
	next     time.Time // when the schedule wants it
	retry    time.Time // not before, after a failure

	// Of the batch under way:
	now    time.Time
	late   bool // the schedule wanted it by now
	before int  // so many of the first records were logged before that
}

// start begins to count from the last change of the file, or from now if that is later.
func (r *rotation) start(changed time.Time) {
	if !r.schedule.set() {
		return
	}
	r.now = time.Now()
	if changed.After(r.now) {
		changed = r.now
	}
	r.next = r.schedule.next(changed)
}

// look looks at the clock, for a batch.
func (r *rotation) look(batch []record.Record) {
	now := time.Now()
	set := r.schedule.set()
	if set && now.Round(0).Before(r.now.Round(0)) { // the clock was set back
		if next := r.schedule.next(now); next.Before(r.next) {
			r.next = next
		}
	}
	r.now, r.before = now, 0
	r.late = set && !now.Before(r.next)
	for r.late && r.before < len(batch) && batch[r.before].Time.Before(r.next) && !batch[r.before].Time.IsZero() {
		r.before++
	}
}

// due reports whether the file is to be rotated before record i of the buffer.
func (f *File) due(i int) bool {
	r := &f.rotation
	if !f.mayRotate() {
		return false
	}
	if r.late && i >= r.before {
		return true
	}
	return i < len(f.lines.ends) && r.maxBytes > 0 && f.file.size+f.lines.length(i, i+1) >= r.maxBytes
}

// mayRotate reports whether it is of use to try.
func (f *File) mayRotate() bool {
	return f.file.regular && !f.file.astray && !f.rotation.now.Before(f.rotation.retry)
}

// fits returns the end of the records from the given one on, which is among them, that go into the
// file before it is to be rotated.
func (f *File) fits(from int) (to int) {
	r, end := &f.rotation, len(f.lines.ends)
	if !f.mayRotate() {
		return end
	}
	if r.late && from < r.before {
		end = r.before
	}
	if r.maxBytes == 0 {
		return end
	}
	to = from + 1
	for to < end && f.file.size+f.lines.length(from, to+1) < r.maxBytes {
		to++
	}
	return to
}

// rotate puts a new file in the place of the file. Where that fails the file goes on.
func (f *File) rotate() {
	r := &f.rotation
	if f.file.size > 0 { // there is no use in keeping nothing
		err := f.replace()
		f.troubles.note(rotating, err)
		if err != nil {
			r.retry = r.now.Add(rotateAgain)
			return
		}
		err = f.backups.prune()
		if err != nil {
			err = fmt.Errorf("file %s: remove what is too old: %w", f.path, err)
		}
		f.troubles.note(pruning, err)
		f.compress()
	}
	if r.late {
		r.late, r.next = false, r.schedule.next(r.now)
	}
}

func (f *File) replace() error {
	stamp := ""
	if f.rotation.schedule.set() {
		stamp = f.rotation.schedule.stamp(f.rotation.next)
	}
	to, err := f.backups.place(stamp)
	if err != nil {
		return fmt.Errorf("rotate file %s: %w", f.path, err)
	}
	if err := os.Rename(f.full, to); err != nil {
		return fmt.Errorf("rotate file %s: %w", f.path, err)
	}
	next, torn, err := openAppender(f.full, appending, f.file.info.Mode().Perm())
	if err != nil {
		if _, gone := os.Lstat(f.full); gone != nil {
			_ = os.Rename(to, f.full) // as it was; else find sees to it
		}
		return fmt.Errorf("rotate file %s: %w", f.path, err)
	}
	f.leave(next, torn)
	return nil
}
