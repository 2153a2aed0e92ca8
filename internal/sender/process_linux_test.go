package sender

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// receiverEnv, set to "network address file", makes the test binary a receiver in a process of its own.
const receiverEnv = "JACKDAW_TEST_RECEIVER"

func TestMain(m *testing.M) {
	if args := strings.Fields(os.Getenv(receiverEnv)); len(args) == 3 {
		if err := receive(args[0], args[1], args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// receive appends the messages it receives to a file, a line each, until SIGTERM; then it listens no
// longer, closes its sides, reads on until its peers have closed theirs, and returns.
func receive(network, address, path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	ln, err := net.Listen(network, address)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for try := 0; err != nil && try < 500; try++ { // the one before may be leaving
		<-again.C
		ln, err = net.Listen(network, address)
	}
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	var mu sync.Mutex
	var open []net.Conn
	var running sync.WaitGroup
	accepting := make(chan struct{})
	go func() {
		defer close(accepting)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			running.Go(func() {
				defer c.Close()
				if err := keep(c, file); err != nil && !errors.Is(err, io.EOF) {
					fmt.Fprintln(os.Stderr, err)
				}
			})
		}
	}()
	<-stop
	_ = ln.Close()
	<-accepting
	for _, c := range open {
		_ = c.(interface{ CloseWrite() error }).CloseWrite()
	}
	running.Wait()
	return file.Close()
}

// keep writes the messages of c's whole frames to file before it takes their bytes from the socket.
// So a kernel that finds nothing unread when the process is killed is right: all was kept.
func keep(c net.Conn, file *os.File) error {
	raw, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	var begun []byte // of a frame, taken already
	buf := make([]byte, 64<<10)
	for {
		var n int
		var recvErr error
		if err := raw.Read(func(fd uintptr) bool {
			n, _, recvErr = syscall.Recvfrom(int(fd), buf, syscall.MSG_PEEK)
			return recvErr != syscall.EAGAIN
		}); err != nil {
			return err
		}
		if recvErr != nil || n == 0 {
			return recvErr
		}
		var lines bytes.Buffer
		data := append(begun, buf[:n]...)
		rest := data
		for len(rest) >= 4 && len(rest)-4 >= int(binary.BigEndian.Uint32(rest)) {
			size := 4 + int(binary.BigEndian.Uint32(rest))
			fmt.Fprintln(&lines, message(rest[4:size]))
			rest = rest[size:]
		}
		if _, err := file.Write(lines.Bytes()); err != nil {
			return err
		}
		begun = slices.Clone(rest)
		if _, err := io.ReadFull(c, buf[:n]); err != nil {
			return err
		}
	}
}

// process is a receiver in a process of its own.
type process struct {
	cmd  *exec.Cmd
	addr string
	path string
}

func startReceiver(t *testing.T, network, address, path string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), receiverEnv+"="+strings.Join([]string{network, address, path}, " "),
		"GORACE=atexit_sleep_ms=0") // else the race detector waits a second at every exit
	cmd.Stderr = t.Output()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, path: path}
	t.Cleanup(func() { _ = p.end(syscall.SIGKILL) })
	if _, err := fmt.Fscanln(bufio.NewReader(stdout), &p.addr); err != nil {
		t.Fatalf("the receiver did not say where it listens: %v", err)
	}
	return p
}

func (p *process) end(sig os.Signal) error {
	_ = p.cmd.Process.Signal(sig)
	return p.cmd.Wait()
}

// kept returns the messages that the receiver has kept, whole ones only: it may be writing, or have been killed then.
func (p *process) kept() []string {
	data, _ := os.ReadFile(p.path)
	whole := string(data[:bytes.LastIndexByte(data, '\n')+1])
	return strings.Fields(strings.ReplaceAll(whole, "message ", ""))
}

// restarts sends records while the receiver is ended by sig and started again, twice. It returns the
// Socket, closed, and what each receiver kept.
func restarts(t *testing.T, network string, sig os.Signal, o Options) (s *Socket, sent []string, kept [][]string) {
	dir := t.TempDir()
	address := fmt.Sprint("127.0.0.1:", testenv.FreePort(t))
	if network == "unix" {
		address = filepath.Join(dir, "s")
	}
	p := startReceiver(t, network, address, filepath.Join(dir, "0"))
	o.Network, o.Address, o.BackoffMin, o.ConfirmTimeout = network, p.addr, 5*time.Millisecond, testenv.Patience
	s = newSocket(t, o)

	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 0; ; i += 10 {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			records, _ := batch(i, i+10)
			if err := s.Handle(t.Context(), records); err != nil {
				done <- err
				return
			}
			for n := range records {
				sent = append(sent, fmt.Sprint(i+n))
			}
		}
	}()
	enough := 2000
	if testenv.Long() {
		enough = 50_000
	}
	for i := 1; ; i++ {
		testenv.Await(t, "enough records", func() bool { return len(p.kept()) >= enough })
		if i == 3 {
			break
		}
		if err := p.end(sig); err != nil && sig == syscall.SIGTERM {
			t.Errorf("receiver %d: %v", i, err)
		}
		kept = append(kept, p.kept())
		_ = os.Remove(address) // a killed process leaves its unix socket
		p = startReceiver(t, network, p.addr, filepath.Join(dir, fmt.Sprint(i)))
	}
	close(stop)
	if err := testenv.Receive(t, "Handle", done); err != nil {
		t.Errorf("Handle: got %v, want nil", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	if err := p.end(syscall.SIGTERM); err != nil {
		t.Errorf("last receiver: %v", err)
	}
	return s, sent, append(kept, p.kept())
}

// A receiver is stopped and started again in good order while records are sent: nothing is lost,
// nothing comes twice, nothing is unconfirmed.
func TestReceiverTerminated(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			// Without rotation: a connection that is being made when the listener closes is reset by
			// the kernel, and its records are unconfirmed, which no sender can help.
			s, sent, kept := restarts(t, network, syscall.SIGTERM, Options{ConfirmBytes: -1, ConfirmIdle: testenv.Patience})
			checkCounts(t, s, counts{confirmed: uint64(len(sent))})
			if got := slices.Concat(kept...); !slices.Equal(got, sent) {
				t.Errorf("kept %d records of %d, or in another order", len(got), len(sent))
			}
			t.Logf("%d records, %d connections", len(sent), s.Stats().Connections)
		})
	}
}

// A receiver is killed while records are sent: what is lost is unconfirmed, what is confirmed is there,
// and the counts add up.
func TestReceiverKilled(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			s, sent, kept := restarts(t, network, syscall.SIGKILL, Options{ConfirmBytes: 256 << 10})
			st := s.Stats()
			checkCounts(t, s, counts{confirmed: st.Confirmed, unconfirmed: st.Unconfirmed})
			if st.Handled != uint64(len(sent)) {
				t.Errorf("handled: got %d, want %d", st.Handled, len(sent))
			}
			got := slices.Concat(kept...)
			seen := map[string]bool{}
			for _, m := range got {
				if seen[m] {
					t.Errorf("record %s came twice", m)
				}
				seen[m] = true
			}
			lost := uint64(len(sent) - len(seen))
			if lost > st.Unconfirmed {
				t.Errorf("lost: got %d records, want at most the %d unconfirmed", lost, st.Unconfirmed)
			}
			t.Logf("%d records: %d confirmed, %d unconfirmed, %d lost, %d connections", len(sent), st.Confirmed, st.Unconfirmed, lost, st.Connections)
		})
	}
}
