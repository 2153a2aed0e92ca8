package daemon_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// onlooker reads a tail, and comes again where it was.
type onlooker struct {
	events bool // server-sent ones

	mu      sync.Mutex
	numbers []int // of the messages
	counted int
	gaps    []string
	last    string // the id to go on behind
	opened  int    // tails so far
	grown   chan struct{}
}

// look reads the tail at an address until its end.
func (o *onlooker) look(t *testing.T, address, query string) error {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/api/tail?"+query, nil)
	if err != nil {
		return err
	}
	o.mu.Lock()
	switch last := o.last; {
	case o.events:
		req.Header.Set("Accept", "text/event-stream")
		if last != "" {
			req.Header.Set("Last-Event-ID", last)
		}
	case last != "":
		req.URL.RawQuery += "&after=" + last
	}
	o.mu.Unlock()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") == "1" {
		return nil // it closes
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("X-Accel-Buffering") != "no" {
		return fmt.Errorf("got %s, %v", resp.Status, resp.Header)
	}
	o.mu.Lock()
	o.opened++
	o.grow()
	o.mu.Unlock()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 64<<20)
	event := ""
	for lines.Scan() {
		o.mu.Lock()
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch {
		case !o.events:
			o.line(lines.Bytes())
		case name == "event":
			event = value
		case name == "id":
			o.last = value
		case name == "data":
			o.event(event, []byte(value))
		}
		o.grow()
		o.mu.Unlock()
	}
	return lines.Err()
}

// grow wakes who waits. mu is held.
func (o *onlooker) grow() {
	if o.grown != nil {
		close(o.grown)
		o.grown = nil
	}
}

type seen struct {
	ID, Message string
	Gap         any
}

func (o *onlooker) line(b []byte) {
	var r seen
	if len(b) == 0 {
		return
	}
	if err := json.Unmarshal(b, &r); err != nil || r.Gap != nil {
		o.gaps = append(o.gaps, string(b))
		return
	}
	o.record(r)
	o.last = r.ID
}

func (o *onlooker) record(r seen) {
	n, err := strconv.Atoi(r.Message)
	if err != nil {
		o.gaps = append(o.gaps, r.Message)
	}
	o.numbers = append(o.numbers, n)
}

func (o *onlooker) event(name string, data []byte) {
	var e struct {
		Records []seen
		Total   map[string]int
	}
	_ = json.Unmarshal(data, &e)
	switch name {
	case "records":
		for _, r := range e.Records {
			o.record(r)
		}
	case "counts":
		for _, n := range e.Total {
			o.counted += n
		}
	case "gap":
		o.gaps = append(o.gaps, string(data))
	}
}

// await waits until there are n records.
func (o *onlooker) await(t *testing.T, n int) {
	t.Helper()
	o.until(t, n, func() int { return len(o.numbers) })
}

// until waits until there are n of something.
func (o *onlooker) until(t *testing.T, n int, of func() int) {
	t.Helper()
	for late := time.After(testenv.Patience); ; {
		o.mu.Lock()
		have, grown := of(), make(chan struct{})
		if o.grown == nil {
			o.grown = grown
		}
		grown = o.grown
		o.mu.Unlock()
		if have >= n {
			return
		}
		select {
		case <-grown:
		case <-late:
			t.Fatalf("got %d, want %d", have, n)
		}
	}
}

func webOf(t *testing.T, d *daemon.Daemon) string {
	t.Helper()
	i := slices.IndexFunc(d.Listening(), func(a daemon.Address) bool { return a.Network == "web" })
	if i < 0 {
		t.Fatal("there is no web address")
	}
	return d.Listening()[i].Address
}

// Who looks on sees each record once, in its order, over a restart of the server too; and what is counted is all
// there was.
func TestTailOverRestart(t *testing.T) {
	o := daemon.Options{
		Listen: []daemon.Address{loopback, {Network: "web", Address: "127.0.0.1:0"}}, Data: filepath.Join(t.TempDir(), "data"), Durability: stream.Disk,
	}
	const each, rounds = 700, 3
	onlookers := []*onlooker{{}, {events: true}}
	for round := range rounds {
		d := start(t, o)
		var looking sync.WaitGroup
		for _, l := range onlookers {
			looking.Go(func() {
				if err := l.look(t, webOf(t, d), "all=1&last=0"); err != nil {
					t.Error(err)
				}
			})
		}
		for _, l := range onlookers { // what is sent before they look, they do not see
			l.until(t, round+1, func() int { return l.opened })
		}
		var sending sync.WaitGroup
		sending.Go(func() { send(t, d.Listening()[0], numbered(round*each, each)...) })
		for _, l := range onlookers {
			l.await(t, round*each+each/2)
		}
		sending.Wait()
		stop(t, d) // the rest may be seen before it, or after the next start
		looking.Wait()
	}
	d := start(t, o)
	for _, l := range onlookers {
		var looking sync.WaitGroup
		looking.Go(func() {
			if err := l.look(t, webOf(t, d), "all=1&last=0"); err != nil {
				t.Error(err)
			}
		})
		l.await(t, rounds*each)
		if l.events {
			l.until(t, rounds*each, func() int { return l.counted })
		}
		t.Cleanup(looking.Wait) // it ends with the daemon
	}
	stop(t, d)
	for _, l := range onlookers {
		l.mu.Lock()
		defer l.mu.Unlock()
		if want := slices.Collect(upTo(rounds * each)); !slices.Equal(l.numbers, want) || len(l.gaps) > 0 {
			t.Errorf("events %v: got %d records %d, gaps %q, want 0 to %d", l.events, len(l.numbers), l.numbers, l.gaps, rounds*each-1)
		}
		if l.events && l.counted != rounds*each {
			t.Errorf("counted: got %d, want %d", l.counted, rounds*each)
		}
	}
}

