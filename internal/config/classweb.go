package config

import (
	"strings"
	"time"
)

// pair is a user and a password.
type pair struct{ user, password string }

// credentials are a list of a user and a password.
func credentials() kind[pair] {
	schema := object{"type": "array", "items": object{"type": "string"}, "minItems": 2, "maxItems": 2}
	return kind[pair]{"[user, password]", nil, schema, func(c *checker, key string, n *Node) (pair, bool) {
		if n.Kind != ListKind || len(n.Items) != 2 {
			// What stands there may be a password: it is not shown.
			c.fail(n.Place, "", "%s: got %s, want [user, password]", key, n.Kind)
			return pair{}, false
		}
		both := [2]string{}
		for i, item := range n.Items {
			v := c.value(item)
			if v == nil && item.Kind != NullKind {
				return pair{}, false // and there is an error of it
			}
			if v == nil || v.Kind == ListKind || v.Kind == MapKind || v.Kind == BoolKind {
				c.fail(item.Place, "", "%s: got %s, want [user, password]", key, item.Kind)
				return pair{}, false
			}
			both[i] = v.Text
		}
		if both[0] == "" {
			c.fail(n.Items[0].Place, "", "%s: got no user, want [user, password]", key)
			return pair{}, false
		}
		return pair{both[0], both[1]}, true
	}}
}

// secret is a text that no error shows.
func secret() kind[string] {
	return kind[string]{"text", nil, object{"type": "string"}, func(c *checker, key string, n *Node) (string, bool) {
		if n.Kind != TextKind && n.Kind != IntKind && n.Kind != FloatKind || strings.ContainsAny(n.Text, "\r\n") {
			c.fail(n.Place, "", "%s: got %s, want a text on one line", key, n.Kind)
			return "", false
		}
		return n.Text, true
	}}
}

// httpParams are an HTTP handler as the file has it.
type httpParams struct {
	HTTP
	host   string
	secure bool
	gzip   *bool
	login  pair
}

func httpClass() class {
	t := table[httpParams]{
		key("url", named("url", "a URL, or with host a path"), "Where requests go; with `host` it is the path alone, as in Python.",
			func(p *httpParams) *string { return &p.URL }).need(),
		key("host", named("host", "host or host:port"), "The host, and its port.", func(p *httpParams) *string { return &p.host }),
		key("method", word("POST", "GET"), "The method; GET for forms alone.", func(p *httpParams) *string { return &p.Method }).or("POST; GET with `host`, as in Python"),
		key("secure", flag(), "With `host`: https.", func(p *httpParams) *bool { return &p.secure }).or("false"),
		key("credentials", credentials(), "User and password for Basic authentication.", func(p *httpParams) *pair { return &p.login }),
		ignored[httpParams]("context", noContext(), "None but null: `tls` has what can be said."),
		key("body", word("lines", "array", "form"), "What a request carries: JSON lines, a JSON array, or one record as Python's form.",
			func(p *httpParams) *string { return &p.Body }).or("lines; form with `host`"),
		key("token", secret(), "Sent as `Authorization: Bearer`.", func(p *httpParams) *string { return &p.Token }),
		key("headers", headers(), "Sent with each request.", func(p *httpParams) *map[string]string { return &p.Header }),
		key("tls", clientTLS(), "How https is spoken.", func(p *httpParams) **ClientTLS { return &p.TLS }),
		key("timeout", duration(), "How long one request may take.", func(p *httpParams) *time.Duration { return &p.Timeout }).or("10s"),
		key("gzip", pointer(flag()), "Compress what is sent.", func(p *httpParams) **bool { return &p.gzip }).or("true, but for this machine"),
		key("request_records", count(1), "How many records one request carries at most.", func(p *httpParams) *int { return &p.RequestRecords }).or("1000"),
		key("request_bytes", bytes(), "How much one request carries at most.", func(p *httpParams) *int { return &p.RequestBytes }).or("1MiB"),
	}
	return classOf(HTTPClass, "logging.handlers.HTTPHandler", "Records are sent to a server over HTTP, and tried again until it takes them.", t, finishHTTP)
}

// noContext is an ssl.SSLContext, which no file can hold.
func noContext() kind[string] {
	return kind[string]{"null", nil, object{"type": "null"}, func(c *checker, key string, n *Node) (string, bool) {
		c.want(key, n, "null; tls: {ca: …, cert: …, key: …} says how TLS is spoken")
		return "", false
	}}
}

func finishHTTP(c *checker, _ *site, g given, p *httpParams) any {
	h := &p.HTTP
	if p.host != "" {
		scheme := "http://"
		if p.secure {
			scheme = "https://"
		}
		h.URL = scheme + p.host + "/" + strings.TrimPrefix(h.URL, "/")
		if h.Body == "" {
			h.Body = "form"
		}
	}
	if h.Body == "form" && h.Method == "" {
		h.Method = "GET" // as Python's HTTPHandler
		if p.host == "" {
			h.Method = "POST"
		}
	}
	if m, ok := g["method"]; ok && h.Method == "GET" && h.Body != "form" && (h.Body != "" || !g.has("body")) {
		c.fail(m.Place, "", "method: got GET, want POST; GET goes with body: form alone")
	}
	if m, ok := g["url"]; ok && h.URL != "" && (p.host != "" || !g.has("host")) {
		if v := c.value(m.Value); v != nil {
			c.webURL("url", v, h.URL)
		}
	}
	h.User, h.Password = p.login.user, p.login.password
	if m, ok := g["token"]; ok && h.User != "" {
		c.fail(m.Place, "", "token: got credentials, too; want one of them")
	}
	h.NoGzip = p.gzip != nil && !*p.gzip
	return h
}

// otlpParams are a sender of OTLP as the file has it.
type otlpParams struct {
	OTLP
	gzip *bool
}

func otlpClass() class {
	t := table[otlpParams]{
		key("url", named("url", "a URL"), "Where requests go.", func(p *otlpParams) *string { return &p.URL }).or("http://127.0.0.1:4318/v1/logs"),
		key("headers", headers(), "Sent with each request.", func(p *otlpParams) *map[string]string { return &p.Header }),
		key("token", secret(), "Sent as `Authorization: Bearer`.", func(p *otlpParams) *string { return &p.Token }),
		key("tls", clientTLS(), "How https is spoken.", func(p *otlpParams) **ClientTLS { return &p.TLS }),
		key("timeout", duration(), "How long one request may take.", func(p *otlpParams) *time.Duration { return &p.Timeout }).or("10s"),
		key("gzip", pointer(flag()), "Compress what is sent.", func(p *otlpParams) **bool { return &p.gzip }).or("true, but for this machine"),
		key("in_flight", number(1, 64), "How many requests are under way at once; with more than one the order may change.",
			func(p *otlpParams) *int { return &p.InFlight }).or("1"),
	}
	return classOf(OTLPClass, "", "Records are sent over OTLP/HTTP, to Jackdaw, an OpenTelemetry Collector or any other receiver, which acknowledges them.", t,
		func(c *checker, _ *site, g given, p *otlpParams) any {
			if m, ok := g["url"]; ok && p.URL != "" {
				if v := c.value(m.Value); v != nil {
					c.webURL("url", v, p.URL)
				}
			}
			p.NoGzip = p.gzip != nil && !*p.gzip
			return &p.OTLP
		})
}
