package stream

import (
	"fmt"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// groupBytes is about how much goes into one message at most, and enoughBytes is what is not waited
	// beyond. Larger ones cost more for each byte, smaller ones more for each fsync.
	groupBytes  = 256 << 10
	enoughBytes = 128 << 10
	// firstPiece is how many records of a batch are encoded at first, to see how large they are.
	firstPiece = 512
	// recordCost is about what a record in memory takes beside its payload.
	recordCost = 512
)

// call is one Handle on its way into the stream. The intake's mutex guards it.
type call struct {
	when    WhenFull
	pieces  int // that are not stored yet
	records int // in them
	// handedOver is true when the records are the stream's, in memory, and nobody waits for the call.
	handedOver bool
	done       chan error // holds the outcome
}

// piece is a part of a call that goes into one message, with its records to be read from the ring.
type piece struct {
	call    *call // nil for what the stream itself has to tell
	payload []byte
	// records are the caller's: they are copied when the piece is taken out of line, or before the caller
	// returns.
	records []record.Record
	levels  queue.Levels
	once    string  // the id it is stored under at most once
	told    *marker // the piece is nothing yet but the place where dropped records are told
	cost    int     // what it takes in memory, about; set in line

	repeated int // records that were not stored, since they are in the stream already
}

// newDecoder returns a decoder for messages of ours, which may be larger than what comes from strangers.
func newDecoder() *otlp.Decoder {
	return otlp.NewDecoder(otlp.Limits{Bytes: maxInBlock, Records: maxInBlock, Attrs: maxInBlock})
}

// repeat empties a piece that is in the stream already, so that it counts as nothing.
func (p *piece) repeat() { p.repeated, p.records, p.levels = len(p.records), nil, queue.Levels{} }

func levelsOf(batch []record.Record) (l queue.Levels) {
	for i := range batch {
		l[queue.Band(batch[i].Level)]++
	}
	return l
}

// payloads are byte slices that are used again, once what was in them is stored.
type payloads struct{ pool sync.Pool }

func (p *payloads) take() []byte {
	if b, ok := p.pool.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return make([]byte, 0, groupBytes)
}

func (p *payloads) put(b []byte) {
	if cap(b) <= 4*groupBytes {
		p.pool.Put(&b)
	}
}

// cut makes pieces of a batch. The same batch always makes the same ones. If a record is too large for
// any message, the pieces are those before it, and the error says which record it is.
func (p *payloads) cut(batch []record.Record, most int) (pieces []*piece, err error) {
	step := firstPiece
	for done := 0; done < len(batch); {
		n := min(step, len(batch)-done)
		payload := otlp.Append(p.take(), batch[done:done+n])
		if size := len(payload); n > 1 && size > min(2*groupBytes, most) {
			p.put(payload)
			step = max(1, min(n/2, n*groupBytes/size))
			continue
		} else if size > most {
			return pieces, &record.PartialError{Handled: done, Err: record.Permanent(
				fmt.Errorf("the record has %d bytes, a message of the stream at most %d", size, most))}
		}
		pieces = append(pieces, &piece{payload: payload, records: batch[done : done+n], levels: levelsOf(batch[done : done+n])})
		done += n
	}
	return pieces, nil
}
