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
			f.put(record.Record{Host: host, Process: record.Process{PID: pid, Name: "MainProcess"}, Peer: peer})
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
			f.put(record.Record{Host: fmt.Sprint("h", i)})
		}
		synctest.Wait()
		if n := len(h.Sources()); n > 1000 || n < 750 {
			t.Errorf("got %d sources, want 1000 at most, and most of those", n)
		}
	})
}

// A connection counts that ended before anybody looked; one that a process comes back to does not count again.
func TestReconnects(t *testing.T) {
	type look struct {
		logs  []string        // the addresses that records come from
		peers map[string]bool // what is known of connections afterwards
	}
	open, gone := true, false
	f := func(what string, reconnects uint64, connected, known bool, looks ...look) {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				feed := newFeed()
				var peers atomic.Pointer[map[string]bool]
				peers.Store(new(map[string]bool))
				h := live.New(live.Options{Feed: feed, Peers: func() map[string]bool { return *peers.Load() }})
				defer h.Close()
				synctest.Wait()
				for _, l := range looks {
					peers.Store(&l.peers)
					var records []record.Record
					for _, peer := range l.logs {
						records = append(records, record.Record{Host: "web", Peer: peer})
					}
					feed.put(records...)
					synctest.Wait()
					if l.logs == nil {
						h.Sources()
					}
					time.Sleep(time.Second) // so that the next look is taken when records arrive
				}
				n, list := uint64(feed.n()), h.Sources()
				if len(list) != 1 {
					t.Fatalf("got %d sources, want 1", len(list))
				}
				if s := list[0]; s.Reconnects != reconnects || s.Connected != connected || s.Known != known || s.Records != n {
					t.Errorf("got %d reconnects, connected %v, known %v, %d records; want %d, %v, %v, %d",
						s.Reconnects, s.Connected, s.Known, s.Records, reconnects, connected, known, n)
				}
			})
		})
	}
	f("one that is open", 0, true, true, look{[]string{"a:1", "a:1"}, map[string]bool{"a:1": open}})
	f("three, all gone", 2, false, true, look{[]string{"a:1", "a:2", "a:3"}, map[string]bool{"a:1": gone, "a:2": gone, "a:3": gone}})
	f("another one later", 1, true, true,
		look{[]string{"a:1"}, map[string]bool{"a:1": gone}},
		look{[]string{"a:2"}, map[string]bool{"a:2": open}})
	f("two in turn", 1, true, true,
		look{[]string{"a:1"}, map[string]bool{"a:1": open, "a:2": open}},
		look{[]string{"a:2", "a:1", "a:2"}, map[string]bool{"a:1": open, "a:2": open}},
		look{[]string{"a:1"}, map[string]bool{"a:1": open, "a:2": open}},
		look{[]string{"a:2"}, map[string]bool{"a:1": open, "a:2": open}})
	f("datagrams", 0, false, false, look{[]string{"a:1", "a:2"}, map[string]bool{"b:1": open}}, look{[]string{"a:3"}, nil})
	f("datagrams beside a connection", 0, true, true,
		look{[]string{"a:1", "udp:1"}, map[string]bool{"a:1": open}},
		look{[]string{"udp:1", "a:1"}, map[string]bool{"a:1": open}})
	f("one that is not told of any more", 0, false, true,
		look{[]string{"a:1"}, map[string]bool{"a:1": open}},
		look{nil, map[string]bool{"a:1": gone}},
		look{nil, nil})
	var many look
	many.peers = map[string]bool{}
	for n := range 20 {
		peer := fmt.Sprint("a:", n)
		many.logs, many.peers[peer] = append(many.logs, peer), gone
	}
	f("more than are kept", 15, false, true, many)
}
