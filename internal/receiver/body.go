package receiver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

const (
	// minPace is how many bytes of a body must come in a second, in the mean, once StallTimeout is over.
	minPace = 16 << 10
	// firstBody is how much space a body gets at first.
	firstBody = 64 << 10
	// maxWindow bounds what a zstd body refers back to, and with it the memory for that. It is what
	// encoders must not exceed where they do not know who reads, RFC 8878.
	maxWindow = 8 << 20
)

// body reads the body of the request and unpacks it. Both forms have MaxBody bytes at most, and are
// held within the budget.
func (q *request) body(ctx context.Context, encoding string) (b []byte, no *refusal) {
	if !known(encoding) {
		return nil, unknownEncoding(encoding)
	}
	if b, no = q.read(); no == nil {
		b, no = q.unpacked(ctx, encoding, b)
	}
	return b, no
}

// unpacked returns b as it was before it was packed. b is all that the request has read, and its memory is given back.
func (q *request) unpacked(ctx context.Context, encoding string, b []byte) (out []byte, no *refusal) {
	if encoding == "" || encoding == "identity" {
		return b, nil
	}
	u := unpacking{q: q, encoding: encoding, packed: b}
	defer u.close()
	// How long it is will show: it begins among the small ones.
	for most := min(smallRequest, q.r.o.MaxBody); ; most = q.r.o.MaxBody {
		no = q.atWork(ctx, max(most, len(b)), func() *refusal { return u.upTo(most) })
		if no != nil || u.whole {
			return u.out, no
		}
	}
}

// atWork calls f, which is about so many bytes, when there is a slot for what keeps a processor busy.
func (q *request) atWork(ctx context.Context, size int, f func() *refusal) *refusal {
	work := q.r.requests.work
	if size <= smallRequest {
		work = q.r.requests.smallWork
	}
	select {
	case work <- struct{}{}:
	case <-ctx.Done():
		return &refusal{http.StatusServiceUnavailable, Unhandled, "no time was left to decode the request", aSecond}
	}
	defer func() { <-work }()
	return f()
}

func known(encoding string) bool {
	switch encoding {
	case "", "identity", "gzip", "zstd":
		return true
	}
	return false
}

func unknownEncoding(encoding string) *refusal {
	return &refusal{http.StatusUnsupportedMediaType, Unsupported, fmt.Sprintf("the encoding %q is not known; use gzip, zstd or none", encoding), 0}
}

func (q *request) tooLong() *refusal {
	return &refusal{http.StatusRequestEntityTooLarge, TooLong, fmt.Sprintf("the request is longer than %d bytes; send less at once", q.r.o.MaxBody), 0}
}

// read reads the body as it comes.
func (q *request) read() ([]byte, *refusal) {
	size := q.req.ContentLength
	if size > int64(q.r.o.MaxBody) {
		return nil, q.tooLong()
	}
	if size < 0 {
		size = firstBody
	}
	p := &paced{q: q, began: time.Now()}
	b, no := q.room(int(min(size+1, firstBody)))
	var err error
	if no == nil {
		b, _, no, err = q.gather(p, b, int(size)+1, q.r.o.MaxBody)
	}
	if no == nil && err == nil {
		p.end()
		return b, nil
	}
	// What is still to come is not waited for. The deadline stays, for what the server reads of it.
	if q.req.ProtoMajor == 1 {
		q.w.Header().Set("Connection", "close")
	}
	switch {
	case no != nil:
		return nil, no
	case errors.Is(err, os.ErrDeadlineExceeded) && q.r.isStopping():
		return nil, &refusal{http.StatusServiceUnavailable, Closed, "the receiver is closing", aSecond}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &refusal{http.StatusRequestTimeout, Stalled, fmt.Sprintf("after %v only %d bytes of the body had come", time.Since(p.began).Round(time.Second), p.n), 0}
	}
	return nil, &refusal{http.StatusBadRequest, Half, fmt.Sprintf("the body ended after %d bytes: %v", p.n, err), 0}
}

// paced reads the body of a request that must come at a pace.
type paced struct {
	q     *request
	began time.Time
	n     int64     // bytes that came
	until time.Time // the read deadline, about
}

// Read reads what comes in time.
func (p *paced) Read(b []byte) (int, error) {
	q := p.q
	until := p.began.Add(q.r.o.StallTimeout + time.Duration(p.n)*time.Second/minPace)
	if until.Sub(p.until) >= time.Second { // setting it costs more than reading
		p.until = until
		q.mu.Lock()
		q.reading = true
		if !q.drainAt.IsZero() && q.drainAt.Before(until) {
			until = q.drainAt
		}
		q.rc.SetReadDeadline(until)
		q.mu.Unlock()
	}
	n, err := q.req.Body.Read(b)
	p.n += int64(n)
	return n, err
}

// end lifts the deadline, so that it does not pass while the request is handled.
func (p *paced) end() {
	p.q.mu.Lock()
	defer p.q.mu.Unlock()
	p.q.reading = false
	p.q.rc.SetReadDeadline(time.Time{})
}

// gather reads src behind b, to its end unless that is longer than most; MaxBody is no end. The memory of b, which room
// gave last, grows with what comes: to twice that, or to what it needs in all, if announced, where that is little more.
// err is src's.
func (q *request) gather(src io.Reader, b []byte, announced, most int) (out []byte, whole bool, no *refusal, err error) {
	for {
		if len(b) >= most && most < q.r.o.MaxBody {
			return b, false, nil, nil
		}
		if len(b) == cap(b) {
			more := min(2*cap(b), q.r.o.MaxBody+1)
			if announced > cap(b) && announced <= 4*cap(b) {
				more = announced
			}
			larger, no := q.room(more)
			if no != nil {
				return nil, false, no, nil
			}
			b = append(larger, b...)
			q.giveBack(len(q.bodies) - 2)
		}
		n, err := src.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case len(b) > q.r.o.MaxBody:
			return nil, false, q.tooLong(), nil
		case err == io.EOF:
			return b, true, nil, nil
		case err != nil:
			return nil, false, nil, err
		}
	}
}

// unpacking is a body that is being unpacked.
type unpacking struct {
	q        *request
	encoding string
	packed   []byte // all that the request has read
	src      io.Reader
	done     func() // with src
	out      []byte
	whole    bool // out is all of it
}

// upTo unpacks more of it, until it is whole or longer than most.
func (u *unpacking) upTo(most int) (no *refusal) {
	q := u.q
	var err error
	if u.src == nil {
		if u.src, u.done, err = q.r.unpackers.open(u.encoding, u.packed); err == nil {
			if u.out, no = q.room(min(4*len(u.packed)+512, most)); no != nil {
				return no
			}
		}
	}
	if err == nil {
		u.out, u.whole, no, err = q.gather(u.src, u.out, 0, most)
	}
	switch {
	case no != nil:
		return no
	case err != nil:
		return &refusal{http.StatusBadRequest, Undecodable, fmt.Sprintf("unpack the %s body: %v", u.encoding, err), 0}
	case u.whole:
		q.giveBack(0)
	}
	return nil
}

// close ends it.
func (u *unpacking) close() {
	if u.done != nil {
		u.done()
	}
}
