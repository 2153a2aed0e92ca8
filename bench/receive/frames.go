package main

import (
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

//go:embed frames.py
var framesScript []byte

//go:embed receiver.py
var receiverScript []byte

// frames are records as SocketHandler sends them, one after another.
type frames struct {
	data   []byte
	starts []int // of each frame in data, and at last the end
}

// makeFrames lets Python make the frames, and lays its receiver into dir.
func makeFrames(ctx context.Context, python, dir string) (*frames, error) {
	script := filepath.Join(dir, "frames.py")
	for path, content := range map[string][]byte{script: framesScript, filepath.Join(dir, "receiver.py"): receiverScript} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return nil, err
		}
	}
	cmd := exec.CommandContext(ctx, python, script)
	cmd.Stderr = os.Stderr
	data, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("make frames with %s: %w", python, err)
	}
	f := &frames{data: data}
	for at := 0; at < len(data); at += 4 + int(binary.BigEndian.Uint32(data[at:])) {
		f.starts = append(f.starts, at)
	}
	f.starts = append(f.starts, len(data))
	return f, nil
}

func (f *frames) count() int { return len(f.starts) - 1 }
func (f *frames) mean() int  { return len(f.data)/f.count() - 4 }

// blast sends n records over the given number of connections, closes the sending sides, and
// returns when the receiver has closed its own.
func (f *frames) blast(addr string, n, connections int) error {
	errs := make([]error, connections)
	var wg sync.WaitGroup
	for c := range connections {
		wg.Go(func() {
			errs[c] = f.send(addr, n/connections)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("send to %s: %w", addr, err)
		}
	}
	return nil
}

// writeSize is how many bytes go into one call of write, cut anywhere: a receiver has to put up with
// frames that are torn.
const writeSize = 64 << 10

func (f *frames) send(addr string, n int) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	for n > 0 {
		part := f.data[:f.starts[min(n, f.count())]]
		for len(part) > 0 {
			cut := min(writeSize, len(part))
			if _, err := conn.Write(part[:cut]); err != nil {
				return err
			}
			part = part[cut:]
		}
		n -= f.count()
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil || err.Error() != "EOF" {
		return fmt.Errorf("wait for the receiver to close: got %v, want the end", err)
	}
	return nil
}
