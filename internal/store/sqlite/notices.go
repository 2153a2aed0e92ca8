package sqlite

import (
	"fmt"
	"sync"
	"time"
)

// noticeEvery is how often at most the same thing is told.
const noticeEvery = 10 * time.Second

// notices tells an operator what happens, and the same thing not too often.
type notices struct {
	tell func(text string)

	mu   sync.Mutex // guards said
	said map[string]said
}

type said struct {
	at   time.Time
	held int
}

// give tells text, unless something of the same key was told a moment ago.
func (n *notices) give(key, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	now := time.Now()
	n.mu.Lock()
	before, known := n.said[key]
	if known && now.Sub(before.at) < noticeEvery {
		before.held++
		n.said[key] = before
		n.mu.Unlock()
		return
	}
	if n.said == nil || len(n.said) > 1000 {
		n.said = make(map[string]said)
	}
	n.said[key] = said{at: now}
	n.mu.Unlock()
	if before.held > 0 {
		text += fmt.Sprintf(" (and %d times more since the last message)", before.held)
	}
	n.tell(text)
}
