package receiver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// verdicts is a handler that says what its function does, record by record.
func verdicts(of func(message string) error) record.HandlerFunc {
	return func(_ context.Context, batch []record.Record) error {
		for i := range batch {
			if err := of(batch[i].Message); err != nil {
				return &record.PartialError{Handled: i, Err: err}
			}
		}
		return nil
	}
}

func TestIngest(t *testing.T) {
	f := func(next record.Handler, body, want string, wantLaw string) {
		t.Helper()
		r, addr := listenAll(t, next, Options{})
		got := post(t, addr, "/ingest", body)
		if got.String() != want || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%q:\n got %s\nwant %s", body, got, want)
		}
		if (got.status == http.StatusTooManyRequests || got.status == http.StatusServiceUnavailable) != (got.header.Get("Retry-After") != "") {
			t.Errorf("%q: got %s with Retry-After %q", body, got, got.header.Get("Retry-After"))
		}
		s := r.Stats()
		checkLaw(t, s)
		if law := fmt.Sprint(s.Frames, s.Accepted, s.Rejected, s.Dropped, s.Returned); law != wantLaw {
			t.Errorf("%q: got %s, want %s", body, law, wantLaw)
		}
	}
	takes := verdicts(func(string) error { return nil })
	f(takes, "", `200 {"accepted":0}`, "0 0 map[] map[] map[]")
	f(takes, "\n \r\n\n", `200 {"accepted":0}`, "0 0 map[] map[] map[]")
	f(takes, `{"message":"a"}`, `200 {"accepted":1}`, "1 1 map[] map[] map[]")
	f(takes, "\n"+`{"message":"a"}`+"\r\n\r\n  "+`{"msg":"b","level":"ERROR"}`+"\n", `200 {"accepted":2}`, "2 2 map[] map[] map[]")
	f(takes, `{"message":"a"}`+"\nnonsense\n\n"+`{"level":"INFO"}`+"\n"+`{"message":"b"}`+"\n",
		`200 {"accepted":2,"rejected":2,"errors":[{"line":2,"error":"json: byte 0: got \"n\", want an object: \"{\""},{"line":4,"error":"json: neither msg nor message is among the keys: this is no log record"}]}`,
		"4 2 map[undecodable:2] map[] map[]")
	f(takes, "nonsense", `400 {"accepted":0,"rejected":1,"errors":[{"line":1,"error":"json: byte 0: got \"n\", want an object: \"{\""}],"error":"no line is a record"}`, "1 0 map[undecodable:1] map[] map[]")

	lines := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "{\"message\":\"%d\"}\n", i+1)
		}
		return b.String()
	}
	f(takes, lines(5000), `200 {"accepted":5000}`, "5000 5000 map[] map[] map[]")
	f(takes, strings.Repeat("x\n", 30)+lines(1), `200 {"accepted":1,"rejected":30,"errors":[`+strings.Join(badLines(maxLineErrors), ",")+`]}`, "31 1 map[undecodable:30] map[] map[]")

	// What the handler refuses for good is said by line, and the others are taken.
	refuses := verdicts(func(m string) error {
		if m == "2" || m == "1500" {
			return record.Permanent(errors.New("too long for it"))
		}
		return nil
	})
	f(refuses, lines(3), `200 {"accepted":2,"rejected":1,"errors":[{"line":2,"error":"too long for it"}]}`, "3 2 map[] map[refused:1] map[]")
	f(refuses, "\n\n"+lines(2000), `200 {"accepted":1998,"rejected":2,"errors":[{"line":4,"error":"too long for it"},{"line":1502,"error":"too long for it"}]}`, "2000 1998 map[] map[refused:2] map[]")
	// A handler that refuses a batch as a whole is asked for its parts.
	f(record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		for i := range batch {
			if batch[i].Message == "3" {
				return record.Permanent(errors.New("poison"))
			}
		}
		return nil
	}), lines(5), `200 {"accepted":4,"rejected":1,"errors":[{"line":3,"error":"poison"}]}`, "5 4 map[] map[refused:1] map[]")
	f(record.HandlerFunc(func(context.Context, []record.Record) error { panic("oops") }), lines(2),
		`400 {"accepted":0,"rejected":2,"errors":[{"line":1,"error":"panic: oops"},{"line":2,"error":"panic: oops"}],"error":"no line is a record"}`, "2 0 map[] map[refused:2] map[]")

	// What it does not take now is the client's again, from the line that is said.
	fails := verdicts(func(m string) error {
		if m == "1030" {
			return errors.New("disk on fire")
		}
		return nil
	})
	f(fails, "\n"+lines(1100), `503 {"accepted":1029,"error":"disk on fire","line":1031}`, "1100 1029 map[] map[] map[unhandled:71]")
	full := verdicts(func(m string) error {
		if m == "2" {
			return &record.FullError{RetryAfter: 2500 * time.Millisecond, Err: errors.New("stream: full")}
		}
		return nil
	})
	f(full, lines(3), `429 {"accepted":1,"error":"stream: full","line":2}`, "3 1 map[] map[] map[full:2]")
}

func badLines(n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf(`{"line":%d,"error":"json: byte 0: got \"x\", want an object: \"{\""}`, i+1))
	}
	return list
}

