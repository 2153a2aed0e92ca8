package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// runAsLauncher makes the test binary start the program as a shell would: in the foreground of a terminal, and
// with somebody who can make it go on when it was stopped.
const runAsLauncher = "JACKDAW_TEST_RUN_AS_LAUNCHER"

// screen is a terminal with the program in its foreground.
type screen struct {
	*process
	master *os.File
	shown  *output
	resume *os.File // takes orders for the launcher
}

func ioctl(fd uintptr, request uintptr, argument unsafe.Pointer) error {
	if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(argument)); e != 0 {
		return e
	}
	return nil
}

// openTerminal returns both ends of a new terminal.
func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	var unlock, number int32
	raw, err := master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) {
		err = errors.Join(ioctl(fd, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock)), ioctl(fd, syscall.TIOCGPTN, unsafe.Pointer(&number)))
	})
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// onScreen runs the program on a terminal of 80 columns.
func onScreen(t *testing.T, env []string, args ...string) *screen {
	t.Helper()
	master, slave := openTerminal(t)
	defer slave.Close()
	resumed, resume := pipe(t)
	s := &screen{master: master, shown: newOutput(), resume: resume}
	s.resize(t, 80)
	p := &process{Cmd: exec.Command(os.Args[0], args...), stderr: s.shown, ended: make(chan error, 1)}
	p.Env = append(os.Environ(), runAsProgram+"=1", runAsLauncher+"=1", "GORACE=atexit_sleep_ms=0", "XDG_STATE_HOME="+t.TempDir(), "TERM=xterm", "NO_COLOR=", "PAGER=", "LESS=")
	p.Env = append(p.Env, env...)
	p.Stdin, p.Stdout, p.Stderr = slave, slave, slave
	p.ExtraFiles = []*os.File{resumed}
	p.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	s.process = p
	go func() { p.ended <- p.Wait() }()
	go io.Copy(s.shown, master) // until both ends are closed
	t.Cleanup(func() { p.Process.Kill() })
	s.see(t, `<pid \d+>`) // so that it does not stand among what the program shows later
	return s
}

// launchProgram is the launcher: it runs the program in the foreground and ends as the program does. While that is
// stopped it says so, and lets it go on at a byte from descriptor 3: in the background at b, and in the foreground at f.
func launchProgram() {
	resumed := os.NewFile(3, "resume")
	signal.Ignore(syscall.SIGTTOU) // it gives the terminal away, and takes it
	// A signal that is ignored would be so in the program too, as where the tests run under nohup.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	cmd := exec.Command(os.Args[0], os.Args[1:]...)
	cmd.Env = append(os.Environ(), runAsLauncher+"=")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Foreground: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	fmt.Printf("<pid %d>", cmd.Process.Pid)
	for {
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil && err != syscall.EINTR {
			os.Exit(98)
		}
		switch {
		case status.Stopped():
			fmt.Print("<stopped>")
			for order := []byte{0}; order[0] != 'f'; {
				resumed.Read(order)
				group := int32(cmd.Process.Pid)
				if order[0] == 'b' {
					group = int32(syscall.Getpgrp())
				}
				ioctl(0, syscall.TIOCSPGRP, unsafe.Pointer(&group))
				syscall.Kill(-cmd.Process.Pid, syscall.SIGCONT)
			}
		case status.Exited():
			os.Exit(status.ExitStatus())
		case status.Signaled():
			os.Exit(128 + int(status.Signal()))
		}
	}
}

// press sends keys.
func (s *screen) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// see waits until the screen has shown something.
func (s *screen) see(t *testing.T, pattern string) string {
	t.Helper()
	return s.shown.match(t, pattern)
}

func (s *screen) resize(t *testing.T, columns uint16) {
	t.Helper()
	size := [4]uint16{24, columns}
	if err := s.control(func(fd uintptr) error { return ioctl(fd, syscall.TIOCSWINSZ, unsafe.Pointer(&size)) }); err != nil {
		t.Fatal(err)
	}
}

func (s *screen) control(f func(fd uintptr) error) error {
	raw, err := s.master.SyscallConn()
	if err != nil {
		return err
	}
	raw.Control(func(fd uintptr) { err = f(fd) })
	return err
}

// lineByLine reports whether the terminal hands lines to programs, and echoes what is typed, as it did before.
func (s *screen) lineByLine(t *testing.T) bool {
	t.Helper()
	var modes syscall.Termios
	if err := s.control(func(fd uintptr) error { return ioctl(fd, syscall.TCGETS, unsafe.Pointer(&modes)) }); err != nil {
		t.Fatal(err)
	}
	const both = syscall.ICANON | syscall.ECHO
	return modes.Lflag&both == both
}

// becomes waits until the terminal is line by line, or not.
func (s *screen) becomes(t *testing.T, want bool) {
	t.Helper()
	for until := time.Now().Add(testenv.Patience); s.lineByLine(t) != want; {
		if time.Now().After(until) {
			t.Fatalf("line by line: got %v, want %v; it showed:\n%s", !want, want, s.shown)
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-t.Context().Done():
		}
	}
}
