package live_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/web/live"
	"github.com/jackdaw-log/jackdaw/record"
)

// Sources are processes, whatever connections they come by; they are bounded, and a change is told.
func TestSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFeed()
		var open atomic.Pointer[map[string]bool]
		open.Store(&map[string]bool{"a:1": true})
		h := live.New(live.Options{Feed: f, Peers: func() map[string]bool { return *open.Load() }})
		defer h.Close()
		v := view(t, h, live.Query{Counts: true, Filter: parse(t, "nothing")})
		defer v.Close()
		synctest.Wait()
		from := func(host string, pid int, peer string) {
			f.mu.Lock()
			n := len(f.records)
			f.records = append(f.records, record.Record{
				ID: record.ID{Epoch: 1, Sequence: uint64(n/10 + 1), Index: uint32(n % 10)}, Host: host, Process: record.Process{PID: pid, Name: "MainProcess"}, Peer: peer,
			})
			f.mu.Unlock()
			f.arrive(0, 0, "")
			synctest.Wait()
			time.Sleep(200 * time.Millisecond)
		}
		changes := func() (n int) {
			for {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				u, err := v.Next(ctx)
				cancel()
				if err != nil {
					return n
				}
				if u.Sources {
					n++
				}
			}
		}
		from("web", 1, "a:1")
		from("web", 2, "udp:1")
		if n := changes(); n == 0 || n > 2 {
			t.Errorf("two new ones: got %d changes", n)
		}
		open.Store(&map[string]bool{})
		if n := changes(); n != 1 {
			t.Errorf("one that left: got %d changes", n)
		}
		open.Store(&map[string]bool{"a:2": true})
		from("web", 1, "a:2")
		from("web", 1, "a:2")
		list := h.Sources()
		if len(list) != 2 || list[0].PID != 1 || list[0].Records != 3 || list[0].Reconnects != 1 || !list[0].Connected || !list[0].Known || list[1].Known {
			t.Errorf("got %+v", list)
		}
		for i := range 3000 {
			f.mu.Lock()
			f.records = append(f.records, record.Record{ID: record.ID{Epoch: 1, Sequence: uint64(len(f.records)/10 + 1)}, Host: fmt.Sprint("h", i)})
			f.mu.Unlock()
		}
		f.arrive(0, 0, "")
		synctest.Wait()
		if n := len(h.Sources()); n > 1000 || n < 750 {
			t.Errorf("got %d sources, want 1000 at most, and most of those", n)
		}
	})
}
