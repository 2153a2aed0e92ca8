package testenv

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// alone names the test that a process was started for.
const alone = "JACKDAW_TEST_ALONE"

// Alone runs the rest of a test in a process of its own: where it does to the process, by a limit for
// example, what no other test, nor the one who runs them, could bear.
func Alone(t *testing.T, rest func()) {
	t.Helper()
	if isAlone(t) {
		rest()
		return
	}
	if out, _, err := again(t, nil); err != nil {
		t.Fatalf("in a process of its own: %v\n%s", err, out)
	}
}

// isAlone reports whether the process was started for this test.
func isAlone(t *testing.T) bool { return os.Getenv(alone) == t.Name() }

// again runs the test in a process of its own. started is false if there can be none with attr.
func again(t *testing.T, attr *syscall.SysProcAttr) (out []byte, started bool, err error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), alone+"="+t.Name())
	cmd.SysProcAttr = attr
	out, err = cmd.CombinedOutput()
	return out, cmd.Process != nil, err
}
