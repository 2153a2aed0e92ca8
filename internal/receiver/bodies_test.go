package receiver

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

func TestBodySizes(t *testing.T) {
	var s bodies
	f := func(n, most, want int) {
		t.Helper()
		if _, got := s.sizeOf(n, most); got != want {
			t.Errorf("for %d bytes, at most %d: got %d, want %d", n, most, got, want)
		}
	}
	const kib, many = 1 << 10, 1 << 30
	f(100, many, 100)
	f(firstBody, many, firstBody)
	f(firstBody+1, many, 2*firstBody)
	f(2*firstBody, many, 2*firstBody)
	f(600*kib, many, 1024*kib)
	f(600*kib, 700*kib, 600*kib)
	f(maxBodies, many, maxBodies)
	f(maxBodies+1, many, maxBodies+1)
}

// Memory that is used again belongs to one request at a time: under many at once, of all sizes and encodings, each
// record arrives as it was sent, and with its handler's hold on it for as long as that works.
func TestRequestsShareNoMemory(t *testing.T) {
	var mu sync.Mutex
	got := map[string]int{}
	handler := record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		before := fmt.Sprint(batch)
		mu.Lock()
		for i := range batch {
			got[batch[i].Message]++
		}
		mu.Unlock()
		for range 3 { // others come meanwhile
			if after := fmt.Sprint(batch); after != before {
				t.Errorf("a batch changed while it was handled:\ngot  %.200s\nwant %.200s", after, before)
			}
		}
		return nil
	})
	_, addr := listenAll(t, handler, Options{})
	const senders, requests = 6, 12
	want := map[string]int{}
	var wg sync.WaitGroup
	for sender := range senders {
		var bodies, forms, encodings []string
		for n := range requests {
			var batch []record.Record
			var lines strings.Builder
			for i := range []int{1, 301, 601, 1301}[(sender+n)%4] { // of 1 line, of batches that are kept, and of two
				r := record.Record{Message: fmt.Sprintf("%d/%d/%d %s", sender, n, i, strings.Repeat(string(rune('a'+sender)), 500))}
				batch = append(batch, r)
				lines.Write(append(record.AppendJSON(nil, &r), '\n'))
				want[r.Message]++
			}
			body, form, encoding := lines.String(), "", ""
			if n%2 == 1 {
				body, form = string(otlp.Append(nil, batch)), protobufType
			}
			if n%4 == 3 {
				body, encoding = gzipped(body), "gzip"
			}
			bodies, forms, encodings = append(bodies, body), append(forms, form), append(encodings, encoding)
		}
		wg.Go(func() {
			for n := range requests {
				path := "/ingest"
				if forms[n] != "" {
					path = logsPath
				}
				req, err := http.NewRequest(http.MethodPost, "http://"+addr+path, strings.NewReader(bodies[n]))
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Content-Type", forms[n])
				req.Header.Set("Content-Encoding", encodings[n])
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				if resp.Body.Close(); resp.StatusCode != http.StatusOK {
					t.Errorf("got %s, want 200", resp.Status)
				}
			}
		})
	}
	wg.Wait()
	mu.Lock()
	defer mu.Unlock()
	for message, n := range want {
		if got[message] != n {
			t.Errorf("%.40q: got it %d times, want %d", message, got[message], n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d messages, want %d", len(got), len(want))
	}
}
