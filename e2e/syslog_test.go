package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// useOfSyslog logs to handlers that it finds.
const useOfSyslog = `
log = logging.getLogger("shop.pay")
log.setLevel(logging.DEBUG)
log.warning("gr\u00fcn")
try:
    int("x")
except ValueError:
    log.exception("failed")
log.debug("after")
`

// TestSysLogHandler logs by Python's handler over each transport, and by the recipe of docs/python.md that says more.
func TestSysLogHandler(t *testing.T) {
	testenv.Python(t)
	path := filepath.Join(t.TempDir(), "log")
	s := serve(t, "--tcp", "off", "--udp", "off", "--syslog", "127.0.0.1:0", "--syslog", path, "--syslog", "unix:"+path+".stream")
	place := func(network string) string {
		return "(" + strings.Replace(s.address(network), "127.0.0.1:", `"127.0.0.1", `, 1) + ")"
	}
	f := func(handler string, check func(r received)) {
		t.Helper()
		n := s.printed()
		script(t, "import logging, logging.handlers, socket\n"+handler+"\nlogging.getLogger().addHandler(handler)\n"+useOfSyslog)
		s.wait(n + 3)
		records := s.records()[n:]
		want := []string{"WARNING grün", "ERROR failed", "DEBUG after"}
		for i, r := range records {
			if got := r.Level + " " + r.Message; got != want[i] {
				t.Errorf("%s: record %d: got %q, want %q", handler, i, got, want[i])
			}
			check(r)
		}
		if e := records[1].Exception; e == nil || e.Type != "ValueError" || !strings.HasPrefix(e.Traceback, "Traceback") {
			t.Errorf("%s: got exception %+v", handler, e)
		}
	}
	plain := func(r received) {
		if r.Logger != "" || r.Attrs["facility"] != "user" || r.Peer == "" {
			t.Errorf("got %+v, want a record without a logger", r)
		}
	}
	f("handler = logging.handlers.SysLogHandler("+place("syslog-udp")+")", plain)
	f("handler = logging.handlers.SysLogHandler("+place("syslog-tcp")+", socktype=socket.SOCK_STREAM)", plain)
	f("handler = logging.handlers.SysLogHandler("+`"`+path+`")`, plain)
	f("handler = logging.handlers.SysLogHandler("+`"`+path+`.stream", socktype=socket.SOCK_STREAM)`, plain)

	recipe := block(t, "docs/python.md", "python", "class RFC5424")
	if !strings.Contains(recipe, `("localhost", 5514)`) {
		t.Fatalf("the recipe sends elsewhere:\n%s", recipe)
	}
	f(strings.Replace(recipe, `("localhost", 5514)`, place("syslog-udp"), 1), func(r received) {
		if r.Logger != "shop.pay" || r.Process.PID == 0 || r.Time.IsZero() || r.Time.After(r.Received) {
			t.Errorf("got %+v, want logger, process and time", r)
		}
	})
	s.stop()
}

// TestLogger logs as a shell script does.
func TestLogger(t *testing.T) {
	path, err := exec.LookPath("logger")
	if err != nil {
		testenv.Skip(t, "needs logger(1), which Debian has in bsdutils")
	}
	file := filepath.Join(t.TempDir(), "log")
	s := serve(t, "--tcp", "off", "--udp", "off", "--syslog", "127.0.0.1:0", "--syslog", file)
	_, udp, _ := strings.Cut(s.address("syslog-udp"), ":")
	_, tcp, _ := strings.Cut(s.address("syslog-tcp"), ":")
	n := 0
	for _, args := range [][]string{
		{"-n", "127.0.0.1", "-d", "-P", udp}, {"-n", "127.0.0.1", "-d", "-P", udp, "--rfc3164"}, {"-n", "127.0.0.1", "-T", "-P", tcp},
		{"-n", "127.0.0.1", "-T", "-P", tcp, "--octet-count"}, {"-n", "127.0.0.1", "-T", "-P", tcp, "--rfc3164"}, {"-u", file, "-d"},
	} {
		args = append(args, "-t", "shop", "--id=4242", "-p", "local3.err", "no paper")
		if out, err := child(t, path, args...).CombinedOutput(); err != nil {
			t.Fatalf("logger %q: %v: %s", args, err, out)
		}
		n++
		s.wait(n)
		r := s.records()[n-1]
		if r.Logger != "shop" || r.Message != "no paper" || r.Level != "ERROR" || r.Process.PID != 4242 || r.Attrs["facility"] != "local3" || r.Time.IsZero() {
			t.Errorf("logger %q: got %+v", args, r)
		}
	}
	s.stop()
}
