package receiver

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// logsPath is where OTLP/HTTP has logs. It is part of the protocol.
const logsPath = "/v1/logs"

// The forms of OTLP/HTTP.
const (
	protobufType = "application/x-protobuf"
	jsonType     = "application/json"
)

// maxKeptBatch is the longest batch whose memory is used again.
const maxKeptBatch = 4096

// OTLP takes OpenTelemetry's logs, over OTLP/HTTP (protobuf and JSON, gzip and zstd) and over OTLP/gRPC,
// both on any port that it serves: who mixes up 4317 and 4318 is understood. What it answers is OTLP's:
// success when the records are in the handler's custody and not before, partial success where the handler
// refused some for good; 429 and 503 with Retry-After, or RESOURCE_EXHAUSTED and UNAVAILABLE with RetryInfo,
// when it cannot take more; and an error that says what is wrong with what can never be taken. A client that
// sends again because an answer was lost, or came after a part was taken, doubles records.
func (r *Receiver) OTLP() http.Handler {
	overHTTP, overGRPC := r.ledger("otlp"), r.ledger("otlp-grpc")
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(mediaType(req), grpcType) {
			r.exportGRPC(overGRPC, w, req)
		} else {
			r.exportHTTP(overHTTP, w, req)
		}
	})
}

func (r *Receiver) exportHTTP(l *ledger, w http.ResponseWriter, req *http.Request) {
	answer, no := func() (a otlp.Answer, no *refusal) {
		q, no := r.enter(l, w, req)
		if no != nil {
			return a, no
		}
		defer q.leave()
		if no := expectHTTP(req); no != nil {
			return a, q.turnAway(no)
		}
		if no := q.byName(); no != nil {
			return a, q.turnAway(no)
		}
		b, no := q.body(req.Context(), req.Header.Get("Content-Encoding"))
		if no != nil {
			return a, q.notRead(no)
		}
		return q.export(req.Context(), b, mediaType(req) == jsonType)
	}()
	// What was not understood is answered in the form that people read.
	form, body := protobufType, []byte(nil)
	inJSON := mediaType(req) != protobufType
	if inJSON {
		form = jsonType
	}
	status := http.StatusOK
	switch {
	case no == nil && inJSON:
		body = otlp.AppendAnswerJSON(nil, answer)
	case no == nil:
		body = otlp.AppendAnswer(nil, answer)
	case inJSON:
		body = otlp.AppendStatusJSON(nil, no.grpcStatus())
	default:
		body = otlp.AppendStatus(nil, no.grpcStatus())
	}
	if no != nil {
		status = no.status
		no.setHeaders(w.Header())
	}
	w.Header().Set("Content-Type", form)
	w.WriteHeader(status)
	w.Write(body)
}

// expectHTTP says what is wrong with a request for logs, before its body is read.
func expectHTTP(req *http.Request) *refusal {
	form := mediaType(req)
	switch {
	case req.URL.Path == "/v1/traces" || req.URL.Path == "/v1/metrics":
		return &refusal{http.StatusNotFound, Unsupported, "only logs are taken here, at " + logsPath, 0}
	case req.URL.Path != logsPath:
		return &refusal{http.StatusNotFound, Unsupported, "logs are taken at " + logsPath, 0}
	case req.Method != http.MethodPost:
		return &refusal{http.StatusMethodNotAllowed, Unsupported, "use POST, with OTLP as the body", 0}
	case form != protobufType && form != jsonType:
		return &refusal{http.StatusUnsupportedMediaType, Unsupported, "the content is to be " + protobufType + " or " + jsonType, 0}
	}
	return nil
}

// byName says no to a page in a browser that calls this machine by a name which is not known to be its own: the
// page may have made its own name lead here (DNS rebinding), and then nothing is of another origin. No exporter
// sends an Origin unless it is one in a page; with TLS, or a token, no such page comes this far.
func (q *request) byName() *refusal {
	if q.req.Header.Get("Origin") == "" || q.r.o.Tokens != nil || q.r.o.TLS != nil {
		return nil
	}
	host := q.req.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || strings.EqualFold(host, "localhost") {
		return nil
	}
	return &refusal{http.StatusForbidden, CrossOrigin, fmt.Sprintf("a page in a browser may not send to the host %.100q without a token", host), 0}
}

// exporter is what decodes a request of OTLP.
type exporter struct {
	decoder otlp.Decoder
	batch   []record.Record
}

// exporters are exporters that are not in use.
type exporters struct{ pool sync.Pool }

func (e *exporters) take() *exporter {
	x, _ := e.pool.Get().(*exporter)
	if x == nil {
		x = new(exporter)
	}
	return x
}

func (e *exporters) put(x *exporter) {
	clear(x.batch)
	if x.batch = x.batch[:0]; cap(x.batch) > maxKeptBatch {
		x.batch = nil
	}
	e.pool.Put(x)
}

// export decodes a request and hands its records over, all of them at once.
func (q *request) export(ctx context.Context, p []byte, inJSON bool) (a otlp.Answer, no *refusal) {
	x := q.r.exporters.take()
	no = q.atWork(ctx, len(p), func() *refusal { return q.decode(x, p, inJSON) })
	if no != nil {
		return a, no // x may be in any state
	}
	defer q.r.exporters.put(x)
	q.release() // nothing of the body is in the records
	q.charge(len(x.batch) * recordSize)
	for i := range x.batch { // OTLP: where nobody knows when it happened, it is when it was seen first
		if r := &x.batch[i]; r.Time.IsZero() {
			r.Time = r.Received
		}
	}
	c, no := q.handOver(ctx, x.batch, 0)
	if no == nil && len(c.refused) > 0 {
		a = otlp.Answer{Rejected: int64(len(c.refused)), Message: c.refused[0].err.Error()}
	}
	return a, no
}

// decode decodes a request, or rejects it.
func (q *request) decode(x *exporter, p []byte, inJSON bool) *refusal {
	err := delivery.Contain(func() (err error) {
		if inJSON {
			x.batch, err = x.decoder.DecodeJSON(p, x.batch)
		} else {
			x.batch, err = x.decoder.Decode(p, x.batch)
		}
		return err
	})
	if err == nil {
		return nil
	}
	no := &refusal{http.StatusBadRequest, Undecodable, err.Error(), 0}
	if delivery.Panicked(err) {
		no.reason = Panicked
	}
	q.reject(no, p)
	return no
}
