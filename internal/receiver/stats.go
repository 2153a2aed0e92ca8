package receiver

import (
	"sync"
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
	NoRoom      Reason = "no room"          // HeldBytes was used up; skipped
	Mismatch    Reason = "length mismatch"  // a datagram longer or shorter than it says
	Panicked    Reason = "decoder panic"    // a bug of ours, contained
	NotAllowed  Reason = "not allowed"      // Allow does not name who sent it
	NoTLS       Reason = "no TLS"           // the client did not agree on TLS; the connection was closed
)

// Reasons why a record was dropped after it was decoded.
const (
	Refused   Reason = "refused"   // the handler said that trying again is of no use
	Unhandled Reason = "unhandled" // the handler returned errors for RetryTimeout
	Closed    Reason = "closed"    // Close's context ended before the handler took it
	Full      Reason = "full"      // the handler had no room; of records that were given back
)

// Further reasons why a connection was closed at once, and of notices. NotAllowed is one, too.
const (
	ConnLimit    Reason = "connection limit" // MaxConns was reached
	RequestLimit Reason = "request limit"    // 1,024 requests were under way
	NoToken      Reason = "no token"         // the request brought none of those that there are
	CrossOrigin  Reason = "cross origin"     // a browser made the request for a page of another origin
	Unsupported  Reason = "unsupported"      // another path, method, type or encoding than those that are known
	PeerLimit    Reason = "peer limit"       // PeerConns was reached
	SocketError  Reason = "socket error"     // accepting or reading failed, and is tried again
	KernelDrop   Reason = "kernel drop"      // the kernel dropped datagrams before they were read

	Reloaded     Reason = "reloaded"      // files that changed were read anew
	ReloadFailed Reason = "reload failed" // they cannot be used; what was read before stays
)

// Stats are the counts of a [Receiver] since it was made. They obey
//
//	Frames = Accepted + Rejected + Dropped + Returned + Waiting
//
// where Rejected, Dropped and Returned stand for the sums over all reasons.
type Stats struct {
	// Frames is how many frames were read, or lines and records of requests. One that was cut off or cannot be told from garbage
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
	// Returned is how many records were given back to a sender that waits for an answer, and told to
	// come again.
	Returned map[Reason]uint64
	// KernelDrops is how many datagrams the kernel dropped since its buffer was full, as far as the
	// operating system tells (Linux does, with the next datagram that arrives). They are no Frames.
	KernelDrops uint64
	// Bytes is how many bytes were read.
	Bytes uint64
	// HeldBytes is what is held now of frames that have not arrived whole.
	HeldBytes int64
	// Conns is how many connections are open, ConnsTotal how many were accepted and ConnsRefused how
	// many were closed at once.
	Conns        int
	ConnsTotal   uint64
	ConnsRefused map[Reason]uint64
	// Requests is how many requests were begun, and RequestsRefused how many of them were refused
	// before their body was taken in.
	Requests        uint64
	RequestsRefused map[Reason]uint64
}

// Reject is a frame that never became a record.
type Reject struct {
	Time   time.Time
	Reason Reason
	// Receiver is which way it came: the name of a [Named].
	Receiver string
	Peer     string
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
