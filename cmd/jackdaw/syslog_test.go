package main

import (
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/daemon"
)

func TestSyslogAddresses(t *testing.T) {
	f := func(want string, values ...string) {
		t.Helper()
		var s syslogAddresses
		for _, v := range values {
			if err := s.Set(v); err != nil {
				t.Errorf("%q: %v", v, err)
			}
		}
		if got := s.String(); got != want {
			t.Errorf("%q: got %s, want %s", values, got, want)
		}
	}
	f("udp:127.0.0.1:5514,tcp:127.0.0.1:5514", "127.0.0.1:5514")
	f("udp:[::1]:514", "udp:[::1]:514")
	f("tcp:localhost:601,unixgram:/dev/log", "tcp:localhost:601", "/dev/log")
	f("unix:/run/s,unixgram:@jackdaw", "unix:/run/s", "@jackdaw")
	f("off")
	f("off", "127.0.0.1:5514", "OFF")
}

func TestSnippet(t *testing.T) {
	f := func(network, address, want string) {
		t.Helper()
		if want != "" {
			want = "import logging, logging.handlers\nlogging.getLogger().addHandler(logging.handlers." + want + ")\nlogging.getLogger().setLevel(logging.DEBUG)"
		}
		if got := snippet(daemon.Address{Network: network, Address: address}); got != want {
			t.Errorf("%s %s: got\n%s\nwant\n%s", network, address, got, want)
		}
	}
	f("tcp", "0.0.0.0:9020", `SocketHandler("localhost", 9020)`)
	f("unixgram", "/run/s", `DatagramHandler("/run/s", None)`)
	f("http", "[::1]:9022", `HTTPHandler("[::1]:9022", "/", method="POST")`)
	f("syslog-udp", "127.0.0.1:514", `SysLogHandler(("127.0.0.1", 514))`)
	f("syslog-unixgram", "/dev/log", `SysLogHandler("/dev/log")`)
	f("otlp", "127.0.0.1:4318", "")
}
