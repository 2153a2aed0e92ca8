package config

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// receiversTable are the keys of the section receivers.
func receiversTable() table[Receivers] {
	at := func(name, network, what, standard string) field[Receivers] {
		k := listening(network, what)
		return field[Receivers]{
			Key{Name: name, Kind: k.name, Doc: what, Default: standard, schema: k.schema},
			func(c *checker, key string, n *Node, p *Receivers) {
				if all, ok := k.read(c, key, n); ok {
					p.Listen = append(p.Listen, all...)
				}
			},
		}
	}
	return table[Receivers]{
		at("tcp", "tcp", "Python's SocketHandler.", "127.0.0.1:9020"),
		at("udp", "udp", "Python's DatagramHandler.", "127.0.0.1:9021"),
		at("http", "http", "Python's HTTPHandler.", "127.0.0.1:9022"),
		at("unix", "unix", "Path of a unix socket for SocketHandler.", "off"),
		at("unixgram", "unixgram", "Path of a unix socket for DatagramHandler.", "off"),
		at("syslog", "syslog", "Syslog over UDP and TCP, or the path of a socket for its datagrams; before it may stand udp:, tcp:, unix: or unixgram:. One, or a list.", "off"),
		at("jsonl", "jsonl", "JSON lines over TCP.", "off"),
		at("otlp", "otlp", "OpenTelemetry's logs over HTTP.", "127.0.0.1:4318"),
		at("otlp_grpc", "otlp-grpc", "OpenTelemetry's logs over gRPC.", "127.0.0.1:4317").also("otlp-grpc"),
		key("logname", text(), "Handle every record as this logger's.", func(p *Receivers) *string { return &p.LogName }),
		key("allow", list(network(), "networks"), "The networks whose hosts may send, beside this machine's own programs, such as 10.0.0.0/8.",
			func(p *Receivers) *[]netip.Prefix { return &p.Allow }),
		key("tls", serverTLS(), "Speak TLS alone, over TCP and HTTP.", func(p *Receivers) **ServerTLS { return &p.TLS }),
		key("token_file", path(), "A file of tokens, one a line; requests over HTTP that bring one may send.", func(p *Receivers) *string { return &p.TokenFile }),
	}
}

// listening is an address to receive on, or off; several for syslog.
func listening(network, what string) kind[[]Listen] {
	one := anyOf(object{"type": "string"}, object{"const": false})
	k := kind[[]Listen]{name: "host:port, or off", schema: one}
	if strings.HasPrefix(network, "unix") {
		k.name = "path, or off"
	}
	if network == "syslog" {
		k.name, k.schema = "host:port or path, or off", anyOf(object{"type": "string"}, object{"const": false}, object{"type": "array", "items": object{"type": "string"}})
	}
	k.read = func(c *checker, key string, n *Node) ([]Listen, bool) {
		switch {
		case isOff(n):
			return []Listen{{Place: n.Place, Network: network, Off: true}}, true
		case network == "syslog":
			all, ok := list(syslogAddress(), "addresses").read(c, key, n)
			return slices.Concat(all...), ok
		case strings.HasPrefix(network, "unix"):
			p, ok := path().read(c, key, n)
			return []Listen{{Place: n.Place, Network: network, Address: p}}, ok
		}
		return []Listen{{Place: n.Place, Network: network, Address: n.Text}}, c.hostPort(key, n, n.Text, ", or off")
	}
	return k
}

// syslogAddress is HOST:PORT, for UDP and TCP, or a path; before either of them may stand the network that is meant.
func syslogAddress() kind[[]Listen] {
	return kind[[]Listen]{"address", nil, object{"type": "string"}, func(c *checker, key string, n *Node) ([]Listen, bool) {
		networks, address := []string{"udp", "tcp"}, n.Text
		if strings.ContainsAny(address, "/@") {
			networks = []string{"unixgram"}
		}
		if network, rest, ok := strings.Cut(address, ":"); ok && slices.Contains([]string{"udp", "tcp", "unix", "unixgram"}, network) {
			networks, address = []string{network}, rest
		}
		if strings.HasPrefix(networks[0], "unix") {
			if n.Kind != TextKind || address == "" || strings.ContainsRune(address, 0) {
				c.want(key, n, "a path")
				return nil, false
			}
		} else if !c.hostPort(key, n, address, ", a path, or off") {
			return nil, false
		}
		var all []Listen
		for _, network := range networks {
			all = append(all, Listen{Place: n.Place, Network: "syslog-" + network, Address: address})
		}
		return all, true
	}}
}

