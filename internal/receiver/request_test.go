package receiver

import (
	"net"
	"net/http"
	"net/netip"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

func TestHTTPConnectionLimits(t *testing.T) {
	var s sink
	r, addr := listenAll(t, &s, Options{MaxConns: 2, Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	a, b := client(t), client(t)
	for _, c := range []*http.Client{a, b} {
		do(t, c, http.MethodPost, "http://"+addr+"/ingest", nil)
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := awaitEnd(t, c); err != nil {
		t.Errorf("a third connection: got %v, want the end", err)
	}
	stats := r.Stats()
	if stats.Conns != 2 || stats.ConnsRefused[ConnLimit] != 1 || stats.Bytes == 0 {
		t.Errorf("got %+v", stats)
	}
	a.CloseIdleConnections()
	testenv.Await(t, "a connection less", func() bool { return r.Stats().Conns == 1 })
}

func TestRequestLimits(t *testing.T) {
	var s sink
	r := New(&s, Options{})
	req, err := http.NewRequest(http.MethodPost, "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	l := r.ledger("x")
	var open []*request
	enter := func(host string) *refusal {
		req := req.Clone(t.Context())
		req.RemoteAddr = host + ":1"
		q, no := r.enter(l, nil, req)
		if q != nil {
			open = append(open, q)
		}
		return no
	}
	for i := range maxRequests/4 + 1 {
		if no := enter("192.0.2.1"); (no != nil) != (i == maxRequests/4) {
			t.Fatalf("request %d: got %+v", i, no)
		} else if no != nil && (no.status != http.StatusTooManyRequests || no.retryAfter == 0) {
			t.Errorf("got %+v, want 429", no)
		}
	}
	for len(open) < maxRequests {
		if no := enter("127.0.0.1"); no != nil {
			t.Fatalf("request %d: got %+v", len(open), no)
		}
	}
	if no := enter("127.0.0.1"); no == nil || no.status != http.StatusServiceUnavailable {
		t.Errorf("one too many: got %+v, want 503", no)
	}
	for _, q := range open {
		q.leave()
	}
	if no := enter("192.0.2.1"); no != nil {
		t.Errorf("afterwards: got %+v", no)
	}
	open[len(open)-1].leave()
	if len(r.requests.open)+len(r.requests.peers) != 0 {
		t.Errorf("left: %d requests, %v", len(r.requests.open), r.requests.peers)
	}
}
