package daemon

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/record"
)

// callers is a handler that says how it was called.
type callers struct{ calls []string }

func (h *callers) Handle(_ context.Context, batch []record.Record) error {
	h.calls = append(h.calls, fmt.Sprint("handle ", batch[0].Logger))
	return nil
}

// What the stream says of room is said to receivers in their words; nothing else is.
func TestFull(t *testing.T) {
	said := fmt.Errorf("%w: it holds 2 MiB", stream.ErrFull)
	err := full(said)
	if e, ok := errors.AsType[*record.FullError](err); !ok || e.Error() != said.Error() || !errors.Is(err, stream.ErrFull) {
		t.Errorf("got %v, want a FullError with the stream's words", err)
	}
	if err := full(nil); err != nil {
		t.Errorf("nil: got %v", err)
	}
	if err := full(stream.ErrClosed); err != stream.ErrClosed {
		t.Errorf("another error: got %v", err)
	}
}

// A batch with an id is taken once behind another logger's name, too.
func TestRenamedOnce(t *testing.T) {
	s, err := stream.Open(stream.Options{Dir: t.TempDir(), Level: stream.Memory})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(context.Background())
	n := renamed{name: "all", next: patient{s}}
	batch := []record.Record{{Logger: "shop", Message: "a"}}
	for range 3 {
		if err := n.HandleOnce(t.Context(), "id", batch); err != nil {
			t.Fatal(err)
		}
	}
	if st := s.Stats(); st.Accepted != 1 || st.Repeated != 2 || batch[0].Logger != "shop" {
		t.Errorf("got %d accepted, %d repeated, logger %s, want 1, 2 and the caller's as it was", st.Accepted, st.Repeated, batch[0].Logger)
	}
	var plain callers
	if err := (renamed{name: "all", next: &plain}).HandleOnce(t.Context(), "id", batch); err != nil || len(plain.calls) != 1 || plain.calls[0] != "handle all" {
		t.Errorf("a handler that knows no ids: got %v, %q", err, plain.calls)
	}
}
