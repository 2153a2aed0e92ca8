package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// findRsyslog returns the path of rsyslogd.
func findRsyslog(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("rsyslogd")
	if err != nil {
		path = "/usr/sbin/rsyslogd"
	}
	if _, err := os.Stat(path); err != nil {
		testenv.Skip(t, "needs rsyslogd: %v", err)
	}
	return path
}

// startRsyslog starts rsyslogd, which ends with the test.
func startRsyslog(t *testing.T, path, dir, conf string) {
	t.Helper()
	file := filepath.Join(dir, "rsyslog.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-n", "-f", file, "-i", filepath.Join(dir, "pid"))
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("rsyslogd said:\n%s", &said)
		}
	})
}

// TestRelay lets rsyslog pass on what it gets, in its forms and framings.
func TestRelay(t *testing.T) {
	path := findRsyslog(t)
	s := serve(t, "--tcp", "off", "--udp", "off", "--syslog", "127.0.0.1:0")
	dir, err := os.MkdirTemp("", "relay-") // a socket's path is to be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	socket := filepath.Join(dir, "log")
	var conf strings.Builder
	fmt.Fprintf(&conf, "global(workDirectory=%q)\nmodule(load=\"imuxsock\" SysSock.Use=\"off\")\ninput(type=\"imuxsock\" Socket=%q CreatePath=\"on\")\n", dir, socket)
	to := func(network, more string) {
		_, port, err := net.SplitHostPort(s.address("syslog-" + network))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&conf, "action(type=\"omfwd\" target=\"127.0.0.1\" port=%q protocol=%q %s)\n", port, network, more)
	}
	to("udp", `template="RSYSLOG_TraditionalForwardFormat"`)
	to("udp", `template="RSYSLOG_ForwardFormat"`)
	to("udp", `template="RSYSLOG_SyslogProtocol23Format"`)
	to("tcp", `template="RSYSLOG_SyslogProtocol23Format"`)
	to("tcp", `template="RSYSLOG_SyslogProtocol23Format" TCP_Framing="octet-counted"`)
	startRsyslog(t, path, dir, conf.String())
	c, err := dialUnixgram(t, socket)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("<163>Nov 23 02:00:00 shop[4242]: no paper")); err != nil {
		t.Fatal(err)
	}
	s.wait(5)
	for i, r := range s.records() {
		// To rsyslog the blank behind the tag is of the text, and in RFC 5424 it sends it.
		if strings.TrimPrefix(r.Message, " ") != "no paper" || r.Logger != "shop" || r.Level != "ERROR" || r.Attrs["facility"] != "local4" || r.Process.PID != 4242 || r.Time.IsZero() {
			t.Errorf("record %d: got %+v", i, r)
		}
	}
	s.stop()
}

// dialUnixgram connects to a socket that is about to be there.
func dialUnixgram(t *testing.T, path string) (c net.Conn, err error) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if c, err = net.Dial("unixgram", path); err == nil {
			return c, nil
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-t.Context().Done():
			return nil, t.Context().Err()
		}
	}
	return nil, err
}
