package config

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/spell"
)

// socketParams are a socket or datagram handler as the file has it.
type socketParams struct {
	Socket
	host string
	port *int
}

func socketClasses() []class {
	t := table[socketParams]{
		key("host", named("host", "the name of a host, or the path of a socket"), "The host of the receiver, or without a port the path of its unix socket.",
			func(p *socketParams) *string { return &p.host }).need(),
		key("port", pointer(number(0, 65535)), "Its port; null for a unix socket.", func(p *socketParams) **int { return &p.port }),
		key("dial_timeout", duration(), "How long one attempt to connect may take.", func(p *socketParams) *time.Duration { return &p.DialTimeout }).or("5s"),
		key("write_timeout", duration(), "How long a write may stand still before the connection is given up.",
			func(p *socketParams) *time.Duration { return &p.WriteTimeout }).or("30s"),
		key("confirm_bytes", bytes(), "How much is written before the receiver has to confirm it.", func(p *socketParams) *int { return &p.ConfirmBytes }).or("1MiB"),
	}
	finish := func(stream, unix string) func(*checker, *site, given, *socketParams) any {
		return func(_ *checker, _ *site, _ given, p *socketParams) any {
			p.Network, p.Address = unix, p.host
			if p.port != nil {
				p.Network, p.Address = stream, net.JoinHostPort(p.host, strconv.Itoa(*p.port))
			}
			return &p.Socket
		}
	}
	return []class{
		classOf(SocketClass, "logging.handlers.SocketHandler", "Records are sent to a receiver of Python's wire, Jackdaw's or Python's, over TCP or a unix socket.",
			t, finish("tcp", "unix")),
		classOf(DatagramClass, "logging.handlers.DatagramHandler", "Records are sent by Python's wire, one a datagram, over UDP or a unix socket.",
			t, finish("udp", "unixgram")),
	}
}

// hostAndPort is a text, or a list of a host and a port.
func hostAndPort(want string) kind[string] {
	pair := object{"type": "array", "prefixItems": []any{object{"type": "string"}, object{"type": "integer"}}, "minItems": 2, "maxItems": 2}
	return kind[string]{"address", nil, anyOf(object{"type": "string"}, pair), func(c *checker, key string, n *Node) (string, bool) {
		if n.Kind == TextKind && n.Text != "" && !strings.HasPrefix(n.Text, extPrefix) {
			return n.Text, true
		}
		if n.Kind != ListKind || len(n.Items) != 2 {
			c.want(key, n, want)
			return "", false
		}
		host, port := c.value(n.Items[0]), c.value(n.Items[1])
		if host == nil || port == nil {
			if n.Items[0].Kind == NullKind || n.Items[1].Kind == NullKind {
				c.want(key, n, want)
			}
			return "", false
		}
		h, ok := named("host", "the name of a host").read(c, key, host)
		p, fine := number(0, 65535).read(c, key, port)
		return net.JoinHostPort(h, strconv.Itoa(p)), ok && fine
	}}
}

// syslogParams are a syslog handler as the file has it.
type syslogParams struct {
	Syslog
	socktype string
}

// facilities are those of syslog, by their number.
func facilities() []string {
	return strings.Fields("kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security console solaris-cron " +
		"local0 local1 local2 local3 local4 local5 local6 local7")
}

// facility is one of them, by name or number.
func facility() kind[string] {
	k := word(facilities()...)
	read := k.read
	k.schema = anyOf(object{"enum": facilities()}, object{"type": "integer", "minimum": 0, "maximum": 23})
	k.read = func(c *checker, key string, n *Node) (string, bool) {
		if i, ok := whole(n); ok && i >= 0 && int(i) < len(facilities()) {
			return facilities()[i], true
		}
		return read(c, key, n)
	}
	return k
}

// minMessage is what every receiver of syslog takes.
const minMessage = 480

// sockType is udp or tcp, as Python writes it.
func sockType() kind[string] {
	words := []string{"ext://socket.SOCK_DGRAM", "ext://socket.SOCK_STREAM"}
	return kind[string]{"word", words, anyOf(object{"enum": words}, object{"enum": []int{1, 2}}), func(c *checker, key string, n *Node) (string, bool) {
		i, number := whole(n)
		switch {
		case n.Text == words[0] || number && i == 2:
			return "udp", true
		case n.Text == words[1] || number && i == 1:
			return "tcp", true
		}
		c.wantOne(key, n, spell.Or(words...), words...)
		return "", false
	}}
}

