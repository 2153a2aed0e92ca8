package sender

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/spell"
)

// HTTPOptions say where an [HTTP] sends to, and in which form. The zero value sends JSON lines to a receiver on this
// machine.
type HTTPOptions struct {
	// URL is where requests go. Defaults to http://127.0.0.1:9024/ingest if empty, and for the body form to
	// http://127.0.0.1:9022/.
	URL string
	// Body is what a request carries: lines (JSON lines), array (a JSON array), or form (one record, as Python's
	// HTTPHandler sends it). Defaults to lines if empty.
	Body string
	// Method is POST, or GET for the body form. Defaults to POST if empty.
	Method string
	// User and Password are sent by Basic authentication, credentials in Python; Token as "Authorization: Bearer
	// TOKEN". None is if all are empty.
	User, Password, Token string
	// Header is sent with each request.
	Header http.Header
	// TLS says how https is spoken. Nil is the system's way.
	TLS *tls.Config
	// Timeout bounds one request, from dialling to the end of the answer. Defaults to 10 s if zero.
	Timeout time.Duration
	// NoGzip sends requests as they are. By default lines and arrays are compressed, unless URL is an address of
	// this machine.
	NoGzip bool
	// RequestRecords and RequestBytes bound what one request carries; a record that is larger goes alone. They
	// default to 1000 and 1 MiB if zero.
	RequestRecords, RequestBytes int
	// OnError is told what the server rejected out of requests that it took. It must not block. Nil means nobody is
	// told; see [HTTP.Stats].
	OnError func(error)
}

const (
	defaultIngest = "http://127.0.0.1:9024/ingest"
	defaultForms  = "http://127.0.0.1:9022/" // logging.handlers.DEFAULT_HTTP_LOGGING_PORT
)

// withDefaults returns o complete, or what is wrong with it.
func (o HTTPOptions) withDefaults() (HTTPOptions, error) {
	standard, methods := defaultIngest, []string{"POST"}
	if o.Body == "" {
		o.Body = "lines"
	}
	if o.Body == "form" {
		standard, methods = defaultForms, []string{"POST", "GET"}
		o.NoGzip = true // hardly any server of forms takes it
	}
	if o.URL == "" {
		o.URL = standard
	}
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return o, fmt.Errorf("send by HTTP to %q: want a URL like %s", o.URL, standard)
	}
	if u.User != nil {
		return o, fmt.Errorf("send by HTTP to %s: the URL holds a user; set User and Password", u.Redacted())
	}
	u.Fragment = ""
	o.URL = u.String()
	if isLoopback(u.Hostname()) {
		o.NoGzip = true
	}
	if bodies := []string{"lines", "array", "form"}; !slices.Contains(bodies, o.Body) {
		return o, fmt.Errorf("send by HTTP to %s: got body %q, want %s", o.URL, o.Body, spell.Or(bodies...))
	}
	if o.Method == "" {
		o.Method = methods[0]
	}
	if !slices.Contains(methods, o.Method) {
		return o, fmt.Errorf("send by HTTP to %s: got method %q with body %s, want %s", o.URL, o.Method, o.Body, spell.Or(methods...))
	}
	if (o.User != "" || o.Password != "") && o.Token != "" {
		return o, fmt.Errorf("send by HTTP to %s: got a user and a token, want one of them", o.URL)
	}
	if o.Timeout < 0 || o.RequestRecords < 0 || o.RequestBytes < 0 {
		return o, fmt.Errorf("send by HTTP to %s: got Timeout %v, RequestRecords %d, RequestBytes %d, want none below 0", o.URL, o.Timeout, o.RequestRecords, o.RequestBytes)
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.RequestRecords == 0 {
		o.RequestRecords = 1000
	}
	if o.RequestBytes == 0 {
		o.RequestBytes = 1 << 20
	}
	return o, nil
}

// authorization is the value of that header, "" for none.
func (o *HTTPOptions) authorization() string {
	switch {
	case o.Token != "":
		return "Bearer " + o.Token
	case o.User != "" || o.Password != "":
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(o.User+":"+o.Password))
	}
	return ""
}