// network is a network as CIDR, or a host.
func network() kind[netip.Prefix] {
	return kind[netip.Prefix]{"network", nil, object{"type": "string"}, func(c *checker, key string, n *Node) (netip.Prefix, bool) {
		if host, err := netip.ParseAddr(n.Text); err == nil {
			return netip.PrefixFrom(host.WithZone(""), host.BitLen()), true
		}
		p, err := netip.ParsePrefix(n.Text)
		switch {
		case err != nil:
			c.want(key, n, "a network such as 10.0.0.0/8, or a host such as 10.1.2.3")
		case p.Masked() != p:
			c.wantWord(key, n, p.Masked().String(), "the address of a network, not of a host in it")
		default:
			return p, true
		}
		return netip.Prefix{}, false
	}}
}

func serverTLS() kind[*ServerTLS] {
	return nested("tls", serverTLSTable(), func(*checker, *Node, given, *ServerTLS) {})
}

// serverTLSTable are the keys of the section tls of receivers.
func serverTLSTable() table[ServerTLS] {
	return table[ServerTLS]{
		key("cert", path(), "The certificate and its chain, in a PEM file. It is read anew when it changes.", func(p *ServerTLS) *string { return &p.Cert }).need(),
		key("key", path(), "Its key, in a PEM file.", func(p *ServerTLS) *string { return &p.Key }).need(),
		key("client_ca", path(), "Clients may send that have a certificate of an authority in this PEM file.", func(p *ServerTLS) *string { return &p.ClientCA }),
	}
}

// streamTable are the keys of the section stream.
func streamTable() table[Stream] {
	return table[Stream]{
		key("directory", path(), "The directory of what outlives the process: the stream and the store.", func(p *Stream) *string { return &p.Directory }).
			or("$XDG_STATE_HOME/jackdaw, else ~/.local/state/jackdaw"),
		key("url", named("url", "the URL of a cluster, as nats://a,b,c"), "NATS JetStream on these servers, as nats://a,b,c, in place of the directory, which has the store alone then.", func(p *Stream) *string { return &p.URL }),
		key("name", named("text", "a name"), "What the stream is called in the cluster; each server needs one of its own.", func(p *Stream) *string { return &p.Name }).or("JACKDAW"),
		key("replicas", number(1, 5), "How many servers of the cluster keep each record.", func(p *Stream) *int { return &p.Replicas }).or("3 where url names as many, else 1"),
		key("credentials", path(), "A file of NATS credentials.", func(p *Stream) *string { return &p.Credentials }),
		key("tls", streamTLS(), "How TLS is spoken to the cluster.", func(p *Stream) **StreamTLS { return &p.TLS }),
		key("durability", word("sync", "disk", "memory"), "What a sender has its word for: sync survives power loss, disk a crash of the program, memory neither.",
			func(p *Stream) *string { return &p.Durability }).or("sync"),
		key("max_bytes", size(), "How much is kept at most.", func(p *Stream) *int64 { return &p.MaxBytes }).or("2GiB, at most a tenth of the disk"),
		key("backlog_bytes", size(), "How much may wait for each handler; beyond that the oldest is dropped, for that one alone.",
			func(p *Stream) *int64 { return &p.BacklogBytes }).or("what the stream has room for"),
		key("backlog_age", age(), "How long records may wait for each handler.", func(p *Stream) *time.Duration { return &p.BacklogAge }).or("off"),
		key("queue_bytes", size(), "How much memory what waits may take, for the console or with the stream off.", func(p *Stream) *int64 { return &p.QueueBytes }).or("64MiB"),
	}
}

// clusterKeys are those of the section stream that are for a cluster alone.
var clusterKeys = []string{"name", "replicas", "credentials", "tls"}

