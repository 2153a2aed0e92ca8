package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// holder returns the process that has an address, as "NAME (pid N)", empty where that cannot be
// known: the kernel's table names the socket, and /proc the process that has it open, as far as we
// may look.
func holder(network, address string) string {
	socket := ""
	switch network {
	case "tcp", "udp":
		socket = inetSocket(network, address)
	case "unix", "unixgram":
		socket = unixSocket(address)
	}
	if socket == "" {
		return ""
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return ""
	}
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && to == "socket:["+socket+"]" {
			pid := strings.Split(link, "/")[2]
			return fmt.Sprintf("%s (pid %s)", commandOf(pid), pid)
		}
	}
	return ""
}

// inetSocket returns the inode of the socket that receives at host:port.
func inetSocket(network, address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	wanted, err := netip.ParseAddr(host)
	if err != nil {
		wanted = netip.IPv6Unspecified() // a name; whoever has the port
	}
	state := map[string]string{"tcp": "0A", "udp": "07"}[network] // TCP_LISTEN; of UDP, not connected
	for _, table := range []string{network, network + "6"} {
		for _, fields := range procTable("/proc/net/" + table) {
			// sl, local address, remote address, state, queues, timer, retransmissions, uid, timeout, inode
			if len(fields) < 10 || fields[3] != state {
				continue
			}
			ip, at, ok := parseLocal(fields[1])
			if ok && strconv.Itoa(at) == port && (ip == wanted || ip.IsUnspecified() || wanted.IsUnspecified()) {
				return fields[9]
			}
		}
	}
	return ""
}

// parseLocal reads an address of the kernel's table: the 32-bit words of the IP in the machine's byte
// order, which is little-endian where this is compiled for, and the port, both in hexadecimal.
func parseLocal(s string) (ip netip.Addr, port int, ok bool) {
	words, portText, _ := strings.Cut(s, ":")
	b, err := hex.DecodeString(words)
	if err != nil || len(b)%4 != 0 {
		return ip, 0, false
	}
	for i := 0; i < len(b); i += 4 {
		b[i], b[i+1], b[i+2], b[i+3] = b[i+3], b[i+2], b[i+1], b[i]
	}
	n, err := strconv.ParseUint(portText, 16, 16)
	if err != nil {
		return ip, 0, false
	}
	ip, ok = netip.AddrFromSlice(b)
	return ip.Unmap(), int(n), ok
}

// unixSocket returns the inode of the socket bound to a path: of the one that listens, if there are connections to it.
func unixSocket(path string) (inode string) {
	const listens = "00010000" // SO_ACCEPTCON
	for _, fields := range procTable("/proc/net/unix") {
		// number, references, protocol, flags, type, state, inode, path; a connection that nobody has
		// accepted yet has the path too, but no inode
		if len(fields) == 8 && fields[7] == path && fields[6] != "0" && (inode == "" || fields[3] == listens) {
			inode = fields[6]
		}
	}
	return inode
}

// procTable returns the fields of each line of a table of the kernel, without its heading.
func procTable(name string) (rows [][]string) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(b)) {
		rows = append(rows, strings.Fields(line))
	}
	return rows[min(1, len(rows)):]
}

// maxCommand bounds how much of a command line is shown.
const maxCommand = 60

// commandOf returns the command line of a process, as far as it can be shown on a line.
func commandOf(pid string) string {
	b, err := os.ReadFile("/proc/" + pid + "/cmdline")
	if err != nil || len(b) == 0 {
		return "a process"
	}
	words := bytes.Split(bytes.TrimRight(b, "\x00"), []byte{0})
	words[0] = []byte(filepath.Base(string(words[0])))
	line := []rune(strings.ToValidUTF8(string(bytes.Join(words, []byte(" "))), "?"))
	for i, r := range line {
		if !unicode.IsPrint(r) {
			line[i] = '?'
		}
	}
	if len(line) > maxCommand {
		line = append(line[:maxCommand-1], '…')
	}
	return string(line)
}
