package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// reloads is a configuration of which every second version has a file made anew, another level, a handler and an address
// more.
func reloads(dir string, i int) string {
	more, hung, udp, level := "", "", "off", "INFO"
	if i%2 == 1 {
		more = fmt.Sprintf("  more: {class: file, filename: %s/more.log, formatter: plain}\n", dir)
		hung, udp, level = ", more", `"127.0.0.1:0"`, "ERROR"
	}
	return fmt.Sprintf(`version: 1
formatters: {plain: {format: "%%(message)s"}}
handlers:
  stays: {class: logging.FileHandler, filename: %[1]s/stays.log, formatter: plain}
  made: {class: logging.handlers.RotatingFileHandler, filename: %[1]s/made.log, formatter: plain, maxBytes: 1000000000, backupCount: %[2]d}
%[3]sloggers: {other: {level: %[6]s}}
root: {handlers: [stays, made%[4]s]}
receivers: {tcp: "127.0.0.1:0", udp: %[5]s, http: off, otlp: off, otlp_grpc: off}
web: off
`, dir, i%2+1, more, hung, udp, level)
}

// A Python program logs without a pause while the server it logs to is made anew again and again: its connection stays, and
// each handler that is always there has each of its records once, in order.
func TestReloadUnderPython(t *testing.T) {
	times := 10
	if testenv.Long() {
		times = 100
	}
	for _, keeps := range []string{"off", filepath.Join(t.TempDir(), "data")} {
		dir := t.TempDir()
		path := filepath.Join(dir, "jackdaw.yaml")
		configure := func(i int) {
			if err := os.WriteFile(path, []byte(reloads(dir, i)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		configure(0)
		s := start(t, "", "serve", "--config", path, "--data", keeps)
		_, port := s.tcp()
		cmd := child(t, testenv.Python(t), filepath.Join("testdata", "steady.py"), port)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		arrived(t, filepath.Join(dir, "stays.log"), "0\n1\n")
		for i := 1; i <= times; i++ {
			configure(i)
			if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			s.await(fmt.Sprintf("reload %d", i), func() bool { return bytes.Count(s.said, []byte("jackdaw: logger other: changed")) == i })
		}
		if _, err := io.WriteString(stdin, "enough"); err != nil {
			t.Fatal(err)
		}
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Fatalf("%v: %s", err, &out)
		}
		sent, connections := 0, 0
		if _, err := fmt.Sscan(out.String(), &sent, &connections); err != nil || connections != 1 {
			t.Errorf("data %s: got %q, %v, want a number of records over one connection", keeps, out.String(), err)
		}
		for _, name := range []string{"stays.log", "made.log"} { // the end leaves in the stream what is in its files alone
			arrived(t, filepath.Join(dir, name), fmt.Sprintf("\n%d\n", sent-1))
		}
		s.stop()
		for _, name := range []string{"stays.log", "made.log"} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Fields(string(b))
			if len(lines) != sent {
				t.Errorf("data %s: %s: got %d records, want %d", keeps, name, len(lines), sent)
			}
			for i, line := range lines {
				if line != fmt.Sprint(i) {
					t.Errorf("data %s: %s: record %d is %q", keeps, name, i, line)
					break
				}
			}
		}
	}
}

// arrived waits until the file has the text.
func arrived(t *testing.T, path, text string) {
	t.Helper()
	awaitFile(t, path, strconv.Quote(text)+" in it", func(b []byte) bool { return bytes.Contains(b, []byte(text)) })
}
