package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/web"
	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

// soakTime is how long a soak takes: what JACKDAW_SOAK says, such as 1h, else ten minutes in the long tier.
func soakTime(t *testing.T) time.Duration {
	if text := os.Getenv("JACKDAW_SOAK"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("JACKDAW_SOAK: %v", err)
		}
		return d
	}
	if testenv.Long() {
		return 10 * time.Minute
	}
	return 3 * time.Second
}

// counts returns what /api/stats answers.
func counts(t *testing.T, s *server) (st web.Stats) {
	t.Helper()
	resp, err := http.Get("http://" + s.address("web") + "/api/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&st); err != nil {
		t.Fatal(err)
	}
	return st
}

// addsUp checks that each part obeys its law.
func addsUp(t *testing.T, st *web.Stats) {
	t.Helper()
	for _, r := range st.Receivers {
		if got := r.Accepted + r.Rejected.Total() + r.Dropped.Total() + r.Returned.Total() + r.Waiting; r.Read != got {
			t.Errorf("receiver %s: read %d, and all that became of it is %d: %+v", r.Name, r.Read, got, r)
		}
	}
	part := func(name string, c *web.Counts) {
		if got := c.Handled + c.DroppedTotal() + c.Waiting; c.Accepted != got {
			t.Errorf("%s: accepted %d, and all that became of it is %d: %+v", name, c.Accepted, got, c)
		}
	}
	part("stream", &st.Stream.Counts)
	part("queue", &st.Queue.Counts)
	for i := range st.Handlers {
		part(st.Handlers[i].Name, &st.Handlers[i].Counts)
	}
}

// stranger sends what is not acknowledged, over one connection after another, and knows of each that all of it was
// read, since the server closes it then.
type stranger struct {
	t       *testing.T
	name    string
	address string
	append  func(dst []byte, r *record.Record) []byte
	garbage string // what is no record, if there may be such
	sent    atomic.Int64
	wrong   atomic.Int64
}

// soakPause is the time between two writes of a sender.
const soakPause = 5 * time.Millisecond

func (s *stranger) run(stop <-chan struct{}) {
	for n := 0; ; {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			s.t.Errorf("%s: %v", s.name, err)
			return
		}
		over := false
		for i := 0; i < 200 && !over; i++ {
			var b []byte
			for range perRequest {
				b = s.append(b, &record.Record{Time: time.Now(), Logger: s.name, Message: fmt.Sprintf("%s %d", s.name, n)})
				n++
			}
			if s.garbage != "" && i%50 == 0 {
				b = append(b, s.garbage...)
				s.wrong.Add(1)
			}
			if _, err := conn.Write(b); err != nil {
				s.t.Errorf("%s: %v", s.name, err)
			}
			select {
			case <-stop:
				over = true
			case <-time.After(soakPause):
			}
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			s.t.Errorf("%s: %v", s.name, err)
		}
		if _, err := io.Copy(io.Discard, conn); err != nil {
			s.t.Errorf("%s: wait for the server to close: %v", s.name, err)
		}
		conn.Close()
		s.sent.Store(int64(n))
		if over || s.t.Failed() {
			return
		}
	}
}

// TestSoak sends in every way for a long time, through a file that is rotated and the store. The counts add up at every
// moment, memory stays within bounds, and at the end what was sent is what was accepted, stored, and handled by each.
func TestSoak(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--jsonl", "127.0.0.1:0", "--web", "127.0.0.1:0", "--otlp", "127.0.0.1:0", "--console", "off",
		"--data", filepath.Join(dir, "data"), "--stream-size", "64MiB", "--store-size", "1TB", "--file", filepath.Join(dir, "out.jsonl"), "--file-max-size", "64MiB", "--file-backups", "2")
	strangers := []*stranger{
		{t: t, name: "frames", address: s.address("tcp"), append: pickle.AppendFrame},
		{t: t, name: "lines.tcp", address: s.address("jsonl"), garbage: "no record\n", append: func(dst []byte, r *record.Record) []byte {
			return append(record.AppendJSON(dst, r), '\n')
		}},
	}
	stop := make(chan struct{})
	var sending sync.WaitGroup
	for _, p := range strangers {
		sending.Go(func() { p.run(stop) })
	}
	l := newTraffic(t, s)
	for over := time.After(soakTime(t)); ; {
		st := counts(t, s)
		addsUp(t, &st)
		if len(st.Problems) > 0 || t.Failed() {
			t.Errorf("problems: %q", st.Problems)
			break
		}
		select {
		case <-time.After(200 * time.Millisecond):
			continue
		case <-over:
		}
		break
	}
	close(stop)
	l.stop()
	sending.Wait()
	var st web.Stats
	l.await("all to be handled", func() bool { st = counts(t, s); return st.Stream.Unhandled == 0 })
	addsUp(t, &st)
	settled(t, &st, strangers, l)
	t.Logf("%v of soak; sent were %d frames, %d lines and %d records in requests, of which %d were sent again; the ledger is\n%s",
		soakTime(t), strangers[0].sent.Load(), strangers[1].sent.Load(), l.acked()*perRequest, l.again()*perRequest, ledgerOf(&st))
	if kib := peakMemory(t, s.cmd.Process.Pid); !race && kib > 400<<10 {
		t.Errorf("the server took %d MB at most, want 400", kib>>10)
	} else {
		t.Logf("%d records in %v, at most %d MB", st.Stream.Accepted, soakTime(t), kib>>10)
	}
	s.stop()
}

