package stream

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// publishTimeout is how long the publisher waits for an answer before it looks whether the message
	// was stored. Publishing it again does no harm: the sequence it must come after is in its header.
	publishTimeout = 2 * time.Second
	// publishPause is the time between two attempts.
	publishPause = 100 * time.Millisecond
	// troubleFor is how long storing may not work before who does not wait is sent away.
	troubleFor = time.Second
)

// publisher stores one group after another. There is one, and only it adds to the stream.
type publisher struct {
	s      *Stream
	serial int // of the engine it knows the end of the stream from
	epoch  uint64
	head   head
	pace   pace
	joined []byte   // payload of a group of several pieces
	flying []*piece // the group that is being stored
	// troubled is since when storing does not work, zero while it does.
	troubled time.Time
	// refused is true when the last message was refused because it does not come after the last one.
	refused bool
}

// run stores what comes in until the intake is closed and empty, or ctx ended.
func (p *publisher) run(ctx context.Context) {
	p.pace.linger = p.s.o.Linger
	for p.s.intake.await(ctx, p.pace) {
		if !p.makeRoom(ctx) || p.claim(ctx) != nil {
			break
		}
		g := p.s.intake.group(p.s.most, p.s.ring.space)
		if len(g.pieces) == 0 { // the callers left while there was no room
			continue
		}
		if err := p.store(ctx, &g); err != nil {
			p.s.intake.giveBack(g.pieces)
			break
		}
		p.pace.expect, p.pace.ended = p.s.intake.settle(g.pieces), time.Now()
		for _, piece := range g.pieces {
			p.s.payloads.put(piece.payload)
		}
	}
	p.s.intake.abandon()
}

// store makes one message of a group, and returns when it is stored. An error means that ctx ended.
func (p *publisher) store(ctx context.Context, g *group) error {
	if once := g.pieces[0].once; once != "" && p.s.once.seen(once) {
		g.pieces[0].repeat()
		return nil
	}
	p.join(g)
	p.flying = g.pieces
	defer func() { p.flying = nil }()
	var sent *mark // of the message whose fate is not known
	for {
		e, seq, err := p.sync(ctx, sent)
		if err != nil {
			return err
		}
		if seq > 0 {
			p.stored(g, sent, seq)
			return nil
		}
		m := mark{epoch: p.epoch, after: p.head.at.add(len(g.payload), g.own), own: g.own}
		seq, err = p.publish(ctx, e, g, &m)
		if err == nil {
			p.stored(g, &m, seq)
			return nil
		}
		sent, p.serial = &m, 0
		p.trouble(e.why(err))
		p.refused = isWrongEnd(err)
		if !pause(ctx, publishPause) || !p.makeRoom(ctx) {
			return context.Cause(ctx)
		}
	}
}

// claim returns when it is written that the stream is in use, and where its cursors begin: that is how the next
// start sees that this process did not close it, and where they were. An error means that ctx ended.
func (p *publisher) claim(ctx context.Context) error {
	for !p.s.claimed.Load() {
		err := p.s.saveState(ctx, false)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		p.trouble(err)
		pause(ctx, publishPause)
	}
	return nil
}

// join puts the payloads of a group together.
func (p *publisher) join(g *group) {
	if len(g.pieces) == 1 {
		g.payload = g.pieces[0].payload
		return
	}
	p.joined = p.joined[:0]
	for _, piece := range g.pieces {
		p.joined = append(p.joined, piece.payload...)
	}
	g.payload = p.joined
}

// answer is JetStream's to a message.
type answer struct {
	Sequence uint64              `json:"seq"`
	Error    *jetstream.APIError `json:"error"`
}

