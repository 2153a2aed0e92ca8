package sender

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// OTLPOptions say where an [OTLP] sends to. The zero value sends to a receiver on this machine.
type OTLPOptions struct {
	// URL is where requests go; /v1/logs is its path if it has none. Defaults to
	// http://127.0.0.1:4318/v1/logs if empty.
	URL string
	// Header is sent with each request, beside what the protocol needs.
	Header http.Header
	// Token, if set, is sent as "Authorization: Bearer TOKEN".
	Token string
	// TLS says how https is spoken. Nil is the system's way.
	TLS *tls.Config
	// Timeout bounds one request, from dialling to the end of the answer. Defaults to 10 s if zero, as
	// the protocol's own.
	Timeout time.Duration
	// NoGzip sends requests as they are. By default they are compressed, unless URL is an address of this
	// machine.
	NoGzip bool
	// RequestRecords is how many records one request carries at most. Defaults to 4096 if zero.
	RequestRecords int
	// InFlight is how many requests are under way at most. With more than one, the receiver may take
	// them in another order than they were logged in. Defaults to 1 if zero.
	InFlight int
	// OnError is told what the receiver rejected out of requests that it took. It must not block. Nil means
	// nobody is told; see [OTLP.Stats].
	OnError func(error)
}

const defaultOTLP = "http://127.0.0.1:4318/v1/logs"

// withDefaults returns o complete, or what is wrong with it.
func (o OTLPOptions) withDefaults() (OTLPOptions, error) {
	if o.URL == "" {
		o.URL = defaultOTLP
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return o, fmt.Errorf("send over OTLP to %q: want a URL like %s", o.URL, defaultOTLP)
	}
	if u.User != nil {
		return o, fmt.Errorf("send over OTLP to %s: the URL holds a user; set a token or a header", u.Redacted())
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/logs"
	}
	o.URL = u.String()
	if isLoopback(u.Hostname()) {
		o.NoGzip = true
	}
	if o.Timeout < 0 || o.RequestRecords < 0 || o.InFlight < 0 {
		return o, fmt.Errorf("send over OTLP to %s: got Timeout %v, RequestRecords %d, InFlight %d, want none below 0", o.URL, o.Timeout, o.RequestRecords, o.InFlight)
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.RequestRecords == 0 {
		o.RequestRecords = 4096
	}
	o.InFlight = max(o.InFlight, 1)
	return o, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
