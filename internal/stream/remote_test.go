package stream

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/stream/clustertest"
)

// What is wrong with a cluster, or with how it is named, is said so that it can be mended, and without what is secret.
func TestClusterErrors(t *testing.T) {
	one := clustertest.Start(t, clustertest.Options{})
	guarded := clustertest.Start(t, clustertest.Options{User: "jackdaw", Password: "secret"})
	without := clustertest.Start(t, clustertest.Options{NoJetStream: true})
	missing := filepath.Join(t.TempDir(), "none")
	f := func(o Options, wants ...string) {
		t.Helper()
		_, err := Open(o)
		if err == nil {
			t.Fatalf("%+v: got no error", o)
		}
		for _, want := range wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("got %q, want %q in it", err, want)
			}
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("got %q, which tells the password", err)
		}
	}
	f(Options{URL: "nats://me:secret@127.0.0.1:1,nats://secret@127.0.0.1:2"}, "open stream nats://127.0.0.1:1,nats://127.0.0.1:2: connect: no NATS server answers there")
	f(Options{URL: "me:secret@127.0.0.1:1"}, "open stream 127.0.0.1:1: connect: no NATS server answers there")
	for _, url := range []string{"http://me:secret@a", "nats://", "nats://a,,b", "nats://me:se%zzcret@b", "nats://a/path", "nats://me:secret@a:port"} {
		f(Options{URL: url}, "want nats://HOST:PORT")
	}
	f(Options{URL: one.URL, Level: Disk}, "the level disk: a cluster decides for itself")
	f(Options{URL: one.URL, Replicas: 6}, "6 replicas: want 1 to 5")
	f(Options{URL: one.URL, Replicas: 3}, "each record is to be kept by 3 servers; for a cluster of fewer, say how many")
	f(Options{URL: one.URL, Access: Access{Credentials: missing}}, missing, "no such file")
	f(Options{URL: one.URL, Access: Access{CA: missing}}, missing, "no such file")
	f(Options{URL: one.URL, Access: Access{Cert: missing}}, "needs its key")
	f(Options{URL: guarded.URL}, "the servers refuse who connects", "credentials are missing, or not the right ones")
	f(Options{URL: strings.Replace(guarded.URL, "nats://", "nats://jackdaw:wrong-secret@", 1)}, "the servers refuse who connects")
	f(Options{URL: without.URL}, "the servers have no JetStream (nats-server -js)")

	s := open(t, Options{URL: strings.Replace(guarded.URL, "nats://", "nats://jackdaw:secret@", 1)})
	if got, want := s.Place(), guarded.URL; got != want {
		t.Errorf("place: got %q, want %q", got, want)
	}
	store(t, s, numbered(0, 3))
}
