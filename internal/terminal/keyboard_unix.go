//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package terminal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stopTime is how long a process may take to stop.
const stopTime = 200 * time.Millisecond

// ErrBackground says that the terminal is another program's for now.
var ErrBackground = errors.New("the program is in the background")

// Keyboard is the keyboard of the terminal that controls the process, read key by key and without echo. What
// Ctrl-C and Ctrl-Z mean, they mean: the terminal is as it was while the process is stopped.
type Keyboard struct {
	file  *os.File
	keys  chan Key
	woken chan struct{}
	done  chan struct{} // closed by Close
	read  chan struct{} // closed when nothing is read any more
	wg    sync.WaitGroup
	once  sync.Once

	mu    sync.Mutex    // guards what follows
	saved *unix.Termios // nil while the terminal is as it was
	ended bool

	suspends byte // the key that stops the process
}

// OpenKeyboard opens the keyboard. The terminal is as it was after Close, and meanwhile after Restore.
func OpenKeyboard() (*Keyboard, error) {
	file, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	k := &Keyboard{file: file, keys: make(chan Key, 64), woken: make(chan struct{}, 1), done: make(chan struct{}), read: make(chan struct{})}
	if err := k.take(); err != nil {
		file.Close()
		return nil, err
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, unix.SIGCONT, unix.SIGWINCH)
	signal.Ignore(unix.SIGTTIN) // to read in the background is an error then, and does not stop the process
	go k.readKeys()
	k.wg.Go(func() { k.watch(signals) })
	return k, nil
}

// Keys returns the channel of the keys. Who does not receive holds up later ones.
func (k *Keyboard) Keys() <-chan Key { return k.keys }

// Woken returns a channel that has something when what stands on the terminal may have to be drawn again: it has
// another size, or the process goes on after it was stopped.
func (k *Keyboard) Woken() <-chan struct{} { return k.woken }

// Close makes the terminal as it was.
func (k *Keyboard) Close() error {
	k.once.Do(func() {
		k.mu.Lock()
		k.ended = true
		k.mu.Unlock()
		k.Restore()
		close(k.done)
		k.wg.Wait()
		if err := k.file.SetReadDeadline(time.Now()); err == nil {
			<-k.read
		} // else nothing but a key would end it
		k.file.Close()
	})
	return nil
}

// Restore makes the terminal as it was, without a wait: for who is about to end the process.
func (k *Keyboard) Restore() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.saved != nil {
		_ = k.control(func(fd int) error {
			if !inForeground(fd) {
				return ErrBackground // it is as somebody else wants it
			}
			return unix.IoctlSetTermios(fd, setTermios, k.saved)
		})
		k.saved = nil
	}
}

// inForeground reports whether the terminal is this process's, and its job's: to set anything would stop the process
// else.
func inForeground(fd int) bool {
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// take makes the terminal tell each key, unless it is another program's.
func (k *Keyboard) take() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.saved != nil || k.ended {
		return nil
	}
	return k.control(func(fd int) error {
		if !inForeground(fd) {
			return ErrBackground
		}
		was, err := unix.IoctlGetTermios(fd, getTermios)
		if err != nil {
			return fmt.Errorf("ask the terminal: %w", err)
		}
		now := *was
		now.Lflag &^= unix.ICANON | unix.ECHO
		now.Cc[unix.VMIN], now.Cc[unix.VTIME] = 1, 0
		// Ctrl-Z comes as a key: the runtime does not let go again of a signal that was asked for, and its
		// default is to stop a process, but not one that nobody could let go on.
		k.suspends, now.Cc[unix.VSUSP] = was.Cc[unix.VSUSP], disabled
		if err := unix.IoctlSetTermios(fd, setTermios, &now); err != nil {
			return fmt.Errorf("set the terminal: %w", err)
		}
		k.saved = was
		return nil
	})
}

// control calls f with the terminal's descriptor, which stays with the file's poller.
func (k *Keyboard) control(f func(fd int) error) error {
	raw, err := k.file.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = f(int(fd)) }); err != nil {
		return err
	}
	return inner
}

// readKeys reads keys until Close.
func (k *Keyboard) readKeys() {
	defer close(k.read)
	buf := make([]byte, 256)
	for {
		n, err := k.file.Read(buf)
		if errors.Is(err, syscall.EIO) && k.again() {
			continue // in the background
		}
		sent := buf[:n]
		if key := k.suspendKey(); key != disabled {
			if i := bytes.IndexByte(sent, key); i >= 0 {
				sent = sent[:i]
				k.suspend()
			}
		}
		parseKeys(sent, func(key Key) {
			select {
			case k.keys <- key:
			case <-k.done:
			}
		})
		if err != nil {
			return
		}
	}
}

// suspendKey returns what Ctrl-Z sends, or what it was changed to.
func (k *Keyboard) suspendKey() byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.suspends
}

// suspend stops the process and all of its job, with the terminal as it was, until it is let go on.
func (k *Keyboard) suspend() {
	resumed := make(chan os.Signal, 1)
	signal.Notify(resumed, unix.SIGCONT)
	defer signal.Stop(resumed)
	k.Restore()
	_ = unix.Kill(0, unix.SIGTSTP)
	for stops := true; stops; stops = stopPends() { // where little is left of the processor, it may take its time
		select {
		case <-resumed:
		case <-time.After(stopTime): // nobody could let it go on, so it was not stopped
		case <-k.done:
			return
		}
	}
	_ = k.take()
	k.wake()
}

// again waits until the process goes on, and reports whether it is worth to read again.
func (k *Keyboard) again() bool {
	resumed := make(chan os.Signal, 1)
	signal.Notify(resumed, unix.SIGCONT)
	defer signal.Stop(resumed)
	select {
	case <-resumed:
		return true
	case <-k.done:
		return false
	}
}

// watch takes care of the terminal while the process is stopped.
func (k *Keyboard) watch(signals chan os.Signal) {
	defer signal.Stop(signals)
	for {
		select {
		case s := <-signals:
			if s == unix.SIGCONT {
				k.Restore() // the shell may have set it
				_ = k.take()
			}
			k.wake()
		case <-k.done:
			return
		}
	}
}

func (k *Keyboard) wake() {
	select {
	case k.woken <- struct{}{}:
	default:
	}
}

// Gone reports whether nobody can read any more what is written to w, as far as a file can tell.
func Gone(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	gone := false
	_ = raw.Control(func(fd uintptr) {
		poll := []unix.PollFd{{Fd: int32(fd)}}
		n, err := unix.Poll(poll, 0)
		gone = err == nil && n > 0 && poll[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
	})
	return gone
}
