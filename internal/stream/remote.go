package stream

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Access is what the servers of a cluster want of who connects to them. Each field names a file, and may be empty. A
// name and a password, or a token, may also be in the URL, where other users of the machine can see it.
type Access struct {
	// Credentials is a file of NATS credentials: a JWT and the seed of its key.
	Credentials string
	// CA has the authorities by which the servers' certificates are checked, in PEM, in place of the system's. TLS is
	// spoken where the URL says tls://, or the servers want it.
	CA string
	// Cert and Key are the certificate with which to connect, and its key, in PEM; both or none.
	Cert, Key string
}

// check returns an error for what cannot be right.
func (a *Access) check() error {
	if (a.Cert == "") != (a.Key == "") {
		return errors.New("a certificate for the cluster needs its key, and a key its certificate")
	}
	for _, file := range []string{a.Credentials, a.CA, a.Cert, a.Key} {
		if file == "" {
			continue
		}
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		f.Close()
	}
	return nil
}

// options are those of a connection to a cluster.
func (a *Access) options() []nats.Option {
	all := []nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond), nats.ReconnectJitter(100*time.Millisecond, time.Second)}
	if a.Credentials != "" {
		all = append(all, nats.UserCredentials(a.Credentials))
	}
	if a.CA != "" {
		all = append(all, nats.RootCAs(a.CA))
	}
	if a.Cert != "" {
		all = append(all, nats.ClientCert(a.Cert, a.Key))
	}
	return all
}

// servers returns the URLs of the servers that a URL of a cluster names.
func servers(cluster string) (all []*url.URL, err error) {
	for part := range strings.SplitSeq(cluster, ",") {
		part = strings.TrimSpace(part)
		if !strings.Contains(part, "://") {
			part = "nats://" + part
		}
		u, err := url.Parse(part)
		if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return nil, fmt.Errorf("the URL of the cluster, %s: want nats://HOST:PORT, or tls://, with commas between the servers", withoutSecrets(cluster))
		}
		all = append(all, u)
	}
	return all, nil
}

// withoutSecrets returns a URL of a cluster without the names and passwords in it.
func withoutSecrets(cluster string) string {
	parts := strings.Split(cluster, ",")
	for i, part := range parts {
		if at := strings.LastIndexByte(part, '@'); at >= 0 {
			scheme, _, ok := strings.Cut(part, "://")
			if parts[i] = part[at+1:]; ok {
				parts[i] = scheme + "://" + parts[i]
			}
		}
	}
	return strings.Join(parts, ",")
}

// Wire format: codes of errors of JetStream for which nats.go has no names.
const (
	codeNoPeers     = 10005
	codeUnavailable = 10008 // for a moment: there is no leader
	codeNoReplicas  = 10074
)

// isUnanswered reports whether a request got no answer, or that it is to be made again.
func isUnanswered(err error) bool {
	api, isAPI := errors.AsType[*jetstream.APIError](err)
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) || isAPI && api.ErrorCode == codeUnavailable
}

// isAway reports whether a request could not be met since a server of the cluster is away. In JetStream's error alone the
// words say so.
func isAway(err error) bool {
	api, isAPI := errors.AsType[*jetstream.APIError](err)
	return isAPI && api.ErrorCode == codeNoPeers && strings.Contains(api.Description, "peer offline")
}

// explained says what an error of a cluster means where its own words do not.
func (o *Options) explained(err error) error {
	if o.URL == "" || err == nil {
		return err
	}
	api, isAPI := errors.AsType[*jetstream.APIError](err)
	switch {
	case errors.Is(err, nats.ErrNoServers):
		return fmt.Errorf("no NATS server answers there: %w", err)
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrPermissionViolation):
		return fmt.Errorf("the servers refuse who connects: %w; credentials are missing, or not the right ones", err)
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("the servers have no JetStream (nats-server -js): %w", err)
	case isAPI && (api.ErrorCode == codeNoPeers || api.ErrorCode == codeNoReplicas):
		return fmt.Errorf("%w: each record is to be kept by %d servers; for a cluster of fewer, say how many", err, o.Replicas)
	}
	return err
}
