package receiver

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// ledger counts what became of all that came in one way: over one network, or to one handler of
// requests.
type ledger struct {
	r    *Receiver
	name string

	frames, accepted, bytes, kernelDrops, connsTotal, requests atomic.Uint64
	conns                                                      atomic.Int64

	mu       sync.Mutex // guards what follows
	rejected map[Reason]uint64
	dropped  map[Reason]uint64
	returned map[Reason]uint64
	refused  map[Reason]uint64 // connections
	turned   map[Reason]uint64 // requests
}

// ledger returns the one of that name.
func (r *Receiver) ledger(name string) *ledger {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.ledgers {
		if l.name == name {
			return l
		}
	}
	l := &ledger{
		r: r, name: name, rejected: make(map[Reason]uint64), dropped: make(map[Reason]uint64), returned: make(map[Reason]uint64),
		refused: make(map[Reason]uint64), turned: make(map[Reason]uint64),
	}
	r.ledgers = append(r.ledgers, l)
	return l
}

func (l *ledger) add(to map[Reason]uint64, reason Reason, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	to[reason] += uint64(n)
}

// drop counts n records as dropped.
func (l *ledger) drop(reason Reason, n int) { l.add(l.dropped, reason, n) }

// turnAway counts a frame that came from where none is wanted. It is not kept: strangers must not push
// out what is of use.
func (l *ledger) turnAway(reason Reason, peer, text string) {
	l.frames.Add(1)
	l.add(l.rejected, reason, 1)
	l.notice(reason, peer, text)
}

// giveBack counts n records as given back to who sent them.
func (l *ledger) giveBack(reason Reason, n int) { l.add(l.returned, reason, n) }

// turnedAway counts a request that was refused before its body was taken in.
func (l *ledger) turnedAway(reason Reason, peer, text string) {
	l.add(l.turned, reason, 1)
	l.notice(reason, peer, text)
}

// refuse counts a connection that was closed at once.
func (l *ledger) refuse(reason Reason, peer, text string) {
	l.add(l.refused, reason, 1)
	l.notice(reason, peer, text)
}

// reject keeps a frame as rejected, counts it, and tells the operator: who finds it counted finds it kept. That it was
// read was counted.
func (l *ledger) reject(j Reject) {
	j.Time, j.Receiver = time.Now(), l.name
	l.r.rejects.add(j)
	l.add(l.rejected, j.Reason, 1)
	text := j.Detail
	if j.Reason != Foreign {
		text = "a frame was rejected: " + text
	}
	l.notice(j.Reason, j.Peer, text)
}

func (l *ledger) notice(reason Reason, peer, text string) {
	l.r.notices.give(l.name, reason, peer, text)
}

// stats returns the counts of now.
func (l *ledger) stats() Stats {
	var s Stats
	// Frames are counted before what becomes of them, so they are read after it.
	s.Accepted = l.accepted.Load()
	l.mu.Lock()
	s.Rejected, s.Dropped, s.Returned = maps.Clone(l.rejected), maps.Clone(l.dropped), maps.Clone(l.returned)
	s.ConnsRefused, s.RequestsRefused = maps.Clone(l.refused), maps.Clone(l.turned)
	l.mu.Unlock()
	s.Frames = l.frames.Load()
	s.Waiting = s.Frames - s.Accepted
	for _, by := range []map[Reason]uint64{s.Rejected, s.Dropped, s.Returned} {
		for _, n := range by {
			s.Waiting -= n
		}
	}
	s.KernelDrops = l.kernelDrops.Load()
	s.Bytes = l.bytes.Load()
	// A connection is counted as open before it is counted in all, so one that is in the sum and not open has come and gone.
	s.ConnsTotal = l.connsTotal.Load()
	s.Conns, s.Requests = int(l.conns.Load()), l.requests.Load()
	return s
}

// add adds the counts of o.
func (s *Stats) add(o Stats) {
	s.Frames += o.Frames
	s.Accepted += o.Accepted
	s.Waiting += o.Waiting
	s.KernelDrops += o.KernelDrops
	s.Bytes += o.Bytes
	s.Conns += o.Conns
	s.ConnsTotal += o.ConnsTotal
	s.Requests += o.Requests
	for _, m := range []struct{ to, from map[Reason]uint64 }{
		{s.Rejected, o.Rejected}, {s.Dropped, o.Dropped}, {s.Returned, o.Returned},
		{s.ConnsRefused, o.ConnsRefused}, {s.RequestsRefused, o.RequestsRefused},
	} {
		for reason, n := range m.from {
			m.to[reason] += n
		}
	}
}

// Stats returns the counts of now, of all that was received.
func (r *Receiver) Stats() Stats {
	s := Stats{
		Rejected: make(map[Reason]uint64), Dropped: make(map[Reason]uint64), Returned: make(map[Reason]uint64),
		ConnsRefused: make(map[Reason]uint64), RequestsRefused: make(map[Reason]uint64),
	}
	for _, n := range r.StatsByName() {
		s.add(n.Stats)
	}
	s.HeldBytes = r.budget.used() + r.smallBudget.used()
	return s
}

// Named are the [Stats] of what came in one way: over tcp, udp, unix or unixgram. HeldBytes are common to
// all, and 0 here.
type Named struct {
	Name string
	Stats
}

// StatsByName returns the counts of now, each by itself, in the order in which the ways were opened.
// The law holds for each of them.
func (r *Receiver) StatsByName() []Named {
	r.mu.Lock()
	ledgers := r.ledgers
	r.mu.Unlock()
	list := make([]Named, len(ledgers))
	for i, l := range ledgers {
		list[i] = Named{l.name, l.stats()}
	}
	return list
}
