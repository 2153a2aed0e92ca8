package receiver

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// Those who send small requests are served while others send many that unpack to as much as they may: what keeps a
// processor busy for long, and what takes much memory, has its own queue.
func TestSmallRequestsBesideLarge(t *testing.T) {
	const crowd = 40
	one := `{"body":{"stringValue":"x"},"attributes":[{"key":"a","value":{"intValue":"1"}}]}`
	large := gzipped(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[` + strings.Repeat(one+",", 50_000) + one + `]}]}]}`)
	r, addr := listenAll(t, record.HandlerFunc(func(context.Context, []record.Record) error { return nil }), Options{})
	ctx, stop := context.WithCancel(t.Context())
	var senders sync.WaitGroup
	defer senders.Wait()
	defer stop()
	for range crowd {
		senders.Go(func() {
			c := client(t)
			for ctx.Err() == nil {
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+logsPath, strings.NewReader(large))
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Content-Type", jsonType)
				req.Header.Set("Content-Encoding", "gzip")
				if resp, err := c.Do(req); err == nil {
					io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
			}
		})
	}
	testenv.Await(t, "all slots of large ones taken", func() bool { return len(r.requests.work) == cap(r.requests.work) })
	for name, send := range map[string]func() answer{
		"lines": func() answer { return post(t, addr, "/ingest", `{"message":"honest"}`) },
		"packed": func() answer {
			return post(t, addr, logsPath, gzipped(exportOf("honest")), "Content-Type", protobufType, "Content-Encoding", "gzip")
		},
	} {
		best := time.Hour
		for range 4 {
			began := time.Now()
			if got := send(); got.status != http.StatusOK {
				t.Errorf("%s: got %s", name, got)
			}
			best = min(best, time.Since(began))
		}
		t.Logf("%s: at best %v", name, best)
		if best > 3*time.Second { // it was ten
			t.Errorf("%s: an honest client was served within %v at best", name, best)
		}
	}
}
