package receiver

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// hostOf returns the address of a peer, without its port and zone; the zero Addr where it has none, as
// on a unix socket.
func hostOf(a net.Addr) netip.Addr {
	var ip net.IP
	switch a := a.(type) {
	case *net.TCPAddr:
		ip = a.IP
	case *net.UDPAddr:
		ip = a.IP
	}
	host, _ := netip.AddrFromSlice(ip)
	return host.Unmap()
}

// Allow changes whose hosts may send, as Options.Allow has it: for connections from then on, and for datagrams. It is
// an error to let any host send while there is an address that other machines reach. undo takes it back.
func (r *Receiver) Allow(networks []netip.Prefix) (undo func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, in := range r.inlets {
		at, err := netip.ParseAddrPort(in.address)
		if err == nil && !at.Addr().Unmap().IsLoopback() && len(networks) == 0 && len(*r.allow.Load()) > 0 {
			return nil, fmt.Errorf("%s %s is reached by other machines: that any host may send there takes a restart", in.network, in.address)
		}
	}
	before := r.allow.Swap(&networks)
	return func() { r.allow.Store(before) }, nil
}

// admits reports whether a peer at host may send: one of this machine may, any may where nothing says
// who, and else those that Allow names.
func (r *Receiver) admits(host netip.Addr) bool {
	allow := *r.allow.Load()
	return !host.IsValid() || len(allow) == 0 || host.IsLoopback() ||
		slices.ContainsFunc(allow, func(p netip.Prefix) bool { return p.Contains(host) })
}

// countedAs returns what stands for host where what one peer may have is counted: its network of 64 bits
// for IPv6, of which one machine may use any address. It is the zero Addr for a peer that is not
// limited.
func countedAs(host netip.Addr, loopbackToo bool) netip.Addr {
	switch {
	case !host.IsValid(), host.IsLoopback() && !loopbackToo:
		return netip.Addr{}
	case host.Is6():
		network, _ := host.Prefix(64)
		return network.Addr()
	}
	return host
}

// visit is a connection that was admitted.
type visit struct {
	l *ledger
	// connsOf and bytesOf say whose connections and bytes it counts with; zero where those are not
	// limited by peer.
	connsOf, bytesOf netip.Addr
}

// admit lets a connection in, or says why not, in which case it is to be closed at once.
func (r *Receiver) admit(l *ledger, nc net.Conn, peer string) (v visit, ok bool) {
	host := hostOf(nc.RemoteAddr())
	if !r.admits(host) {
		l.refuse(NotAllowed, peer, "connection closed at once: the address is not among those that may send")
		return v, false
	}
	v = visit{l: l, connsOf: countedAs(host, r.o.peerConnsSet), bytesOf: countedAs(host, r.o.peerBytesSet)}
	r.mu.Lock()
	full := r.open >= r.o.MaxConns
	crowded := v.connsOf.IsValid() && r.peerConns[v.connsOf] >= r.o.PeerConns
	if !full && !crowded {
		r.open++
		l.conns.Add(1)
		l.connsTotal.Add(1)
		if v.connsOf.IsValid() {
			r.peerConns[v.connsOf]++
		}
	}
	r.mu.Unlock()
	switch {
	case full:
		l.refuse(ConnLimit, peer, fmt.Sprintf("connection closed at once: %d are open, which is the limit", r.o.MaxConns))
	case crowded:
		l.refuse(PeerLimit, peer, fmt.Sprintf("connection closed at once: this address has %d open, which is the limit for one", r.o.PeerConns))
	}
	return v, !full && !crowded
}

// leave is the end of a connection that was admitted. Who finds it gone from the counts finds its place free.
func (r *Receiver) leave(v visit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open--
	v.l.conns.Add(-1)
	if !v.connsOf.IsValid() {
		return
	}
	r.peerConns[v.connsOf]--
	if r.peerConns[v.connsOf] == 0 {
		delete(r.peerConns, v.connsOf)
	}
}

// OpenError is the error of Listen for an address that is reached from other machines, where nothing
// says who may send or keeps what is sent from strangers.
type OpenError struct {
	Address net.Addr
	// TLS and Token say whether a certificate, or a token, would do; an allow-list always does.
	TLS, Token bool
}

func (e *OpenError) Error() string {
	would := "an allow-list"
	switch {
	case e.Token:
		would = "TLS, a token or an allow-list"
	case e.TLS:
		would = "TLS or an allow-list"
	}
	return "anyone who reaches " + e.Address.String() + " could send: it takes " + would
}

// MayListen returns the [*OpenError] of listening at an address of the network, host:port, as far as the address itself
// says that other machines reach it. Listen says it of any.
func (r *Receiver) MayListen(network, address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || network == "unix" || network == "unixgram" {
		return nil
	}
	isPackets := network == "udp" || network == "syslog-udp"
	isHTTP := network == "http" || network == "otlp" || network == "otlp-grpc" || network == "web"
	return r.mayListen(net.TCPAddrFromAddrPort(at), !isPackets, isHTTP)
}

// mayListen returns an error where listening at addr would let everybody in. TLS and tokens protect the
// ways in that can have them.
func (r *Receiver) mayListen(addr net.Addr, canTLS, canToken bool) error {
	host := hostOf(addr)
	if !host.IsValid() || host.IsLoopback() || len(*r.allow.Load()) > 0 || canTLS && r.o.TLS != nil || canToken && r.o.Tokens != nil {
		return nil
	}
	return &OpenError{Address: addr, TLS: canTLS, Token: canToken}
}
