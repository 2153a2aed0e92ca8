package receiver

import (
	"sync"
	"time"
)

// Notice is something an operator should know.
type Notice struct {
	Reason Reason
	// Receiver is which way it came in: the name of a [Named]. It is empty where it concerns all.
	Receiver string
	// Peer is who caused it, empty where nobody did.
	Peer string
	// Text says what happened and, where something can be done, what.
	Text string
	// Repeated is how often the same reason occurred there since its last notice, beside this time.
	Repeated uint64
}

// noticeEvery is the least time between two notices of one reason and one receiver.
const noticeEvery = 10 * time.Second

// notices hands notices out at a bounded rate.
type notices struct {
	notify func(Notice) // nil if nobody listens

	mu   sync.Mutex          // guards what follows
	last map[Notice]*noticed // by receiver and reason
}

type noticed struct {
	at     time.Time
	silent uint64 // how many were held back since
}

// tell hands a notice out at once, whatever came before.
func (l *notices) tell(n Notice) {
	if l.notify != nil {
		l.notify(n)
	}
}

func (l *notices) give(receiver string, reason Reason, peer, text string) {
	if l.notify == nil {
		return
	}
	now := time.Now()
	l.mu.Lock()
	key := Notice{Reason: reason, Receiver: receiver}
	n := l.last[key]
	if n != nil && now.Sub(n.at) < noticeEvery {
		n.silent++
		l.mu.Unlock()
		return
	}
	var silent uint64
	if n != nil {
		silent = n.silent
	} else if l.last == nil {
		l.last = make(map[Notice]*noticed)
	}
	l.last[key] = &noticed{at: now}
	l.mu.Unlock()
	l.notify(Notice{Reason: reason, Receiver: receiver, Peer: peer, Text: text, Repeated: silent})
}
