package e2e

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// traffic is several reliable senders at work.
type traffic struct {
	t       *testing.T
	address atomic.Pointer[addresses]
	senders []*reliable
	server  *server
	cancel  context.CancelFunc
	sending sync.WaitGroup
}

// newTraffic starts to send to a server, which has a web address and one for OTLP.
func newTraffic(t *testing.T, s *server) *traffic {
	l := &traffic{t: t}
	l.senders = []*reliable{
		{t: t, name: "lines", path: "/ingest", address: &l.address},
		{t: t, name: "lines.keyed", path: "/ingest", keyed: true, address: &l.address},
		{t: t, name: "otlp.keyed", path: "/v1/logs", keyed: true, address: &l.address},
	}
	l.moved(s)
	var ctx context.Context
	ctx, l.cancel = context.WithCancel(t.Context())
	for _, sender := range l.senders {
		l.sending.Go(func() { sender.run(ctx) })
	}
	return l
}

// moved says which server it is from now on.
func (l *traffic) moved(s *server) {
	l.server = s
	l.address.Store(&addresses{web: s.address("web"), otlp: s.address("otlp")})
}

func (l *traffic) sum(of func(*reliable) *atomic.Int64) (n int64) {
	for _, s := range l.senders {
		n += of(s).Load()
	}
	return n
}

// acked is how many requests were acknowledged, again how many tries were in vain, and full how many of these were
// answered that there is no room.
func (l *traffic) acked() int64 { return l.sum(func(s *reliable) *atomic.Int64 { return &s.acked }) }
func (l *traffic) again() int64 { return l.sum(func(s *reliable) *atomic.Int64 { return &s.again }) }
func (l *traffic) full() int64  { return l.sum(func(s *reliable) *atomic.Int64 { return &s.full }) }

// until waits until so many requests are acknowledged.
func (l *traffic) until(want int64) {
	l.t.Helper()
	l.await(fmt.Sprintf("%d requests to be acknowledged", want), func() bool { return l.acked() >= want })
}

// await waits until done reports true.
func (l *traffic) await(what string, done func() bool) {
	l.t.Helper()
	late := time.After(patience)
	for !done() {
		select {
		case <-time.After(time.Millisecond):
		case <-late:
			l.t.Fatalf("waited %v for %s; %d requests were acknowledged; jackdaw said:\n%s", patience, what, l.acked(), l.server.text())
		}
	}
}

// stop lets every sender end with the request that it is at.
func (l *traffic) stop() {
	l.cancel()
	l.sending.Wait()
}

// reach waits until the last record of each sender is in the file, and what came before it then, too.
func (l *traffic) reach(file string) {
	l.t.Helper()
	for _, sender := range l.senders {
		last := fmt.Appendf(nil, "%q", fmt.Sprintf("%s %d %d", sender.name, sender.acked.Load()-1, perRequest-1))
		l.await(string(last)+" to be in the file", func() bool {
			b, err := os.ReadFile(file)
			if err != nil {
				l.t.Fatal(err)
			}
			return bytes.Contains(b, last)
		})
	}
}

// all checks that every acknowledged record is in the file, and returns how often each message is.
func (l *traffic) all(file string) map[string]int {
	l.t.Helper()
	got := times(l.t, file)
	for _, sender := range l.senders {
		for message := range sender.messages() {
			if got[message] == 0 {
				l.t.Fatalf("%s was acknowledged, and is not in the file", message)
			}
		}
	}
	return got
}

// messages are those of the records that were acknowledged.
func (s *reliable) messages() iter.Seq[string] {
	return func(yield func(string) bool) {
		for n := range s.acked.Load() {
			for i := range perRequest {
				if !yield(fmt.Sprintf("%s %d %d", s.name, n, i)) {
					return
				}
			}
		}
	}
}

// reliable is a sender that sends each request until it is acknowledged, wherever the receiver is.
type reliable struct {
	t       *testing.T
	name    string
	path    string // of the request
	keyed   bool   // whether requests have an Idempotency-Key
	address *atomic.Pointer[addresses]
	acked   atomic.Int64 // requests
	again   atomic.Int64 // tries that did not end in an acknowledgement
	full    atomic.Int64 // those that were answered that there is no room
}

// addresses are where a server listens.
type addresses struct {
	web, otlp string
}

const perRequest = 25

// run sends requests until ctx ends, and the last one until it is acknowledged or the test is over.
func (s *reliable) run(ctx context.Context) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: patience}
	defer client.CloseIdleConnections()
	for n := int64(0); ctx.Err() == nil; n++ {
		body, form := s.body(n)
		for !s.try(client, n, body, form) {
			s.again.Add(1)
			if s.t.Context().Err() != nil {
				return
			}
			select { // a server that is away, or full, is left alone for a moment
			case <-time.After(10 * time.Millisecond):
			case <-s.t.Context().Done():
			}
		}
		s.acked.Add(1)
	}
}

// body returns request n, with records that are told apart by their messages.
func (s *reliable) body(n int64) (body []byte, form string) {
	var batch []record.Record
	var lines []byte
	for i := range perRequest {
		r := record.Record{Time: time.Now(), Logger: s.name, Message: fmt.Sprintf("%s %d %d", s.name, n, i)}
		batch = append(batch, r)
		lines = append(record.AppendJSON(lines, &r), '\n')
	}
	if s.path == "/ingest" {
		return lines, "application/x-ndjson"
	}
	return otlp.Append(nil, batch), "application/x-protobuf"
}

// try sends a request once, and reports whether it was acknowledged.
func (s *reliable) try(client *http.Client, n int64, body []byte, form string) bool {
	at := s.address.Load()
	host := at.otlp
	if s.path == "/ingest" {
		host = at.web
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://"+host+s.path, bytes.NewReader(body))
	if err != nil {
		s.t.Error(err)
		return false
	}
	req.Header.Set("Content-Type", form)
	if s.keyed {
		req.Header.Set("Idempotency-Key", fmt.Sprintf(`"%s-%d"`, s.name, n))
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if resp.StatusCode == http.StatusTooManyRequests {
		s.full.Add(1)
	}
	if err == nil && resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusServiceUnavailable && resp.StatusCode != http.StatusTooManyRequests {
		s.t.Errorf("%s: got %d %s", s.name, resp.StatusCode, answer)
	}
	return err == nil && resp.StatusCode == http.StatusOK
}
