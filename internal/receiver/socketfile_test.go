//go:build unix

package receiver

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestSocketFile(t *testing.T) {
	for _, network := range []string{"unix", "unixgram"} {
		t.Run(network, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "jackdaw.sock")
			var s sink
			r := newReceiver(t, &s, Options{})
			addr, err := r.Listen(t.Context(), network, path)
			if err != nil {
				t.Fatal(err)
			}
			if addr.String() != path {
				t.Errorf("address: got %s, want %s", addr, path)
			}
			checkMode(t, path, fs.ModeSocket|0o600)

			// A second one finds it alive, and leaves it alone.
			_, err = newReceiver(t, &s, Options{}).Listen(t.Context(), network, path)
			if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "another process listens there") {
				t.Errorf("a second listener: got %v, want that another process listens there", err)
			}
			send(t, dial(t, addr), frame("x"))
			s.await(t, 1)

			if err := r.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the path after Close: got %v, want none", err)
			}
		})
	}
}

func checkMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != want {
		t.Errorf("mode: got %v, want %v", info.Mode(), want)
	}
}

// A socket that nobody listens on any more is replaced.
func TestStaleSocketFile(t *testing.T) {
	f := func(network, left string, mode fs.FileMode) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "jackdaw.sock")
		switch left {
		case "unix":
			ln, err := net.ListenUnix(left, &net.UnixAddr{Name: path, Net: left})
			if err != nil {
				t.Fatal(err)
			}
			ln.SetUnlinkOnClose(false)
			ln.Close()
		case "unixgram":
			pc, err := net.ListenUnixgram(left, &net.UnixAddr{Name: path, Net: left})
			if err != nil {
				t.Fatal(err)
			}
			pc.Close()
		}
		var s sink
		r := newReceiver(t, &s, Options{SocketMode: mode})
		addr, err := r.Listen(t.Context(), network, path)
		if err != nil {
			t.Fatal(err)
		}
		checkMode(t, path, fs.ModeSocket|mode)
		send(t, dial(t, addr), frame("x"))
		s.await(t, 1)
	}
	f("unix", "unix", 0o666)
	f("unix", "unixgram", 0o600)
	f("unixgram", "unixgram", 0o660)
	f("unixgram", "unix", 0o600)
}

// Nothing but a stale socket is ever removed.
func TestSocketFileTaken(t *testing.T) {
	f := func(network, what string, make func(path string) error) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "taken")
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		_, err := newReceiver(t, &sink{}, Options{}).Listen(t.Context(), network, path)
		if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "no socket") {
			t.Errorf("%s where there is a %s: got %v, want that it is no socket", network, what, err)
		}
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("the %s is gone: %v", what, err)
		}
	}
	for _, network := range []string{"unix", "unixgram"} {
		f(network, "file", func(path string) error { return os.WriteFile(path, []byte("precious"), 0o600) })
		f(network, "directory", func(path string) error { return os.Mkdir(path, 0o700) })
		f(network, "link", func(path string) error { return os.Symlink("nowhere", path) })
		f(network, "pipe", func(path string) error { return syscall.Mkfifo(path, 0o600) })
	}
}

// A socket that another process has put in the place of ours is not ours to remove.
func TestSocketFileReplaced(t *testing.T) {
	for _, network := range []string{"unix", "unixgram"} {
		path := filepath.Join(t.TempDir(), "jackdaw.sock")
		r := newReceiver(t, &sink{}, Options{})
		if _, err := r.Listen(t.Context(), network, path); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(path, path+".old"); err != nil { // keeps the inode from being used again
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("%s: what was put in our place is gone: %v", network, err)
		}
	}
}

func TestListenErrors(t *testing.T) {
	f := func(network, address, want string) {
		t.Helper()
		addr, err := newReceiver(t, &sink{}, Options{}).Listen(t.Context(), network, address)
		if err == nil || !strings.Contains(err.Error(), want) || addr != nil {
			t.Errorf("Listen(%s, %s): got %v, %v, want …%s…", network, address, addr, err, want)
		}
	}
	r := newReceiver(t, &sink{}, Options{})
	for _, network := range []string{"tcp", "udp"} {
		addr, err := r.Listen(t.Context(), network, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		f(network, addr.String(), "receive on "+network+" "+addr.String()+": ")
		if _, err := r.Listen(t.Context(), network, addr.String()); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("Listen on a %s address that is taken: got %v, want EADDRINUSE", network, err)
		}
	}
	f("sctp", "127.0.0.1:0", "unknown network; use tcp, udp, unix or unixgram")
	f("tcp", "127.0.0.1:99999", "invalid port")
	f("unix", filepath.Join(t.TempDir(), "no", "such", "directory"), "no such file")
}
