package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackdaw-log/jackdaw/record"
)

// off is the address of a receiver that is not wanted.
const off = "off"

// address is the value of a flag that names a place to listen, or to send to.
type address struct{ network, value string }

// String returns the address.
func (a *address) String() string { return a.value }

// Type returns how the flag's value is called in the help.
func (a *address) Type() string { return "ADDR" }

// Set takes an address, or off.
func (a *address) Set(value string) error {
	switch {
	case strings.EqualFold(value, off):
		value = off
	case value == "":
		return errors.New("the address is empty; write off for none")
	case !isPath(a.network):
		if err := checkHostPort(value); err != nil {
			return a.like(err)
		}
	default:
		path, err := filepath.Abs(value)
		if err != nil {
			return err
		}
		value = path // as a Python program needs it, wherever that runs
	}
	a.value = value
	return nil
}

// like adds to an error what would be right, by what the flag has without one.
func (a *address) like(err error) error {
	switch {
	case !errors.Is(err, errNoHostPort):
		return err
	case a.value == off:
		return fmt.Errorf("%w, or off", err)
	}
	return fmt.Errorf("%w, such as %s, or off", err, a.value)
}

// isPath reports whether the addresses of the network are paths.
func isPath(network string) bool {
	network = strings.TrimPrefix(network, syslogPrefix)
	return network == "unix" || network == "unixgram"
}

// errNoHostPort says that a text is no address, and nothing like one.
var errNoHostPort = errors.New("want HOST:PORT")

func checkHostPort(value string) error {
	_, port, err := net.SplitHostPort(value)
	if err != nil {
		if _, err := strconv.ParseUint(value, 10, 16); err == nil {
			return fmt.Errorf("want HOST:PORT; for this machine only, 127.0.0.1:%s", value)
		}
		return errNoHostPort
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q is no port; want a number from 0 to 65535, 0 for any that is free", port)
	}
	return nil
}

// levels is the value of --level, which may be repeated.
type levels []levelOf

// levelOf is the lowest level of a logger that is handled. The empty name is the root's.
type levelOf struct {
	logger string
	level  slog.Level
}

// String returns the levels as they were given.
func (l *levels) String() string {
	var words []string
	for _, level := range *l {
		word := record.LevelName(level.level)
		if level.logger != "" {
			word = level.logger + "=" + word
		}
		words = append(words, word)
	}
	return strings.Join(words, ",")
}

// Type returns how the flag's value is called in the help.
func (l *levels) Type() string { return "[LOGGER=]LEVEL" }

// Set takes one level more.
func (l *levels) Set(value string) error {
	logger, word := "", value
	if i := strings.LastIndexByte(value, '='); i >= 0 {
		logger, word = value[:i], value[i+1:]
	}
	level, err := record.ParseLevel(word)
	if err != nil {
		return err
	}
	*l = append(*l, levelOf{logger, level})
	return nil
}

// networks is the value of --allow, which may be repeated.
type networks []netip.Prefix

// String returns the networks as they were given.
func (n *networks) String() string {
	var words []string
	for _, p := range *n {
		words = append(words, p.String())
	}
	return strings.Join(words, ",")
}

// Type returns how the flag's value is called in the help.
func (n *networks) Type() string { return "CIDR" }

// Set takes one network more, or one host.
func (n *networks) Set(value string) error {
	if host, err := netip.ParseAddr(value); err == nil {
		*n = append(*n, netip.PrefixFrom(host.WithZone(""), host.BitLen()))
		return nil
	}
	p, err := netip.ParsePrefix(value)
	if err != nil {
		return errors.New("want a network such as 10.0.0.0/8, or a host such as 10.1.2.3")
	}
	if p.Masked() != p {
		return fmt.Errorf("the network of %d bits is %s", p.Bits(), p.Masked())
	}
	*n = append(*n, p)
	return nil
}
