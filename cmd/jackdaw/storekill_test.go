//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// sure sends requests, each until it is acknowledged and under a key, wherever the server is.
type sure struct {
	t       *testing.T
	name    string
	address string       // the web address
	acked   atomic.Int64 // requests
}

// recordsOf is how many records request n has.
func recordsOf(n int64) int { return 1 + int(n*7%40) }

// run sends until ctx ends, and the last request until it is acknowledged.
func (s *sure) run(ctx context.Context) {
	client := &http.Client{Transport: &http.Transport{}, Timeout: testenv.Patience}
	defer client.CloseIdleConnections()
	for n := int64(0); ctx.Err() == nil && s.t.Context().Err() == nil; n++ {
		for !s.try(client, n) {
			select { // a server that is away is left alone for a moment
			case <-time.After(10 * time.Millisecond):
			case <-s.t.Context().Done():
				return
			}
		}
		s.acked.Add(1)
	}
}

// try sends a request once, and reports whether it was acknowledged.
func (s *sure) try(client *http.Client, n int64) bool {
	var body bytes.Buffer
	for i := range recordsOf(n) {
		fmt.Fprintf(&body, `{"logger":"shop.%s","level":"INFO","message":"%s/%d/%d"}`+"\n", s.name, s.name, n, i)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://"+s.address+"/ingest", &body)
	if err != nil {
		s.t.Error(err)
		return false
	}
	req.Header.Set("Idempotency-Key", fmt.Sprintf(`"%s-%d"`, s.name, n))
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK
}

// What was acknowledged is in the store once, however often the program was killed meanwhile.
func TestStoreKilled(t *testing.T) {
	rounds := 5
	if testenv.Long() {
		rounds = 50
	}
	for _, level := range []string{"sync", "disk"} {
		t.Run(level, func(t *testing.T) {
			data := t.TempDir()
			address := nobody(t) // where nobody else answers while the server is away
			start := func() *process {
				p := startProcess(t, nil, "serve", "--tcp", "127.0.0.1:0", "--udp", "off", "--otlp", "off", "--otlp-grpc", "off",
					"--web", address, "--console", "off", "--data", data, "--durability", level)
				p.stderr.match(t, "listening on .*web "+address)
				return p
			}
			p := start()
			senders := []*sure{{t: t, name: "a", address: address}, {t: t, name: "b", address: address}, {t: t, name: "c", address: address}}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var sending sync.WaitGroup
			for _, s := range senders {
				sending.Go(func() { s.run(ctx) })
			}
			for range rounds {
				awaitAcked(t, senders, rand.Int64N(400))
				_ = p.Process.Kill()
				testenv.Receive(t, "the end of a process that was killed", p.ended)
				p = start()
			}
			awaitAcked(t, senders, 20)
			cancel()
			sending.Wait()
			awaitStored(t, data, senders)
			p.signal(t, os.Interrupt)
			p.exit(t, exitDone)
			checkStored(t, data, senders)
		})
	}
}

// awaitAcked waits until so many more requests are acknowledged.
func awaitAcked(t *testing.T, senders []*sure, more int64) {
	t.Helper()
	acked := func() (n int64) {
		for _, s := range senders {
			n += s.acked.Load()
		}
		return n
	}
	want := acked() + more
	testenv.Await(t, fmt.Sprintf("%d requests to be acknowledged", want), func() bool { return acked() >= want })
}

// stored returns how often each message is in the store, which another process may have open.
func stored(t *testing.T, data string) map[string]int {
	t.Helper()
	s, err := sqlite.Open(daemon.StoreDir(data), sqlite.Options{ReadOnly: true, Notify: func(text string) { t.Error(text) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	times := make(map[string]int)
	for q := (store.PageQuery{Limit: store.MaxPage}); ; {
		p, err := s.Page(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Records {
			times[p.Records[i].Message]++
		}
		if q.After = p.Next; p.Next == nil {
			return times
		}
	}
}

// awaitStored waits until the last record of each sender is in the store.
func awaitStored(t *testing.T, data string, senders []*sure) {
	t.Helper()
	testenv.Await(t, "what was acknowledged to be in the store", func() bool {
		times, all := stored(t, data), true
		for _, s := range senders {
			n := s.acked.Load() - 1
			all = all && times[fmt.Sprintf("%s/%d/%d", s.name, n, recordsOf(n)-1)] > 0
		}
		return all
	})
}

// checkStored fails unless the store has all that was acknowledged, once, and nothing else.
func checkStored(t *testing.T, data string, senders []*sure) {
	t.Helper()
	times := stored(t, data)
	all := 0
	for _, s := range senders {
		for n := range s.acked.Load() {
			for i := range recordsOf(n) {
				all++
				if message := fmt.Sprintf("%s/%d/%d", s.name, n, i); times[message] != 1 {
					t.Fatalf("%s was acknowledged, and is %d times in the store", message, times[message])
				}
			}
		}
	}
	for message := range times {
		if !strings.Contains(message, "/") {
			t.Errorf("in the store: got %q, which nobody sent", message)
		}
	}
	if len(times) != all {
		t.Errorf("in the store: got %d different records, want %d", len(times), all)
	}
	t.Logf("%d records", all)
	for info, err := range sqlite.Verify(t.Context(), daemon.StoreDir(data)) {
		if err != nil {
			t.Fatal(err)
		}
		if len(info.Damage) > 0 {
			t.Errorf("%s: %v", info.Name, info.Damage)
		}
	}
}