func TestIngestRequests(t *testing.T) {
	var s sink
	r, addr := listenAll(t, &s, Options{})
	f := func(method, form string, want string, header ...string) {
		t.Helper()
		got := do(t, client(t), method, "http://"+addr+"/ingest", strings.NewReader(`{"message":"a"}`), "Content-Type", form)
		if got.String() != want {
			t.Errorf("%s %s: got %s, want %s", method, form, got, want)
		}
		for i := 0; i < len(header); i += 2 {
			if got.header.Get(header[i]) != header[i+1] {
				t.Errorf("%s %s: %s: got %q, want %q", method, form, header[i], got.header.Get(header[i]), header[i+1])
			}
		}
	}
	for _, form := range []string{"", "application/x-ndjson", "application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"} {
		f(http.MethodPost, form, `200 {"accepted":1}`)
	}
	f(http.MethodGet, "", `405 {"accepted":0,"error":"use POST, with JSON lines as the body"}`, "Allow", "POST")
	f(http.MethodPut, "", `405 {"accepted":0,"error":"use POST, with JSON lines as the body"}`, "Allow", "POST")
	f(http.MethodPost, "application/x-protobuf", `415 {"accepted":0,"error":"send JSON lines: application/x-ndjson"}`)
	if s := r.Stats(); s.RequestsRefused[Unsupported] != 3 {
		t.Errorf("got %v refused, want 3 unsupported", s.RequestsRefused)
	}
	for _, rec := range s.records {
		if rec.Peer == "" || rec.Received.IsZero() || rec.Message != "a" {
			t.Errorf("got %s, want its peer and when it was received", record.AppendJSON(nil, &rec))
		}
	}
}

// The answer comes after custody, and not before.
func TestIngestWaitsForCustody(t *testing.T) {
	gate, entered := make(chan struct{}), make(chan struct{})
	s := sink{before: func(context.Context, []record.Record) error { close(entered); <-gate; return nil }}
	r, addr := listenAll(t, &s, Options{})
	answers := make(chan answer, 1)
	go func() { answers <- post(t, addr, "/ingest", `{"message":"a"}`) }()
	testenv.Receive(t, "the handler to have a record", entered)
	if got := r.Stats(); got.Waiting != 1 || got.Accepted != 0 {
		t.Errorf("meanwhile: got %+v, want one waiting", got)
	}
	if len(answers) > 0 {
		t.Error("there was an answer before custody")
	}
	close(gate)
	if got := testenv.Receive(t, "the answer", answers); got.status != http.StatusOK {
		t.Errorf("got %s", got)
	}
}

// onceSink is a handler that takes each batch with the same id once.
type onceSink struct {
	sink
	ids []string
}

func (s *onceSink) HandleOnce(ctx context.Context, id string, batch []record.Record) error {
	for i := range batch {
		if batch[i].Message == "poison" {
			return &record.PartialError{Handled: i, Err: record.Permanent(errors.New("poison"))}
		}
	}
	if slices.Contains(s.ids, id) {
		return nil
	}
	s.ids = append(s.ids, id)
	return s.Handle(ctx, batch)
}

// A request that has a key, and comes again, is taken once.
func TestIdempotencyKey(t *testing.T) {
	var requests onceSink
	_, addr := listenAll(t, &sink{}, Options{Requests: &requests})
	f := func(path, body, form, key string, want ...string) {
		t.Helper()
		for range 2 {
			if got := post(t, addr, path, body, "Content-Type", form, "Idempotency-Key", key); got.status != http.StatusOK {
				t.Errorf("%s: got %s", path, got)
			}
		}
		if !slices.Equal(requests.ids, want) {
			t.Errorf("%s with the key %s: got ids %q, want %q", path, key, requests.ids, want)
		}
		requests.ids = nil
	}
	f("/ingest", `{"message":"a"}`, "", `"k 1"`)
	f("/ingest", `{"message":"a"}`, "", `"k-1"`, "k-1/1/0+1")
	f("/ingest", `{"message":"a"}`, "", `k-1`, "k-1/1/0+1")
	f("/ingest", `{"message":"a"}`, "", strings.Repeat("k", maxKey+1))
	f("/ingest", `{"message":"a"}`, "", "")
	f("/ingest", strings.Repeat("\n"+`{"message":"a"}`, 1500), "", `"k"`, "k/2/0+1024", "k/1026/0+476")
	f(logsPath, exportOf("a", "b"), protobufType, `"k"`, "k/0/0+2")
	f(logsPath, exportOf("a", "poison", "b"), protobufType, `"k"`, "k/0/2+1")
}

// A handler that has failed is not asked again: that is for the client to do.
func TestIngestTriesOnce(t *testing.T) {
	calls := 0
	_, addr := listenAll(t, record.HandlerFunc(func(context.Context, []record.Record) error {
		calls++
		return errors.New("not now")
	}), Options{})
	if got := post(t, addr, "/ingest", `{"message":"a"}`); got.status != http.StatusServiceUnavailable || calls != 1 {
		t.Errorf("got %s after %d calls, want 503 after one", got, calls)
	}
}
