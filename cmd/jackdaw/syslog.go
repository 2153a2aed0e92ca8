package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/daemon"
)

// syslogPrefix begins the names of the networks that carry syslog.
const syslogPrefix = "syslog-"

// syslogAddresses is the value of --syslog, which may be repeated.
type syslogAddresses []daemon.Address

// String returns the addresses.
func (s *syslogAddresses) String() string {
	var words []string
	for _, a := range *s {
		words = append(words, strings.TrimPrefix(a.Network, syslogPrefix)+":"+a.Address)
	}
	if len(words) == 0 {
		return off
	}
	return strings.Join(words, ",")
}

// Type returns how the flag's value is called in the help.
func (s *syslogAddresses) Type() string { return "ADDR" }

// Set takes an address more: HOST:PORT, for UDP and TCP, or a path, for datagrams; before either of them may
// stand the network that is meant. With off, none is wanted.
func (s *syslogAddresses) Set(value string) error {
	if strings.EqualFold(value, off) {
		*s = nil
		return nil
	}
	networks := []string{"udp", "tcp"}
	if strings.ContainsAny(value, "/@") {
		networks = []string{"unixgram"}
	}
	if network, rest, ok := strings.Cut(value, ":"); ok && (network == "udp" || network == "tcp" || isPath(network)) {
		networks, value = []string{network}, rest
	}
	if value == "" {
		return errors.New("the address is empty; write off for none")
	}
	for _, network := range networks {
		at := value
		if isPath(network) {
			path, err := filepath.Abs(value)
			if err != nil {
				return err
			}
			if !strings.HasPrefix(value, "@") {
				at = path
			}
		} else if err := checkHostPort(value); errors.Is(err, errNoHostPort) {
			return fmt.Errorf("%w, such as 127.0.0.1:5514, or a path, such as /run/jackdaw/log, or off", err)
		} else if err != nil {
			return err
		}
		*s = append(*s, daemon.Address{Network: syslogPrefix + network, Address: at})
	}
	return nil
}
