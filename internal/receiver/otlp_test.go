package receiver

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// exportOf returns a request of OTLP with records of these messages.
func exportOf(messages ...string) string {
	var batch []record.Record
	for _, m := range messages {
		batch = append(batch, record.Record{Time: time.Unix(1_800_000_000, 0), Logger: "shop.pay", Message: m})
	}
	return string(otlp.Append(nil, batch))
}

func exportJSON(messages ...string) string {
	var b strings.Builder
	for i, m := range messages {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"body":{"stringValue":%q},"severityNumber":9}`, m)
	}
	return `{"resourceLogs":[{"scopeLogs":[{"scope":{"name":"shop.pay"},"logRecords":[` + b.String() + `]}]}]}`
}

// picky is a handler with something against each of these messages.
func picky() record.Handler {
	return verdicts(func(m string) error {
		switch m {
		case "poison":
			return record.Permanent(errors.New("poison"))
		case "full":
			return &record.FullError{RetryAfter: 2500 * time.Millisecond, Err: errors.New("stream: full")}
		case "fail":
			return errors.New("disk on fire")
		}
		return nil
	})
}

func TestOTLP(t *testing.T) {
	var s sink
	r, addr := listenAll(t, &s, Options{})
	for i, send := range []func() answer{
		func() answer { return post(t, addr, logsPath, exportOf("a", "b"), "Content-Type", protobufType) },
		func() answer {
			return post(t, addr, logsPath, gzipped(exportOf("a", "b")), "Content-Type", protobufType, "Content-Encoding", "gzip")
		},
		func() answer {
			return post(t, addr, logsPath, zstded(exportOf("a", "b")), "Content-Type", protobufType, "Content-Encoding", "zstd")
		},
		func() answer {
			return post(t, addr, logsPath, exportJSON("a", "b"), "Content-Type", jsonType+"; charset=utf-8")
		},
		func() answer {
			return post(t, addr, logsPath, gzipped(exportJSON("a", "b")), "Content-Type", jsonType, "Content-Encoding", "gzip")
		},
	} {
		s.records = nil
		got := send()
		want := answer{status: 200}
		if i >= 3 {
			want.body = "{}"
		}
		if got.String() != want.String() || got.header.Get("Content-Type") != []string{protobufType, jsonType}[i/3] {
			t.Errorf("%d: got %s %s, want %s", i, got, got.header, want)
		}
		checkMessages(t, s.await(t, 2), []string{"a", "b"})
		if rec := s.records[1]; rec.Logger != "shop.pay" || rec.Peer == "" || rec.Received.IsZero() {
			t.Errorf("%d: got %s, want its logger, peer and time", i, record.AppendJSON(nil, &rec))
		}
	}
	if s := r.Stats(); s.Accepted != 10 || s.HeldBytes != 0 || s.Requests != 5 {
		t.Errorf("got %+v", s)
	}
}

func TestOTLPAnswers(t *testing.T) {
	r, addr := listenAll(t, picky(), Options{MaxBody: 100_000})
	f := func(path, form, body string, status int, want string, header ...string) answer {
		t.Helper()
		got := post(t, addr, path, body, append(header, "Content-Type", form)...)
		said := got.body
		if form == protobufType && status != http.StatusOK {
			said = fmt.Sprintf("%+v", otlp.ParseStatus([]byte(said)))
		} else if form == protobufType {
			said = fmt.Sprintf("%+v", otlp.ParseAnswer([]byte(said)))
		}
		if got.status != status || !strings.HasPrefix(said, want) {
			t.Errorf("%s %s: got %d %s, want %d %s", path, form, got.status, said, status, want)
		}
		if form != protobufType && !json.Valid([]byte(got.body)) {
			t.Errorf("%s %s: got %s, want JSON", path, form, got.body)
		}
		return got
	}
	f(logsPath, protobufType, "", 200, "{Rejected:0 Message:}")
	f(logsPath, protobufType, exportOf("a", "poison", "b", "poison"), 200, "{Rejected:2 Message:poison}")
	f(logsPath, jsonType, exportJSON("a", "poison", "b"), 200, `{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"poison"}}`)

	if got := f(logsPath, protobufType, exportOf("a", "full"), 429, "{Code:8 Message:stream: full}"); got.header.Get("Retry-After") != "3" {
		t.Errorf("Retry-After: got %q, want 3", got.header.Get("Retry-After"))
	}
	if got := f(logsPath, jsonType, exportJSON("fail"), 503, `{"code":14,"message":"disk on fire"}`); got.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After: got %q, want 1", got.header.Get("Retry-After"))
	}
	f(logsPath, protobufType, "nonsense", 400, "{Code:3 Message:otlp: byte ")
	f(logsPath, jsonType, "nonsense", 400, `{"code":3,"message":"otlp: byte 0: `)
	f(logsPath, protobufType, strings.Repeat("x", 100_001), 413, "{Code:3 Message:the request is longer than 100000 bytes; send less at once}")
	f(logsPath, protobufType, gzipped(strings.Repeat("x", 100_001)), 413, "{Code:3 ", "Content-Encoding", "gzip")
	f(logsPath, protobufType, "x", 415, `{Code:3 Message:the encoding "br" is not known; use gzip, zstd or none}`, "Content-Encoding", "br")
	f(logsPath, "text/plain", "x", 415, `{"code":3,"message":"the content is to be application/x-protobuf or application/json"}`)
	f("/v1/traces", protobufType, "x", 404, "{Code:12 Message:only logs are taken here, at /v1/logs}")
	f("/v1/log", jsonType, "x", 404, `{"code":12,"message":"logs are taken at /v1/logs"}`)
	if got := do(t, client(t), http.MethodGet, "http://"+addr+logsPath, nil); got.status != 405 || got.header.Get("Allow") != "POST" {
		t.Errorf("GET: got %s", got)
	}
	s := r.Stats()
	if s.Rejected[Undecodable] != 2 || s.Rejected[TooLong] != 2 || s.RequestsRefused[Unsupported] != 5 || s.Dropped[Refused] != 3 || s.Returned[Full] != 1 || s.Returned[Unhandled] != 1 {
		t.Errorf("got %+v", s)
	}
}

