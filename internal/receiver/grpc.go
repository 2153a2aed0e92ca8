package receiver

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
)

// OTLP/gRPC is one call without streams, in the frames of HTTP/2, and net/http has those. A message is
//
//	+------------+------+------+------+------+---------- - - -
//	| compressed | length, big-endian uint32 | message
//	+------------+------+------+------+------+---------- - - -
//
// and its status comes in the trailers, or in the headers where there is no message.
const (
	grpcType   = "application/grpc"
	exportPath = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
	messageLen = 5 // before each message
)

// The codes of gRPC.
const (
	grpcInvalidArgument   = 3
	grpcDeadlineExceeded  = 4
	grpcPermissionDenied  = 7
	grpcResourceExhausted = 8
	grpcUnimplemented     = 12
	grpcUnavailable       = 14
	grpcUnauthenticated   = 16
)

// grpcStatus is the refusal in the words of gRPC, which those of OTLP/HTTP are, too.
func (no *refusal) grpcStatus() otlp.Status {
	code := int32(grpcInvalidArgument)
	switch no.status {
	case http.StatusUnauthorized:
		code = grpcUnauthenticated
	case http.StatusForbidden:
		code = grpcPermissionDenied
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		code = grpcUnimplemented
	case http.StatusRequestTimeout:
		code = grpcDeadlineExceeded
	case http.StatusTooManyRequests:
		code = grpcResourceExhausted
	case http.StatusServiceUnavailable:
		code = grpcUnavailable
	}
	return otlp.Status{Code: code, Message: no.text}
}

func (r *Receiver) exportGRPC(l *ledger, w http.ResponseWriter, req *http.Request) {
	if req.ProtoMajor < 2 {
		http.Error(w, "gRPC needs HTTP/2", http.StatusHTTPVersionNotSupported)
		return
	}
	answer, no := func() (a otlp.Answer, no *refusal) {
		q, no := r.enter(l, w, req)
		if no != nil {
			return a, no
		}
		defer q.leave()
		if no := expectGRPC(req); no != nil {
			return a, q.turnAway(no)
		}
		ctx, cancel := grpcTimeout(req)
		defer cancel()
		p, no := q.message(ctx)
		if no != nil {
			return a, q.notRead(no)
		}
		return q.export(ctx, p, false)
	}()
	h := w.Header()
	h.Set("Content-Type", grpcType)
	if no != nil {
		no.writeGRPC(w)
		return
	}
	h.Set(http.TrailerPrefix+"Grpc-Status", "0")
	message := otlp.AppendAnswer(make([]byte, messageLen, 64), answer)
	binary.BigEndian.PutUint32(message[1:], uint32(len(message)-messageLen))
	w.Write(message)
}

func expectGRPC(req *http.Request) *refusal {
	form, encoding := mediaType(req), req.Header.Get("Grpc-Encoding")
	switch {
	case req.URL.Path != exportPath:
		return &refusal{http.StatusNotFound, Unsupported, "only logs are taken here: " + exportPath, 0}
	case form != grpcType && form != grpcType+"+proto":
		return &refusal{http.StatusUnsupportedMediaType, Unsupported, "the content is to be " + grpcType + ", in protobuf", 0}
	case !known(encoding):
		no := unknownEncoding(encoding)
		no.status = http.StatusNotFound // UNIMPLEMENTED, as gRPC has it
		return no
	}
	return nil
}

// message reads the one message of a call.
func (q *request) message(ctx context.Context) ([]byte, *refusal) {
	b, no := q.read()
	if no != nil {
		return nil, no
	}
	wrong := func(format string, args ...any) ([]byte, *refusal) {
		return nil, &refusal{http.StatusBadRequest, Undecodable, fmt.Sprintf(format, args...), 0}
	}
	if len(b) < messageLen {
		return wrong("the message is cut off after %d bytes", len(b))
	}
	length := binary.BigEndian.Uint32(b[1:])
	compressed, b := b[0], b[messageLen:]
	encoding := q.req.Header.Get("Grpc-Encoding")
	switch {
	case int64(length) != int64(len(b)):
		return wrong("the message says it has %d bytes, and has %d", length, len(b))
	case compressed == 0:
		return b, nil
	case compressed != 1 || encoding == "" || encoding == "identity":
		return wrong("the message is compressed, and nothing says how")
	}
	return q.unpacked(ctx, encoding, b)
}

// grpcTimeout returns the request's context with the time that its client gives it.
func grpcTimeout(req *http.Request) (context.Context, context.CancelFunc) {
	text := req.Header.Get("Grpc-Timeout")
	if n := len(text) - 1; n >= 1 && n <= 8 {
		unit, ok := map[byte]time.Duration{
			'H': time.Hour, 'M': time.Minute, 'S': time.Second, 'm': time.Millisecond, 'u': time.Microsecond, 'n': time.Nanosecond,
		}[text[n]]
		if count, err := strconv.ParseUint(text[:n], 10, 32); err == nil && ok && count < uint64(24*time.Hour/unit) {
			return context.WithTimeout(req.Context(), time.Duration(count)*unit)
		}
	}
	return context.WithCancel(req.Context())
}

// writeGRPC writes the refusal as headers, without a message.
func (no *refusal) writeGRPC(w http.ResponseWriter) {
	status := no.grpcStatus()
	h := w.Header()
	h.Set("Grpc-Status", strconv.Itoa(int(status.Code)))
	h.Set("Grpc-Message", percentEncoded(status.Message))
	if status.Code == grpcUnimplemented {
		h.Set("Grpc-Accept-Encoding", "identity,gzip,zstd")
	}
	if no.retryAfter > 0 {
		details := appendRetryInfo(otlp.AppendStatus(nil, status), no.retryAfter)
		h.Set("Grpc-Status-Details-Bin", base64.RawStdEncoding.EncodeToString(details))
	}
	w.WriteHeader(http.StatusOK)
}

// percentEncoded is how gRPC writes a message into a header: what is no printable ASCII, by its bytes.
func percentEncoded(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Wire format: field 3 of google.rpc.Status is a google.protobuf.Any, with the name of a type in field 1 and
// its message in field 2; field 1 of google.rpc.RetryInfo is a google.protobuf.Duration, of seconds in
// field 1 and nanoseconds in field 2.
const retryInfo = "type.googleapis.com/google.rpc.RetryInfo"

// appendRetryInfo appends to a status when to come again.
func appendRetryInfo(status []byte, after time.Duration) []byte {
	duration := binary.AppendUvarint([]byte{1 << 3}, uint64(after/time.Second))
	duration = binary.AppendUvarint(append(duration, 2<<3), uint64(after%time.Second))
	info := appendBytes(nil, 1, duration)
	detail := appendBytes(appendBytes(nil, 1, []byte(retryInfo)), 2, info)
	return appendBytes(status, 3, detail)
}

// appendBytes appends a field of protobuf that is a message or a text.
func appendBytes(dst []byte, field byte, value []byte) []byte {
	return append(binary.AppendUvarint(append(dst, field<<3|2), uint64(len(value))), value...)
}
