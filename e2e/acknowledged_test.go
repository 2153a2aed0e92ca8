package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// reliable is a sender that sends each request until it is acknowledged, wherever the receiver is.
type reliable struct {
	t       *testing.T
	name    string
	path    string // of the request
	keyed   bool   // whether requests have an Idempotency-Key
	address *atomic.Pointer[addresses]
	acked   atomic.Int64 // requests
	again   atomic.Int64 // tries that did not end in an acknowledgement
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
	if err == nil && resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusServiceUnavailable && resp.StatusCode != http.StatusTooManyRequests {
		s.t.Errorf("%s: got %d %s", s.name, resp.StatusCode, answer)
	}
	return err == nil && resp.StatusCode == http.StatusOK
}

// TestAcknowledgedAndKilled kills the server at random moments under load, and starts it again with the same data
// and the same file: every record that was acknowledged is in the file. Those of senders with a key are in the stream
// once, whatever was sent again.
func TestAcknowledgedAndKilled(t *testing.T) {
	rounds := 3
	if testenv.Long() {
		rounds = 50
	}
	for _, level := range []string{"sync", "disk"} {
		t.Run(level, func(t *testing.T) {
			data, file := t.TempDir(), filepath.Join(t.TempDir(), "out.jsonl")
			args := []string{
				"--tcp", "off", "--udp", "off", "--web", "127.0.0.1:0", "--otlp", "127.0.0.1:0", "--console", "off",
				"--data", data, "--durability", level, "--file", file,
			}
			var address atomic.Pointer[addresses]
			start := func() *server {
				s := serve(t, args...)
				address.Store(&addresses{web: s.address("web"), otlp: s.address("otlp")})
				return s
			}
			s := start()
			senders := []*reliable{
				{t: t, name: "lines", path: "/ingest", address: &address},
				{t: t, name: "lines.keyed", path: "/ingest", keyed: true, address: &address},
				{t: t, name: "otlp.keyed", path: "/v1/logs", keyed: true, address: &address},
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var sending sync.WaitGroup
			for _, sender := range senders {
				sending.Go(func() { sender.run(ctx) })
			}
			acked := func() (n int64) {
				for _, sender := range senders {
					n += sender.acked.Load()
				}
				return n
			}
			until := func(want int64) {
				t.Helper()
				late := time.After(patience)
				for acked() < want {
					select {
					case <-time.After(time.Millisecond):
					case <-late:
						t.Fatalf("%d requests were acknowledged within %v, want %d; jackdaw said:\n%s", acked(), patience, want, s.text())
					}
				}
			}
			for range rounds {
				until(acked() + 20 + rand.Int64N(200))
				s.kill()
				s = start()
			}
			until(acked() + 50)
			cancel()
			sending.Wait()
			for _, sender := range senders { // what came before its last record is in the file then, too
				last := fmt.Sprintf("%q", fmt.Sprintf("%s %d %d", sender.name, sender.acked.Load()-1, perRequest-1))
				late := time.After(patience)
				for b := []byte(nil); !bytes.Contains(b, []byte(last)); {
					select {
					case <-time.After(10 * time.Millisecond):
					case <-late:
						t.Fatalf("%s was acknowledged, and is not in the file after %v; jackdaw said:\n%s", last, patience, s.text())
					}
					var err error
					if b, err = os.ReadFile(file); err != nil {
						t.Fatal(err)
					}
				}
			}
			s.stop()

			got := times(t, file)
			twice, stored := 0, streamed(t, data)
			for _, sender := range senders {
				for n := range sender.acked.Load() {
					for i := range perRequest {
						message := fmt.Sprintf("%s %d %d", sender.name, n, i)
						if got[message] == 0 {
							t.Fatalf("%s was acknowledged, and is not in the file; it is %d times in the stream", message, stored[message])
						}
						if sender.keyed && stored[message] != 1 {
							t.Fatalf("%s has a key, and is %d times in the stream", message, stored[message])
						}
						twice += got[message] - 1
					}
				}
			}
			t.Logf("%d requests acknowledged, %d tries in vain, %d copies too many of %d records in the file", acked(), senders[0].again.Load()+senders[1].again.Load()+senders[2].again.Load(), twice, acked()*perRequest)
		})
	}
}

// times returns how often each message is in a file of JSON lines, of which the last may be cut off.
func times(t *testing.T, path string) map[string]int {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return counted(b)
}

// streamed returns how often each message is in a stream.
func streamed(t *testing.T, data string) map[string]int {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), executable, "stream", "cat", "--data", data, "--limit", "0").Output()
	if err != nil {
		t.Fatalf("stream cat: %v: %s", err, out)
	}
	return counted(out)
}

func counted(lines []byte) map[string]int {
	counts := make(map[string]int)
	for line := range bytes.Lines(lines) {
		var r received
		if json.Unmarshal(line, &r) == nil {
			counts[r.Message]++
		}
	}
	return counts
}
