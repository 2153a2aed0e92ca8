package e2e

import (
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// TestCPython runs CPython's own tests of its network handlers, with nothing but their servers replaced.
func TestCPython(t *testing.T) {
	python := testenv.Python(t)
	if err := child(t, python, "-c", "import test.test_logging").Run(); err != nil {
		testenv.Skip(t, "needs CPython's own tests, which Debian has in libpython3.11-testsuite: %v", err)
	}
	// One of them has two and a half seconds from one of its lines to a later one, which a busy machine may not give it; what
	// is broken fails each time.
	var out []byte
	var err error
	for range 3 {
		if out, err = child(t, python, "testdata/cpython.py", executable).CombinedOutput(); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatalf("got %v:\n%s", err, out)
	}
	if n := strings.Count(string(out), "... ok"); n < 11 {
		t.Errorf("got %d tests that passed, want the 13 of Python 3.11, of which two need IPv6:\n%s", n, out)
	}
}
