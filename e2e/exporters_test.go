package e2e

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploggrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"google.golang.org/grpc/credentials"

	"github.com/jackdaw-log/jackdaw/internal/receiver"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// The official exporters for Go, as programs use them.
func overHTTP(t testing.TB, address string, o ...otlploghttp.Option) sdklog.Exporter {
	t.Helper()
	e, err := otlploghttp.New(t.Context(), append([]otlploghttp.Option{otlploghttp.WithEndpoint(address)}, o...)...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func overGRPC(t testing.TB, address string, o ...otlploggrpc.Option) sdklog.Exporter {
	t.Helper()
	e, err := otlploggrpc.New(t.Context(), append([]otlploggrpc.Option{otlploggrpc.WithEndpoint(address)}, o...)...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// logged sends n records through an exporter, in batches, and returns its error.
func logged(t testing.TB, e sdklog.Exporter, n int) error {
	t.Helper()
	watched := &watched{Exporter: e}
	provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(watched, sdklog.WithExportMaxBatchSize(100), sdklog.WithMaxQueueSize(n+1),
		sdklog.WithExportInterval(time.Hour)))) // a batch goes when it is full, and at the end, not in the midst of one that is made slowly
	logger := provider.Logger("shop.pay")
	for i := range n {
		var r log.Record
		r.SetTimestamp(time.Now())
		r.SetSeverity(log.SeverityWarn)
		r.SetSeverityText("WARN")
		r.SetBody(attribute.StringValue(fmt.Sprintf("record %d", i)))
		r.AddAttributes(attribute.Int("n", i))
		logger.Emit(t.Context(), r)
	}
	err := provider.Shutdown(t.Context())
	watched.mu.Lock()
	defer watched.mu.Unlock()
	return errors.Join(append(watched.errs, err)...)
}

// watched keeps the errors of an exporter, which the SDK only tells.
type watched struct {
	sdklog.Exporter
	mu   sync.Mutex
	errs []error
}

func (w *watched) Export(ctx context.Context, records []sdklog.Record) error {
	err := w.Exporter.Export(ctx, records)
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.errs = append(w.errs, err)
	}
	return err
}

// TestGoExporters shows that the official exporters for Go are served: over both transports, at either
// port, packed, under TLS, with certificates and tokens.
func TestGoExporters(t *testing.T) {
	const n = 1000
	c := newCertificates(t)
	tokens := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(tokens, []byte("the-token"), 0o600); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(c.clientCert, c.clientKey)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(c.ca)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: x509.NewCertPool()}
	config.RootCAs.AppendCertsFromPEM(ca)
	token := map[string]string{"Authorization": "Bearer the-token"}

	plain := serveToFile(t, "--tcp", "off", "--udp", "off", "--otlp", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0")
	secret := serveToFile(t, "--tcp", "off", "--udp", "off", "--otlp", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0",
		"--tls-cert", c.cert, "--tls-key", c.key, "--tls-client-ca", c.ca, "--token-file", tokens)
	sent := make(map[*server]int)
	f := func(s *server, e sdklog.Exporter) {
		t.Helper()
		if err := logged(t, e, n); err != nil {
			t.Error(err)
		}
		sent[s] += n
	}
	f(plain, overHTTP(t, plain.address("otlp"), otlploghttp.WithInsecure()))
	f(plain, overHTTP(t, plain.address("otlp-grpc"), otlploghttp.WithInsecure(), otlploghttp.WithCompression(otlploghttp.GzipCompression)))
	f(plain, overGRPC(t, plain.address("otlp-grpc"), otlploggrpc.WithInsecure()))
	f(plain, overGRPC(t, plain.address("otlp"), otlploggrpc.WithInsecure(), otlploggrpc.WithCompressor("gzip")))
	f(secret, overHTTP(t, secret.address("otlp"), otlploghttp.WithTLSClientConfig(config), otlploghttp.WithHeaders(token)))
	f(secret, overGRPC(t, secret.address("otlp-grpc"), otlploggrpc.WithTLSCredentials(credentials.NewTLS(config)), otlploggrpc.WithHeaders(token)))
	for _, e := range []sdklog.Exporter{
		overHTTP(t, secret.address("otlp"), otlploghttp.WithTLSClientConfig(config)),
		overGRPC(t, secret.address("otlp"), otlploggrpc.WithTLSCredentials(credentials.NewTLS(config))),
	} {
		if err := logged(t, e, 1); err == nil {
			t.Error("without a token: got nil, want an error")
		}
	}
	for s, want := range sent {
		s.stop()
		records := s.records()
		if len(records) != want {
			t.Errorf("got %d records, want %d", len(records), want)
		}
		for _, r := range records {
			if r.Logger != "shop.pay" || r.Level != "WARNING" || r.Message != fmt.Sprintf("record %v", r.Attrs["n"]) || r.Peer == "" {
				t.Fatalf("got %+v", r)
			}
		}
	}
}

// moody is a handler that takes nothing at first.
type moody struct {
	mu      sync.Mutex
	errs    []error // what it says before it takes anything
	batches []int
	at      []time.Time
}

func (m *moody) Handle(_ context.Context, batch []record.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = append(m.at, time.Now())
	if len(m.errs) > 0 {
		err := m.errs[0]
		m.errs = m.errs[1:]
		return err
	}
	m.batches = append(m.batches, len(batch))
	return nil
}

// TestExportersRetry shows that the official exporters understand what they are told: they come again where there
// is no room, at the time that was said, and give up where that is of no use.
func TestExportersRetry(t *testing.T) {
	const wait = 1100 * time.Millisecond
	full := &record.FullError{RetryAfter: wait, Err: errors.New("stream: full")}
	for name, exporter := range map[string]func(t testing.TB, address string) sdklog.Exporter{
		"HTTP": func(t testing.TB, address string) sdklog.Exporter {
			return overHTTP(t, address, otlploghttp.WithInsecure(), otlploghttp.WithRetry(otlploghttp.RetryConfig{Enabled: true, InitialInterval: 100 * time.Millisecond, MaxInterval: time.Second, MaxElapsedTime: patience}))
		},
		"gRPC": func(t testing.TB, address string) sdklog.Exporter {
			return overGRPC(t, address, otlploggrpc.WithInsecure(), otlploggrpc.WithRetry(otlploggrpc.RetryConfig{Enabled: true, InitialInterval: 100 * time.Millisecond, MaxInterval: time.Second, MaxElapsedTime: patience}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &moody{errs: []error{full}}
			r := receiver.New(m, receiver.Options{})
			defer r.Close(context.Background())
			addr, err := r.ListenHTTP(t.Context(), "otlp", "127.0.0.1:0", r.OTLP())
			if err != nil {
				t.Fatal(err)
			}
			if err := logged(t, exporter(t, addr.String()), 50); err != nil {
				t.Errorf("after it was full: %v", err)
			}
			if len(m.at) != 2 || m.at[1].Sub(m.at[0]) < wait || !slices.Equal(m.batches, []int{50}) {
				t.Errorf("full, to be retried after %v: got %d tries at %v, batches of %v", wait, len(m.at), m.at, m.batches)
			}
			m.errs, m.at = []error{errors.New("disk on fire")}, nil
			if err := logged(t, exporter(t, addr.String()), 50); err != nil || len(m.at) < 2 {
				t.Errorf("after an error that passes: %v, %d tries", err, len(m.at))
			}
			m.errs, m.at = []error{&record.PartialError{Handled: 3, Err: record.Permanent(errors.New("poison"))}}, nil
			// The rest is taken, and how many were not is told as a partial success.
			if err := logged(t, exporter(t, addr.String()), 50); err == nil || !strings.Contains(err.Error(), "1 logs rejected") {
				t.Errorf("a record that is refused for good: got %v, want it told", err)
			}
		})
	}
}

// TestJavaScriptExporters shows the same of the official exporters for JavaScript.
func TestJavaScriptExporters(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		testenv.Skip(t, "needs Node.js")
	}
	if _, err := os.Stat(filepath.Join("javascript", "node_modules")); err != nil {
		testenv.Skip(t, "needs the packages of javascript/package.json: npm ci --prefix e2e/javascript")
	}
	tokens := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(tokens, []byte("the-token"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serveToFile(t, "--tcp", "off", "--udp", "off", "--otlp", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0", "--token-file", tokens)
	send := func(args ...string) ([]byte, error) {
		cmd := child(t, node, append([]string{"send.mjs"}, args...)...)
		cmd.Dir = "javascript"
		return cmd.CombinedOutput()
	}
	const n = 250
	for _, kind := range []string{"http", "proto", "grpc"} {
		url := "http://" + s.address("otlp") + "/v1/logs"
		if kind == "grpc" {
			url = "http://" + s.address("otlp-grpc")
		}
		if out, err := send(kind, url, fmt.Sprint(n), "the-token"); err != nil {
			t.Errorf("%s: %v: %s", kind, err, out)
		}
		if out, err := send(kind, url, "1", "another-token"); err == nil {
			t.Errorf("%s with a wrong token: got %s, want a refusal", kind, out)
		}
	}
	s.stop()
	records := s.records()
	if len(records) != 3*n {
		t.Errorf("got %d records, want %d", len(records), 3*n)
	}
	for _, r := range records {
		if r.Logger != "shop.cart" || r.Message != fmt.Sprintf("record %v", r.Attrs["n"]) {
			t.Fatalf("got %+v", r)
		}
	}
}
