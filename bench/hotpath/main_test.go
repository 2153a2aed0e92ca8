package main

import (
	"log"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain makes the test binary what the program is: one that carries out a task.
func TestMain(m *testing.M) {
	if did, err := measuring(); did {
		if err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

func TestInProcess(t *testing.T) {
	one := task{Peer: "slog", Work: "sustained", Attrs: 5, Goroutines: 2, Effort: effort{Records: 100}}
	f, err := inProcess(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := f["lost"]; !ok || got != 0 {
		t.Errorf("lost: got %v, %v, want 0, true", got, ok)
	}
	one.Peer = "nobody"
	if _, err := inProcess(t.Context(), one); err == nil || !strings.Contains(err.Error(), `peer "nobody"`) {
		t.Errorf("unknown peer: got error %v, want one that names it", err)
	}
}

func TestChoose(t *testing.T) {
	f := func(o options, wantWorks int, wantPeers ...string) {
		t.Helper()
		c, err := choose(o)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range c.peers {
			got = append(got, p.name)
		}
		if !slices.Equal(got, wantPeers) || len(c.works) != wantWorks {
			t.Errorf("choose(%+v): got %d works and %v, want %d and %v", o, len(c.works), got, wantWorks, wantPeers)
		}
	}
	f(options{peers: "zap*, logrus"}, 6, "floor", "zap", "zap-buffered", "zap-slog", "zapr", "logrus")
	f(options{peers: "floor", works: "call,b*"}, 3, "floor")
	for _, o := range []options{{peers: "zpa"}, {works: "cal"}} {
		if _, err := choose(o); err == nil {
			t.Errorf("choose(%+v): got no error, want one", o)
		}
	}
	short, _ := choose(options{})
	long, _ := choose(options{long: true})
	if len(short.peers) >= len(long.peers) || len(long.peers) != len(peers()) {
		t.Errorf("peers: got %d in a short run and %d in a long one, want fewer, and all %d", len(short.peers), len(long.peers), len(peers()))
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range peers() {
		if seen[p.name] {
			t.Errorf("two peers are named %s", p.name)
		}
		seen[p.name] = true
		for _, w := range p.works {
			if !slices.ContainsFunc(works(), func(all work) bool { return all.name == w }) {
				t.Errorf("%s is for the work %s, which there is not", p.name, w)
			}
		}
	}
}

func TestPasses(t *testing.T) {
	f := func(o options, w work, want int) {
		t.Helper()
		if got := o.passesOf(w); got != want {
			t.Errorf("passes of %s with %+v: got %d, want %d", w.name, o, got, want)
		}
	}
	f(options{}, callWork(), 5)
	f(options{}, hangWork(), 1)
	f(options{long: true}, hangWork(), 3)
	f(options{passes: 2}, hangWork(), 2)
	o := options{}
	if o.defaults(); o.limit != 2*time.Minute {
		t.Errorf("limit: got %v, want 2m", o.limit)
	}
}
