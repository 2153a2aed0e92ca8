package receiver

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// all is what serves every kind of request.
func all(r *Receiver) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/ingest", r.Ingest())
	mux.Handle("/", r.OTLP())
	return mux
}

// listenAll listens on loopback for every kind of request, and returns where.
func listenAll(t testing.TB, next record.Handler, o Options) (r *Receiver, addr string) {
	t.Helper()
	r = New(next, o)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), testenv.Patience)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
		checkLaw(t, r.Stats())
	})
	at, err := r.ListenHTTP(t.Context(), "web", "127.0.0.1:0", all(r))
	if err != nil {
		t.Fatal(err)
	}
	return r, at.String()
}

// answer is what a client was answered.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.status, strings.TrimSpace(a.body)) }

// client returns a client with connections of its own.
func client(t testing.TB) *http.Client {
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: testenv.Patience}
}

// do sends a request; header holds names and values in turn.
func do(t testing.TB, c *http.Client, method, url string, body io.Reader, header ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

func post(t testing.TB, addr, path, body string, header ...string) answer {
	t.Helper()
	return do(t, client(t), http.MethodPost, "http://"+addr+path, strings.NewReader(body), header...)
}

// A page that a browser shows cannot write into the log.
func TestCrossOrigin(t *testing.T) {
	var s sink
	_, addr := listenAll(t, &s, Options{})
	f := func(want int, header ...string) {
		t.Helper()
		if got := post(t, addr, "/ingest", `{"message":"a"}`, header...); got.status != want {
			t.Errorf("%q: got %s, want %d", header, got, want)
		}
	}
	f(http.StatusForbidden, "Origin", "https://example.com")
	f(http.StatusForbidden, "Sec-Fetch-Site", "cross-site")
	f(http.StatusOK, "Origin", "http://"+addr)
	f(http.StatusOK)
}

func TestHTTPUnderTLS(t *testing.T) {
	a := newAuthority(t)
	var s sink
	r, addr := listenAll(t, &s, Options{TLS: a.server(true)})
	f := func(h2 bool) {
		t.Helper()
		tr := &http.Transport{TLSClientConfig: a.client("client"), Protocols: new(http.Protocols)}
		tr.Protocols.SetHTTP1(!h2)
		tr.Protocols.SetHTTP2(h2)
		defer tr.CloseIdleConnections()
		got := do(t, &http.Client{Transport: tr}, http.MethodPost, "https://"+addr+"/ingest", strings.NewReader(`{"message":"a"}`))
		if got.status != http.StatusOK {
			t.Errorf("HTTP/2 %v: got %s", h2, got)
		}
	}
	f(false)
	f(true)
	checkMessages(t, s.await(t, 2), []string{"a", "a"})
	if got := post(t, addr, "/ingest", "{}"); got.status != http.StatusBadRequest {
		t.Errorf("without TLS: got %s, want 400", got)
	}
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.client("").RootCAs}}
	defer tr.CloseIdleConnections()
	if resp, err := (&http.Client{Transport: tr}).Get("https://" + addr + "/ingest"); err == nil {
		resp.Body.Close()
		t.Error("without a certificate: got an answer")
	}
	testenv.Await(t, "both rejected", func() bool { return r.Stats().Rejected[NoTLS] == 2 })
}
