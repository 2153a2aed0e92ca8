package receiver

import (
	"net"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"

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

// Small requests have memory that those who send much cannot take, and no more than that.
func TestRoomForSmallRequests(t *testing.T) {
	var s sink
	r, addr := listenAll(t, &s, Options{})
	r.budget.charge(netip.Addr{}, r.o.HeldBytes) // others hold all of it
	for body, encoding := range map[string]string{`{"message":"a"}`: "", gzipped(`{"message":"a"}`): "gzip"} {
		if got := post(t, addr, "/ingest", body, "Content-Encoding", encoding); got.status != http.StatusOK {
			t.Errorf("%s: got %s, want 200", encoding, got)
		}
	}
	r.budget.give(netip.Addr{}, r.o.HeldBytes)
	synctest.Test(t, func(t *testing.T) {
		r := New(&s, Options{})
		r.budget.charge(netip.Addr{}, r.o.HeldBytes)
		large := &request{r: r}
		if no := large.take(smallRequest + 1); no == nil || no.status != http.StatusTooManyRequests {
			t.Errorf("a large one: got %+v, want 429", no)
		}
		var open []*request
		for range r.o.HeldBytes / smallShare / smallRequest {
			q := &request{r: r}
			if no := q.take(smallRequest); no != nil {
				t.Fatalf("small request %d: got %+v", len(open), no)
			}
			open = append(open, q)
		}
		if no := open[0].take(1); no == nil {
			t.Error("one that grows: got room, want it to be large")
		}
		if no := large.take(1); no == nil {
			t.Error("one too many: got room")
		}
		for _, q := range open {
			q.release()
		}
		if got := r.smallBudget.used(); got != 0 {
			t.Errorf("afterwards: %d bytes are held", got)
		}
		if no := large.take(1); no != nil {
			t.Errorf("afterwards: got %+v, want room", no)
		}
	})
}
