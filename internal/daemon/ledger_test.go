package daemon_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/web"
	"github.com/jackdaw-log/jackdaw/record"
)

// ask gets what the web address of a daemon says.
func ask(t *testing.T, d *daemon.Daemon, path string) (status int, body []byte) {
	t.Helper()
	for _, a := range d.Listening() {
		if a.Network != "web" {
			continue
		}
		resp, err := http.Get("http://" + a.Address + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, body
	}
	t.Fatal("there is no web address")
	return 0, nil
}

func askStats(t *testing.T, d *daemon.Daemon) web.Stats {
	t.Helper()
	status, body := ask(t, d, "/api/stats")
	var s web.Stats
	if err := json.Unmarshal(body, &s); err != nil || status != http.StatusOK {
		t.Fatalf("got %d %q, %v", status, body, err)
	}
	return s
}

// checkLedger fails unless the law of each part holds.
func checkLedger(t *testing.T, s *web.Stats) {
	t.Helper()
	for _, r := range s.Receivers {
		if got := r.Accepted + r.Rejected.Total() + r.Dropped.Total() + r.Returned.Total() + r.Waiting; r.Read != got || r.Waiting > 1<<40 {
			t.Errorf("receiver %s: read %d, and all that became of it is %d: %+v", r.Name, r.Read, got, r)
		}
	}
	part := func(name string, c *web.Counts) {
		if got := c.Handled + c.DroppedTotal() + c.Waiting; c.Accepted != got || c.Waiting > 1<<40 {
			t.Errorf("%s: accepted %d, and all that became of it is %d: %+v", name, c.Accepted, got, c)
		}
	}
	part("stream", &s.Stream.Counts)
	part("queue", &s.Queue.Counts)
	for i := range s.Handlers {
		part(s.Handlers[i].Name, &s.Handlers[i].Counts)
	}
}

// counters are those of a metric's text: what never shrinks.
func counters(text string) map[string]string {
	all := make(map[string]string)
	for line := range strings.Lines(text) {
		if i := strings.LastIndexByte(line, ' '); line[0] != '#' && strings.Contains(line, "_total") {
			all[line[:i]] = strings.TrimSpace(line[i:])
		}
	}
	return all
}

// The ledger adds up at every moment under load, no counter of the metrics ever shrinks, and at the end what was sent,
// however it came, is what was accepted, stored, and handled by the handlers that want it.
func TestLedgerUnderLoad(t *testing.T) {
	dir := t.TempDir()
	d := start(t, with(daemon.Options{
		Listen: []daemon.Address{loopback, {Network: "jsonl", Address: "127.0.0.1:0"}, {Network: "web", Address: "127.0.0.1:0"}},
		Data:   filepath.Join(dir, "data"), Durability: stream.Disk, Version: "v",
		Loggers: []hierarchy.Logger[string]{level("noise", slog.LevelError)},
	}, consoleOn(io.Discard, plain), fileAt(filepath.Join(dir, "a.log"), plain)))
	const senders, rounds, each = 2, 10, 200
	var sending sync.WaitGroup
	for range senders {
		sending.Go(func() {
			for i := range rounds {
				batch := numbered(i*each, each)
				for k := range batch[:each/2] {
					batch[k].Logger = "noise"
				}
				send(t, d.Listening()[0], batch...)
				lines := strings.Repeat(`{"message":"a line"}`+"\n", each) + "no record\n"
				sendBytes(t, daemon.Address{Network: "tcp", Address: d.Listening()[1].Address}, []byte(lines))
				resp, err := http.Post("http://"+d.Listening()[2].Address+"/ingest", "", strings.NewReader(lines))
				if err != nil || resp.StatusCode != http.StatusOK {
					t.Errorf("ingest: got %v, %v", resp, err)
					return
				}
				resp.Body.Close()
			}
		})
	}
	done := make(chan struct{})
	go func() { sending.Wait(); close(done) }()
	before := map[string]string{}
	for going := true; going; {
		select {
		case <-done:
			going = false
		default:
		}
		s := askStats(t, d)
		checkLedger(t, &s)
		_, text := ask(t, d, "/metrics")
		now := counters(string(text))
		for name, was := range before {
			if is := now[name]; len(is) < len(was) || len(is) == len(was) && is < was {
				t.Fatalf("counter %s went from %s to %q", name, was, is)
			}
		}
		before = now
	}

	const sent = 3 * senders * rounds * each
	var s web.Stats
	for s = askStats(t, d); s.Stream.Waiting > 0 || s.Stream.Unhandled > 0 || s.Queue.Waiting > 0 || s.Handlers[0].Waiting > 0; s = askStats(t, d) {
	}
	checkLedger(t, &s)
	var accepted, rejected uint64
	for _, r := range s.Receivers {
		accepted += r.Accepted
		rejected += r.Rejected.Total()
	}
	if accepted != sent || rejected != 2*senders*rounds || s.Stream.Accepted != sent || s.Stream.Handled != sent {
		t.Errorf("got %d accepted, %d rejected, stream %+v, want %d accepted by all and %d rejected", accepted, rejected, s.Stream, sent, 2*senders*rounds)
	}
	const wanted = sent - senders*rounds*each/2
	for _, h := range s.Handlers {
		if !h.Present || h.Accepted != wanted || h.Handled != wanted {
			t.Errorf("%s: got %+v, want %d handled", h.Name, h, wanted)
		}
	}
	if len(s.Handlers) != 3 || s.Store.Records != wanted || s.Queue.Unrouted != sent-wanted || s.Version != "v" || s.PID == 0 || s.Started.IsZero() || len(s.Problems) != 0 || s.Stream.Durability != "disk" {
		t.Errorf("got %+v", s)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := ask(t, d, path); status != http.StatusOK || string(body) != "ok\n" {
			t.Errorf("%s: got %d %q", path, status, body)
		}
	}
}

// A handler that fails, and one that is not there, are told with what waits for them.
func TestLedgerOfProblems(t *testing.T) {
	dir := t.TempDir()
	o := daemon.Options{
		Listen: []daemon.Address{loopback, {Network: "web", Address: "127.0.0.1:0"}}, Data: filepath.Join(dir, "data"), Durability: stream.Disk,
		Store: daemon.StoreOptions{Off: true},
	}
	d := start(t, with(o, fileAt(filepath.Join(dir, "a.log"), plain)))
	send(t, d.Listening()[0], record.Record{Message: "one"})
	stop(t, d)

	d = start(t, with(o, fileAt(filepath.Join(dir, "b.log"), plain)))
	send(t, d.Listening()[0], numbered(0, 3)...)
	awaitStored(t, d)
	s := askStats(t, d)
	checkLedger(t, &s)
	if len(s.Handlers) != 2 {
		t.Fatalf("got %+v, want two handlers", s.Handlers)
	}
	old := &s.Handlers[1]
	if old.Name != "file "+filepath.Join(dir, "a.log") || old.Present || old.Waiting != 3 || old.Accepted != 3 || old.WaitingBytes == 0 {
		t.Errorf("a handler that is not there: got %+v, want 3 waiting", old)
	}
	if _, text := ask(t, d, "/metrics"); !strings.Contains(string(text), fmt.Sprintf("jackdaw_handler_present{handler=%q} 0\n", old.Name)) {
		t.Errorf("the metrics do not say that it is absent:\n%s", text)
	}
}
