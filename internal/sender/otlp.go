package sender

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

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
	o      OTLPOptions
	client *http.Client
	turns  chan struct{} // a token for each request under way
	keys   keys
	size   atomic.Int64 // of the latest request, uncompressed
	counts struct{ acknowledged, rejected, requests, failed atomic.Uint64 }

	mu     sync.Mutex // guards below
	notYet time.Time  // the receiver asked for no request before
	closed bool
}

// NewOTLP returns an OTLP. It checks the options and does not connect yet.
func NewOTLP(o OTLPOptions) (*OTLP, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &OTLP{o: o, client: o.client(), turns: make(chan struct{}, o.InFlight), keys: keys{limit: keptKeys}}
	_, _ = rand.Read(s.keys.own[:]) // never fails
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
			return &record.PartialError{Handled: i * n, Err: err}
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

// ready waits until the receiver may be asked again.
func (s *OTLP) ready(ctx context.Context) error {
	s.mu.Lock()
	closed, wait := s.closed, time.Until(s.notYet)
	s.mu.Unlock()
	if closed {
		return record.Permanent(s.about(ErrClosed))
	}
	if wait <= 0 {
		return ctx.Err()
	}
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// putOff notes that the receiver asked for no request for a while.
func (s *OTLP) putOff(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := time.Now().Add(d); until.After(s.notYet) {
		s.notYet = until
	}
}

// Close closes idle connections; what is under way goes on until its context ends. Handle returns
// [ErrClosed] from then on. Closing twice is fine.
func (s *OTLP) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.client.CloseIdleConnections()
	return nil
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
