package e2e

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// maxLate is how late an event loop may be while the network stands still. SocketHandler by itself
// holds it up for a whole second, at every attempt; a busy machine may, now and then.
const maxLate, attempts = 500 * time.Millisecond, 3

// TestAsyncio shows that the README's recipe never holds up the event loop, and that every record it
// does not send is counted.
func TestAsyncio(t *testing.T) {
	f := func(name string, listen func(t *testing.T) (ln net.Listener, wake func())) {
		t.Run(name, func(t *testing.T) {
			var late []time.Duration
			for range attempts {
				late = append(late, stall(t, listen))
				if late[len(late)-1] <= maxLate || t.Failed() {
					return
				}
			}
			t.Errorf("greatest lateness of the event loop: got %v, want one of at most %v", late, maxLate)
		})
	}
	f("receiver never reads", func(t *testing.T) (net.Listener, func()) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return ln, func() {}
	})
	f("receiver never accepts", fullListener)
}

// fullListener returns a listener whose backlog is full, so that a client's attempt to connect stands
// still, and what ends the connections that fill it.
func fullListener(t *testing.T) (net.Listener, func()) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "listener")
	defer file.Close() // net.FileListener has its own copy
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	ln, err := net.FileListener(file)
	if err != nil {
		t.Fatal(err)
	}
	var conns []net.Conn
	free := func() {
		for _, conn := range conns {
			conn.Close()
		}
	}
	t.Cleanup(free)
	for range 16 { // more than any kernel makes of a backlog of 0
		conn, err := net.DialTimeout("tcp", ln.Addr().String(), 200*time.Millisecond)
		if err != nil {
			return ln, free
		}
		conns = append(conns, conn)
	}
	t.Fatal("a listener with a backlog of 0 took 16 connections, want it full")
	return nil, nil
}

// stall runs stall.py against a listener that stands still until the event loop was measured; then it
// wakes. It returns the greatest lateness.
func stall(t *testing.T, listen func(t *testing.T) (ln net.Listener, wake func())) time.Duration {
	t.Helper()
	ln, wake := listen(t)
	defer ln.Close()
	const count = 10_000 // of a kilobyte and a half: several times what kernels buffer
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	recipe := atPort(t, block(t, "README.md", "python", "QueueListener"), port) + block(t, "docs/python.md", "python", "CountingSender")
	program, err := os.ReadFile(filepath.Join("testdata", "stall.py"))
	if err != nil {
		t.Fatal(err)
	}
	for name, code := range map[string]string{"recipe.py": recipe, "stall.py": string(program)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(code), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := child(t, testenv.Python(t), "-B", filepath.Join(dir, "stall.py"), strconv.Itoa(count))
	cmd.Stderr = os.Stderr
	stdin, lines := pipes(t, cmd)
	late, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("read the lateness: %v", err)
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(late), 64)
	if err != nil {
		t.Fatal(err)
	}

	// Now the receiver wakes up, and every record has to be somewhere.
	wake()
	var frames frameCounter
	frames.serving.Go(func() { frames.serve(ln) })
	if _, err := io.WriteString(stdin, "go\n"); err != nil {
		t.Fatal(err)
	}
	var queueDropped, senderDropped int
	if _, err := fmt.Fscan(lines, &queueDropped, &senderDropped); err != nil {
		t.Fatalf("read the counts: %v", err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("stall.py: %v", err)
	}
	if got := frames.end(t, ln) + queueDropped + senderDropped; got != count {
		t.Errorf("received, dropped by the queue (%d) and by the sender (%d): got %d, want all %d", queueDropped, senderDropped, got, count)
	}
	return time.Duration(seconds * float64(time.Second))
}

// frameCounter counts the whole frames that all connections bring. An empty frame is the end.
type frameCounter struct {
	serving sync.WaitGroup
	n       atomic.Int64
}

// serve accepts connections until one of them brings the end.
func (c *frameCounter) serve(ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		c.serving.Go(func() {
			defer conn.Close()
			for r := bufio.NewReader(conn); ; c.n.Add(1) {
				length, err := skipFrame(r)
				if err != nil {
					return
				}
				if length == 0 {
					ln.Close()
					return
				}
			}
		})
	}
}

// end returns the count of all connections that were made before: connections are accepted in their
// order, so that they all were when the end comes.
func (c *frameCounter) end(t *testing.T, ln net.Listener) int {
	t.Helper()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	c.serving.Wait()
	return int(c.n.Load())
}

// skipFrame reads over one frame and returns its length.
func skipFrame(r *bufio.Reader) (int, error) {
	var prefix [4]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return 0, err
	}
	length := int(binary.BigEndian.Uint32(prefix[:]))
	_, err := r.Discard(length)
	return length, err
}