// overGRPC makes a call of gRPC as a client does, by hand, and returns its status, message and answer.
func overGRPC(t testing.TB, addr, path, body string, header ...string) (status, message string, trailer http.Header, reply string) {
	t.Helper()
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("Te", "trailers")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/grpc" {
		t.Errorf("got status %d of HTTP, %v, want 200 and gRPC's type", resp.StatusCode, resp.Header)
	}
	trailer = resp.Trailer
	if len(trailer) == 0 {
		trailer = resp.Header
	}
	return trailer.Get("Grpc-Status"), trailer.Get("Grpc-Message"), trailer, string(b)
}

// message puts the length before a message of gRPC.
func message(compressed byte, b string) string {
	return string(binary.BigEndian.AppendUint32([]byte{compressed}, uint32(len(b)))) + b
}

func TestGRPC(t *testing.T) {
	var s sink
	r, addr := listenAll(t, &s, Options{})
	for _, f := range [][]string{
		{message(0, exportOf("a", "b"))},
		{message(1, gzipped(exportOf("a", "b"))), "Grpc-Encoding", "gzip"},
		{message(0, exportOf("a", "b")), "Grpc-Encoding", "gzip"},
		{message(1, zstded(exportOf("a", "b"))), "Grpc-Encoding", "zstd", "Content-Type", "application/grpc+proto"},
		{message(0, exportOf("a", "b")), "Grpc-Timeout", "10S"},
	} {
		s.records = nil
		status, text, _, reply := overGRPC(t, addr, exportPath, f[0], f[1:]...)
		if status != "0" || reply != message(0, "") {
			t.Errorf("%q: got status %s %s, %q, want 0 and an empty message", f[1:], status, text, reply)
		}
		checkMessages(t, s.await(t, 2), []string{"a", "b"})
	}
	if s := r.StatsByName(); len(s) != 4 || s[2].Name != "otlp-grpc" || s[2].Accepted != 10 {
		t.Errorf("got %+v", s)
	}
}

