package assembly

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/sender"
	"github.com/jackdaw-log/jackdaw/record"
)

func openSyslog(h *config.Handler, p *config.Syslog, onError func(error)) (record.Handler, error) {
	t, err := clientTLS(p.TLS)
	if err != nil {
		return nil, err
	}
	return handled(sender.NewSyslog(sender.SyslogOptions{
		Network: p.Network, Address: p.Address, TLS: t, Form: p.Form, Framing: p.Framing, Facility: p.Facility, App: p.App, Host: p.Host,
		Format: formOf(h), MaxMessage: p.MaxMessage, DialTimeout: p.DialTimeout, WriteTimeout: p.WriteTimeout, ConfirmBytes: p.ConfirmBytes,
		OnError: onError,
	}))
}

func openHTTP(p *config.HTTP, onError func(error)) (record.Handler, error) {
	t, err := clientTLS(p.TLS)
	if err != nil {
		return nil, err
	}
	return handled(sender.NewHTTP(sender.HTTPOptions{
		URL: p.URL, Body: p.Body, Method: p.Method, User: p.User, Password: p.Password, Token: p.Token, Header: header(p.Header), TLS: t,
		Timeout: p.Timeout, NoGzip: p.NoGzip, RequestRecords: p.RequestRecords, RequestBytes: p.RequestBytes, OnError: onError,
	}))
}

func openOTLP(p *config.OTLP, onError func(error)) (record.Handler, error) {
	t, err := clientTLS(p.TLS)
	if err != nil {
		return nil, err
	}
	return handled(sender.NewOTLP(sender.OTLPOptions{
		URL: p.URL, Header: header(p.Header), Token: p.Token, TLS: t, Timeout: p.Timeout, NoGzip: p.NoGzip, InFlight: p.InFlight, OnError: onError,
	}))
}

func openSMTP(h *config.Handler, p *config.SMTP, durable bool, onError func(error)) (record.Handler, error) {
	t, err := clientTLS(p.TLS)
	if err != nil {
		return nil, err
	}
	return handled(sender.NewSMTP(sender.SMTPOptions{
		Address: p.Address, From: p.From, To: p.To, Subject: p.Subject, Format: formOf(h), User: p.User, Password: p.Password,
		Security: p.Security, TLS: t, Interval: p.Interval, Wait: p.Wait || durable, MailRecords: p.MailRecords, MailBytes: p.MailBytes,
		Timeout: p.Timeout, OnError: onError,
	}))
}

// formOf returns the form that the handler's formatter is, nil for the default of its class.
func formOf(h *config.Handler) format.Format {
	if h.Formatter == nil {
		return nil
	}
	return h.Formatter.New(false)
}

func header(of map[string]string) http.Header {
	if len(of) == 0 {
		return nil
	}
	h := http.Header{}
	for name, value := range of {
		h.Set(name, value)
	}
	return h
}

// clientTLS returns how TLS is spoken, nil for the system's way. The files are read now; a certificate of the
// client's own is read again for each connection, so that one that was renewed is used.
func clientTLS(c *config.ClientTLS) (*tls.Config, error) {
	if c == nil {
		return nil, nil
	}
	t := &tls.Config{ServerName: c.ServerName}
	if c.CA != "" {
		text, err := os.ReadFile(c.CA)
		if err != nil {
			return nil, fmt.Errorf("read the authorities of TLS: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("read the authorities of TLS: %s holds no certificate in PEM", c.CA)
		}
	}
	if c.Cert == "" {
		return t, nil
	}
	own := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
		if err != nil {
			return nil, fmt.Errorf("load the certificate %s: %w", c.Cert, err)
		}
		return &pair, nil
	}
	if _, err := own(); err != nil {
		return nil, err
	}
	t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own() }
	return t, nil
}
