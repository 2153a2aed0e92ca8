//go:build linux

package daemon_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// fill takes all of a disk that there is.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 1<<16); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

// A store whose disk is full takes nothing, and says so. What comes waits in the stream; when that is full too, those
// who wait for an answer are told to come again. When there is room everything goes on by itself, and each record that
// was acknowledged is in the store once.
func TestStoreIsFull(t *testing.T) {
	for name, floor := range map[string]int64{"floor": 4 << 20, "no-floor": -1} {
		t.Run(name, func(t *testing.T) {
			if !testenv.OnSmallDisk(t, 64<<20, func(dir string) { storeIsFull(t, dir, floor) }) {
				testenv.Skip(t, "needs a small disk")
			}
		})
	}
}

func storeIsFull(t *testing.T, dir string, floor int64) {
	var told notes
	o := withStore(t.TempDir())
	o.Listen = []daemon.Address{{Network: "web", Address: "127.0.0.1:0"}}
	o.StreamBytes, o.Notify = 4<<20, told.tell
	o.Store = daemon.StoreOptions{Dir: filepath.Join(dir, "store"), FreeSpace: floor}
	d := start(t, o)
	sent := 0
	ingest := func() (status int) {
		var lines strings.Builder
		for i := range 100 {
			fmt.Fprintf(&lines, `{"message":"%d","extra":%q}`+"\n", sent+i, strings.Repeat("x", 500))
		}
		resp, err := http.Post("http://"+d.Listening()[0].Address+"/ingest", "", strings.NewReader(lines.String()))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			sent += 100
		}
		return resp.StatusCode
	}
	ingest()
	awaitKept(t, d)
	filler := filepath.Join(dir, "filler")
	fill(t, filler)
	status := http.StatusOK
	for status == http.StatusOK && sent < 100_000 {
		status = ingest()
	}
	if status != http.StatusTooManyRequests {
		t.Fatalf("after %d records: got %d, want 429", sent, status)
	}
	testenv.Await(t, "it to be told that the store is full", func() bool {
		s := askStats(t, d)
		checkLedger(t, &s)
		return slices.ContainsFunc(s.Problems, func(p string) bool { return strings.HasPrefix(p, "store: ") && strings.Contains(p, "store is full") })
	})
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	testenv.Await(t, "records to be taken after there is room", func() bool { return ingest() == http.StatusOK })
	awaitKept(t, d)
	checkKept(t, d.Store(), sent)
	stop(t, d)
}
