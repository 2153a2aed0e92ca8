package receiver

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// authority issues certificates.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	last int64     // serial number
	now  time.Time // when a file was written last
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir(), now: time.Now()}
	a.cert, a.key = a.sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil)
	a.write("ca.pem", "CERTIFICATE", a.cert.Raw)
	return a
}

func (a *authority) sign(template *x509.Certificate, by *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	a.last++
	template.SerialNumber = big.NewInt(a.last)
	template.Subject = pkix.Name{CommonName: "jackdaw test"}
	template.NotBefore = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC) // before the time of a bubble
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert, key
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) write(name, kind string, der []byte) {
	a.t.Helper()
	a.put(a.path(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// put writes a file, each a second after the one before: what is as long, and written within a tick of the kernel's
// clock, could not be told from what was there.
func (a *authority) put(path string, content []byte) {
	a.t.Helper()
	a.now = a.now.Add(time.Second)
	if err := errors.Join(os.WriteFile(path, content, 0o600), os.Chtimes(path, a.now, a.now)); err != nil {
		a.t.Fatal(err)
	}
}

// issue writes NAME.pem and NAME.key, for a server on loopback and for a client, and returns the serial number.
func (a *authority) issue(name string) int64 {
	a.t.Helper()
	cert, key := a.sign(&x509.Certificate{
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert)
	a.write(name+".pem", "CERTIFICATE", cert.Raw)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".key", "PRIVATE KEY", der)
	return a.last
}

// server returns what a receiver needs. With clients, they must have certificates of the authority.
func (a *authority) server(clients bool) *Certificates {
	a.t.Helper()
	a.issue("server")
	ca := ""
	if clients {
		ca = a.path("ca.pem")
	}
	c, err := LoadCertificates(a.path("server.pem"), a.path("server.key"), ca)
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

// client returns what a client needs, which has a certificate where name is not empty.
func (a *authority) client(name string) *tls.Config {
	a.t.Helper()
	config := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost"}
	config.RootCAs.AddCert(a.cert)
	if name != "" {
		a.issue(name)
		pair, err := tls.LoadX509KeyPair(a.path(name+".pem"), a.path(name+".key"))
		if err != nil {
			a.t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

func TestTLS(t *testing.T) {
	a := newAuthority(t)
	var s sink
	r := newReceiver(t, &s, Options{TLS: a.server(true)})
	addr, err := r.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := func(write func(c net.Conn, b []byte), payloads ...string) {
		t.Helper()
		s.records = nil
		c := tls.Client(dial(t, addr), a.client("client"))
		write(c, frame(payloads...))
		// TLS's own end, both ways: what was sent is in custody.
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if err := awaitEnd(t, c); err != nil {
			t.Errorf("end: got %v, want an orderly one", err)
		}
		checkMessages(t, s.await(t, 0), payloads)
	}
	whole := func(c net.Conn, b []byte) { send(t, c, b) }
	pieces := func(c net.Conn, b []byte) {
		for piece := range slices.Chunk(b, 7) {
			send(t, c, piece)
		}
	}
	f(whole, "a")
	f(pieces, "a", "bc", repeat('x', 300))
	f(whole, repeat('x', 100), repeat('y', 200_000), repeat('z', 3_000_000), "end")
	f(whole, slices.Repeat([]string{"a record of some bytes"}, 5000)...)
	checkLaw(t, r.Stats())
	if n := len(r.Stats().Rejected); n != 0 {
		t.Errorf("rejected: got %v", r.Rejects())
	}
}

// Who does not agree on TLS is told apart, and costs nobody else anything.
func TestNoTLS(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	f := func(clients bool, talk func(c net.Conn), want string) {
		t.Helper()
		var s sink
		r := newReceiver(t, &s, Options{TLS: a.server(clients)})
		c := connect(t, r, "tcp")
		talk(c)
		c.Close()
		testenv.Await(t, "it gone", func() bool { return r.Stats().ConnsTotal == 1 && r.Stats().Conns == 0 })
		stats, rejects := r.Stats(), r.Rejects()
		checkLaw(t, stats)
		switch {
		case want == "" && len(rejects) == 0:
		case want == "" || len(rejects) != 1 || rejects[0].Reason != NoTLS || !strings.HasPrefix(rejects[0].Detail, want):
			t.Errorf("got %+v, want %q", rejects, want)
		}
		if stats.Accepted != 0 {
			t.Errorf("accepted: got %d, want none", stats.Accepted)
		}
	}
	says := func(b []byte) func(net.Conn) {
		return func(c net.Conn) {
			send(t, c, b)
			c.(*net.TCPConn).CloseWrite()
			_, _ = c.Read(make([]byte, 1000)) // the alert
		}
	}
	shakes := func(config *tls.Config) func(net.Conn) {
		return func(c net.Conn) {
			tc := tls.Client(c, config)
			if tc.Handshake() == nil {
				_, _ = tc.Read(make([]byte, 1))
			}
		}
	}
	f(false, says(frame("{\"msg\":1}")), "this looks like a record without TLS, which this port takes only")
	f(false, says(frame("\x80\x04}q")), "this looks like a record without TLS")
	f(false, says([]byte("GET / HTTP/1.1\r\n\r\n")), "this looks like an HTTP request without TLS")
	f(false, says([]byte("hello, hello")), "this looks like plain text without TLS")
	f(false, says([]byte{0x16, 0x03, 0x01, 0x00}), "no agreement on TLS: ") // cut off
	f(false, func(net.Conn) {}, "")                                         // as a health check does
	f(true, shakes(a.client("")), "no agreement on TLS: tls: client didn't provide a certificate")
	f(true, shakes(&tls.Config{InsecureSkipVerify: true, Certificates: stranger.client("x").Certificates}), "no agreement on TLS: tls: failed to verify certificate")
	f(false, shakes(stranger.client("")), "no agreement on TLS: remote error: tls: ")
	f(false, shakes(&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}), "no agreement on TLS: tls: client offered only unsupported versions")
}

// A client that begins and goes no further is cut off, whatever else it may take its time for.
func TestSlowHandshake(t *testing.T) {
	a := newAuthority(t)
	certs := a.server(false)
	for _, hello := range []string{"", "\x16\x03\x01\x02\x00\x01"} {
		synctest.Test(t, func(t *testing.T) {
			r := newReceiver(t, &sink{}, Options{TLS: certs})
			c := sealedPipe(t, r)
			if hello != "" {
				send(t, c, []byte(hello))
			}
			began := time.Now()
			awaitEnd(t, c)
			if d := time.Since(began); d != handshakeTimeout {
				t.Errorf("after %q: cut off after %v, want %v", hello, d, handshakeTimeout)
			}
		})
	}
}

// sealedPipe connects without a socket to a way in that has TLS.
func sealedPipe(t *testing.T, r *Receiver) net.Conn {
	t.Helper()
	client, server := net.Pipe()
	r.serveAlone(server, way{l: r.ledger("pipe"), name: "pipe", tls: r.tlsConfig()})
	t.Cleanup(func() { client.Close() })
	return client
}

// A certificate that is replaced is used by new connections, the open ones go on, and what cannot be used
// is told and changes nothing.
func TestReload(t *testing.T) {
	a := newAuthority(t)
	certs := a.server(false)
	before := a.last
	config := a.client("")
	synctest.Test(t, func(t *testing.T) {
		var s sink
		notices := make(chan Notice, 10)
		r := newReceiver(t, &s, Options{TLS: certs, Notify: func(n Notice) { notices <- n }})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r.running.Go(func() { r.watch(ctx, certs) })
		expect := func(reason Reason, text string) {
			t.Helper()
			time.Sleep(3 * watchEvery)
			synctest.Wait()
			if reason == "" && len(notices) == 0 {
				return
			}
			var told []Notice
			for range len(notices) {
				told = append(told, <-notices)
			}
			if len(told) != 1 || told[0].Reason != reason || !strings.Contains(told[0].Text, text) {
				t.Errorf("told: got %+v, want %q with %q", told, reason, text)
			}
		}
		serial := func() int64 {
			t.Helper()
			c := tls.Client(sealedPipe(t, r), config)
			if err := c.Handshake(); err != nil {
				t.Fatal(err)
			}
			send(t, c, frame("x"))
			return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
		}
		old := tls.Client(sealedPipe(t, r), config)
		send(t, old, frame("first"))
		expect("", "")

		after := a.issue("server")
		expect(Reloaded, "read anew: certificate "+a.path("server.pem")+" is valid until 2999-01-01")
		if got := serial(); got != after || after == before {
			t.Errorf("after the change: got certificate %d, want %d", got, after)
		}

		f := func(path, content, want string) {
			t.Helper()
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			a.put(path, []byte(content))
			expect(ReloadFailed, want)
			if got := serial(); got != after {
				t.Errorf("after broken files: got certificate %d, want %d", got, after)
			}
			a.put(path, good)
			expect(Reloaded, "read anew")
		}
		f(a.path("server.pem"), "nonsense", "certificate "+a.path("server.pem")+" with key "+a.path("server.key")+": tls: failed to find any PEM data in certificate input; what was read before stays in use")
		a.issue("other")
		other, err := os.ReadFile(a.path("other.key"))
		if err != nil {
			t.Fatal(err)
		}
		f(a.path("server.key"), string(other), "private key does not match public key")

		if err := os.Rename(a.path("server.pem"), a.path("gone.pem")); err != nil {
			t.Fatal(err)
		}
		expect(ReloadFailed, "no such file")
		if err := os.Rename(a.path("gone.pem"), a.path("server.pem")); err != nil {
			t.Fatal(err)
		}
		expect(Reloaded, "")

		send(t, old, frame("last")) // through all of it
		synctest.Wait()
		got := s.await(t, 2)
		if !slices.Contains(got, "first") || !slices.Contains(got, "last") {
			t.Errorf("the old connection: got %q", got)
		}
	})
}

func TestLoadCertificates(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	f := func(cert, key, ca, want string) {
		t.Helper()
		if _, err := LoadCertificates(a.path(cert), a.path(key), ca); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %s %s: got %v, want %q", cert, key, ca, err, want)
		}
	}
	f("none.pem", "server.key", "", "no such file")
	f("server.key", "server.pem", "", "certificate "+a.path("server.key")+" with key "+a.path("server.pem")+": ")
	f("server.pem", "server.key", a.path("none.pem"), "authorities of clients: open ")
	f("server.pem", "server.key", a.path("server.key"), "authorities of clients: "+a.path("server.key")+" holds no certificate in PEM")
}

// Close takes what a client under TLS has sent.
func TestCloseUnderTLS(t *testing.T) {
	a := newAuthority(t)
	var s sink
	r := newReceiver(t, &s, Options{TLS: a.server(false), DrainTimeout: time.Hour})
	c := tls.Client(connect(t, r, "tcp"), a.client(""))
	send(t, c, frame("a"))
	s.await(t, 1)
	closed := make(chan error)
	go func() { closed <- r.Close(context.Background()) }()
	testenv.Receive(t, "Close to begin", r.stopping)
	send(t, c, frame("b", "c")) // as a client that watches nothing
	checkMessages(t, s.await(t, 3), []string{"a", "b", "c"})
	c.Close()
	if err := testenv.Receive(t, "Close", closed); err != nil {
		t.Error(err)
	}
	checkLaw(t, r.Stats())
}
