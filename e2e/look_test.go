package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// asked is the output of a command that is over.
func asked(t *testing.T, args ...string) (out string, code int) {
	t.Helper()
	cmd := child(t, executable, args...)
	b, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}

// A newcomer has a server in one terminal, a Python program in another, with the lines that the server showed, and in a
// third one sees what arrives, and finds it.
func TestNewcomer(t *testing.T) {
	web := freeAddress(t)
	server := start(t, "", "serve", "--tcp", "127.0.0.1:0", "--web", web, "--udp", "off", "--http", "off", "--otlp", "off", "--otlp-grpc", "off")
	snippet := server.find(`(?s)\n(import logging, logging\.handlers\n.*?DEBUG\))\n`)
	tail := start(t, "", "tail", "--addr", web, "--color", "always")

	program := snippet + `
logging.info("Jackdaws love my big sphinx of quartz.")
logging.getLogger("myapp.area1").debug("Quick zephyrs blow, vexing daft Jim.")
logging.getLogger("myapp.area1").info("How quickly daft jumping zebras vex.")
logging.getLogger("myapp.area2").warning("Jail zesty vixen who grabbed pay from quack.")
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("myapp.area2").exception("The five boxing wizards jump quickly.")
`
	if out, err := child(t, testenv.Python(t), "-c", program).CombinedOutput(); err != nil {
		t.Fatalf("Python: %v\n%s", err, out)
	}
	tail.see("ZeroDivisionError: division by zero")
	for _, part := range []string{"INFO    \x1b[0m \x1b[36mroot            \x1b[0m Jackdaws love", "WARNING \x1b[0m \x1b[36mmyapp.area2     \x1b[0m Jail zesty"} {
		tail.see(part)
	}

	testenv.Await(t, "the last record to be kept", func() bool { // soon after it was received
		out, code := asked(t, "query", "--addr", web, "wizards", "--exit-code")
		if code != 0 && code != 3 {
			t.Fatalf("query: exit %d\n%s", code, out)
		}
		return code == 0
	})
	want := "INFO\troot\tJackdaws love my big sphinx of quartz.\nWARNING\tmyapp.area2\tJail zesty vixen who grabbed pay from quack.\n"
	if out, code := asked(t, "query", "--addr", web, "jail OR quartz", "--fields", "level,logger,message"); code != 0 || out != want {
		t.Errorf("query: exit %d, got\n%s\nwant\n%s", code, out, want)
	}
	if out, code := asked(t, "query", "--addr", web, "--count-by", "level"); code != 0 || out != "LEVEL    RECORDS\nERROR          1\nWARNING        1\nINFO           2\nDEBUG          1\n" {
		t.Errorf("query --count-by: exit %d\n%s", code, out)
	}
	server.stop()
	if out, code := asked(t, "query", "--addr", web, "quartz"); code != 4 || !strings.Contains(out, `start "jackdaw serve"`) {
		t.Errorf("query without a server: exit %d\n%s", code, out)
	}
}

// A server is killed again and again while records arrive: a tail shows each of them once, and in order.
func TestTailThroughKills(t *testing.T) {
	rounds := 3
	if testenv.Long() {
		rounds = 20
	}
	const each = 400
	data := t.TempDir()
	args := []string{"serve", "--console", "off", "--data", data, "--udp", "off", "--http", "off", "--otlp", "off", "--otlp-grpc", "off"}
	tcp, web := freeAddress(t), freeAddress(t)
	args = append(args, "--tcp", tcp, "--web", web)
	server := start(t, "", args...)
	server.address("web")
	if out, code := asked(t, "send", "--tcp", tcp, "the first"); code != 0 {
		t.Fatalf("send: exit %d\n%s", code, out)
	}
	tail := start(t, "", "tail", "--addr", web, "--fields", "message")
	tail.see("the first\n")
	var want strings.Builder
	want.WriteString("the first\n")
	for round := range rounds {
		var lines strings.Builder
		for i := range each {
			fmt.Fprintf(&lines, "round %d number %d\n", round, i)
		}
		want.WriteString(lines.String())
		send := child(t, executable, "send", "--tcp", tcp)
		send.Stdin = strings.NewReader(lines.String())
		if out, err := send.CombinedOutput(); err != nil {
			t.Fatalf("send: %v\n%s", err, out)
		}
		server.kill()
		server = start(t, "", args...)
		server.address("web")
	}
	tail.see(fmt.Sprintf("round %d number %d\n", rounds-1, each-1))
	tail.mu.Lock()
	got := string(tail.out)
	tail.mu.Unlock()
	if got != want.String() {
		t.Errorf("got %d lines, want %d:\n%s", strings.Count(got, "\n"), strings.Count(want.String(), "\n"), got)
	}
}