// settled checks the counts when all is done.
func settled(t *testing.T, st *web.Stats, strangers []*stranger, l *traffic) {
	t.Helper()
	var accepted uint64
	for _, r := range st.Receivers {
		accepted += r.Accepted
		for _, p := range strangers {
			if want := uint64(p.sent.Load()); r.Name == map[string]string{"frames": "tcp", "lines.tcp": "jsonl"}[p.name] &&
				(r.Accepted != want || r.Rejected.Total() != uint64(p.wrong.Load())) {
				t.Errorf("receiver %s: got %d accepted and %d rejected, want %d and %d", r.Name, r.Accepted, r.Rejected.Total(), want, p.wrong.Load())
			}
		}
		accepted -= r.Dropped.Total() // there are to be none
	}
	want := uint64(strangers[0].sent.Load() + strangers[1].sent.Load() + l.acked()*perRequest)
	// A request that was sent again, since its answer did not come in time, may be there twice.
	if accepted < want || accepted > want+uint64(l.again()*perRequest) {
		t.Errorf("got %d records accepted, want %d, and %d more at most", accepted, want, l.again()*perRequest)
	}
	c := &st.Stream.Counts
	if c.Handled+st.Stream.Repeated != accepted || c.DroppedTotal() > 0 {
		t.Errorf("stream: got %+v, want %d handled", c, accepted)
	}
	for i := range st.Handlers {
		if h := &st.Handlers[i]; h.Handled != c.Handled || h.DroppedTotal() > 0 || h.Waiting > 0 {
			t.Errorf("%s: got %+v, want %d handled", h.Name, h, c.Handled)
		}
	}
	if st.Store == nil || st.Store.Records != c.Handled {
		t.Errorf("store: got %+v, want %d records", st.Store, c.Handled)
	}
}

// ledgerOf is the counts as a table: in each line the first is the sum of the others.
func ledgerOf(st *web.Stats) string {
	var b strings.Builder
	line := "%-12s %12v = %12v + %8v + %8v + %8v + %8v\n"
	fmt.Fprintf(&b, line, "receiver", "read", "accepted", "rejected", "dropped", "returned", "waiting")
	for _, r := range st.Receivers {
		fmt.Fprintf(&b, line, r.Name, r.Read, r.Accepted, r.Rejected.Total(), r.Dropped.Total(), r.Returned.Total(), r.Waiting)
	}
	line = "%-12.12s %12v = %12v + %8v + %8v\n"
	fmt.Fprintf(&b, line, "", "accepted", "handled", "dropped", "waiting")
	part := func(name string, c *web.Counts) {
		fmt.Fprintf(&b, line, name, c.Accepted, c.Handled, c.DroppedTotal(), c.Waiting)
	}
	part("stream", &st.Stream.Counts)
	part("queue", &st.Queue.Counts)
	for i := range st.Handlers {
		part(filepath.Base(st.Handlers[i].Name), &st.Handlers[i].Counts)
	}
	if st.Store != nil {
		fmt.Fprintf(&b, "%-12s %12d records are in it\n", "the store", st.Store.Records)
	}
	return b.String()
}

// peakMemory returns the most memory that a process had, in KiB; 0 where that is not known.
func peakMemory(t *testing.T, pid int) (kib int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, peak, _ := bytes.Cut(status, []byte("VmHWM:"))
	_, _ = fmt.Sscan(strings.TrimSpace(string(peak)), &kib)
	return kib
}
