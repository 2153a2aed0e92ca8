package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// readAhead is how many messages JetStream sends before they are asked for.
	readAhead = 8
	// readPatience is how long a message may be on its way before the reader asks whether it is there.
	readPatience = 2 * time.Second
)

// reader reads the messages of a stream in their order: from the ring while it keeps up, else from
// JetStream.
type reader struct {
	s       *Stream
	replay  jetstream.MessagesContext // nil while the ring is enough
	serial  int                       // of the engine that replays
	want    uint64                    // the message that is replayed next
	decoder *otlp.Decoder
	records []record.Record
	held    *message // of the ring, which read returned; nil if it was another one
}

func newReader(s *Stream) *reader { return &reader{s: s, decoder: newDecoder()} }

// read returns the message at seq, or the next one that is there. If there is none it returns the end of
// the stream, and a channel that is closed when that has moved. If it returns neither, it is to be
// called again: JetStream did not answer, or ctx ended. The message is good until the next call.
func (r *reader) read(ctx context.Context, seq uint64) (*message, *head, <-chan struct{}) {
	r.release()
	m, end, grown := r.s.ring.find(seq)
	if m != nil {
		r.rewind()
		r.held = m
		return m, nil, nil
	}
	if seq > end.seq {
		return nil, &end, grown
	}
	found, err := r.next(ctx, seq)
	if err != nil {
		r.rewind()
		pause(ctx, publishPause)
		return nil, nil, nil
	}
	if found == nil {
		return nil, &end, grown
	}
	return r.decode(found), nil, nil
}

// stop ends the reading.
func (r *reader) stop() {
	r.release()
	r.rewind()
}

// release lets go of the message that was read last.
func (r *reader) release() {
	if r.held != nil {
		r.s.ring.release(r.held)
		r.held = nil
	}
}

// rewind ends the replay.
func (r *reader) rewind() {
	if r.replay != nil {
		r.replay.Stop()
		r.replay = nil
	}
}

// next replays the first message at seq or after it. It is nil if there is none.
func (r *reader) next(ctx context.Context, seq uint64) (*stored, error) {
	e, serial, err := r.s.engines.get(ctx)
	if err != nil {
		return nil, err
	}
	if r.replay == nil || r.serial != serial || r.want != seq {
		r.rewind()
		if err := r.start(ctx, e, seq); err != nil {
			return nil, err
		}
		r.serial = serial
	}
	wait, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	msg, err := r.replay.Next(jetstream.NextContext(wait))
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) {
		r.rewind()
		return r.ask(ctx, e, seq)
	}
	if err != nil {
		return nil, err
	}
	about, err := msg.Metadata()
	if err != nil {
		return nil, err
	}
	m := &stored{seq: about.Sequence.Stream, at: about.Timestamp, payload: msg.Data()}
	m.mark, m.err = markOf(msg.Headers())
	r.want = m.seq + 1
	return m, nil
}

// ask asks for the first message at seq or after it, and makes sure that there is none before it says so: a
// server of a cluster that has just taken over may not know yet what it has.
func (r *reader) ask(ctx context.Context, e *engine, seq uint64) (*stored, error) {
	end := r.s.ring.end()
	found, err := e.from(ctx, seq)
	if err != nil || found != nil {
		return found, err
	}
	x, err := e.extent(ctx)
	if err == nil && x.last < end.seq {
		err = fmt.Errorf("the stream should end at message %d, and ends at %d", end.seq, x.last)
	}
	return nil, err
}

func (r *reader) start(ctx context.Context, e *engine, seq uint64) error {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	consumer, err := e.js.OrderedConsumer(ctx, r.s.o.Name, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: seq, InactiveThreshold: 10 * time.Second,
	})
	if err != nil {
		return err
	}
	r.replay, err = consumer.Messages(jetstream.PullMaxMessages(readAhead))
	return err
}

// decode makes a message of what was stored. One that cannot be decoded has no records, or fewer than its
// mark says.
func (r *reader) decode(found *stored) *message {
	m := &message{seq: found.seq, before: found.mark.before(len(found.payload)), after: found.mark.after, foreign: found.err != nil}
	clear(r.records)
	err := found.err
	if err == nil {
		r.records, err = r.decoder.Decode(found.payload, r.records[:0])
	}
	if err != nil {
		r.s.notices.Give("decode", "stream: message %d: %v", found.seq, err)
	}
	m.records = r.records
	for i := range m.records {
		m.records[i].ID = record.ID{Epoch: found.mark.epoch, Sequence: found.seq, Index: uint32(i)}
	}
	return m
}