func streamTLS() kind[*StreamTLS] {
	return nested("tls", streamTLSTable(), func(c *checker, n *Node, g given, _ *StreamTLS) {
		if g.has("cert") != g.has("key") {
			c.fail(n.Place, "", "tls: got one of cert and key, want both")
		}
	})
}

// streamTLSTable are the keys of the section tls of stream.
func streamTLSTable() table[StreamTLS] {
	return table[StreamTLS]{
		key("ca", path(), "The authorities by which the servers are checked, in a PEM file.", func(p *StreamTLS) *string { return &p.CA }).or("the system's"),
		key("cert", path(), "A certificate to show them, in a PEM file.", func(p *StreamTLS) *string { return &p.Cert }),
		key("key", path(), "Its key, in a PEM file.", func(p *StreamTLS) *string { return &p.Key }),
	}
}

// storeTable are the keys of the section store.
func storeTable() table[Store] {
	return table[Store]{
		key("directory", path(), "Its directory.", func(p *Store) *string { return &p.Directory }).or("store in that of the stream"),
		key("max_age", age(), "How long records are kept, or off for as long as there is room.", func(p *Store) *time.Duration { return &p.MaxAge }).or("14d"),
		key("max_bytes", size(), "How much is kept at most, 32MiB or more.", func(p *Store) *int64 { return &p.MaxBytes }).or("10GiB, at most a tenth of the disk"),
		key("free_space", size(), "The free space on its disk below which nothing is taken; 0 is no floor.", func(p *Store) *int64 { return &p.FreeSpace }).
			or("512MiB, at most a tenth of the disk"),
	}
}

// minStoreBytes has room for some files of the smallest size.
const minStoreBytes = 32 << 20

// webTable are the keys of the section web.
func webTable() table[Web] {
	return table[Web]{
		key("address", hostPort(), "Where the page, /api, /ingest and /metrics are.", func(p *Web) *string { return &p.Address }).or("127.0.0.1:9024"),
		key("hosts", list(named("host", "the name of a host"), "names"), "Names, beside localhost and addresses, by which requests may call it.", func(p *Web) *[]string { return &p.Hosts }),
	}
}

func (c *checker) readReceivers(m Member) {
	n := c.value(m.Value)
	c.config.Receivers = &Receivers{Place: m.Place}
	if n != nil {
		receiversTable().fill(c, "receivers", n, c.config.Receivers)
	}
}

func (c *checker) readStream(m Member) {
	n := c.value(m.Value)
	s := &Stream{Place: m.Place}
	if c.config.Stream = s; n == nil {
		return
	}
	if s.Off = isOff(n); !s.Off {
		g := streamTable().fill(c, "stream", n, s)
		if d, ok := g["durability"]; ok && s.URL != "" {
			c.fail(d.Value.Place, "", "durability: a cluster decides for itself; leave it or url out")
		}
		for _, name := range clusterKeys {
			if m, ok := g[name]; ok && !g.has("url") {
				c.fail(m.Value.Place, "", "%s: it is for a cluster; name it with url: nats://a,b,c", name)
			}
		}
	}
}

func (c *checker) readStore(m Member) {
	n := c.value(m.Value)
	s := &Store{Place: m.Place}
	if c.config.Store = s; n == nil {
		return
	}
	if s.Off = isOff(n); s.Off {
		return
	}
	g := storeTable().fill(c, "store", n, s)
	if _, ok := g["free_space"]; ok && s.FreeSpace == 0 {
		s.FreeSpace = -1
	}
	if b, ok := g["max_bytes"]; ok && s.MaxBytes > 0 && s.MaxBytes < minStoreBytes {
		c.fail(b.Value.Place, "", "max_bytes: got %s, want 32MiB or more, since it is whole files that go", b.Value.Text)
	}
}

func (c *checker) readWeb(m Member) {
	n := c.value(m.Value)
	w := &Web{Place: m.Place}
	if c.config.Web = w; n == nil {
		return
	}
	switch {
	case isOff(n):
		w.Off = true
	case n.Kind == TextKind || n.Kind == IntKind:
		c.hostPort("web", n, n.Text, ", or off")
		w.Address = n.Text
	default:
		webTable().fill(c, "web", n, w)
	}
}
