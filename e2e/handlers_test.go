package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// heard is what a peer says of a record, or of a mail.
type heard struct{ Peer, Logger, Level, Message string }

// peers starts the program of Python that records are sent to, and returns its ports and what it says.
func peers(t *testing.T) (ports map[string]int, said <-chan heard) {
	t.Helper()
	cmd := child(t, testenv.Python(t), filepath.Join("testdata", "peers.py"))
	cmd.Stderr = t.Output()
	stdin, stdout := pipes(t, cmd)
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		if exit, ok := errors.AsType[*exec.ExitError](cmd.Wait()); ok && exit.ExitCode() == 3 {
			testenv.Skip(t, "needs aiosmtpd (python3-aiosmtpd)")
		}
		t.Fatal("the peers did not start")
	}
	if err := json.Unmarshal(lines.Bytes(), &ports); err != nil {
		t.Fatal(err)
	}
	out := make(chan heard, 1000)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for lines.Scan() {
			var h heard
			if err := json.Unmarshal(lines.Bytes(), &h); err != nil {
				t.Errorf("a peer said %q: %v", lines.Text(), err)
			}
			out <- h
		}
	}()
	t.Cleanup(func() {
		stdin.Close()
		<-ended
		_ = cmd.Wait()
	})
	return ports, out
}

const everyHandler = `
version: 1
formatters:
  brief: {format: "%%(levelname)s %%(name)s %%(message)s"}
handlers:
  file: {class: logging.FileHandler, filename: %[1]s/file.log, formatter: brief}
  rotating: {class: logging.handlers.RotatingFileHandler, filename: %[1]s/rotating.log, formatter: brief, maxBytes: 60, backupCount: 9}
  errors: {class: logging.handlers.MemoryHandler, capacity: 100, flushLevel: ERROR, target: kept}
  kept: {class: file, filename: %[1]s/kept.log, formatter: brief}
  socket: {class: logging.handlers.SocketHandler, host: 127.0.0.1, port: %[2]d}
  datagram: {class: logging.handlers.DatagramHandler, host: 127.0.0.1, port: %[3]d}
  form: {class: logging.handlers.HTTPHandler, host: "127.0.0.1:%[4]d", url: /form, method: POST}
  lines: {class: http, url: "http://127.0.0.1:%[4]d/lines"}
  mail: {class: logging.handlers.SMTPHandler, mailhost: [127.0.0.1, %[5]d], fromaddr: shop@x.example, toaddrs: [ops@x.example], subject: shop, level: ERROR, formatter: brief}
  queue: {class: logging.handlers.QueueHandler, handlers: [form, lines]}
root: {level: DEBUG, handlers: [file, rotating, errors, socket, datagram, queue, mail]}
receivers: {tcp: "127.0.0.1:0", udp: "off", http: "off", otlp: "off", otlp_grpc: "off"}
web: "off"
`

