package receiver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/internal/wire/jsonl"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// ingestLen is how many lines are handed over at once.
	ingestLen = 1024
	// maxLineErrors is how many lines an answer says what is wrong with.
	maxLineErrors = 20
)

// Ingest takes JSON lines, one record a line, as the body of a POST; gzip and zstd are unpacked. It answers
//
//	200 {"accepted":3}                  when the records are in the handler's custody, not before
//	    {"accepted":2,"rejected":1,"errors":[{"line":3,"error":"json: byte 9: …"}]}
//	                                    where some lines are no records; 400 where none is one
//	429, 503 {"accepted":2,"error":"…","line":3}, Retry-After
//	                                    when it cannot take more: send again, from that line on
//	4xx {"error":"…"}                   for what will never be right
//
// Empty lines are passed over.
func (r *Receiver) Ingest() http.Handler {
	l := r.ledger("ingest")
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		a := func() *ingested {
			q, no := r.enter(l, w, req)
			if no != nil {
				return &ingested{refusal: no}
			}
			defer q.leave() // before the answer is written, for which a client may keep us waiting
			return q.ingest()
		}()
		a.write(w)
	})
}

// ingested is the answer to lines.
type ingested struct {
	*refusal `json:"-"`

	Accepted int         `json:"accepted"`
	Rejected int         `json:"rejected,omitempty"`
	Errors   []lineError `json:"errors,omitempty"`
	// Error is why no more was taken, and Line the first line that was not.
	Error string `json:"error,omitempty"`
	Line  int    `json:"line,omitempty"`
}

type lineError struct {
	Line  int    `json:"line"`
	Error string `json:"error"`
}

func (q *request) ingest() *ingested {
	if q.req.Method != http.MethodPost {
		return &ingested{refusal: q.turnAway(&refusal{http.StatusMethodNotAllowed, Unsupported, "use POST, with JSON lines as the body", 0})}
	}
	switch mediaType(q.req) {
	case "application/x-protobuf", "application/protobuf", "multipart/form-data", "application/grpc":
		return &ingested{refusal: q.turnAway(&refusal{http.StatusUnsupportedMediaType, Unsupported, "send JSON lines: application/x-ndjson", 0})}
	}
	ctx := q.req.Context()
	b, no := q.body(ctx, q.req.Header.Get("Content-Encoding"))
	if no != nil {
		return &ingested{refusal: q.notRead(no)}
	}
	a := new(ingested)
	s := &lines{q: q, rest: b, decoder: q.r.lineDecoders.take(), lineBatch: q.r.lineBatches.take(bytes.Count(b, []byte{'\n'}) + 1)}
	q.charge(cap(s.batch) * recordSize)
	defer func() {
		q.r.lineDecoders.put(s.decoder)
		q.r.lineBatches.put(s.lineBatch)
	}()
	for {
		if no := q.atWork(ctx, len(b), func() *refusal { s.decode(a); return nil }); no != nil {
			a.refusal, a.Line = no, s.number+1
			return a
		}
		if len(s.batch) == 0 {
			break
		}
		c, no := q.handOver(ctx, s.batch, s.numbers[0])
		a.Accepted += c.accepted
		for _, bad := range c.refused {
			a.reject(s.numbers[bad.index], bad.err)
		}
		if no != nil {
			a.refusal, a.Line = no, s.numbers[c.accepted+len(c.refused)]
			return a
		}
	}
	if a.Accepted == 0 && a.Rejected > 0 {
		a.refusal = &refusal{http.StatusBadRequest, Undecodable, "no line is a record", 0}
	}
	return a
}

func (a *ingested) reject(line int, err error) {
	a.Rejected++
	if len(a.Errors) < maxLineErrors {
		a.Errors = append(a.Errors, lineError{line, err.Error()})
	}
}

func (a *ingested) write(w http.ResponseWriter) {
	status := http.StatusOK
	if a.refusal != nil {
		status, a.Error = a.refusal.status, a.refusal.text
		a.refusal.setHeaders(w.Header())
	}
	body, err := json.Marshal(a)
	if err != nil {
		panic(err) // of integers and strings
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

// lines are the lines of a body.
type lines struct {
	*lineBatch
	q       *request
	decoder *jsonl.Decoder
	rest    []byte
	number  int // of the line that was read last
}

// decode fills the batch with the next lines, if there are any.
func (s *lines) decode(a *ingested) {
	s.batch, s.numbers = s.batch[:0], s.numbers[:0]
	for len(s.rest) > 0 && len(s.batch) < cap(s.batch) {
		var line []byte
		line, s.rest, _ = bytes.Cut(s.rest, []byte{'\n'})
		s.number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		n := len(s.batch)
		s.used = max(s.used, n+1)
		s.batch = s.batch[:n+1]
		if err := s.line(line, &s.batch[n]); err != nil {
			s.batch = s.batch[:n]
			a.reject(s.number, err)
			continue
		}
		s.numbers = append(s.numbers, s.number)
	}
}

// lineBatch is where the records of lines are made.
type lineBatch struct {
	batch   []record.Record
	numbers []int // of the lines of the batch
	used    int   // how many places of batch are not zero
}

// lineBatches are batches of ingestLen records that are not in use.
type lineBatches struct{ pool sync.Pool }

// take returns a batch for so many lines, as far as one batch goes.
func (l *lineBatches) take(n int) *lineBatch {
	if n > ingestLen/4 {
		if b, ok := l.pool.Get().(*lineBatch); ok {
			return b
		}
		n = ingestLen
	}
	return &lineBatch{batch: make([]record.Record, 0, n), numbers: make([]int, 0, n)}
}

func (l *lineBatches) put(b *lineBatch) {
	if cap(b.batch) == ingestLen {
		clear(b.batch[:b.used])
		b.used = 0
		l.pool.Put(b)
	}
}

func (s *lines) decoded(line []byte, rec *record.Record) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &record.PanicError{Value: p}
		}
	}()
	return s.decoder.Decode(line, rec)
}

// lineDecoders are decoders that are not in use.
type lineDecoders struct{ pool sync.Pool }

func (d *lineDecoders) take() *jsonl.Decoder {
	if decoder, ok := d.pool.Get().(*jsonl.Decoder); ok {
		return decoder
	}
	return new(jsonl.Decoder)
}

func (d *lineDecoders) put(decoder *jsonl.Decoder) { d.pool.Put(decoder) }

// line decodes a line, or rejects it.
func (s *lines) line(line []byte, rec *record.Record) error {
	*rec = record.Record{}
	err := s.decoded(line, rec)
	if err == nil {
		return nil
	}
	reason := Undecodable
	if delivery.Panicked(err) {
		reason, s.decoder = Panicked, new(jsonl.Decoder)
	}
	s.q.l.frames.Add(1)
	s.q.l.reject(Reject{Reason: reason, Peer: s.q.peer, Detail: fmt.Sprintf("line %d: %v", s.number, err), Length: len(line), First: line})
	return err
}
