package sender

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// daemon is a running rsyslogd.
type daemon struct {
	cmd   *exec.Cmd
	ended chan error // what Wait returned
	path  string     // of what it writes: a line of JSON a message
	conf  string
	port  string // of TCP
}

// rsyslogTemplate writes what rsyslog made of a message.
const rsyslogTemplate = `
global(workDirectory="%[1]s" net.enableDNS="off" localHostname="here" maxMessageSize="64k")
template(name="seen" type="list" option.jsonf="on") {
	property(outname="pri" name="pri" format="jsonf") property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
	property(outname="host" name="hostname" format="jsonf") property(outname="app" name="app-name" format="jsonf")
	property(outname="pid" name="procid" format="jsonf") property(outname="id" name="msgid" format="jsonf")
	property(outname="data" name="structured-data" format="jsonf") property(outname="text" name="msg" format="jsonf")
}
ruleset(name="seen") { action(type="omfile" file="%[2]s" template="seen") }
`

// rsyslog starts rsyslogd with inputs, in whose text PORT is the port of TCP, which stays its own when it is restarted.
func rsyslog(t *testing.T, inputs string) *daemon {
	t.Helper()
	dir := t.TempDir()
	d := &daemon{path: filepath.Join(dir, "seen.json"), conf: filepath.Join(dir, "rsyslog.conf")}
	d.port = fmt.Sprint(testenv.FreePort(t))
	conf := fmt.Sprintf(rsyslogTemplate, dir, d.path) + strings.ReplaceAll(inputs, "PORT", d.port)
	if err := os.WriteFile(d.conf, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	d.start(t)
	t.Cleanup(func() { d.stop(t) })
	testenv.Await(t, "rsyslogd's port", func() bool {
		select {
		case err := <-d.ended: // where it is confined to its own files, for example
			d.cmd = nil
			testenv.Skip(t, "needs an rsyslogd that starts: %v", err)
		default:
		}
		c, err := net.Dial("tcp", "127.0.0.1:"+d.port)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return d
}

func (d *daemon) start(t *testing.T) {
	t.Helper()
	path, err := exec.LookPath("rsyslogd")
	if err != nil {
		path = "/usr/sbin/rsyslogd"
	}
	if _, err := os.Stat(path); err != nil {
		testenv.Skip(t, "needs rsyslogd: %v", err)
	}
	d.cmd = exec.Command(path, "-n", "-f", d.conf, "-i", d.conf+".pid")
	d.cmd.Stdout, d.cmd.Stderr = t.Output(), t.Output()
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	cmd, ended := d.cmd, make(chan error, 1)
	d.ended = ended
	go func() { ended <- cmd.Wait() }()
}

// stop ends it in good order: what it has read is written then.
func (d *daemon) stop(t *testing.T) {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	if err := testenv.Receive(t, "rsyslogd's end", d.ended); err != nil {
		t.Errorf("rsyslogd: %v", err)
	}
	d.cmd = nil
}

// seen is a message as rsyslog has understood it.
type seen struct{ Pri, Time, Host, App, PID, ID, Data, Text string }

// messages waits until there are n messages, and returns them.
func (d *daemon) messages(t *testing.T, n int) (all []seen) {
	t.Helper()
	testenv.Await(t, fmt.Sprintf("%d messages", n), func() bool {
		text, err := os.ReadFile(d.path)
		return err == nil && bytes.Count(text, []byte("\n")) >= n
	})
	text, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1] // more may be coming, which it writes in pieces
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var s seen
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		all = append(all, s)
	}
	return all
}

// certificate writes the certificate of a server at 127.0.0.1 and its key into files of these names, cert and key, and
// returns what a client needs to know.
func certificate(t *testing.T, dir string) *tls.Config {
	t.Helper()
	web := httptest.NewTLSServer(nil)
	web.Close()
	pair := web.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, "key": {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	return &tls.Config{RootCAs: roots}
}

// freeUDP returns a port of ownHost that nobody listens on.
func freeUDP(t *testing.T) (port string) {
	t.Helper()
	c, err := net.ListenPacket("udp", ownHost()+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, port, _ = net.SplitHostPort(c.LocalAddr().String())
	return port
}
