package stream

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// damaged makes a stream of several files, and a handler that has handled the first part of it. It returns a
// copy of its directory: as it is after Close, or as a crash leaves it.
func damaged(t *testing.T, closed bool) (dir string, sent int) {
	t.Helper()
	from := t.TempDir()
	s := open(t, Options{Dir: from, Level: Disk, MaxBytes: 64 << 20})
	k := newKeep()
	c, err := s.Cursor("half", k, CursorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const n = 20000
	for ; sent < n; sent += 50 {
		store(t, s, large(sent, 50, slog.LevelInfo))
		if sent == n/2 {
			k.wait(t, n/2)
			if err := c.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if closed {
		closeStream(t, s)
	} else {
		stopUpkeep(s) // nothing is written while it is copied
		if err := s.saveState(t.Context(), false); err != nil {
			t.Fatal(err)
		}
	}
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir, sent
}

// change changes a file of the stream: the last one, or that in the middle.
func change(t *testing.T, dir string, last bool, f func([]byte) []byte) {
	t.Helper()
	all, err := blocks(dir, "")
	if err != nil || len(all) < 3 {
		t.Fatalf("blocks: got %d and error %v, want some", len(all), err)
	}
	b := all[len(all)/2]
	if last {
		b = all[len(all)-1]
	}
	text, err := os.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.path, f(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamage(t *testing.T) {
	flip := func(at func(n int) int) func([]byte) []byte {
		return func(text []byte) []byte {
			text[at(len(text))] ^= 0x10
			return text
		}
	}
	middle := flip(func(n int) int { return n / 2 })
	tests := []struct {
		name   string
		closed bool
		last   bool
		f      func([]byte) []byte
	}{
		{"a byte in the middle, after a crash", false, false, middle},
		{"a byte in the middle, after a close", true, false, middle},
		{"a byte in the last file, after a crash", false, true, middle},
		{"a byte in the last file, after a close", true, true, middle},
		{"a byte near the end, after a crash", false, true, flip(func(n int) int { return n - 1000 })},
		{"a torn tail", false, true, func(text []byte) []byte { return text[:len(text)-7] }},
		{"a torn tail, after a close", true, true, func(text []byte) []byte { return text[:len(text)-7] }},
		{"garbage at the end", false, true, func(text []byte) []byte { return append(text, slices.Repeat([]byte{0xa5}, 64)...) }},
		{"an empty last file", false, true, func([]byte) []byte { return nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir, sent := damaged(t, tt.closed)
			change(t, dir, tt.last, tt.f)
			report, err := Verify(dir, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range report.Damage {
				t.Logf("verify: %s", d)
			}
			if len(report.Damage) == 0 && report.Records == uint64(sent) {
				t.Errorf("Verify: got %d records and no damage", report.Records)
			}
			readDamaged(t, dir, sent, int(report.Records))
		})
	}
}

// readDamaged opens the stream and reads it: by a handler from the beginning, and by one that had handled a part.
func readDamaged(t *testing.T, dir string, sent, readable int) {
	t.Helper()
	var last uint64 // of the sequence, as it was
	for batch, err := range Cat(dir, "", record.ID{}) {
		if err != nil {
			t.Fatal(err)
		}
		last = batch[0].ID.Sequence
	}
	s := open(t, Options{Dir: dir, Level: Disk, MaxBytes: 64 << 20})
	all, half := newKeep(), newKeep()
	if _, err := s.Cursor("all", all, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Cursor("half", half, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	store(t, s, numbered(sent, sent+1))
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	st := lawful(t, s)
	testenv.Await(t, "all to be told", func() bool {
		got := all.all()
		return number(&got[len(got)-1]) == sent
	})
	got := all.all()
	inPlace(t, got)
	lost := sent + 1 - count(got)
	t.Logf("%d of %d records are lost, %d can be read in the files; damage: %v", lost, sent, readable, s.Damage())
	if lost != sent-readable {
		t.Errorf("lost: got %d, want the %d that cannot be read", lost, sent-readable)
	}
	if told := told(got); told != uint64(lost) {
		t.Errorf("told: got %d, want %d", told, lost)
	}
	if c := st.Cursors[0]; c.Name != "all" || c.Dropped[Damaged].Total() != uint64(lost) {
		t.Errorf("dropped: got %v, want %d for damage", c.Dropped, lost)
	}
	reported := uint64(0)
	for _, d := range s.Damage() {
		reported += d.Records
	}
	if lost > 0 && reported > 0 && reported != uint64(lost) {
		t.Errorf("damage that was told: got %d records, want %d", reported, lost)
	}
	// The second half is lost at most once, and nothing comes twice.
	rest := half.all()
	if n := count(rest) + int(told(rest)); n > sent/2+1 || count(rest) == 0 {
		t.Errorf("the handler that had handled half: got %d records or told of them, want %d at most", n, sent/2+1)
	}
	if id := got[len(got)-1].ID; id.Sequence <= last && id.Epoch == got[0].ID.Epoch {
		t.Errorf("the new record has the id %s, which another one had before", id)
	}
}

// count is how many of the records are not the stream's own.
func count(batch []record.Record) (n int) {
	for i := range batch {
		if number(&batch[i]) >= 0 {
			n++
		}
	}
	return n
}

// Where JetStream lost the end of the stream, a handler that had handled it does not skip what comes next.
func TestCursorBeyondTheEnd(t *testing.T) {
	t.Parallel()
	dir, sent := damaged(t, false)
	s := open(t, Options{Dir: dir, Level: Disk, MaxBytes: 64 << 20})
	k := newKeep()
	if _, err := s.Cursor("plain", k, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	k.wait(t, sent)
	own := k.all()[sent-1].ID
	closeStream(t, s)

	change(t, dir, true, func(text []byte) []byte { return text[:len(text)/2] })
	// Without its index, JetStream does not know how far it once was, and uses the numbers again.
	if err := os.Remove(filepath.Join(dir, "jetstream", "$G", "streams", DefaultName, "msgs", "index.db")); err != nil {
		t.Fatal(err)
	}
	var notices notes
	s = open(t, Options{Dir: dir, Level: Disk, MaxBytes: 64 << 20, Notify: notices.tell})
	for i := range 300 { // more messages than were lost
		store(t, s, numbered(sent+i, sent+i+1))
	}
	plain, exact := newKeep(), newKeep()
	if _, err := s.Cursor("plain", plain, CursorOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Cursor("exact", exact, CursorOptions{After: &own}); err != nil {
		t.Fatal(err)
	}
	if err := s.Forget("half"); err != nil {
		t.Fatal(err)
	}
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]*keep{"plain": plain, "exact": exact} {
		var got []int
		for _, r := range k.all() {
			if n := number(&r); n >= 0 {
				got = append(got, n)
			}
		}
		if len(got) != 300 || got[0] != sent {
			t.Errorf("%s: got %d records, the first %v, want the 300 new ones", name, len(got), got[:min(1, len(got))])
		}
	}
	lawful(t, s)
	for _, handler := range []string{"plain", "exact"} {
		if told := notices.all(); !slices.ContainsFunc(told, func(n string) bool { return containsAll(n, "handler "+handler, "lost its last messages") }) {
			t.Errorf("notices: got %q, want one about handler %s", told, handler)
		}
	}
}

func TestVerifyAndCat(t *testing.T) {
	dir := t.TempDir()
	if _, err := Verify(dir, ""); err == nil || !containsAll(err.Error(), "there is no stream JACKDAW in "+dir) {
		t.Errorf("Verify of no stream: got %v", err)
	}
	s := open(t, Options{Dir: dir, Level: Disk})
	store(t, s, numbered(0, 10))
	store(t, s, numbered(10, 20))
	for range 2 { // while it is open, and after that
		report, err := Verify(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		if report.Messages != 2 || report.Records != 20 || len(report.Damage) > 0 || len(report.Segments) != 1 {
			t.Errorf("Verify: got %+v, want 2 messages with 20 records in 1 file", report)
		}
		first, last := report.Segments[0].First, report.Segments[0].Last
		if first.Sequence != 1 || last.Sequence != 2 || first.Epoch == 0 {
			t.Errorf("segment: got %s to %s, want messages 1 to 2", first, last)
		}
		var got []string
		from := record.ID{Epoch: first.Epoch, Sequence: 1, Index: 7}
		for batch, err := range Cat(dir, "", from) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, messages(batch)...)
		}
		if want := messages(numbered(7, 20)); !slices.Equal(got, want) {
			t.Errorf("Cat from record 7: got %q, want %q", got, want)
		}
		closeStream(t, s)
	}
	for range Cat(dir, "", record.ID{}) {
		break
	}
}

// Whatever is flipped, cut or put in between: nothing panics, and all else is read.
func TestScanOfAnyBytes(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir, Level: Disk})
	for i := range 5 {
		store(t, s, numbered(i, i+1))
	}
	closeStream(t, s)
	all, err := blocks(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(all[0].path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		text := slices.Clone(whole)
		text[at] ^= 0x41
		read, bad := 0, 0
		err := all[0].scanText(text, visitor{message: func(m *stored, _ int64) error {
			if m.err != nil { // the hash does not cover the length of the headers
				bad++
			} else {
				read++
			}
			return nil
		}, damaged: func(int64, int64, string) { bad++ }})
		if err != nil || read < 4 || bad != 1 {
			t.Fatalf("byte %d of %d flipped: got %d messages, %d damaged places and error %v, want 4 and 1", at, len(whole), read, bad, err)
		}
	}
}

func containsAll(text string, parts ...string) bool {
	return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) })
}
