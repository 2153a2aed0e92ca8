package daemon_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/receiver"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/web"
)

// A newcomer sees where to send what, sends a record to try, and finds it; and is told what was sent that is none.
func TestWebOfDaemon(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tokens")
	if err := os.WriteFile(path, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tokens, err := receiver.LoadTokens(path)
	if err != nil {
		t.Fatal(err)
	}
	d := start(t, daemon.Options{
		Listen: []daemon.Address{loopback, {Network: "web", Address: "127.0.0.1:0"}}, Data: filepath.Join(dir, "data"), Durability: stream.Disk,
		Receive: receiver.Options{Tokens: tokens}, Version: "v",
	})
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	base := "http://" + webOf(t, d)
	ask := func(method, path string, answer any) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if answer != nil {
			if err := json.Unmarshal(b, answer); err != nil {
				t.Fatalf("%s: %s: %v", path, b, err)
			}
		}
		return resp.StatusCode
	}
	if got := ask("GET", "/api/server", nil); got != http.StatusUnauthorized {
		t.Errorf("without a token: got %d", got)
	}
	if got := ask("GET", "/login?token=secret", nil); got != http.StatusSeeOther {
		t.Errorf("login: got %d", got)
	}
	var before, after web.Server
	ask("GET", "/api/server", &before)
	if len(before.Listening) != 2 || before.Listening[0].What != "Python's SocketHandler" || before.Listening[0].Address != d.Listening()[0].Address ||
		before.FirstRecord || !before.Data || !before.Store || before.Version != "v" {
		t.Errorf("got %+v", before)
	}
	if got := ask("POST", "/api/test", nil); got != http.StatusNoContent {
		t.Errorf("a test record: got %d", got)
	}
	awaitKept(t, d)
	var found struct {
		Records []struct{ Logger, Message string }
	}
	ask("GET", "/api/records?q=logger:jackdaw.test", &found)
	if len(found.Records) != 1 || found.Records[0].Message == "" {
		t.Errorf("got %+v, want the test record", found)
	}
	sendGarbage(t, d.Listening()[0], "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	ask("GET", "/api/server", &after)
	if len(after.Rejects) != 1 || after.Rejects[0].LooksLike != "an HTTP request" || !strings.Contains(after.Rejects[0].Hint, "SocketHandler") || !after.FirstRecord {
		t.Errorf("got %+v", after)
	}
}

// sendGarbage sends what is no record, and returns when the daemon has closed the connection.
func sendGarbage(t *testing.T, to daemon.Address, text string) {
	t.Helper()
	conn, err := net.Dial(to.Network, to.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, conn) // it may be reset
}
