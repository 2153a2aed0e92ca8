package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// cluster is three servers in this process, with real connections between them.
type cluster struct {
	nodes []*engine
	url   string
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	const n = 3
	var routes []*url.URL
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprint("127.0.0.1:", port)})
	}
	c := &cluster{}
	var urls []string
	var wg sync.WaitGroup
	for i := range n {
		o := serverOptions(&Options{Dir: t.TempDir(), Level: Sync})
		o.ServerName, o.DontListen, o.Host, o.Port = fmt.Sprint("node", i), false, "127.0.0.1", -1
		o.Cluster.Name, o.Cluster.Host, o.Cluster.Port, o.Routes = "test", "127.0.0.1", ports[i], routes
		e := &engine{broken: make(chan struct{}), notify: func(string) {}}
		c.nodes = append(c.nodes, e)
		wg.Go(func() {
			if err := e.startServer(o); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, e := range c.nodes {
		urls = append(urls, e.server.ClientURL())
		t.Cleanup(e.stop)
	}
	c.url = strings.Join(urls, ",")
	until(t, "the cluster to have a leader", func() bool {
		for _, e := range c.nodes {
			if e.server.JetStreamIsLeader() && len(e.server.JetStreamClusterPeers()) == n {
				return true
			}
		}
		return false
	})
	return c
}

// killLeader stops the server that leads the stream.
func (c *cluster) killLeader(t *testing.T, name string) {
	t.Helper()
	for _, e := range c.nodes {
		if e.server.Running() && e.server.JetStreamIsStreamLeader("$G", name) {
			e.server.Shutdown()
			e.server.WaitForShutdown()
			return
		}
	}
	t.Fatal("no server leads the stream")
}

// With the URL of a cluster the stream is there, in three copies. When the server that leads it dies
// under load, nothing acknowledged is lost, and work goes on within seconds.
func TestCluster(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	s := open(t, Options{URL: c.url})
	k := newKeep()
	if _, err := s.Cursor("k", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	e, _, err := s.engines.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := e.records.CachedInfo().Config.Replicas; got != 3 {
		t.Errorf("replicas: got %d, want 3", got)
	}
	if got := s.Stats().Level; got != Cluster {
		t.Errorf("level: got %s, want cluster", got)
	}
	_, err = Open(Options{URL: c.url})
	if locked, ok := errors.AsType[*LockedError](err); !ok || locked.Owner != processName() {
		t.Errorf("Open of a stream that is in use: got %v, want a LockedError that names this process", err)
	}
	const callers = 4
	var acked [callers]atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for caller := range callers {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n += 10 {
				batch := numbered(n, n+10)
				for i := range batch {
					batch[i].Logger = fmt.Sprint("caller", caller)
				}
				if err := s.Handle(t.Context(), batch); err != nil {
					t.Errorf("Handle: %v", err)
					return
				}
				acked[caller].Store(int64(n + 10))
			}
		})
	}
	total := func() (n int64) {
		for i := range acked {
			n += acked[i].Load()
		}
		return n
	}
	until(t, "records to be taken", func() bool { return total() > 2000 })
	c.killLeader(t, DefaultName)
	killed, before := time.Now(), total()
	until(t, "work to go on", func() bool { return total() > before+1000 })
	t.Logf("%d acknowledged before the leader died, 1000 more after %v", before, time.Since(killed))
	cancel()
	wg.Wait()
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	lawful(t, s)
	seen := map[string]int{}
	for _, r := range k.all() {
		seen[r.Logger+"/"+r.Message]++
	}
	doubled := 0
	for caller := range callers {
		for n := range acked[caller].Load() {
			times := seen[fmt.Sprintf("caller%d/%d", caller, n)]
			if times == 0 {
				t.Fatalf("record %d of caller %d was acknowledged and is lost", n, caller)
			}
			doubled += times - 1
		}
	}
	if doubled > 0 {
		t.Errorf("%d records are doubled, want none", doubled)
	}
	// Another process goes on where this one was.
	closeStream(t, s)
	s = open(t, Options{URL: c.url})
	again := newKeep()
	if _, err := s.Cursor("k", again, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 1))
	if got := again.wait(t, 1); len(got) != 1 {
		t.Errorf("after opening again: got %d records, want the new one", len(got))
	}
}
