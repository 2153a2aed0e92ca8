package receiver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/record"
)

// recordSize is about what a decoded record takes beside its texts.
const recordSize = 512

// custody is what became of records that were handed over for a client that waits for the answer.
type custody struct {
	l    *ledger
	peer string
	// stop ends the handing over: the client is the one who tries again.
	stop context.CancelFunc

	accepted int
	refused  []refusedRecord
	failing  error // why the rest was not taken
}

// refusedRecord is a record that the handler will never take: the one at index of the batch.
type refusedRecord struct {
	index int
	err   error
}

// onceHandler is a handler that knows a batch that comes again; see Options.Requests.
type onceHandler interface {
	HandleOnce(ctx context.Context, id string, batch []record.Record) error
}

// maxKey is the length of the longest Idempotency-Key.
const maxKey = 80

// key returns the Idempotency-Key of a request, which is a string in quotes, empty if it has none. One
// that cannot be used is as none: records are taken twice then at worst.
func key(req *http.Request) string {
	text := req.Header.Get("Idempotency-Key")
	if s, err := strconv.Unquote(text); err == nil {
		text = s
	}
	if len(text) > maxKey || strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return ""
	}
	return text
}

// entrance returns the handler for a batch of the request. part tells the batches of one request apart.
func (q *request) entrance(batch []record.Record, part int) record.Handler {
	next := q.r.o.Requests
	once, ok := next.(onceHandler)
	key := key(q.req)
	return record.HandlerFunc(func(ctx context.Context, some []record.Record) error {
		if err := ctx.Err(); err != nil {
			return err // it has failed before, or the time is over: nothing is to be tried again
		}
		if !ok || key == "" {
			return next.Handle(ctx, some)
		}
		first := cap(batch) - cap(some) // of a part of the batch, which is another batch
		return once.HandleOnce(ctx, fmt.Sprintf("%s/%d/%d+%d", key, part, first, len(some)), some)
	})
}

// handOver hands records to the handler, once, and within RetryTimeout. What the handler does not take for
// now is the client's again, as no says; what it will never take is dropped and counted.
func (q *request) handOver(ctx context.Context, batch []record.Record, part int) (c *custody, no *refusal) {
	c = &custody{l: q.l, peer: q.peer}
	if len(batch) == 0 {
		return c, nil
	}
	now := time.Now()
	for i := range batch {
		batch[i].Peer, batch[i].Received = q.peer, now
	}
	q.l.frames.Add(uint64(len(batch)))
	ctx, c.stop = context.WithTimeout(ctx, q.r.o.RetryTimeout)
	defer c.stop()
	if left := delivery.Deliver(ctx, q.entrance(batch, part), batch, c); left > 0 {
		no = c.notTaken()
		q.l.giveBack(no.reason, left)
		q.l.notice(no.reason, q.peer, fmt.Sprintf("%d records were given back to their sender: %s", left, no.text))
	}
	return c, no
}

// Handled, with Refused and Failing, makes it a [delivery.Ledger].
func (c *custody) Handled(n int) {
	c.accepted += n
	c.l.accepted.Add(uint64(n))
}

// Refused counts a record as dropped.
func (c *custody) Refused(_ context.Context, _ *record.Record, err error) error {
	c.refused = append(c.refused, refusedRecord{c.accepted + len(c.refused), err})
	c.l.drop(Refused, 1)
	c.l.notice(Refused, c.peer, fmt.Sprintf("a record was dropped: %v", err))
	return nil
}

// Failing gives the records back: it is for the client to try again.
func (c *custody) Failing(err error) {
	c.failing = err
	c.stop()
}

// notTaken is the answer for what was not taken.
func (c *custody) notTaken() *refusal {
	if full, ok := errors.AsType[*record.FullError](c.failing); ok {
		return &refusal{http.StatusTooManyRequests, Full, c.failing.Error(), max(full.RetryAfter, aSecond)}
	}
	if c.l.r.isStopping() {
		return &refusal{http.StatusServiceUnavailable, Closed, "the receiver is closing", aSecond}
	}
	text := "the records could not be taken in time"
	if c.failing != nil {
		text = c.failing.Error()
	}
	return &refusal{http.StatusServiceUnavailable, Unhandled, text, aSecond}
}