func TestGRPCAnswers(t *testing.T) {
	r, addr := listenAll(t, picky(), Options{MaxBody: 100_000})
	f := func(path, body, status, text string, header ...string) http.Header {
		t.Helper()
		gotStatus, gotText, trailer, reply := overGRPC(t, addr, path, body, header...)
		if gotStatus != status || gotText != text || reply != "" {
			t.Errorf("%s %.40q: got %s %s, %q, want %s %s", path, body, gotStatus, gotText, reply, status, text)
		}
		return trailer
	}
	// Retry after 2.5 s, and after one, in the bytes of google.rpc.
	const info = "type.googleapis.com/google.rpc.RetryInfo"
	trailer := f(exportPath, message(0, exportOf("full")), "8", "stream: full")
	want := "\b\x08\x12\fstream: full\x1a\x36\n\x28" + info + "\x12\n\n\b\b\x02\x10\x80\xca\xb5\xee\x01"
	if got, err := base64.RawStdEncoding.DecodeString(trailer.Get("Grpc-Status-Details-Bin")); err != nil || string(got) != want {
		t.Errorf("details: got %q, %v, want %q", got, err, want)
	}
	trailer = f(exportPath, message(0, exportOf("fail")), "14", "disk on fire")
	want = "\b\x0e\x12\fdisk on fire\x1a\x32\n\x28" + info + "\x12\x06\n\x04\b\x01\x10\x00"
	if got, err := base64.RawStdEncoding.DecodeString(trailer.Get("Grpc-Status-Details-Bin")); err != nil || string(got) != want {
		t.Errorf("details: got %q, %v, want %q", got, err, want)
	}
	if status, _, _, reply := overGRPC(t, addr, exportPath, message(0, exportOf("a", "poison"))); status != "0" ||
		reply != message(0, string(otlp.AppendAnswer(nil, otlp.Answer{Rejected: 1, Message: "poison"}))) {
		t.Errorf("partial success: got %s %q", status, reply)
	}

	f(exportPath, "", "3", "the message is cut off after 0 bytes")
	f(exportPath, message(0, "abc")[:6], "3", "the message says it has 3 bytes, and has 1")
	f(exportPath, message(0, "")+message(0, ""), "3", "the message says it has 0 bytes, and has 5")
	f(exportPath, message(1, "abc"), "3", "the message is compressed, and nothing says how")
	f(exportPath, message(2, "abc"), "3", "the message is compressed, and nothing says how", "Grpc-Encoding", "gzip")
	f(exportPath, message(1, "abc"), "3", "unpack the gzip body: unexpected EOF", "Grpc-Encoding", "gzip")
	f(exportPath, message(1, gzipped(strings.Repeat(" ", 200_000))), "3", "the request is longer than 100000 bytes; send less at once", "Grpc-Encoding", "gzip")
	f(exportPath, message(0, strings.Repeat(" ", 200_000)), "3", "the request is longer than 100000 bytes; send less at once")
	trailer = f(exportPath, message(1, "abc"), "12", `the encoding "snappy" is not known; use gzip, zstd or none`, "Grpc-Encoding", "snappy")
	if got := trailer.Get("Grpc-Accept-Encoding"); got != "identity,gzip,zstd" {
		t.Errorf("Grpc-Accept-Encoding: got %q", got)
	}
	f(exportPath, "", "3", "the content is to be application/grpc, in protobuf", "Content-Type", "application/grpc+json")
	f("/opentelemetry.proto.collector.trace.v1.TraceService/Export", message(0, ""), "12", "only logs are taken here: "+exportPath)
	s := r.Stats()
	if s.Rejected[Undecodable] != 6 || s.Rejected[TooLong] != 2 || s.RequestsRefused[Unsupported] != 3 || s.Returned[Full] != 1 {
		t.Errorf("got %+v", s)
	}
	if got := post(t, addr, exportPath, "", "Content-Type", "application/grpc"); got.String() != "505 gRPC needs HTTP/2" {
		t.Errorf("over HTTP/1.1: got %s", got)
	}
}

// A call has no longer than its client gives it.
func TestGRPCTimeout(t *testing.T) {
	f := func(text string, want time.Duration) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			req := (&http.Request{Header: http.Header{"Grpc-Timeout": {text}}}).WithContext(context.Background())
			ctx, cancel := grpcTimeout(req)
			defer cancel()
			at, ok := ctx.Deadline()
			if got := time.Until(at); ok != (want != 0) || ok && got != want {
				t.Errorf("%q: got %v, %v, want %v", text, got, ok, want)
			}
		})
	}
	f("10S", 10*time.Second)
	f("1500m", 1500*time.Millisecond)
	f("99999999n", 99999999)
	f("2H", 2*time.Hour)
	f("99999999H", 0) // longer than anybody waits
	f("", 0)
	f("S", 0)
	f("10", 0)
	f("-1S", 0)
	f("123456789S", 0)
	f("1x", 0)
}

func TestPercentEncoded(t *testing.T) {
	if got, want := percentEncoded("50 % of ü\n"), "50 %25 of %C3%BC%0A"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
