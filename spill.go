package jackdaw

import (
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/spill"
	"github.com/jackdaw-log/jackdaw/record"
)

// spillFiles is a directory of records as the queue uses it.
type spillFiles struct{ *spill.Spill }

// Next implements [queue.Spill].
func (s spillFiles) Next(n int) (batch []record.Record, old, told bool, err error) {
	read, err := s.Spill.Next(n)
	if fault, ok := err.(*spill.DamagedError); ok {
		err = leftOut{fault}
	}
	return read.Records, read.Old, read.Told, err
}

// leftOut is a DamagedError that the queue can count.
type leftOut struct{ *spill.DamagedError }

// LeftOut implements [queue.LeftOutError].
func (e leftOut) LeftOut() (levels queue.Levels) {
	for level, n := range e.Left {
		levels[queue.Band(level)] += uint64(max(n, 0))
	}
	return levels
}
