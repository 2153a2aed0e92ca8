package receiver

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// Reason says why a frame was rejected, a record dropped or a notice given. Its text is stable: it
// names the counts in statistics.
type Reason string

// Reasons why a frame was rejected. Each frame has at most one.
const (
	Undecodable Reason = "undecodable"      // the payload is no record
	Empty       Reason = "empty"            // the length is 0
	TooLong     Reason = "too long"         // longer than MaxFrame; skipped
	Foreign     Reason = "foreign protocol" // no frame at all; the connection was closed
	Half        Reason = "half"             // the connection ended inside it
	Stalled     Reason = "stalled"          // it stood still for StallTimeout; the connection was closed
	NoRoom      Reason = "no room"          // PartialBytes was used up; skipped
	Mismatch    Reason = "length mismatch"  // a datagram longer or shorter than it says
	Panicked    Reason = "decoder panic"    // a bug of ours, contained
)

// Reasons why a record was dropped after it was decoded.
const (
	Refused   Reason = "refused"   // the handler said that trying again is of no use
	Unhandled Reason = "unhandled" // the handler returned errors for RetryTimeout
	Closed    Reason = "closed"    // Close's context ended before the handler took it
)

// Further reasons of notices.
const (
	ConnLimit   Reason = "connection limit" // MaxConns was reached
	SocketError Reason = "socket error"     // accepting or reading failed, and is tried again
	KernelDrop  Reason = "kernel drop"      // the kernel dropped datagrams before they were read
)

// Stats are a [Receiver]'s counts since it was made. They obey
//
//	Frames = Accepted + Rejected + Dropped + Waiting
//
// where Rejected and Dropped stand for the sums over all reasons.
type Stats struct {
	// Frames is how many frames were read. One that was cut off or cannot be told from garbage
	// counts as one.
	Frames uint64
	// Accepted is how many records the handler took custody of.
	Accepted uint64
	// Waiting is how many records are decoded and in the handler's hands.
	Waiting uint64
	// Rejected is how many frames never became a record.
	Rejected map[Reason]uint64
	// Dropped is how many records the handler did not take.
	Dropped map[Reason]uint64
	// KernelDrops is how many datagrams the kernel dropped since its buffer was full, as far as the
	// operating system tells (Linux does, with the next datagram that arrives). They are no Frames.
	KernelDrops uint64
	// Bytes is how many bytes were read.
	Bytes uint64
	// PartialBytes is what is held now of frames that have not arrived whole.
	PartialBytes int64
	// Conns is how many connections are open, ConnsTotal how many were accepted and ConnsRefused how
	// many were closed at once since MaxConns were open.
	Conns                    int
	ConnsTotal, ConnsRefused uint64
}

// counts are the counters behind [Stats].
type counts struct {
	frames, accepted, bytes, kernelDrops, connsTotal, connsRefused atomic.Uint64

	mu       sync.Mutex // guards what follows
	rejected map[Reason]uint64
	dropped  map[Reason]uint64
}

func (c *counts) reject(reason Reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rejected == nil {
		c.rejected = make(map[Reason]uint64)
	}
	c.rejected[reason]++
}

func (c *counts) drop(reason Reason, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dropped == nil {
		c.dropped = make(map[Reason]uint64)
	}
	c.dropped[reason] += uint64(n)
}

// Stats returns the counts of now.
func (r *Receiver) Stats() Stats {
	var s Stats
	// Frames are counted before what becomes of them, so they are read after it.
	s.Accepted = r.counts.accepted.Load()
	r.counts.mu.Lock()
	s.Rejected, s.Dropped = maps.Clone(r.counts.rejected), maps.Clone(r.counts.dropped)
	r.counts.mu.Unlock()
	s.Frames = r.counts.frames.Load()
	s.Waiting = s.Frames - s.Accepted
	for _, by := range []map[Reason]uint64{s.Rejected, s.Dropped} {
		for _, n := range by {
			s.Waiting -= n
		}
	}
	s.KernelDrops = r.counts.kernelDrops.Load()
	s.Bytes = r.counts.bytes.Load()
	s.ConnsTotal, s.ConnsRefused = r.counts.connsTotal.Load(), r.counts.connsRefused.Load()
	s.PartialBytes = r.budget.used(r.o.PartialBytes)
	r.mu.Lock()
	s.Conns = len(r.conns)
	r.mu.Unlock()
	return s
}

// Reject is a frame that never became a record.
type Reject struct {
	Time   time.Time
	Reason Reason
	Peer   string
	// Detail says what was wrong, and for an undecodable payload at which byte.
	Detail string
	// Length is the payload's length as announced, or what arrived where none was.
	Length int
	// First holds the first bytes of what arrived of the payload, at most 256. It is the caller's.
	First []byte
}

// keptRejects is how many rejects are kept, the latest ones, each with firstBytes of its payload.
const keptRejects, firstBytes = 100, 256

// rejects is a ring of the latest ones.
type rejects struct {
	mu   sync.Mutex // guards what follows
	ring []Reject
	next int
}

func (l *rejects) add(j Reject) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ring) < keptRejects {
		l.ring = append(l.ring, Reject{})
	}
	slot := &l.ring[l.next]
	j.First = append(slot.First[:0], j.First[:min(len(j.First), firstBytes)]...)
	*slot = j
	l.next = (l.next + 1) % keptRejects
}

// Rejects returns the latest frames that were rejected, at most 100, oldest first.
func (r *Receiver) Rejects() []Reject {
	l := &r.rejects
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Reject, 0, len(l.ring))
	for i := range l.ring {
		j := l.ring[(l.next+i)%len(l.ring)]
		j.First = append([]byte(nil), j.First...)
		list = append(list, j)
	}
	return list
}

// reject counts a frame as rejected, keeps it, and tells the operator. That it was read was counted.
func (r *Receiver) reject(j Reject) {
	r.counts.reject(j.Reason)
	j.Time = time.Now()
	r.rejects.add(j)
	text := j.Detail
	if j.Reason != Foreign {
		text = "a frame was rejected: " + text
	}
	r.notices.give(j.Reason, j.Peer, text)
}
