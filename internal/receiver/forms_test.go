package receiver

import (
	"context"
	"encoding/base64"
	"errors"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// listenForms listens on loopback for forms, and returns where.
func listenForms(t testing.TB, next record.Handler, o Options) (r *Receiver, addr string) {
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
	at, err := r.ListenHTTP(t.Context(), "http", "127.0.0.1:0", r.Forms())
	if err != nil {
		t.Fatal(err)
	}
	return r, at.String()
}

const formRecord = "name=shop&msg=%25s+paid&args=%28%27bob%27%2C%29&levelno=30"

func TestForms(t *testing.T) {
	var s sink
	r, addr := listenForms(t, &s, Options{MaxBody: 100_000})
	c, url := client(t), "http://"+addr
	f := func(want string, a answer) {
		t.Helper()
		if got := a.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f("204 ", do(t, c, "GET", url+"/any/path?"+formRecord, nil))
	f("204 ", do(t, c, "POST", url+"/frob", strings.NewReader(formRecord), "Content-Type", formType))
	f("204 ", do(t, c, "POST", url, strings.NewReader(formRecord)))
	f("204 ", do(t, c, "POST", url, strings.NewReader(gzipped(formRecord)), "Content-Encoding", "gzip"))
	f("204 ", do(t, c, "POST", url, strings.NewReader(`{"message":"bob paid","level":"WARNING","logger":"shop"}`), "Content-Type", "application/json"))
	f("204 ", do(t, c, "POST", url+"?"+formRecord, nil))
	for i, rec := range s.records {
		if rec.Message != "bob paid" || rec.Logger != "shop" || rec.Level != record.LevelWarning || len(rec.Attrs) > 0 || rec.Peer == "" || rec.Received.IsZero() {
			t.Errorf("record %d: got %+v", i, rec)
		}
	}
	if len(s.records) != 6 {
		t.Errorf("got %d records, want 6", len(s.records))
	}

	f("400 form: byte 4: got \"%x\", want a % and two hexadecimal digits", do(t, c, "POST", url, strings.NewReader("msg=%x")))
	f("400 form: neither msg nor message is among the keys: this is no log record", do(t, c, "GET", url+"/?name=x", nil))
	f("400 there is no record: this address takes Python's HTTPHandler, a form with msg or message among its keys", do(t, c, "GET", url+"/favicon.ico", nil))
	f("405 use GET with a query, or POST with a form", do(t, c, "PUT", url, strings.NewReader(formRecord)))
	f("413 the request is longer than 100000 bytes; send less at once", do(t, c, "POST", url, strings.NewReader("msg="+strings.Repeat("x", 100_000))))
	f("415 the content is to be application/x-www-form-urlencoded, as Python's HTTPHandler sends it, or application/json",
		do(t, c, "POST", url, strings.NewReader("x"), "Content-Type", "application/x-protobuf"))
	// A page makes no records, by no kind of request.
	for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-origin"}, {"Origin", "http://evil.example"}, {"Referer", "http://evil.example/"}} {
		for _, method := range []string{"GET", "POST"} {
			if a := do(t, c, method, url+"/?"+formRecord, nil, header[0], header[1]); a.status != http.StatusForbidden {
				t.Errorf("%s with %v: got %v, want 403", method, header, a)
			}
		}
	}
	stats := r.StatsByName()[0]
	if stats.Name != "http" || stats.Accepted != 6 || stats.Rejected[Undecodable] != 2 || stats.Rejected[TooLong] != 1 || stats.HeldBytes != 0 {
		t.Errorf("stats: got %+v", stats)
	}
}

// HTTPHandler knows no bearer token, but a user and a password.
func TestFormsTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte("the-token\nfoo:bar\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens, err := LoadTokens(file)
	if err != nil {
		t.Fatal(err)
	}
	var s sink
	_, addr := listenForms(t, &s, Options{Tokens: tokens})
	c := client(t)
	f := func(want int, authorization string) {
		t.Helper()
		var header []string
		if authorization != "" {
			header = []string{"Authorization", authorization}
		}
		a := do(t, c, "GET", "http://"+addr+"/?"+formRecord, nil, header...)
		if a.status != want || want == 401 && a.header.Get("WWW-Authenticate") != `Basic realm="jackdaw"` {
			t.Errorf("%q: got %v, %v, want %d", authorization, a, a.header, want)
		}
	}
	basic := func(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }
	f(204, "Bearer the-token")
	f(204, basic("anybody:the-token"))
	f(204, basic("foo:bar"))
	f(401, "")
	f(401, "Basic !")
	f(401, basic("the-token"))
	f(401, basic("the-token:"))
	f(401, basic("foo:baz"))
	f(401, basic("other:bar"))
	f(401, "Digest the-token")
}

// The sender is not told to come again, since it would not: a handler that errs is asked again, and the record is
// dropped in the end.
func TestFormsCustody(t *testing.T) {
	fails := 2
	s := sink{before: func(context.Context, []record.Record) error {
		if fails > 0 {
			fails--
			return errors.New("not now")
		}
		return nil
	}}
	c := client(t)
	_, addr := listenForms(t, &s, Options{RetryTimeout: testenv.Patience})
	if a := do(t, c, "GET", "http://"+addr+"/?"+formRecord, nil); a.status != 204 || len(s.records) != 1 {
		t.Errorf("after two errors: got %v and %d records, want the one", a, len(s.records))
	}
	fails = math.MaxInt
	r, addr := listenForms(t, &s, Options{RetryTimeout: 300 * time.Millisecond})
	if a := do(t, c, "GET", "http://"+addr+"/?"+formRecord, nil); a.String() != "503 the record was dropped: not now" {
		t.Errorf("with errors alone: got %v", a)
	}
	if got := r.Stats(); got.Dropped[Unhandled] != 1 || got.Accepted != 0 {
		t.Errorf("stats: got %+v", got)
	}
}

// A client that leaves before the answer has sent its record nevertheless.
func TestFormsClientLeaves(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	s := sink{before: func(ctx context.Context, _ []record.Record) error {
		close(entered)
		<-leave
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond): // the server has seen by then that its client left
		}
		return ctx.Err()
	}}
	_, addr := listenForms(t, &s, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", "http://"+addr+"/?"+formRecord, nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-entered
		cancel()
	}()
	if resp, err := client(t).Do(req); err == nil {
		resp.Body.Close()
		t.Fatalf("got %v, want an error", resp.Status)
	}
	close(leave)
	s.await(t, 1)
}
