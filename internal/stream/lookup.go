package stream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// stored is a message as it is in the stream.
type stored struct {
	seq     uint64
	at      time.Time
	mark    mark
	once    string
	payload []byte
	header  nats.Header // of what was read from a file
	err     error       // it is not a message with records
}

func storedOf(m *jetstream.RawStreamMsg) *stored {
	s := &stored{seq: m.Sequence, at: m.Time, payload: m.Data, once: m.Header.Get(headerOnce)}
	s.mark, s.err = markOf(m.Header)
	return s
}

// extent is what JetStream knows of the stream as a whole.
type extent struct {
	first, last uint64
	messages    uint64
	bytes       int64
	made        time.Time
}

// extent asks for the extent of the stream.
func (e *engine) extent(ctx context.Context) (extent, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	i, err := e.records.Info(ctx)
	if err != nil {
		return extent{}, err
	}
	return extent{first: i.State.FirstSeq, last: i.State.LastSeq, messages: i.State.Msgs, bytes: int64(i.State.Bytes), made: i.Created}, nil
}

// message returns the message at seq, or nil.
func (e *engine) message(ctx context.Context, seq uint64) (*stored, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	return found(e.records.GetMsg(ctx, seq))
}

// from returns the first message that is there at seq or after it, or nil.
func (e *engine) from(ctx context.Context, seq uint64) (*stored, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	subject := e.records.CachedInfo().Config.Subjects[0]
	return found(e.records.GetMsg(ctx, max(seq, 1), jetstream.WithGetMsgSubject(subject)))
}

// latest returns the last message that is there, or nil.
func (e *engine) latest(ctx context.Context) (*stored, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	subject := e.records.CachedInfo().Config.Subjects[0]
	return found(e.records.GetLastMsgForSubject(ctx, subject))
}

// found reads what was looked up.
func found(m *jetstream.RawStreamMsg, err error) (*stored, error) {
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return storedOf(m), nil
}

// seek returns the first message from low to high for which reached is true, or nil. It asks for few
// messages: along the stream, reached is false up to a place and true after it.
func (e *engine) seek(ctx context.Context, low, high uint64, reached func(*stored) bool) (*stored, error) {
	var best *stored
	for low = max(low, 1); low <= high; {
		middle := low + (high-low)/2
		m, err := e.from(ctx, middle)
		switch {
		case err != nil:
			return nil, err
		case m == nil || m.seq > high:
			high = middle - 1
		case m.err == nil && reached(m):
			best, high = m, middle-1
		default:
			low = m.seq + 1
		}
	}
	return best, nil
}
