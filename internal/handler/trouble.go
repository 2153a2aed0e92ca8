package handler

import "errors"

// trouble is a kind of what may go wrong with a file without costing a record.
type trouble int

const (
	rotating trouble = iota
	pruning
	compressing
	reopening
	kindsOfTrouble
)

// troubles are what went wrong and is to be told: of each kind the first, until it went well again.
type troubles struct {
	known   [kindsOfTrouble]bool
	pending error
}

// note takes down how something went.
func (t *troubles) note(kind trouble, err error) {
	if err != nil && !t.known[kind] {
		t.pending = errors.Join(t.pending, err)
	}
	t.known[kind] = err != nil
}

// take returns what has not been told.
func (t *troubles) take() error {
	err := t.pending
	t.pending = nil
	return err
}
