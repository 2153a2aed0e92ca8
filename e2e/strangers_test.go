package e2e

import (
	"compress/gzip"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// address waits for the address of one of the receivers.
func (s *server) address(network string) string {
	s.t.Helper()
	return s.find(`listening on .*\b` + network + ` ([^,\s]+)`)
}

// TestPythonOverTLS runs the recipe of docs/python.md, with and without a certificate of the client's.
func TestPythonOverTLS(t *testing.T) {
	c := newCertificates(t)
	recipe := block(t, "docs/python.md", "python", "TLSSender")
	// A busy machine may take a second to agree on TLS; the handler drops what is logged in the one after it.
	code := func(port string) string {
		return strings.NewReplacer("timeout=1)", "timeout=60)", `"ca.pem"`, fmt.Sprintf("%q", c.ca), `"client.pem"`, fmt.Sprintf("%q", c.clientCert), `"client.key"`, fmt.Sprintf("%q", c.clientKey)).
			Replace(atPort(t, recipe, port)) + "\nfor n in range(100): logging.warning('over TLS %d', n)\n"
	}
	f := func(code func(port string) string, want int, args ...string) {
		t.Helper()
		s := serve(t, append(args, "--tcp", "127.0.0.1:0", "--udp", "off", "--tls-cert", c.cert, "--tls-key", c.key)...)
		_, port := s.tcp()
		script(t, "import logging\n"+code(port))
		if want > 0 {
			s.wait(want)
		} else {
			s.find(`no agreement on TLS`)
		}
		s.stop()
		if n := s.printed(); n != want {
			t.Errorf("%q: got %d records, want %d", args, n, want)
		}
	}
	f(code, 100)
	f(func(port string) string { return strings.Replace(code(port), "# tls.load", "tls.load", 1) }, 100, "--tls-client-ca", c.ca)
	f(code, 0, "--tls-client-ca", c.ca)
}

// A SocketHandler without TLS is told apart from one with it.
func TestPythonWithoutTLS(t *testing.T) {
	c := newCertificates(t)
	s := serve(t, "--tcp", "127.0.0.1:0", "--udp", "off", "--tls-cert", c.cert, "--tls-key", c.key)
	_, port := s.tcp()
	script(t, atPort(t, block(t, "README.md", "python", "root.addHandler"), port))
	s.find(`this looks like a record without TLS, which this port takes only`)
	s.stop()
}

// curl runs curl and returns what it wrote: the body, and the status on a line of its own.
func curl(t *testing.T, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("curl")
	if err != nil {
		testenv.Skip(t, "needs curl")
	}
	out, err := child(t, path, append([]string{"-sS", "-w", `%{http_code}`}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("curl %q: %v: %s", args, err, out)
	}
	return string(out)
}

// TestCurl sends files as a person does.
func TestCurl(t *testing.T) {
	c := newCertificates(t)
	dir := t.TempDir()
	file, packed, tokens := filepath.Join(dir, "app.jsonl"), filepath.Join(dir, "app.jsonl.gz"), filepath.Join(dir, "tokens")
	var text strings.Builder
	for n := range 3000 {
		fmt.Fprintf(&text, "{\"message\":\"line %d\",\"level\":\"WARNING\",\"logger\":\"shop\"}\n", n)
	}
	for path, b := range map[string]string{file: text.String(), tokens: "# tokens\nthe-token\n"} {
		if err := os.WriteFile(path, []byte(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(packed)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	if _, err := z.Write([]byte(text.String())); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}

	s := serveToFile(t, "--tcp", "off", "--udp", "off", "--web", "127.0.0.1:0", "--otlp", "127.0.0.1:0", "--tls-cert", c.cert, "--tls-key", c.key, "--token-file", tokens)
	web := "https://" + s.address("web")
	with := func(args ...string) []string {
		return append([]string{"--cacert", c.ca, "-H", "Authorization: Bearer the-token"}, args...)
	}
	check := func(want string, args ...string) {
		t.Helper()
		if got := curl(t, args...); got != want {
			t.Errorf("curl %q:\n got %s\nwant %s", args, got, want)
		}
	}
	check("{\"accepted\":3000}\n200", with("--data-binary", "@"+file, web+"/ingest")...)
	check("{\"accepted\":3000}\n200", with("--http1.1", "--data-binary", "@"+packed, "-H", "Content-Encoding: gzip", web+"/ingest")...)
	check("{\"accepted\":3000}\n200", with("-T", file, "-X", "POST", "-H", "Transfer-Encoding: chunked", web+"/ingest")...)
	check("{\"accepted\":0,\"error\":\"a token is needed: Authorization: Bearer TOKEN\"}\n401", "--cacert", c.ca, "--data-binary", "@"+file, web+"/ingest")
	check("ok\n200", "--cacert", c.ca, web+"/healthz")
	check(`{"code":12,"message":"only logs are taken here, at /v1/logs"}404`, with("-d", "x", "https://"+s.address("otlp")+"/v1/traces")...)
	if got := curl(t, "-d", "x", "http://"+s.address("web")+"/ingest"); !strings.Contains(got, "HTTPS") {
		t.Errorf("without TLS: got %s", got)
	}
	s.stop()
	if got := len(s.records()); got != 9000 {
		t.Errorf("got %d records, want 9000", got)
	}
}

// TestOpenAddress shows that an address that strangers reach needs more than its name.
func TestOpenAddress(t *testing.T) {
	f := func(args ...string) (out string, err error) {
		b, err := child(t, executable, append([]string{"serve", "--data", "off", "--udp", "off", "--tcp", "off", "--http", "off", "--otlp", "off", "--otlp-grpc", "off", "--web", "off"}, args...)...).CombinedOutput()
		return string(b), err
	}
	out, err := f("--otlp", "0.0.0.0:0")
	if err == nil || !strings.Contains(out, "is refused: anyone who reaches it could log here\n") || !strings.Contains(out, "--token-file") {
		t.Errorf("got %v, %s", err, out)
	}
	c := newCertificates(t)
	s := serve(t, "--udp", "off", "--tcp", "0.0.0.0:0", "--tls-cert", c.cert, "--tls-key", c.key)
	_, port, err := net.SplitHostPort(s.address("tcp"))
	if err != nil || port == "0" {
		t.Errorf("with TLS: got port %s, %v", port, err)
	}
	s.stop()
}
