package receiver

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bad := func(text, want string) {
		t.Helper()
		write(text)
		if _, err := LoadTokens(path); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	bad("", "tokens: "+path+" holds none; write one a line")
	bad("# nothing\n\n", "tokens: "+path+" holds none")
	bad("a\nb c\n", "tokens: "+path+", line 2: a token has no blank in it")
	if _, err := LoadTokens(path + ".none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
	write("# for the shop\n  first-token \r\nsecond-token")
	tokens, err := LoadTokens(path)
	if err != nil {
		t.Fatal(err)
	}
	var s sink
	r, addr := listenAll(t, &s, Options{Tokens: tokens})
	f := func(authorization string, want int) {
		t.Helper()
		for path, form := range map[string]string{"/ingest": "", "/v1/logs": protobufType} {
			got := post(t, addr, path, "", "Authorization", authorization, "Content-Type", form)
			if got.status != want || want == http.StatusUnauthorized && got.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s with %q: got %s %v, want %d", path, authorization, got, got.header, want)
			}
		}
	}
	f("Bearer first-token", http.StatusOK)
	f("bearer second-token", http.StatusOK)
	f("", http.StatusUnauthorized)
	f("Bearer", http.StatusUnauthorized)
	f("Bearer first", http.StatusUnauthorized)
	f("Bearer first-token-and-more", http.StatusUnauthorized)
	f("Basic first-token", http.StatusUnauthorized)
	f("Bearer # for the shop", http.StatusUnauthorized)
	if stats := r.Stats(); stats.RequestsRefused[NoToken] != 12 || stats.Requests != 16 || stats.Frames != 0 {
		t.Errorf("got %+v", stats)
	}
	write("third-token\n")
	if _, err := tokens.load(); err != nil {
		t.Fatal(err)
	}
	f("Bearer third-token", http.StatusOK)
	f("Bearer first-token", http.StatusUnauthorized)
}

// What an address needs that strangers reach, a token gives as well.
func TestListenHTTPInTheOpen(t *testing.T) {
	r := newReceiver(t, &sink{}, Options{})
	_, err := r.ListenHTTP(t.Context(), "web", "0.0.0.0:0", all(r))
	if open, ok := errors.AsType[*OpenError](err); !ok || !open.Token || !strings.Contains(err.Error(), "it takes TLS, a token or an allow-list") {
		t.Errorf("got %v, want an OpenError", err)
	}
	path := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens, err := LoadTokens(path)
	if err != nil {
		t.Fatal(err)
	}
	r = newReceiver(t, &sink{}, Options{Tokens: tokens})
	if _, err := r.ListenHTTP(t.Context(), "web", "0.0.0.0:0", all(r)); err != nil {
		t.Errorf("with a token: got %v", err)
	}
	if _, err := r.Listen(t.Context(), "tcp", "0.0.0.0:0"); err == nil {
		t.Error("a socket that knows no tokens: got nil, want an OpenError")
	}
}

// What is loaded from other files is said to be different, as it takes a restart.
func TestSameFiles(t *testing.T) {
	f := func(a, b *Certificates, want bool) {
		t.Helper()
		if a.SameFiles(b) != want || b.SameFiles(a) != want {
			t.Errorf("%+v and %+v: want same %v", a, b, want)
		}
	}
	f(nil, nil, true)
	f(nil, &Certificates{certFile: "a"}, false)
	f(&Certificates{certFile: "a", keyFile: "b"}, &Certificates{certFile: "a", keyFile: "b"}, true)
	f(&Certificates{certFile: "a", keyFile: "b"}, &Certificates{certFile: "a", keyFile: "c"}, false)
	f(&Certificates{certFile: "a", keyFile: "b"}, &Certificates{certFile: "a", keyFile: "b", clientCAFile: "c"}, false)
	a, b, none := &Tokens{path: "a"}, &Tokens{path: "b"}, (*Tokens)(nil)
	if !a.SameFile(&Tokens{path: "a"}) || a.SameFile(b) || a.SameFile(nil) || none.SameFile(a) || !none.SameFile(nil) {
		t.Error("tokens: want those of one file the same, and no others")
	}
}
