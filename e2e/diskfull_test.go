//go:build linux

package e2e

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/web"
)

// filler takes the room of a small disk.
type filler struct {
	t   *testing.T
	dir string
	n   int
}

// fill takes all room but a megabyte, also what has become free since the last time.
func (f *filler) fill() {
	f.t.Helper()
	var disk syscall.Statfs_t
	if err := syscall.Statfs(f.dir, &disk); err != nil {
		f.t.Fatal(err)
	}
	free := int64(disk.Bavail)*disk.Bsize - 1<<20
	if free <= 0 {
		return
	}
	f.n++
	_ = os.WriteFile(filepath.Join(f.dir, "filler"+strconv.Itoa(f.n)), make([]byte, free), 0o600) // another may have been faster
}

// empty gives the room back.
func (f *filler) empty() {
	f.t.Helper()
	for ; f.n > 0; f.n-- {
		if err := os.Remove(filepath.Join(f.dir, "filler"+strconv.Itoa(f.n))); err != nil {
			f.t.Fatal(err)
		}
	}
}

// health returns what /healthz answers.
func health(t *testing.T, s *server) (status int, text string) {
	t.Helper()
	resp, err := http.Get("http://" + s.address("web") + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestDiskFullUnderLoad fills the disk of the data directory under load, and makes room again: /healthz and the
// senders are told, nothing that was acknowledged is lost, and the server goes on by itself.
func TestDiskFullUnderLoad(t *testing.T) {
	for _, store := range []string{"off", "on"} {
		t.Run("store-"+store, func(t *testing.T) {
			ran := testenv.OnSmallDisk(t, 96<<20, func(dir string) {
				args := []string{"--tcp", "off", "--udp", "off", "--web", "127.0.0.1:0", "--otlp", "127.0.0.1:0", "--console", "off", "--data", filepath.Join(dir, "data")}
				if store == "off" {
					args = append(args, "--store", store)
				}
				diskFull(t, &filler{t: t, dir: dir}, args)
			})
			if !ran {
				testenv.Skip(t, "needs a small disk")
			}
		})
	}
}

func diskFull(t *testing.T, disk *filler, args []string) {
	rounds := 2
	if testenv.Long() {
		rounds = 10
	}
	file := filepath.Join(t.TempDir(), "out.jsonl")
	s := serve(t, append(args, "--file", file)...)
	l := newTraffic(t, s)
	for range rounds {
		l.until(l.acked() + 200)
		full := l.full()
		l.await("/healthz to say that the disk is full", func() bool {
			disk.fill()
			status, text := health(t, s)
			return status == http.StatusServiceUnavailable && strings.Contains(text, "it is full")
		})
		l.await("senders to be told", func() bool { disk.fill(); return l.full() > full })
		acked := l.acked()
		disk.empty()
		room := time.Now()
		l.until(acked + 10)
		t.Logf("%d requests acknowledged when the disk was full; it went on %v after there was room", acked, time.Since(room).Round(time.Millisecond))
		l.await("/healthz to be well", func() bool { status, _ := health(t, s); return status == http.StatusOK })
	}
	l.stop()
	l.reach(file)
	s.stop()
	l.all(file)
}

// TestStoreFull fills the disk of the store, which is elsewhere than the stream. The store is required: when the stream
// has come to its bound, senders are told so, and when the store has room again it gets all.
func TestStoreFull(t *testing.T) {
	ran := testenv.OnSmallDisk(t, 96<<20, func(dir string) {
		file := filepath.Join(t.TempDir(), "out.jsonl")
		s := serve(t, "--tcp", "off", "--udp", "off", "--web", "127.0.0.1:0", "--otlp", "127.0.0.1:0", "--console", "off",
			"--data", t.TempDir(), "--stream-size", "4MiB", "--store", filepath.Join(dir, "store"), "--file", file)
		l := newTraffic(t, s)
		l.until(100)
		disk := &filler{t: t, dir: dir}
		l.await("senders to be told that the stream is full", func() bool { disk.fill(); return l.full() > 0 })
		l.await("/healthz to name the store", func() bool { // the first time there may be room again at once, of what was handled and not removed yet
			disk.fill()
			status, text := health(t, s)
			return status == http.StatusServiceUnavailable && strings.Contains(text, "handler store has not handled")
		})
		acked := l.acked()
		disk.empty()
		l.until(acked + 100)
		l.stop()
		l.reach(file)
		l.all(file)
		var st web.Stats
		l.await("the store to have all", func() bool {
			st = counts(t, s)
			return st.Stream.Unhandled == 0
		})
		if st.Store == nil || st.Store.Records != st.Stream.Handled || st.Store.Records < uint64(l.acked()*perRequest) {
			t.Errorf("the store has %+v, want all %d records of the stream, and the %d that were acknowledged", st.Store, st.Stream.Handled, l.acked()*perRequest)
		}
		s.stop()
	})
	if !ran {
		testenv.Skip(t, "needs a small disk")
	}
}