// publish sends the message once and returns its sequence number.
func (p *publisher) publish(ctx context.Context, e *engine, g *group, m *mark) (uint64, error) {
	msg := nats.Msg{Subject: p.s.o.subject(""), Data: g.payload, Header: nats.Header{
		headerMark: {m.String()}, jetstream.ExpectedLastSeqHeader: {strconv.FormatUint(p.head.seq, 10)},
	}}
	if once := g.pieces[0].once; once != "" {
		msg.Header[headerOnce] = []string{once}
		if err := p.s.openOnce(ctx, e); err != nil {
			return 0, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	reply, err := e.conn.RequestMsgWithContext(ctx, &msg)
	if err != nil {
		return 0, fmt.Errorf("store %d records: %w", g.own.Total(), err)
	}
	var ack answer
	if err := json.Unmarshal(reply.Data, &ack); err != nil {
		return 0, fmt.Errorf("store %d records: read the answer: %w", g.own.Total(), err)
	}
	if ack.Error != nil {
		return 0, fmt.Errorf("store %d records: %w", g.own.Total(), ack.Error)
	}
	if ack.Sequence == 0 {
		return 0, fmt.Errorf("store %d records: got the answer %.100q", g.own.Total(), reply.Data)
	}
	return ack.Sequence, nil
}

// stored notes that the message is in the stream, and puts it into the ring.
func (p *publisher) stored(g *group, m *mark, seq uint64) {
	for i := range g.records {
		g.records[i].ID = record.ID{Epoch: m.epoch, Sequence: seq, Index: uint32(i)}
	}
	if once := g.pieces[0].once; once != "" {
		p.s.once.add(once)
	}
	p.s.room.stored(len(g.payload))
	p.well()
	p.s.ring.push(&message{
		seq: seq, epoch: m.epoch, before: p.head.at, after: m.after, records: g.records,
		cost: len(g.payload) + recordCost*len(g.records),
	})
	p.head = head{seq: seq, epoch: m.epoch, at: m.after}
}

// sync returns the engine. If it is not the one the publisher knows, or nothing is known of the message
// that was sent last, it asks where the stream ends. If the message turns out to be there, sync returns
// its sequence number. An error means that ctx ended.
func (p *publisher) sync(ctx context.Context, sent *mark) (e *engine, landed uint64, err error) {
	for {
		e, serial, err := p.engine(ctx)
		if err != nil || serial == p.serial {
			return e, 0, err
		}
		h, last, err := p.s.findEnd(ctx, e, p.head)
		switch {
		case ctx.Err() != nil:
			return nil, 0, context.Cause(ctx)
		case err != nil:
			p.trouble(fmt.Errorf("find its end: %w", e.why(err)))
			pause(ctx, publishPause)
			continue
		}
		if p.refused && h.seq == p.head.seq && e.server != nil {
			// It refuses what comes after the end that it names itself: it found damage there. When it
			// is started again it knows better.
			p.refused = false
			e.fail(fmt.Errorf("it lost the end of the stream, after message %d", h.seq))
			pause(ctx, publishPause)
			continue
		}
		p.serial, p.refused = serial, false
		if sent != nil && last != nil && last.seq > p.head.seq && last.mark == *sent {
			return e, last.seq, nil
		}
		p.meet(h)
		return e, 0, nil
	}
}

// engine returns the engine. While there is none, who does not wait is sent away.
func (p *publisher) engine(ctx context.Context) (*engine, int, error) {
	for {
		attempt, cancel := context.WithTimeout(ctx, publishPause)
		e, serial, err := p.s.engines.get(attempt)
		cancel()
		if err == nil || ctx.Err() != nil {
			return e, serial, err
		}
		p.trouble(cmp.Or(p.s.engines.failure(), errGone))
	}
}

// meet takes over the end of the stream as it was found. If somebody else has been at the stream,
// or it lost what it had, sequence numbers are not what they were, and a new epoch begins.
func (p *publisher) meet(h head) {
	if h.seq == p.head.seq {
		return
	}
	if p.head.at.Bytes > h.at.Bytes { // what is lost still counts, so that its readers find it missing
		h.at = p.head.at
	}
	p.s.notices.Give("meet", "stream: it was to end at message %d, and ends at %d: another process writes into it, or it lost messages", p.head.seq, h.seq)
	p.epoch = nextEpoch(p.epoch)
	p.s.setEpoch(p.epoch)
	p.head = h
	p.s.ring.reset(h)
}

// trouble notes that storing does not work, and why. Who does not wait is sent away if it has not worked
// for a moment.
func (p *publisher) trouble(err error) {
	if p.troubled.IsZero() {
		p.troubled = time.Now()
	}
	err = unavailable(err)
	if time.Since(p.troubled) > troubleFor {
		p.s.intake.refuse(err, p.flying)
	}
	p.s.health.set(err)
	p.s.notices.Give("publish", "stream: %v", err)
}

// well notes that storing works.
func (p *publisher) well() {
	p.s.health.set(nil)
	if !p.troubled.IsZero() {
		p.troubled = time.Time{}
		p.s.intake.refuse(nil, nil)
	}
}

// pause waits, and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// isWrongEnd reports whether JetStream refused a message because it was to come after another one than the last.
func isWrongEnd(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}
