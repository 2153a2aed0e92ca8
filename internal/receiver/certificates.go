package receiver

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"
)

// Certificates are what the receivers over TCP and HTTP need for TLS, from files that are read anew when they
// change. They are safe for use by several goroutines.
type Certificates struct {
	certFile, keyFile, clientCAFile string
	current                         atomic.Pointer[tls.Config]
}

// LoadCertificates reads a certificate with its chain, and its key, both PEM. With a clientCAFile, clients
// must have a certificate of one of the authorities in it.
//
// A [Receiver] that is given the Certificates watches the files: within two seconds or so of a
// change, new connections get the new certificate, and those that are open go on. While new files cannot be
// used that is told, and the old certificate stays.
func LoadCertificates(certFile, keyFile, clientCAFile string) (*Certificates, error) {
	c := &Certificates{certFile: certFile, keyFile: keyFile, clientCAFile: clientCAFile}
	if _, err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

// files returns what is to be watched.
func (c *Certificates) files() []string {
	files := []string{c.certFile, c.keyFile}
	if c.clientCAFile != "" {
		files = append(files, c.clientCAFile)
	}
	return files
}

// SameFiles reports whether both were loaded from the same files. Either may be nil.
func (c *Certificates) SameFiles(o *Certificates) bool {
	if c == nil || o == nil {
		return c == o
	}
	return slices.Equal(c.files(), o.files())
}

// load reads the files and says what they are. After an error all is as it was.
func (c *Certificates) load() (said string, err error) {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return "", fmt.Errorf("certificate %s with key %s: %w", c.certFile, c.keyFile, err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}, SessionTicketsDisabled: true}
	if c.clientCAFile != "" {
		pem, err := os.ReadFile(c.clientCAFile)
		if err != nil {
			return "", fmt.Errorf("authorities of clients: %w", err)
		}
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(pem) {
			return "", fmt.Errorf("authorities of clients: %s holds no certificate in PEM", c.clientCAFile)
		}
	}
	c.current.Store(config)
	until := pair.Leaf.NotAfter
	if time.Now().After(until) {
		return fmt.Sprintf("certificate %s has expired: it was valid until %s", c.certFile, until.Format(time.RFC3339)), nil
	}
	return fmt.Sprintf("certificate %s is valid until %s", c.certFile, until.Format(time.RFC3339)), nil
}

// config returns a configuration that is always the current one, for the protocols given.
//
// There are no session tickets: a client that reads nothing, as a SocketHandler, would close its
// connection with a ticket unread, and the kernel then throws away what it has not sent yet.
func (c *Certificates) config(protocols ...string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			config := c.current.Load().Clone()
			config.NextProtos = protocols
			return config, nil
		},
	}
}
