// Package clustertest starts clusters of NATS servers with JetStream inside of a test, with real connections between
// them.
package clustertest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

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
			Username: want.User, Password: want.Password, AuthTimeout: testenv.Patience.Seconds(),
		}
		if n > 1 {
			o.Cluster.Name, o.Cluster.Host, o.Cluster.Port, o.Routes = "test", "127.0.0.1", ports[i], routes
		}
		s, err := server.NewServer(o)
		if err != nil {
			t.Fatal(err)
		}
		c.nodes = append(c.nodes, s)
		t.Cleanup(func() { end(s) })
		wg.Go(s.Start)
	}
	wg.Wait()
	var urls []string
	for _, s := range c.nodes {
		if !s.ReadyForConnections(testenv.Patience) {
			t.Fatal("a server did not become ready")
		}
		urls = append(urls, s.ClientURL())
	}
	c.URL = strings.Join(urls, ",")
	if n > 1 {
		testenv.Await(t, "the servers to have found each other and one that leads", c.hasLeader)
	}
	return c
}

func end(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// hasLeader reports whether there is a server that leads all.
func (c *Cluster) hasLeader() bool {
	return slices.ContainsFunc(c.nodes, func(s *server.Server) bool {
		return s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == len(c.nodes)
	})
}

// KillLeader stops the server that leads a stream. While none does, because they are about to choose another one, it
// waits.
func (c *Cluster) KillLeader(t testing.TB, stream string) {
	t.Helper()
	testenv.Await(t, "a server that leads the stream", func() bool {
		i := slices.IndexFunc(c.nodes, func(s *server.Server) bool { return s.Running() && s.JetStreamIsStreamLeader("$G", stream) })
		if i < 0 {
			return false
		}
		end(c.nodes[i])
		return true
	})
}
