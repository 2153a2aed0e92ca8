package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/client"
	"github.com/jackdaw-log/jackdaw/internal/web"
)

const (
	// askTime bounds how long a server may take to answer.
	askTime = 5 * time.Second
	// maxAnswer bounds what is read of it.
	maxAnswer = 16 << 20
)

// asker asks a running server.
type asker struct {
	addr, tokenFile, ca string

	url       string // without a path
	token     string
	transport *http.Transport
}

func (a *asker) add(f *pflag.FlagSet, p *program) {
	f.StringVar(&a.addr, "addr", p.web, "web address `ADDR` of the server: HOST:PORT, or https://HOST:PORT ("+p.web+")")
	f.StringVar(&a.tokenFile, "token-file", "", "take the token for the server from the first line of `FILE` that has one")
	f.StringVar(&a.ca, "tls-ca", "", "trust a server with a certificate of an authority in `FILE`, PEM")
	f.Lookup("addr").DefValue = "" // it is in the text
}

// prepare checks the flags, and reads the files they name.
func (a *asker) prepare() error {
	a.url = a.addr
	if !strings.Contains(a.addr, "://") {
		if err := checkHostPort(a.addr); err != nil {
			return usagef("--addr %s: want HOST:PORT, such as 127.0.0.1:9024, or https://HOST:PORT", a.addr)
		}
		a.url = "http://" + a.addr
	}
	u, err := url.Parse(a.url)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return usagef("--addr %s: want HOST:PORT, such as 127.0.0.1:9024, or https://HOST:PORT", a.addr)
	}
	a.url = u.Scheme + "://" + u.Host
	a.transport = &http.Transport{Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: askTime}).DialContext}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		a.transport.DisableCompression = true // it costs more than it spares
	}
	if a.ca != "" {
		pem, err := os.ReadFile(a.ca)
		if err != nil {
			return fmt.Errorf("--tls-ca: %w", err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return fmt.Errorf("--tls-ca: there is no certificate in %s", a.ca)
		}
		a.transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	if a.tokenFile == "" {
		return nil
	}
	text, err := os.ReadFile(a.tokenFile)
	if err != nil {
		return fmt.Errorf("--token-file: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			a.token = line
			return nil
		}
	}
	return fmt.Errorf("--token-file: there is no token in %s", a.tokenFile)
}

// ask returns the server's counts, as it sent them and read.
func (a *asker) ask(ctx context.Context) (body []byte, s *web.Stats, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+"/api/stats", nil)
	if err != nil {
		return nil, nil, err
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	resp, err := (&http.Client{Transport: a.transport, Timeout: askTime}).Do(req)
	if err != nil {
		return nil, nil, a.unreached(err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, nil, &unreachableError{fmt.Errorf("ask %s: %w", a.addr, err)}
	}
	if resp.StatusCode != http.StatusOK {
		return nil, nil, a.refused(resp.StatusCode, string(body))
	}
	if s, err = decodeStats(body); err != nil {
		return nil, nil, fmt.Errorf("what answers at %s is not jackdaw: %w", a.addr, err)
	}
	return body, s, nil
}

// server returns who asks the server about records.
func (a *asker) server() *client.Client {
	return client.New(client.Options{URL: a.url, Token: a.token, Transport: a.transport})
}

// explain says what to do about an error of [asker.server].
func (a *asker) explain(err error) error {
	if e, ok := errors.AsType[*client.UnreachedError](err); ok {
		return a.unreached(e.Err)
	}
	e, ok := errors.AsType[*client.AnswerError](err)
	switch {
	case !ok:
		return err
	case e.Message == "" || e.Status == http.StatusUnauthorized:
		return a.refused(e.Status, e.Body)
	case e.Hint != "":
		return fmt.Errorf("the server at %s: %s\ntry %s", a.addr, printable(e.Message), printable(e.Hint))
	}
	return fmt.Errorf("the server at %s: %s", a.addr, printable(e.Message))
}

// unreached says what to do where no server answered.
func (a *asker) unreached(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // which does not say again what was asked
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("ask %s: %w\nname the authority of its certificate with --tls-ca FILE", a.addr, err)
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return fmt.Errorf("ask %s: it does not speak TLS\nwrite --addr HOST:PORT, without https://", a.addr)
	}
	what := "no server answers there"
	if _, ok := errors.AsType[*net.OpError](err); ok {
		what = "no server runs there"
	}
	return &unreachableError{fmt.Errorf("ask %s: %w\n%s; start \"jackdaw serve\", or name the server's web address with --addr", a.addr, err, what)}
}

// refused says what to do where the server did not say its counts.
func (a *asker) refused(status int, body string) error {
	text := printable(strings.TrimSpace(body[:min(len(body), 200)]))
	switch {
	case status == http.StatusUnauthorized && a.token == "":
		return fmt.Errorf("the server at %s wants a token: name a file that has it with --token-file FILE", a.addr)
	case status == http.StatusUnauthorized:
		return fmt.Errorf("the server at %s does not know the token of %s", a.addr, a.tokenFile)
	case status == http.StatusBadRequest && strings.Contains(body, "HTTPS"):
		return fmt.Errorf("the server at %s speaks TLS: write --addr https://%s", a.addr, strings.TrimPrefix(a.addr, "http://"))
	case status == http.StatusMisdirectedRequest:
		return fmt.Errorf("ask %s: %s", a.addr, text)
	}
	return fmt.Errorf("what answers at %s is not jackdaw, or an old one: %d %s", a.addr, status, text)
}
