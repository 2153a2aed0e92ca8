package stream

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// A stream that is closed while it writes its positions says nothing of that: they are written by the close.
func TestCloseDuringUpkeep(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var notices []string
	s := open(t, Options{Notify: func(text string) {
		mu.Lock()
		defer mu.Unlock()
		notices = append(notices, text)
	}})
	store(t, s, numbered(0, 1))
	s.keeper.turn <- struct{}{}
	<-time.After(3 * saveEvery) // it waits for its turn by now
	closed := make(chan error, 1)
	go func() { closed <- s.Close(t.Context()) }()
	<-s.upkeeping
	<-s.keeper.turn
	if err := <-closed; err != nil {
		t.Errorf("Close: %v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(notices) > 0 {
		t.Errorf("told: got %q, want nothing", strings.Join(notices, "; "))
	}
}
