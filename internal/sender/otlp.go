package sender

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// OTLP is a handler that sends records over OTLP/HTTP: to Jackdaw's receiver, an OpenTelemetry
// Collector, or anything else that takes ExportLogsServiceRequest. Its Handle returns nil when the
// other side has acknowledged the batch. Its methods may be called from any goroutine.
//
// A request carries the header Idempotency-Key, which is the same when the same records are sent again
// because no answer came. Jackdaw's receiver stores them once then; others store them twice.
//
// Source: OpenTelemetry protocol specification 1.x, OTLP/HTTP.
type OTLP struct {
	exchange
	o      OTLPOptions
	turns  chan struct{} // a token for each request under way
	size   atomic.Int64  // of the latest request, uncompressed
	counts struct{ acknowledged, rejected, requests, failed atomic.Uint64 }
}

// NewOTLP returns an OTLP. It checks the options and does not connect yet.
func NewOTLP(o OTLPOptions) (*OTLP, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &OTLP{o: o, turns: make(chan struct{}, o.InFlight)}
	s.exchange.open(o.URL, o.Timeout, o.TLS, o.InFlight)
	s.gzip, s.header = !o.NoGzip, o.Header.Clone()
	if o.Token != "" {
		s.authorize("Bearer " + o.Token)
	}
	return s, nil
}

// Handle sends the batch, in requests of at most RequestRecords, and returns when all were acknowledged or one
// was not. It tries each once: who calls it tries again. An error is a [record.PartialError] where requests
// before the failed one were acknowledged, and permanent where sending the same records again cannot
// mend it.
func (s *OTLP) Handle(ctx context.Context, batch []record.Record) error {
	if len(batch) == 0 {
		return nil
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	if len(batch) <= s.o.RequestRecords {
		return s.turn(ctx, batch)
	}
	return s.several(ctx, batch)
}

// several sends the batch in more than one request.
func (s *OTLP) several(ctx context.Context, batch []record.Record) error {
	n := s.o.RequestRecords
	errs := make([]error, (len(batch)+n-1)/n)
	var failed atomic.Bool
	var wg sync.WaitGroup
	started := 0
	for i := range errs {
		if err := s.take(ctx); err != nil {
			errs[i] = err
			break
		}
		if failed.Load() {
			s.release()
			break
		}
		started++
		part := batch[i*n : min((i+1)*n, len(batch))]
		wg.Go(func() {
			defer s.release()
			if errs[i] = s.send(ctx, part); errs[i] != nil {
				failed.Store(true)
			}
		})
	}
	wg.Wait()
	for i, err := range errs {
		if partial, ok := errors.AsType[*record.PartialError](err); ok {
			return &record.PartialError{Handled: i*n + partial.Handled, Err: partial.Err}
		}
		if err != nil {
			return partial(i*n, min(n, len(batch)-i*n), err)
		}
		if i >= started {
			return &record.PartialError{Handled: i * n, Err: ctx.Err()}
		}
	}
	return nil
}

// turn sends one request when it is its turn.
func (s *OTLP) turn(ctx context.Context, part []record.Record) error {
	if err := s.take(ctx); err != nil {
		return err
	}
	defer s.release()
	return s.send(ctx, part)
}

func (s *OTLP) take(ctx context.Context) error {
	select {
	case s.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *OTLP) release() { <-s.turns }

// send sends the records in one request and returns nil when they were acknowledged.
func (s *OTLP) send(ctx context.Context, part []record.Record) error {
	// The transport may read from a body after it returned: it cannot be used again.
	body := otlp.Append(make([]byte, 0, s.size.Load()*9/8), part)
	s.size.Store(int64(len(body)))
	s.counts.requests.Add(1)
	answer, err := s.post(ctx, "application/x-protobuf", body)
	if err != nil {
		s.counts.failed.Add(1)
		return s.about(err)
	}
	s.took(uint64(len(part)), otlp.ParseAnswer(answer))
	return nil
}

// took counts an acknowledged request.
func (s *OTLP) took(records uint64, a otlp.Answer) {
	rejected := min(uint64(max(a.Rejected, 0)), records)
	s.counts.acknowledged.Add(records - rejected)
	s.counts.rejected.Add(rejected)
	if rejected > 0 && s.o.OnError != nil {
		s.o.OnError(s.about(fmt.Errorf("%d of %d records were rejected: %s", rejected, records, printable(a.Message))))
	}
}

// OTLPStats are the counts of an [OTLP].
type OTLPStats struct {
	// Acknowledged is how many records the receiver took, without those that it said it rejected.
	Acknowledged uint64
	// Rejected is how many records the receiver said it rejected while it took the rest of the request.
	Rejected uint64
	// Requests is how many requests were made, Failed how many of them were not acknowledged.
	Requests, Failed uint64
}

// Stats returns the counts. It never waits.
func (s *OTLP) Stats() OTLPStats {
	return OTLPStats{
		Acknowledged: s.counts.acknowledged.Load(), Rejected: s.counts.rejected.Load(),
		Requests: s.counts.requests.Load(), Failed: s.counts.failed.Load(),
	}
}
