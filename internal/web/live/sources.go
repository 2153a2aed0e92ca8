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
	// maxAddresses bounds the addresses of a source that are kept: of those that were not looked at, and of connections.
	maxAddresses = 16
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
	// Reconnects is how often it came by a connection that it had not come by before, its first one left out. It is at
	// least so often: not all connections are seen of one that makes very many.
	Reconnects uint64
}

// source is a Source, and what is needed to count its connections.
type source struct {
	Source
	moves []string // the addresses it came from since it was looked which of them are connections
	conns []string // those that were, the last ones: one that logs by two in turn has not come again
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
	table   map[process]*source
	last    *source // the one of the record before
	moved   bool    // one has moves
	dirty   bool
	version uint64
	told    chan struct{} // closed when the version is another
}

func (s *sources) init() { s.table, s.told = make(map[process]*source), make(chan struct{}) }

// changed returns the version, and a channel that is closed when there is another one.
func (s *sources) changed() (uint64, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version, s.told
}

// add counts the records of a batch, and reports whether there are addresses that were not looked at.
func (s *sources) add(batch []record.Record, now time.Time) bool {
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
			f.Peer, f.Connected, f.Known = strings.Clone(r.Peer), false, false
			if len(f.moves) < maxAddresses && !slices.Contains(f.moves, f.Peer) {
				f.moves = append(f.moves, f.Peer)
			}
			s.dirty, s.moved = true, true
		}
	}
	return s.moved
}

// find returns the source of a process. mu is held.
func (s *sources) find(p process, now time.Time) *source {
	if f := s.table[p]; f != nil {
		return f
	}
	if len(s.table) >= maxSources {
		s.forget()
	}
	p.host, p.name = strings.Clone(p.host), strings.Clone(p.name)
	f := &source{Source: Source{Host: p.host, PID: p.pid, Process: p.name, First: now}}
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

// connect notes which addresses are connections, and which of those are open.
func (s *sources) connect(peers map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved = false
	for _, f := range s.table {
		for _, peer := range f.moves {
			if _, is := peers[peer]; is && f.came(peer) {
				f.Reconnects++
				s.dirty = true
			}
		}
		f.moves = nil
		open, is := peers[f.Peer]
		known := f.Known || is // one that ended long ago is not told of any more
		if open != f.Connected || known != f.Known {
			f.Connected, f.Known, s.dirty = open, known, true
		}
	}
}

// came notes a connection, and reports whether it is a new one and not the first.
func (f *source) came(peer string) bool {
	if slices.Contains(f.conns, peer) {
		return false
	}
	if len(f.conns) == maxAddresses {
		f.conns = slices.Delete(f.conns, 0, 1)
	}
	f.conns = append(f.conns, peer)
	return len(f.conns) > 1
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
		list = append(list, f.Source)
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
