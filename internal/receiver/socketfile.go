package receiver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"
)

// socketFile is the path of a unix socket that we listen on. A nil one is that of a socket without
// a path.
type socketFile struct {
	path string
	info fs.FileInfo
}

// remove removes the file, unless another process has put its own in its place.
func (f *socketFile) remove() {
	if f == nil {
		return
	}
	if now, err := os.Lstat(f.path); err == nil && os.SameFile(now, f.info) {
		os.Remove(f.path)
	}
}

func listenUnix(ctx context.Context, path string, mode fs.FileMode) (net.Listener, *socketFile, error) {
	var lc net.ListenConfig
	ln, err := bind("unix", path, func() (net.Listener, error) { return lc.Listen(ctx, "unix", path) })
	if err != nil {
		return nil, nil, err
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false) // it would remove whatever is at the path by then
	file, err := newSocketFile(path, mode)
	if err != nil {
		ln.Close()
		return nil, nil, err
	}
	return ln, file, nil
}

func listenUnixgram(ctx context.Context, path string, mode fs.FileMode) (net.PacketConn, *socketFile, error) {
	var lc net.ListenConfig
	pc, err := bind("unixgram", path, func() (net.PacketConn, error) { return lc.ListenPacket(ctx, "unixgram", path) })
	if err != nil {
		return nil, nil, err
	}
	file, err := newSocketFile(path, mode)
	if err != nil {
		pc.Close()
		return nil, nil, err
	}
	return pc, file, nil
}

// bind calls listen, and once more when what took the path has been removed since it was left behind.
func bind[T any](network, path string, listen func() (T, error)) (T, error) {
	l, err := listen()
	if !errors.Is(err, syscall.EADDRINUSE) || isAbstract(path) {
		return l, err
	}
	if stale := removeStale(network, path); stale != nil {
		return l, stale
	}
	return listen()
}

// isAbstract reports whether path is a name of Linux's abstract namespace, which has no file.
func isAbstract(path string) bool { return path != "" && (path[0] == '@' || path[0] == 0) }

// removeStale removes the socket at path if nobody listens on it. Anything else stays, and is an error.
func removeStale(network, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%w: there is a file that is no socket; remove it or choose another path", syscall.EADDRINUSE)
	}
	nc, err := net.DialTimeout(network, path, time.Second)
	if err == nil {
		nc.Close()
		return fmt.Errorf("%w: another process listens there", syscall.EADDRINUSE)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%w: cannot tell whether another process listens there: %w", syscall.EADDRINUSE, err)
	}
	return os.Remove(path)
}

func newSocketFile(path string, mode fs.FileMode) (*socketFile, error) {
	if isAbstract(path) {
		return nil, nil
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	file := &socketFile{path, info}
	if err := os.Chmod(path, mode); err != nil {
		file.remove()
		return nil, err
	}
	return file, nil
}
