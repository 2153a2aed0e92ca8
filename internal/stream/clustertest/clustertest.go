// Package clustertest starts clusters of NATS servers with JetStream inside of a test, with real connections between
// them.
package clustertest

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// Cluster is servers in this process.
type Cluster struct {
	// URL names all of them.
	URL   string
	nodes []*server.Server
}

// Options say what servers are to be started. The zero Options are one server that everybody may use.
type Options struct {
	// Servers is how many there are, one if zero.
	Servers int
	// User and Password are what who connects has to bring.
	User, Password string
	// NoJetStream is for servers that keep nothing.
	NoJetStream bool
}

// patience is how long a server may take to start.
const patience = time.Minute

// Start starts servers, which end with the test.
func Start(t testing.TB, want Options) *Cluster {
	t.Helper()
	n := max(want.Servers, 1)
	var routes []*url.URL
	var ports []int
	for range n {
		port := testenv.FreePort(t) // routes have to be known before there is a server
		ports, routes = append(ports, port), append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprint("127.0.0.1:", port)})
	}
	c := &Cluster{}
	var wg sync.WaitGroup
	for i := range n {
		o := &server.Options{
			ServerName: fmt.Sprint("node", i), Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true,
			JetStream: !want.NoJetStream, StoreDir: t.TempDir(), DisableJetStreamBanner: true,
			Username: want.User, Password: want.Password,
		}
		if n > 1 {
			o.Cluster.Name, o.Cluster.Host, o.Cluster.Port, o.Routes = "test", "127.0.0.1", ports[i], routes
		}
		s, err := server.NewServer(o)
		if err != nil {
			t.Fatal(err)
		}
		c.nodes = append(c.nodes, s)
		t.Cleanup(func() {
			s.Shutdown()
			s.WaitForShutdown()
		})
		wg.Go(s.Start)
	}
	wg.Wait()
	var urls []string
	for _, s := range c.nodes {
		if !s.ReadyForConnections(patience) {
			t.Fatal("a server did not become ready")
		}
		urls = append(urls, s.ClientURL())
	}
	c.URL = strings.Join(urls, ",")
	if n > 1 {
		c.awaitLeader(t)
	}
	return c
}

// awaitLeader waits until the servers have found each other and one that leads.
func (c *Cluster) awaitLeader(t testing.TB) {
	t.Helper()
	for late := time.After(patience); ; {
		for _, s := range c.nodes {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == len(c.nodes) {
				return
			}
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-late:
			t.Fatal("the cluster has no leader")
		}
	}
}

// KillLeader stops the server that leads a stream.
func (c *Cluster) KillLeader(t testing.TB, stream string) {
	t.Helper()
	for _, s := range c.nodes {
		if s.Running() && s.JetStreamIsStreamLeader("$G", stream) {
			s.Shutdown()
			s.WaitForShutdown()
			return
		}
	}
	t.Fatal("no server leads the stream")
}
