// Package testenv tells tests what they may count on. It is the one place where a test is skipped:
// where CI=true is set, nothing may be missing, and a skip is a failure.
package testenv

import (
	"os"
	"os/exec"
	"testing"
)

// CI reports whether the test runs where everything it needs must be there.
func CI() bool { return os.Getenv("CI") == "true" }

// Skip skips the test because something it needs is missing, or fails it in CI.
func Skip(t testing.TB, format string, args ...any) {
	t.Helper()
	if CI() {
		t.Fatalf("not skipped in CI: "+format, args...)
	}
	t.Skipf(format, args...)
}

// Python returns the path of a real Python 3: the one that JACKDAW_PYTHON names ("none" is as on a
// machine without), else the system's own where there is one.
func Python(t testing.TB) string {
	t.Helper()
	names := []string{"/usr/bin/python3", "python3"}
	if name := os.Getenv("JACKDAW_PYTHON"); name != "" {
		names = []string{name}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Skip(t, "needs Python 3 (python3 is not on the PATH, nor named by JACKDAW_PYTHON)")
	return ""
}

// Long reports whether the long tier was asked for: full counts instead of short rounds.
func Long() bool { return os.Getenv("JACKDAW_LONG") == "true" }
