package stream

import (
	"testing"
	"time"
)

// A stream that is closed while it writes its positions says nothing of that: they are written by the close.
func TestCloseDuringUpkeep(t *testing.T) {
	t.Parallel()
	var notices notes
	s := open(t, Options{Notify: notices.tell})
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
	if told := notices.all(); len(told) > 0 {
		t.Errorf("told: got %q, want nothing", told)
	}
}
