// Package clustertest starts clusters of NATS servers with JetStream inside of a test, with real connections between
// them.
package clustertest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
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

// Start starts servers, which end with the test.
func Start(t testing.TB, want Options) *Cluster {
	t.Helper()
	c := &Cluster{}
	for !c.start(t, want) { // somebody else had taken a port that was free a moment ago
		for _, s := range c.nodes {
			end(s)
		}
		c.nodes = nil
	}
	var urls []string
	for _, s := range c.nodes {
		t.Cleanup(func() { end(s) })
		urls = append(urls, s.ClientURL())
	}
	c.URL = strings.Join(urls, ",")
	if len(c.nodes) > 1 {
		testenv.Await(t, "the servers to have found each other and one that leads", c.hasLeader)
	}
	return c
}

// start starts servers, and reports whether each has its ports.
func (c *Cluster) start(t testing.TB, want Options) bool {
	t.Helper()
	n := max(want.Servers, 1)
	ports := testenv.FreePorts(t, n) // routes have to be known before there is a server
	var routes []*url.URL
	for _, port := range ports {
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprint("127.0.0.1:", port)})
	}
	logs := make([]log, n)
	for i := range n {
		o := &server.Options{
			ServerName: fmt.Sprint("node", i), Host: "127.0.0.1", Port: -1, NoSigs: true,
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
		s.SetLoggerV2(&logs[i], false, false, false)
		c.nodes = append(c.nodes, s)
	}
	var wg sync.WaitGroup
	for _, s := range c.nodes {
		wg.Go(s.Start)
	}
	wg.Wait()
	for i, s := range c.nodes {
		fatal := func() string {
			text, _ := logs[i].fatal.Load().(string)
			return text
		}
		testenv.Await(t, "a server to become ready", func() bool { return fatal() != "" || s.ReadyForConnections(time.Millisecond) })
		if text := fatal(); strings.Contains(text, syscall.EADDRINUSE.Error()) {
			return false
		} else if text != "" {
			t.Fatal(text)
		}
	}
	return true
}

func end(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// log keeps why a server cannot work, and nothing else of what it says.
type log struct{ fatal atomic.Value }

// Fatalf implements [server.Logger], as all below do.
func (l *log) Fatalf(format string, args ...any) { l.fatal.Store(fmt.Sprintf(format, args...)) }

// Errorf is of no interest, as all below are.
func (*log) Errorf(string, ...any)  {}
func (*log) Warnf(string, ...any)   {}
func (*log) Noticef(string, ...any) {}
func (*log) Debugf(string, ...any)  {}
func (*log) Tracef(string, ...any)  {}

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
