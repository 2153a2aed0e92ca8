package stream

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"

	"github.com/jackdaw-log/jackdaw/record"
)

// Look is what the files of a stream say of it and of its cursors. Of a stream that a process has open it is a
// moment old.
type Look struct {
	// Process is who had the stream last, or has it. Clean is false while one has it, and after a crash.
	Process string
	Clean   bool
	// Last is the id of the first record of the last message, zero while there is none.
	Last record.ID
	// Bytes is what the files of the records take.
	Bytes   int64
	Cursors []Place
}

// Place is how far a cursor is, as it was last written.
type Place struct {
	Name     string
	Required bool
	// Next is the message that comes next, and Index how many of its records are done with.
	Next  uint64
	Index int
	// Waiting is how many records wait for the handler, and WaitingBytes what they take.
	Waiting      uint64
	WaitingBytes int64
}

// LookAt reads where the stream of that name in the data directory dir and its cursors are. It needs no
// process that has the stream open, and disturbs none. An empty name is the default.
func LookAt(dir, name string) (*Look, error) {
	o := Options{Dir: dir, Name: cmp.Or(name, DefaultName)}
	all, err := blocks(dir, o.Name)
	if err != nil {
		return nil, fmt.Errorf("look at stream: %w", err)
	}
	doc, err := lastState(dir, o.Name)
	if err != nil {
		return nil, fmt.Errorf("look at stream: %w", err)
	}
	end := lookAtTail(&o)
	at := end.latest(doc, doc.Totals)
	l := &Look{Process: doc.Process, Clean: doc.Clean}
	if end.last != nil {
		l.Last = record.ID{Epoch: end.last.mark.epoch, Sequence: end.last.seq}
	}
	for _, b := range all {
		if info, err := os.Stat(b.path); err == nil {
			l.Bytes += info.Size()
		}
	}
	for name, p := range doc.Cursors {
		l.Cursors = append(l.Cursors, Place{
			Name: name, Required: p.Required, Next: p.Sequence, Index: p.Index,
			Waiting: difference(at.Levels, p.Totals.Levels).Total(), WaitingBytes: int64(at.Bytes - min(at.Bytes, p.Totals.Bytes)),
		})
	}
	slices.SortFunc(l.Cursors, func(a, b Place) int { return cmp.Compare(a.Name, b.Name) })
	return l, nil
}

// lastState reads the state that was written last. It is empty if none was.
func lastState(dir, name string) (*state, error) {
	doc, last := new(state), uint64(0)
	err := eachMessage(dir, name+suffixState, func(m *stored) error {
		if m.seq < last {
			return nil
		}
		next := new(state)
		if err := json.Unmarshal(m.payload, next); err != nil {
			return fmt.Errorf("the positions of the handlers: %w", err)
		}
		doc, last = next, m.seq
		return nil
	})
	return doc, err
}

// DeadLettersIn returns the dead letters in the files of the stream of that name in the data directory dir,
// the oldest first. It needs no process that has the stream open, and disturbs none. The newest that were
// removed, because there were too many, may still be there.
func DeadLettersIn(dir, name string) iter.Seq2[DeadLetter, error] {
	return func(yield func(DeadLetter, error) bool) {
		decoder := newDecoder()
		err := eachMessage(dir, cmp.Or(name, DefaultName)+suffixDead, func(m *stored) error {
			letter := letterOf(decoder, m.header, m.payload)
			letter.Sequence, letter.Time = m.seq, m.at
			if !yield(letter, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(DeadLetter{}, fmt.Errorf("read dead letters: %w", err))
		}
	}
}

// eachMessage calls visit for every message in the files of a stream of JetStream's, with a payload that is good
// until it returns. A stream that is not there has none.
func eachMessage(dir, name string, visit func(*stored) error) error {
	all, err := blocks(dir, name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, b := range all {
		err := b.scan(visitor{message: func(m *stored, _ int64) error { return visit(m) }, damaged: func(int64, int64, string) {}})
		if err != nil && !errors.Is(err, os.ErrNotExist) { // it was removed meanwhile
			return err
		}
	}
	return nil
}