// What a program of Python logs leaves by each of the handlers of a configuration, and is what its peer reads there.
func TestHandlersOfConfig(t *testing.T) {
	ports, said := peers(t)
	dir := t.TempDir()
	config := filepath.Join(dir, "jackdaw.yaml")
	text := fmt.Sprintf(everyHandler, dir, ports["socket"], ports["datagram"], ports["http"], ports["mail"])
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "", "serve", "--config", config, "--data", filepath.Join(dir, "data"))
	logCookbook(t, s)
	want := []string{
		"INFO root Jackdaws love my big sphinx of quartz.",
		"DEBUG myapp.area1 Quick zephyrs blow, vexing daft Jim.",
		"INFO myapp.area1 How quickly daft jumping zebras vex.",
		"WARNING myapp.area2 Jail zesty vixen who grabbed pay from quack.",
		"ERROR myapp.area2 The five boxing wizards jump quickly.",
	}
	got := map[string][]string{}
	for range 4*len(want) + 1 {
		select {
		case h := <-said:
			line := h.Level + " " + h.Logger + " " + h.Message
			if h.Peer == "mail" {
				line = h.Message
			}
			got[h.Peer] = append(got[h.Peer], line)
		case <-time.After(patience):
			t.Fatalf("got %q, want each record from each peer, and a mail", got)
		}
	}
	for _, peer := range []string{"socket", "datagram", "form", "lines"} {
		if !slices.Equal(got[peer], want) {
			t.Errorf("%s: got %q, want %q", peer, got[peer], want)
		}
	}
	if mails := got["mail"]; len(mails) != 1 || !strings.Contains(mails[0], want[4]) || strings.Contains(mails[0], want[3]) {
		t.Errorf("mail: got %q, want one with the error alone", mails)
	}
	s.stop()
	var rotated []string
	for i := range want {
		name := "rotating.log"
		if i > 0 {
			name += fmt.Sprint(".", i)
		}
		text, _ := os.ReadFile(filepath.Join(dir, name))
		rotated = append([]string{strings.TrimSuffix(string(text), "\n")}, rotated...)
	}
	if !slices.Equal(rotated, want) {
		t.Errorf("rotated files: got %q, want a record in each: %q", rotated, want)
	}
	for _, name := range []string{"file.log", "kept.log"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(text) != strings.Join(want, "\n")+"\n" {
			t.Errorf("%s: got %q, %v, want %q", name, text, err, want)
		}
	}
}

// What leaves by a handler of syslog is what rsyslog reads: facility and level, program and logger, and the text.
func TestSyslogHandlerOfConfig(t *testing.T) {
	path := findRsyslog(t)
	dir := t.TempDir()
	portFile, seen := filepath.Join(dir, "port"), filepath.Join(dir, "seen")
	startRsyslog(t, path, dir, fmt.Sprintf(`global(workDirectory=%[1]q)
module(load="imtcp")
input(type="imtcp" port="0" address="127.0.0.1" listenPortFileName=%[2]q)
template(name="seen" type="string" string="%%syslogfacility-text%% %%syslogseverity-text%% %%app-name%% %%msgid%% %%msg%%\n")
action(type="omfile" file=%[3]q template="seen")
`, dir, portFile, seen))
	config := filepath.Join(dir, "jackdaw.yaml")
	text := `
version: 1
handlers:
  syslog: {class: syslog, address: "127.0.0.1:%s", network: tcp, app: shop, facility: local3}
root: {level: INFO, handlers: [syslog]}
receivers: {tcp: "127.0.0.1:0", udp: "off", http: "off", otlp: "off", otlp_grpc: "off"}
web: "off"
`
	text = fmt.Sprintf(text, strings.TrimSpace(awaitLines(t, portFile, 1)))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "", "serve", "--config", config, "--data", "off")
	logCookbook(t, s)
	s.stop()
	want := `local3 info shop - Jackdaws love my big sphinx of quartz.
local3 info myapp myapp.area1 How quickly daft jumping zebras vex.
local3 warning myapp myapp.area2 Jail zesty vixen who grabbed pay from quack.
local3 err myapp myapp.area2 The five boxing wizards jump quickly.
`
	if got := awaitLines(t, seen, 4); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// awaitLines waits until a file has so many lines, the last of which may be without an end, and returns them.
func awaitLines(t *testing.T, path string, lines int) string {
	t.Helper()
	return awaitFile(t, path, fmt.Sprint(lines, " lines"), func(b []byte) bool {
		return len(b) > 0 && len(strings.Split(strings.TrimSpace(string(b)), "\n")) >= lines
	})
}

// awaitFile waits until a file is there and is what is wanted, and returns it.
func awaitFile(t *testing.T, path, want string, isWanted func(b []byte) bool) string {
	t.Helper()
	for late := time.Now().Add(patience); ; <-time.After(10 * time.Millisecond) {
		b, err := os.ReadFile(path)
		if err == nil && isWanted(b) {
			return string(b)
		}
		if time.Now().After(late) {
			t.Fatalf("%s: got %.2000q, %v, want %s", path, b, err, want)
		}
	}
}
