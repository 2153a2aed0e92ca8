package stream

import (
	"sync"

	"github.com/jackdaw-log/jackdaw/record"
)

// ringBytes is about how much memory the ring takes.
const ringBytes = 24 << 20

// message is a message with its records, which nobody may change.
type message struct {
	seq     uint64
	epoch   uint64
	before  totals
	after   totals
	records []record.Record
	cost    int
	foreign bool // it is not of ours: no totals are known of it

	// The ring's mutex guards these: how many readers have the message, and whether the ring has it no more.
	readers int
	gone    bool
}

// head is the end of the stream.
type head struct {
	seq   uint64 // of the last message
	epoch uint64 // of the last message
	at    totals // up to its end
}

// ring holds the last messages of the stream, and knows where it ends. A message comes into it when it
// is as durable as the stream's level says.
type ring struct {
	mu       sync.Mutex // guards all below
	messages []*message // one after another, without a gap
	cost     int
	head     head
	grown    chan struct{} // closed when there is more
	spares   spares

	milestones milestones // of what was pushed since the last gap
}

func (r *ring) init() { r.grown = make(chan struct{}) }

// push adds the message after the head.
func (r *ring) push(m *message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.head.seq+1 != m.seq {
		r.drop(len(r.messages))
		r.milestones = milestones{}
	}
	r.milestones.pass(m.seq, m.before.Bytes)
	r.messages = append(r.messages, m)
	r.cost += m.cost
	for r.cost > ringBytes && len(r.messages) > 1 {
		r.drop(1)
	}
	r.head = head{seq: m.seq, epoch: m.epoch, at: m.after}
	r.wake()
}

// reset forgets all messages, and sets where the stream ends.
func (r *ring) reset(h head) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(len(r.messages))
	r.milestones = milestones{}
	r.head = h
	r.wake()
}

// drop forgets the first n messages. mu is held.
func (r *ring) drop(n int) {
	for i, m := range r.messages[:n] {
		r.messages[i] = nil
		r.cost -= m.cost
		m.gone = true
		if m.readers == 0 {
			r.spares.put(m.records)
		}
	}
	r.messages = r.messages[n:]
}

// release says that a reader has done with a message that find returned.
func (r *ring) release(m *message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m.readers--; m.gone && m.readers == 0 {
		r.spares.put(m.records)
	}
}

// space returns memory for the records of a message, none so far and n at most.
func (r *ring) space(n int) []record.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.spares.take(n)
}

// wake lets look who waits. mu is held.
func (r *ring) wake() {
	close(r.grown)
	r.grown = make(chan struct{})
}

// find returns the message at seq if the ring has it, the end of the stream, and a channel that is closed
// when that has moved. A message is to be released.
func (r *ring) find(seq uint64) (*message, head, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.at(seq)
	if m != nil {
		m.readers++
	}
	return m, r.head, r.grown
}

// has reports whether the ring has the message at seq.
func (r *ring) has(seq uint64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at(seq) != nil
}

// at returns the message at seq, or nil. mu is held.
func (r *ring) at(seq uint64) *message {
	if n := len(r.messages); n > 0 {
		if first := r.messages[0].seq; seq >= first && seq-first < uint64(n) {
			return r.messages[seq-first]
		}
	}
	return nil
}

// end returns the end of the stream.
func (r *ring) end() head {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.head
}

// beyond is [milestones.beyond].
func (r *ring) beyond(first, last uint64, bytes int64) (seq uint64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.milestones.beyond(first, last, bytes)
}
