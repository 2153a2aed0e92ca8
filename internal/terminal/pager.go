package terminal

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
)

// PagerCommand returns the command that shows long texts: $JACKDAW_PAGER, or else $PAGER, or else less, if it is
// there. It is empty if there is none, or the environment says so: by an empty $JACKDAW_PAGER, or cat.
func PagerCommand(lookup func(string) (string, bool), terminal string) string {
	if terminal == "dumb" {
		return ""
	}
	command, ok := lookup("JACKDAW_PAGER")
	if !ok {
		command, ok = lookup("PAGER")
	}
	if !ok {
		if _, err := exec.LookPath("less"); err != nil {
			return ""
		}
		command = "less"
	}
	if command = strings.TrimSpace(command); command == "cat" {
		return ""
	}
	return command
}

// Pager is a program that shows what is written to it.
type Pager struct {
	io.Writer
	pipe io.Closer
	cmd  *exec.Cmd
}

// StartPager starts a command of the shell on a terminal. Where the environment says nothing else, less shows colours,
// and leaves what it showed on the terminal, at once if it is less than a screen.
func StartPager(command string, stdout, stderr *os.File) (*Pager, error) {
	cmd := exec.Command("/bin/sh", "-c", command)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.Env = os.Environ()
	for _, preset := range []string{"LESS=FRX", "LV=-c"} {
		if name, _, _ := strings.Cut(preset, "="); os.Getenv(name) == "" {
			cmd.Env = append(cmd.Env, preset)
		}
	}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		pipe.Close()
		return nil, err
	}
	return &Pager{Writer: pipe, pipe: pipe, cmd: cmd}, nil
}

// Close ends the text, and waits until the pager is left. What the pager's own end says is no error.
func (p *Pager) Close() error {
	_ = p.pipe.Close() // it may have been left before
	err := p.cmd.Wait()
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil
	}
	return err
}