func syslogClass() class {
	t := table[syslogParams]{
		key("address", hostAndPort("[host, port], host:port or the path of a socket"), "The daemon: `[host, port]`, `host:port`, or the path of its socket.",
			func(p *syslogParams) *string { return &p.Address }).or("localhost:514"),
		key("facility", facility(), "The facility, by name or number.", func(p *syslogParams) *string { return &p.Facility }).or("user"),
		key("socktype", sockType(), "UDP or TCP, as Python says it.", func(p *syslogParams) *string { return &p.socktype }).or("ext://socket.SOCK_DGRAM"),
		key("network", word("udp", "tcp", "tls", "unix"), "How it is spoken to.", func(p *syslogParams) *string { return &p.Network }).or("udp, unix for a path"),
		key("form", word("5424", "3164", "python"), "The form of a message: of RFC 5424, of RFC 3164, or without a header as Python sends it.",
			func(p *syslogParams) *string { return &p.Form }).or("5424, 3164 for a unix socket; python for `logging.handlers.SysLogHandler`"),
		key("framing", word("octets", "newline", "nul"), "How messages are parted on a stream.", func(p *syslogParams) *string { return &p.Framing }).or("what goes with the form"),
		key("ident", text(), "The name of the program.", func(p *syslogParams) *string { return &p.App }).also("app").or("the program's own; none in the form python"),
		key("host", text(), "The name of the machine.", func(p *syslogParams) *string { return &p.Host }).or("this machine's"),
		ignored[syslogParams]("append_nul", flag(), "Accepted; `framing` says how messages are parted."),
		key("max_message", atLeast(bytes(), minMessage, "480 bytes or more, or 0"), "What is longer is cut, 480 or more.", func(p *syslogParams) *int { return &p.MaxMessage }).or("8192"),
		key("timeout", duration(), "How long one attempt to connect may take.", func(p *syslogParams) *time.Duration { return &p.DialTimeout }).also("dial_timeout").or("5s"),
		key("write_timeout", duration(), "How long a write may stand still before the connection is given up.",
			func(p *syslogParams) *time.Duration { return &p.WriteTimeout }).or("30s"),
		key("confirm_bytes", bytes(), "How much is written on a stream before the daemon has to have read it.", func(p *syslogParams) *int { return &p.ConfirmBytes }).or("1MiB"),
		key("tls", clientTLS(), "How TLS is spoken, with network tls.", func(p *syslogParams) **ClientTLS { return &p.TLS }),
	}
	return classOf(SyslogClass, "logging.handlers.SysLogHandler", "Records are sent to a syslog daemon. It is connected to again whenever it went away.", t, finishSyslog)
}

func finishSyslog(c *checker, s *site, g given, p *syslogParams) any {
	path := strings.HasPrefix(p.Address, "/") || strings.HasPrefix(p.Address, "@")
	named := p.Network != "" || !g.has("network")
	if p.Network == "" {
		if p.Network = p.socktype; path {
			p.Network = "unix"
		}
	}
	if p.Network == "" {
		p.Network = "udp"
	}
	if m, ok := g["network"]; ok && p.Address != "" && path != (p.Network == "unix") {
		c.fail(m.Place, "", "network: got %s for the address %s; want unix for a path, and udp, tcp or tls for a host", p.Network, quote(p.Address))
	}
	if m, ok := g["tls"]; ok && named && p.Network != "tls" {
		c.fail(m.Place, "", "tls: got network %s, want network: tls", p.Network)
	}
	if m, ok := g["address"]; ok && !path && p.Address != "" {
		if v := c.value(m.Value); v != nil && v.Kind == TextKind {
			c.hostPort("address", v, p.Address, ", [host, port] or a path")
		}
	}
	if p.Form == "" && s.python {
		p.Form = "python"
	}
	return &p.Syslog
}

// clientTLS is how TLS is spoken with a server.
func clientTLS() kind[*ClientTLS] {
	return nested("tls", tlsTable(), func(c *checker, n *Node, g given, _ *ClientTLS) {
		if g.has("cert") != g.has("key") {
			c.fail(n.Place, "", "tls: got one of cert and key, want both")
		}
	})
}

func tlsTable() table[ClientTLS] {
	return table[ClientTLS]{
		key("ca", path(), "The authorities in a PEM file, by which the server's certificate is checked.", func(p *ClientTLS) *string { return &p.CA }).or("the system's"),
		key("cert", path(), "A certificate of the client, in a PEM file.", func(p *ClientTLS) *string { return &p.Cert }),
		key("key", path(), "Its key, in a PEM file.", func(p *ClientTLS) *string { return &p.Key }),
		key("server_name", text(), "The name that the server's certificate is for.", func(p *ClientTLS) *string { return &p.ServerName }).or("that of the address"),
	}
}

// nested is a mapping with keys of its own.
func nested[P any](where string, t table[P], finish func(c *checker, n *Node, g given, p *P)) kind[*P] {
	return kind[*P]{"mapping", nil, func() object { return schemaOf(t.keys()) }, func(c *checker, _ string, n *Node) (*P, bool) {
		if n.Kind != MapKind {
			c.want(where, n, "a mapping")
			return nil, false
		}
		p := new(P)
		finish(c, n, t.fill(c, where, n, p), p)
		return p, true
	}}
}

// webURL is a URL of http or https.
func (c *checker) webURL(key string, n *Node, s string) bool {
	u, err := url.Parse(s)
	switch {
	case err != nil || !slices.Contains([]string{"http", "https"}, u.Scheme) || u.Host == "":
		c.want(key, n, "a URL such as http://127.0.0.1:4318/v1/logs")
		return false
	case u.User != nil:
		c.fail(n.Place, "", "%s: got a URL with a user in it, want the user by a key of its own", key)
		return false
	}
	return true
}
