// Package notice tells an operator what happens, and the same thing not too often.
package notice

import (
	"fmt"
	"sync"
	"time"
)

const (
	// every is how often at most the same thing is told.
	every = 10 * time.Second
	// maxKeys bounds what is remembered. Beyond that all is forgotten, and some things are told early.
	maxKeys = 1000
)

// Board is where notices are given. Any number of goroutines may give them at the same time. One that is held back
// is counted in the next one of its key.
type Board struct {
	// Tell is called with each notice that is told, by the goroutine that gave it.
	Tell func(text string)

	mu   sync.Mutex // guards said
	said map[string]said
}

type said struct {
	at   time.Time
	held int
}

// Give tells a text, unless something of the same key was told in the last ten seconds.
func (b *Board) Give(key, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	now := time.Now()
	b.mu.Lock()
	before, known := b.said[key]
	if known && now.Sub(before.at) < every {
		before.held++
		b.said[key] = before
		b.mu.Unlock()
		return
	}
	if b.said == nil || len(b.said) > maxKeys {
		b.said = make(map[string]said)
	}
	b.said[key] = said{at: now}
	b.mu.Unlock()
	if before.held > 0 {
		text += fmt.Sprintf(" (and %d times more since the last message)", before.held)
	}
	b.Tell(text)
}