// A tail begins with the last records, of the store and of what is not there yet.
func TestTailBeginsWithLast(t *testing.T) {
	d := start(t, daemon.Options{
		Listen: []daemon.Address{loopback, {Network: "web", Address: "127.0.0.1:0"}}, Data: filepath.Join(t.TempDir(), "data"), Durability: stream.Disk,
	})
	batch := numbered(0, 500)
	batch[100].Level, batch[480].Level = record.LevelError, record.LevelError
	send(t, d.Listening()[0], batch...)
	awaitStored(t, d)
	f := func(query string, want ...int) {
		t.Helper()
		l := &onlooker{}
		go func() { _ = l.look(t, webOf(t, d), query) }()
		l.await(t, len(want))
		l.mu.Lock()
		defer l.mu.Unlock()
		if !slices.Equal(l.numbers, want) || len(l.gaps) > 0 {
			t.Errorf("%s: got %d and %q, want %d", query, l.numbers, l.gaps, want)
		}
	}
	for range 20 { // the store has some of them, or all
		f("last=3", 497, 498, 499)
		f("last=5&q=level>%3Dwarning", 100, 480)
	}
	awaitKept(t, d)
	f("last=2", 498, 499)
	f("last=5&lv=shop:error", 100, 480)
}

// A record is seen soon after it came.
func TestTailIsSoon(t *testing.T) {
	const target = 250 * time.Millisecond
	d := start(t, daemon.Options{
		Listen: []daemon.Address{loopback, {Network: "web", Address: "127.0.0.1:0"}}, Data: filepath.Join(t.TempDir(), "data"), Durability: stream.Disk,
	})
	l := &onlooker{events: true}
	go func() { _ = l.look(t, webOf(t, d), "last=1") }()
	send(t, d.Listening()[0], numbered(0, 1)...)
	l.await(t, 1)
	var took []time.Duration
	for i := range 100 {
		began := time.Now()
		send(t, d.Listening()[0], numbered(i+1, 1)...)
		l.await(t, i+2)
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("median %v, p90 %v, p99 %v", took[50], took[90], took[98])
	if took[90] > 10*target { // not the slowest few: a machine may stand still for a moment
		t.Errorf("p90: got %v, want %v and allow ten times that", took[90], target)
	}
}

// Without a store, and without a stream too, the last records are found and shown nevertheless.
func TestWindow(t *testing.T) {
	for name, o := range map[string]daemon.Options{
		"no data":  {},
		"no store": {Data: filepath.Join(t.TempDir(), "data"), Durability: stream.Disk, Store: daemon.StoreOptions{Off: true}},
	} {
		t.Run(name, func(t *testing.T) {
			o.Listen = []daemon.Address{loopback, {Network: "web", Address: "127.0.0.1:0"}}
			d := start(t, o)
			l := &onlooker{events: true}
			var looking sync.WaitGroup
			looking.Go(func() {
				if err := l.look(t, webOf(t, d), "last=300"); err != nil {
					t.Error(err)
				}
			})
			send(t, d.Listening()[0], numbered(0, 300)...)
			l.await(t, 300)
			late := &onlooker{}
			looking.Go(func() {
				if err := late.look(t, webOf(t, d), "last=3"); err != nil {
					t.Error(err)
				}
			})
			late.await(t, 3)
			testenv.Await(t, "the window to have all", func() bool { // it may be a moment behind
				var a struct {
					Window bool
					Total  map[string]int
				}
				resp, err := http.Get("http://" + webOf(t, d) + "/api/count?q=logger:shop")
				if err != nil {
					t.Fatal(err)
				}
				err = json.NewDecoder(resp.Body).Decode(&a)
				resp.Body.Close()
				if err != nil || !a.Window || resp.StatusCode != http.StatusOK {
					t.Fatalf("got %s, %+v, %v", resp.Status, a, err)
				}
				return a.Total["INFO"] == 300
			})
			stop(t, d)
			looking.Wait()
			if want := slices.Collect(upTo(300)); !slices.Equal(l.numbers, want) || !slices.Equal(late.numbers, want[297:]) {
				t.Errorf("got %d and %d", l.numbers, late.numbers)
			}
			if o.Data == "" {
				return
			}
			d = start(t, o) // what the stream has still is in the window again
			again := &onlooker{}
			looking.Go(func() { _ = again.look(t, webOf(t, d), "last=300") })
			again.await(t, 300)
			stop(t, d)
			looking.Wait()
		})
	}
}
