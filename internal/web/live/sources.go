package live

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// maxSources bounds the sources that are known. Beyond it those are forgotten that were silent the longest.
	maxSources = 1000
	// sourcesEvery is how often it is looked what changed.
	sourcesEvery = time.Second
)

// Source is a process that logs, by whatever connections.
type Source struct {
	Host    string
	PID     int
	Process string
	// Connected says whether its last connection is open, where Known.
	Connected, Known bool
	// Peer is the last address it came from.
	Peer string
	// First and Last are when its first and its last record arrived.
	First, Last time.Time
	Records     uint64
	// Reconnects is how often it came by another connection, where it was known that it had one.
	Reconnects uint64
}

// process is what a source is known by.
type process struct {
	host string
	pid  int
	name string
}

// sources are those that logged since the hub was made.
type sources struct {
	mu      sync.Mutex // guards what follows
	table   map[process]*Source
	last    *Source // the one of the record before
	dirty   bool
	version uint64
	told    chan struct{} // closed when the version is another
}

func (s *sources) init() { s.table, s.told = make(map[process]*Source), make(chan struct{}) }

// changed returns the version, and a channel that is closed when there is another one.
func (s *sources) changed() (uint64, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version, s.told
}

// add counts the records of a batch, and reports whether one came from another address than those before.
func (s *sources) add(batch []record.Record, now time.Time) (moved bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range batch {
		r := &batch[i]
		f := s.last
		if f == nil || f.PID != r.Process.PID || f.Host != r.Host || f.Process != r.Process.Name {
			f = s.find(process{r.Host, r.Process.PID, r.Process.Name}, now)
			s.last = f
		}
		f.Records++
		f.Last = now
		if f.Peer != r.Peer {
			if f.Known {
				f.Reconnects++
			}
			f.Peer, f.Connected, f.Known = strings.Clone(r.Peer), false, false
			s.dirty, moved = true, true
		}
	}
	return moved
}

// find returns the source of a process. mu is held.
func (s *sources) find(p process, now time.Time) *Source {
	if f := s.table[p]; f != nil {
		return f
	}
	if len(s.table) >= maxSources {
		s.forget()
	}
	p.host, p.name = strings.Clone(p.host), strings.Clone(p.name)
	f := &Source{Host: p.host, PID: p.pid, Process: p.name, First: now}
	s.table[p], s.dirty = f, true
	return f
}

// forget forgets the quarter of the sources that was silent the longest: of many at once, so that it costs little
// for each one that comes.
func (s *sources) forget() {
	type old struct {
		p    process
		last time.Time
	}
	var all []old
	for p, f := range s.table {
		all = append(all, old{p, f.Last})
	}
	slices.SortFunc(all, func(a, b old) int { return a.last.Compare(b.last) })
	for _, o := range all[:maxSources/4] {
		delete(s.table, o.p)
	}
}

// connect notes which connections are open.
func (s *sources) connect(peers map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.table {
		switch open := peers[f.Peer]; {
		case open && !f.Connected:
			f.Connected, f.Known, s.dirty = true, true, true
		case !open && f.Connected:
			f.Connected, s.dirty = false, true
		}
	}
}

// tell makes a new version if something changed.
func (s *sources) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dirty {
		s.dirty = false
		s.version++
		close(s.told)
		s.told = make(chan struct{})
	}
}

// list returns the sources, those that logged last first.
func (s *sources) list() []Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Source, 0, len(s.table))
	for _, f := range s.table {
		list = append(list, *f)
	}
	slices.SortFunc(list, func(a, b Source) int {
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Host, b.Host), cmp.Compare(a.PID, b.PID), cmp.Compare(a.Process, b.Process))
	})
	return list
}

// Sources returns the processes that logged, the last one first. They are bounded.
func (h *Hub) Sources() []Source {
	if h.o.Peers != nil {
		h.sources.connect(h.o.Peers())
	}
	return h.sources.list()
}

// watch counts what arrives, by its source.
func (h *Hub) watch() {
	for h.ctx.Err() == nil {
		if f, err := h.o.Feed.Follow(h.ctx, Start{}); err == nil {
			h.watchOne(f)
			f.Close()
		}
		select {
		case <-h.ctx.Done():
		case <-time.After(sourcesEvery): // the feed does not answer
		}
	}
}

func (h *Hub) watchOne(f Follower) {
	var looked time.Time
	for {
		batch, _, err := f.Next(h.ctx)
		if err != nil {
			return
		}
		now := time.Now()
		if h.sources.add(batch, now) && h.o.Peers != nil && now.Sub(looked) >= gather {
			looked = now
			h.sources.connect(h.o.Peers())
		}
	}
}

// tick tells viewers that sources changed.
func (h *Hub) tick() {
	ticker := time.NewTicker(sourcesEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-h.ctx.Done():
			return
		}
		h.mu.Lock()
		seen := h.viewers > 0
		h.mu.Unlock()
		if !seen {
			continue
		}
		if h.o.Peers != nil {
			h.sources.connect(h.o.Peers())
		}
		h.sources.tell()
	}
}
