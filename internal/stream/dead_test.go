package stream

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, Level: Disk})
	k := newKeep()
	k.fail = func(batch []record.Record) error {
		for i := range batch {
			switch number(&batch[i]) {
			case 7:
				return record.Permanent(errors.New("7 is\nbad"))
			case 11:
				panic("at 11")
			}
		}
		return nil
	}
	if _, err := s.Cursor("file x", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(0, 20))
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	testenv.Await(t, "the dropped ones to be told", func() bool { return told(k.all()) == 2 })
	st := lawful(t, s)
	if c := st.Cursors[0]; c.Handled != 18 || c.Dropped[Refused].Total() != 1 || c.Dropped[Panicked].Total() != 1 {
		t.Errorf("got %d handled, dropped %v, want 18, one refused and one panicked at", c.Handled, c.Dropped)
	}
	closeStream(t, s)
	s = open(t, Options{Dir: dir, Level: Disk})
	letters, err := s.DeadLetters(t.Context(), 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range letters {
		got = append(got, fmt.Sprintf("%d %s %s %s %d", l.Sequence, l.Handler, l.Reason, l.Record.Message, l.Record.ID.Index))
	}
	want := "1 file x 7 is bad 7 7; 2 file x panic: at 11 11 11"
	if strings.Join(got, "; ") != want {
		t.Errorf("dead letters: got %q, want %q", strings.Join(got, "; "), want)
	}
	if rest, err := s.DeadLetters(t.Context(), 1, 10); err != nil || len(rest) != 1 {
		t.Errorf("dead letters after the first: got %d and error %v, want 1", len(rest), err)
	}
}
