package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// The headers of a dead letter. They are wire format.
const (
	headerHandler = "Jackdaw-Handler"
	headerReason  = "Jackdaw-Reason"
	headerID      = "Jackdaw-Id"
)

// DeadLetter is a record that a handler will never take.
type DeadLetter struct {
	// Sequence is its place among the dead letters.
	Sequence uint64
	// Time is when it was set aside, Handler by which handler, Reason the handler's error.
	Time    time.Time
	Handler string
	Reason  string
	Record  record.Record
}

// bury keeps a record that the handler will never take, and returns when it is kept. An error means that
// ctx ended.
func (s *Stream) bury(ctx context.Context, handler string, r *record.Record, reason error) error {
	msg := nats.Msg{Subject: s.o.subject(suffixDead), Data: otlp.Append(nil, []record.Record{*r}), Header: nats.Header{
		headerHandler: {oneLine(handler)}, headerReason: {oneLine(reason.Error())}, headerID: {r.ID.String()},
	}}
	for {
		e, _, err := s.engines.get(ctx)
		if err != nil {
			return err
		}
		attempt, cancel := context.WithTimeout(ctx, publishTimeout)
		_, err = e.js.PublishMsg(attempt, &msg, jetstream.WithRetryAttempts(0))
		cancel()
		if err == nil {
			return nil
		}
		s.notices.Give("dead", "stream: keep a dead letter of handler %s: %v", handler, err)
		if !pause(ctx, publishPause) {
			return context.Cause(ctx)
		}
	}
}

// oneLine makes text fit for a header.
func oneLine(text string) string {
	if len(text) > 1<<10 {
		text = text[:1<<10] + "…"
	}
	return strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text), "�")
}

// DeadLetters returns up to limit dead letters after the one of that sequence, the oldest first. They are
// kept until there are too many of them.
func (s *Stream) DeadLetters(ctx context.Context, after uint64, limit int) ([]DeadLetter, error) {
	e, _, err := s.engines.get(ctx)
	if err != nil {
		return nil, err
	}
	st, err := e.js.Stream(ctx, s.o.Name+suffixDead)
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	var all []DeadLetter
	decoder := newDecoder()
	for len(all) < limit {
		m, err := st.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(s.o.subject(suffixDead)))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			break
		}
		if err != nil {
			return all, fmt.Errorf("list dead letters: %w", err)
		}
		after = m.Sequence
		letter := letterOf(decoder, m.Header, m.Data)
		letter.Sequence, letter.Time = m.Sequence, m.Time
		all = append(all, letter)
	}
	return all, nil
}

// letterOf reads a dead letter.
func letterOf(decoder *otlp.Decoder, h nats.Header, payload []byte) DeadLetter {
	letter := DeadLetter{Handler: h.Get(headerHandler), Reason: h.Get(headerReason)}
	records, err := decoder.Decode(payload, nil)
	if err != nil || len(records) != 1 {
		letter.Reason = fmt.Sprintf("%s (the record cannot be read any more: %v)", letter.Reason, err)
		return letter
	}
	letter.Record = records[0]
	letter.Record.ID, _ = record.ParseID(h.Get(headerID))
	return letter
}
