package sender

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

func TestOnce(t *testing.T) {
	r := handlertest.Record(1)
	for _, network := range []string{"tcp", "unix"} {
		var p peer
		ln := listen(t, network, func(_ int, c net.Conn) { p.serve(c) })
		if err := Once(t.Context(), network, ln.Addr().String(), &r); err != nil {
			t.Errorf("Once over %s: got %v, want nil", network, err)
		}
		check(t, p.received(), []string{r.Message})
	}
	var p peer
	pc := p.hear(t, "udp", "127.0.0.1:0")
	if err := Once(t.Context(), "udp", pc.LocalAddr().String(), &r); err != nil {
		t.Errorf("Once over udp: got %v, want nil", err)
	}
	testenv.Await(t, "the datagram", func() bool { return len(p.received()) == 1 })
}

func TestOnceErrors(t *testing.T) {
	r := handlertest.Record(1)
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Patience)
	defer cancel()
	f := func(network, address string, is error, text string) {
		t.Helper()
		err := Once(ctx, network, address, &r)
		if !errors.Is(err, is) || err == nil || !strings.HasPrefix(err.Error(), "send to ") || !strings.HasSuffix(err.Error(), text) {
			t.Errorf("Once to %s %s: got %v, want %v, and that it ends in %q", network, address, err, is, text)
		}
	}
	gone := fmt.Sprint("127.0.0.1:", testenv.FreePort(t))
	f("tcp", gone, syscall.ECONNREFUSED, gone+": connect: connection refused")
	pc, err := net.ListenPacket("udp", ownHost()+":0")
	if err != nil {
		t.Fatal(err)
	}
	_ = pc.Close()
	f("udp", pc.LocalAddr().String(), syscall.ECONNREFUSED, "connection refused")
	f("unix", filepath.Join(t.TempDir(), "none"), fs.ErrNotExist, "no such file or directory")

	killed := listen(t, "tcp", func(_ int, c net.Conn) {
		_, _ = c.Read(make([]byte, 10))
		_ = c.Close()
	})
	f("tcp", killed.Addr().String(), ErrUnconfirmed, "connection reset by peer")
	deaf := listen(t, "tcp", func(_ int, c net.Conn) {
		_, _ = io.Copy(io.Discard, c)
		cancel()
	})
	f("tcp", deaf.Addr().String(), ErrUnconfirmed, "context canceled")

	large := wide(1, 70_000)
	if err := Once(t.Context(), "udp", "127.0.0.1:9", &large); err == nil || !strings.Contains(err.Error(), "too large for a datagram") {
		t.Errorf("Once with a large record over udp: got %v, want that it is too large", err)
	}
}
