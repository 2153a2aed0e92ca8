package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/stream/clustertest"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

func TestClusterFlags(t *testing.T) {
	f := func(want string, args ...string) {
		t.Helper()
		fails(t, exitUsage, "jackdaw: "+want, append([]string{"serve"}, args...)...)
	}
	f("--stream-replicas is for a cluster; name it with --stream URL, as nats://a,b,c", "--stream-replicas", "3")
	f("--stream-replicas 0: want 1 or more", "--stream", "nats://a", "--stream-replicas", "0")
	f("--durability is for what is kept in a directory, and a cluster decides for itself; leave it or --stream out", "--stream", "nats://a", "--durability", "disk")
	f("--stream-cert needs the key, too: --stream-key FILE", "--stream", "nats://a", "--stream-cert", "x")
	f("--stream-key needs the certificate, too: --stream-cert FILE", "--stream", "nats://a", "--stream-key", "x")
	f("--store-age is for a store; leave --data off out", "--stream", "nats://a", "--data", "off", "--store-age", "7d")
}

// ingested posts lines from to to, each until it is taken, as a client that waits for its answer does.
func ingested(t *testing.T, web string, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		for late := time.Now().Add(testenv.Patience); ; {
			resp, err := http.Post("http://"+web+"/ingest", "application/x-ndjson", strings.NewReader(fmt.Sprintf(`{"message":"record %d."}`, n)))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				break
			}
			if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable || time.Now().After(late) {
				t.Fatalf("record %d: got %s, want that it is taken", n, resp.Status)
			}
			<-time.After(50 * time.Millisecond)
		}
	}
}

// The stream of a server is in a cluster by nothing but its URL: what was acknowledged outlives a server of the cluster,
// and the process.
func TestClusterServe(t *testing.T) {
	c := clustertest.Start(t, clustertest.Options{Servers: 3})
	dir := t.TempDir()
	file := filepath.Join(dir, "out.jsonl")
	start := func(args ...string) (s *session, web string) {
		s = newSession(t)
		s.start(t, append([]string{"serve", "--stream", c.URL, "--stream-name", "shop", "--console", "off", "--data", filepath.Join(dir, "data"), "--file", file}, args...)...)
		return s, s.address(t, "web")
	}
	s, web := start()
	s.stderr.match(t, `records are kept in nats://127.0.0.1:\d+,nats://127.0.0.1:\d+,nats://127.0.0.1:\d+ to be found again \(cluster\)`)
	ingested(t, web, 0, 20)
	if code, stdout, _ := run(t, "stats", "--addr", web); code != exitDone || !strings.Contains(stdout, "records wait in a cluster, ") {
		t.Errorf("stats: got %d %q, want that they are in a cluster", code, stdout)
	}
	code, _, stderr := run(t, "serve", "--stream", c.URL, "--stream-name", "shop", "--data", filepath.Join(dir, "other"))
	if code != exitFailed || !strings.Contains(stderr, "the stream shop of the cluster is in use by process ") || !strings.Contains(stderr, "or use another name, with --stream-name NAME") {
		t.Errorf("a second server: got %d %q, want that the stream is in use", code, stderr)
	}
	c.KillLeader(t, "shop")
	ingested(t, web, 20, 40)
	written := func(n int) { // a handler that is far behind at the end goes on with the next server
		testenv.Await(t, fmt.Sprintf("record %d in the file", n), func() bool {
			return strings.Contains(textOf(t, file), fmt.Sprintf(`"record %d."`, n))
		})
	}
	written(39)
	s.stop()
	if code := s.wait(t); code != exitDone {
		t.Errorf("got %d, want 0; it wrote\n%s", code, s.stderr)
	}
	s, web = start("--store", "off")
	ingested(t, web, 40, 60)
	written(59)
	s.stop()
	s.wait(t)
	text := textOf(t, file)
	for n := range 60 {
		if want := fmt.Sprintf(`"record %d."`, n); !strings.Contains(text, want) {
			t.Errorf("%s is not in the file", want)
		}
	}
}

// A configuration names a cluster as well, and no password in its URL is told.
func TestClusterConfig(t *testing.T) {
	c := clustertest.Start(t, clustertest.Options{User: "jackdaw", Password: "secret"})
	dir := t.TempDir()
	url := strings.Replace(c.URL, "nats://", "nats://jackdaw:secret@", 1)
	path := write(t, dir, "jackdaw.yaml", `version: 1
stream: {url: "`+url+`", name: shop, directory: DIR/data}
receivers: {tcp: off, udp: off, http: off, otlp: off, otlp_grpc: off}
web: 127.0.0.1:0
`)
	s := newSession(t)
	s.start(t, "serve", "--config", path)
	s.stderr.match(t, `records are kept in `+c.URL+` to be found again \(cluster\)`)
	ingested(t, s.address(t, "web"), 0, 3)
	s.stop()
	if code := s.wait(t); code != exitDone || strings.Contains(s.stderr.String(), "secret") {
		t.Errorf("got %d, want 0 and no password in\n%s", code, s.stderr)
	}
}
