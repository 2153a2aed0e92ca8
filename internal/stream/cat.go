package stream

import (
	"errors"
	"fmt"
	"iter"
	"os"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// errEnough ends a scan.
var errEnough = errors.New("enough")

// Cat returns the records in the files of the stream of that name in the data directory dir, from the one with
// the id from on, or from the first; what is damaged is left out. A batch is good until the next one. It needs
// no process that has the stream open, and disturbs none.
func Cat(dir, name string, from record.ID) iter.Seq2[[]record.Record, error] {
	return func(yield func([]record.Record, error) bool) {
		all, err := blocks(dir, name)
		if err != nil {
			yield(nil, fmt.Errorf("read stream: %w", err))
			return
		}
		c := cat{from: from, yield: yield, decoder: newDecoder()}
		for _, b := range all {
			err := b.scan(visitor{message: c.message, damaged: func(int64, int64, string) {}})
			switch {
			case err == nil:
			case errors.Is(err, errEnough):
				return
			case errors.Is(err, os.ErrNotExist): // it was removed, since all in it is handled
			default:
				yield(nil, fmt.Errorf("read stream: %w", err))
				return
			}
		}
	}
}

// cat decodes what is scanned.
type cat struct {
	from    record.ID
	yield   func([]record.Record, error) bool
	decoder *otlp.Decoder
	records []record.Record
}

func (c *cat) message(m *stored, _ int64) (err error) {
	id := record.ID{Epoch: m.mark.epoch, Sequence: m.seq, Index: ^uint32(0)}
	if m.err != nil || id.Compare(c.from) < 0 {
		return nil
	}
	clear(c.records)
	c.records, err = c.decoder.Decode(m.payload, c.records[:0])
	if err != nil {
		err = fmt.Errorf("read stream: message %d: %w", m.seq, err)
	}
	batch := c.records
	for i := range batch {
		batch[i].ID = record.ID{Epoch: m.mark.epoch, Sequence: m.seq, Index: uint32(i)}
	}
	for len(batch) > 0 && batch[0].ID.Compare(c.from) < 0 {
		batch = batch[1:]
	}
	if !c.yield(batch, err) {
		return errEnough
	}
	return nil
}
