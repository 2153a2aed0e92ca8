package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// executable is the program under test, built by TestMain.
var executable string

func TestMain(m *testing.M) { os.Exit(build(m)) }

// build builds the program, with the race detector where the tests have it, and runs the tests.
func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "jackdaw-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	executable = filepath.Join(dir, "jackdaw")
	args := []string{"build", "-o", executable}
	if race {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "./cmd/jackdaw")...)
	cmd.Dir = ".." // the module of the program, whose go.mod names what it is built from
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build jackdaw: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
