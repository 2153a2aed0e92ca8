package spill

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// numbered returns the nth record, of some hundred bytes.
func numbered(n int) record.Record {
	return record.Record{
		Time: time.Date(2026, 11, 23, 4, 5, 6, n, time.UTC), Level: slog.Level(n%3 - 1), Logger: "shop.pay", Message: fmt.Sprint("message ", n),
		Attrs: []slog.Attr{slog.Int("n", n), slog.String("text", strings.Repeat("é", 150))},
	}
}

func open(t *testing.T, dir string, max int64) *Spill {
	t.Helper()
	s, err := Open(dir, max)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s *Spill, from, to int) {
	t.Helper()
	for ; from < to; from++ {
		r := numbered(from)
		if err := s.Append([]record.Record{r}, false); err != nil {
			t.Fatal(err)
		}
	}
}

// rest reads all that is left, and returns the messages' numbers and the first error.
func rest(s *Spill) (numbers []int, err error) {
	for {
		read, fault := s.Next(7)
		if err == nil {
			err = fault
		}
		if len(read.Records) == 0 && fault == nil {
			return numbers, err
		}
		for _, r := range read.Records {
			var n int
			fmt.Sscanf(r.Message, "message %d", &n)
			numbers = append(numbers, n)
			want := numbered(n)
			if x, y := record.AppendJSON(nil, &r), record.AppendJSON(nil, &want); err == nil && !bytes.Equal(x, y) {
				err = fmt.Errorf("got %s, want %s", x, y)
			}
		}
		s.Done()
	}
}

func numbers(from, to int) (all []int) {
	for ; from < to; from++ {
		all = append(all, from)
	}
	return all
}

func check(t *testing.T, s *Spill, want []int) {
	t.Helper()
	if got, err := rest(s); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %d records, %v, %v, want %d: %v", len(got), got, err, len(want), want)
	}
}

// Records come back in their order, over many files, while others are written; the files are removed when
// they were read.
func TestSpill(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 64<<10)
	put(t, s, 0, 10)
	check(t, s, numbers(0, 10))
	put(t, s, 10, 60)
	if files, _ := filepath.Glob(filepath.Join(dir, "*.spill")); len(files) < 2 {
		t.Errorf("got %d files, want several", len(files))
	}
	read, err := s.Next(5)
	if err != nil || len(read.Records) != 5 || read.Old || read.Told {
		t.Fatalf("got %+v, %v", read, err)
	}
	put(t, s, 60, 70)
	check(t, s, numbers(15, 70))
	told := record.Record{Message: "3 records dropped here"}
	put(t, s, 70, 72)
	if err := s.Append([]record.Record{told}, true); err != nil {
		t.Fatal(err)
	}
	put(t, s, 72, 73)
	for _, want := range []struct {
		n    int
		told bool
	}{{2, false}, {1, true}, {1, false}, {0, false}} {
		if read, err := s.Next(100); err != nil || len(read.Records) != want.n || read.Told != want.told {
			t.Errorf("got %d records, told %v, %v, want %v", len(read.Records), read.Told, err, want)
		}
	}
	s.Done()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v, want the lock alone", entries)
	}
}

// The files are bounded: what has no room is refused, until some was read.
func TestSpillFull(t *testing.T) {
	s := open(t, t.TempDir(), 16<<10)
	n := 0
	for ; ; n++ {
		r := numbered(n)
		if err := s.Append([]record.Record{r}, false); errors.Is(err, ErrFull) {
			break
		} else if err != nil || n > 1000 {
			t.Fatal(n, err)
		}
	}
	if s.bytes > 16<<10 {
		t.Errorf("got %d bytes", s.bytes)
	}
	check(t, s, numbers(0, n))
	put(t, s, n, n+3)
	check(t, s, numbers(n, n+3))
	_ = s.Close()
}

// A record that would not be read again is refused.
func TestSpillTooLarge(t *testing.T) {
	s := open(t, t.TempDir(), 0)
	if err := s.Append([]record.Record{numbered(0), {Message: strings.Repeat("x", maxFrame)}}, false); err == nil || errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	put(t, s, 1, 3)
	check(t, s, numbers(1, 3))
	_ = s.Close()
}

// What was not read, or not done with, is there for the next who opens the directory, and before what it writes.
func TestSpillAgain(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	put(t, s, 0, 20)
	if _, err := Open(dir, 0); err == nil || !strings.Contains(err.Error(), "is in use") {
		t.Errorf("a second one: got %v", err)
	}
	_, _ = s.Next(5)
	s.Done()
	_, _ = s.Next(5)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, 1<<20)
	if !s.Old() {
		t.Error("nothing is old")
	}
	put(t, s, 20, 25)
	if read, err := s.Next(100); err != nil || !read.Old || len(read.Records) != 15 || read.Records[0].Message != "message 5" {
		t.Errorf("got %+v, %v, want those that were not done with", read, err)
	}
	if read, err := s.Next(100); err != nil || read.Old || len(read.Records) != 5 {
		t.Errorf("got %+v, %v, want what was written then", read, err)
	}
	// A crash: nothing is closed, and all is read again from where the last Close was.
	crashed := copyOf(t, dir)
	s = open(t, crashed, 1<<20)
	check(t, s, numbers(20, 25))
}

// How far a file was read is not taken for another file's, which has its number after a crash.
func TestSpillNumberAgain(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	put(t, s, 0, 10)
	_, _ = s.Next(5)
	s.Done()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, 1<<20)
	check(t, s, numbers(5, 10))
	s = open(t, copyOf(t, dir), 1<<20) // crashed, when all was read
	put(t, s, 10, 20)
	s = open(t, copyOf(t, s.dir), 1<<20) // and again
	check(t, s, numbers(10, 20))
}

// copyOf copies a directory as it is.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// Wherever a crash cuts the last file off, the records that are whole are read, and what comes then is as well.
func TestSpillTorn(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 1<<20)
	var ends []int64
	for n := range 4 {
		put(t, s, n, n+1)
		ends = append(ends, s.files[0].size)
	}
	name := filepath.Base(s.path(s.files[0]))
	for cut := ends[3]; cut >= 0; cut -= 3 {
		torn := copyOf(t, dir)
		if err := os.Truncate(filepath.Join(torn, name), cut); err != nil {
			t.Fatal(err)
		}
		whole := 0
		for whole < 4 && ends[whole] <= cut {
			whole++
		}
		again := open(t, torn, 1<<20)
		put(t, again, 10, 12)
		got, err := rest(again)
		if want := append(numbers(0, whole), 10, 11); !slices.Equal(got, want) {
			t.Fatalf("cut at %d: got %v, want %v", cut, got, want)
		}
		clean := cut <= int64(len(head)) || slices.Contains(ends, cut)
		if (err == nil) != clean || err != nil && !errors.Is(err, errTorn) {
			t.Fatalf("cut at %d: got %v", cut, err)
		}
		_ = again.Close()
	}
}

// A byte that changed costs what stands behind it in its file, which is kept aside, and nothing of other files; it
// never yields another record.
func TestSpillDamaged(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, 40<<10)
	put(t, s, 0, 40)
	name, first := s.path(s.files[0]), s.files[0].size
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	inFirst := 0
	for _, n := range s.files[0].left {
		inFirst += n
	}
	for at := 0; at < len(b); at += 97 {
		b[at] ^= 0x20
		damaged := copyOf(t, dir)
		if err := os.WriteFile(filepath.Join(damaged, filepath.Base(name)), b, 0o600); err != nil {
			t.Fatal(err)
		}
		b[at] ^= 0x20
		again := open(t, damaged, 1<<20)
		got, err := rest(again)
		fault, ok := errors.AsType[*DamagedError](err)
		if !ok || fault.Offset > max(int64(at), int64(len(head))) || fault.Offset > first {
			t.Fatalf("byte %d: got %v", at, err)
		}
		kept := len(got) - (40 - inFirst)
		if kept < 0 || !slices.Equal(got, append(numbers(0, kept), numbers(inFirst, 40)...)) {
			t.Fatalf("byte %d: got %v", at, got)
		}
		_ = again.Close()
	}
	// The counts of what is missing are told by who wrote it.
	b[len(b)-1] ^= 1
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = rest(s)
	if fault, ok := errors.AsType[*DamagedError](err); !ok || fault.Left[0]+fault.Left[1]+fault.Left[-1] != 1 {
		t.Errorf("got %v, want that one record is missing", err)
	}
	if _, err := os.Stat(name + ".damaged"); err != nil {
		t.Errorf("the damaged file: %v", err)
	}
}

// A directory that cannot be written to refuses records, and takes them when it can be again.
func TestSpillWithoutDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spill")
	s := open(t, dir, 1<<20)
	if err := os.Rename(dir, dir+"-away"); err != nil {
		t.Fatal(err)
	}
	r := numbered(0)
	if err := s.Append([]record.Record{r}, false); err == nil || errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	if err := os.Rename(dir+"-away", dir); err != nil {
		t.Fatal(err)
	}
	put(t, s, 0, 3)
	check(t, s, numbers(0, 3))
	_ = s.Close()
}

func BenchmarkSpill(b *testing.B) {
	s, err := Open(b.TempDir(), 1<<40)
	if err != nil {
		b.Fatal(err)
	}
	batch := make([]record.Record, 256)
	for i := range batch {
		batch[i] = record.Record{Time: time.Now(), Logger: "shop.pay", Message: "request handled by upstream backend", Attrs: []slog.Attr{
			slog.String("method", "GET"), slog.Int("status", 502), slog.Duration("elapsed", 1234567), slog.Bool("cached", false), slog.Any("err", io.ErrClosedPipe),
		}}
	}
	b.ReportAllocs()
	for n := 0; n < b.N; n += len(batch) {
		if err := s.Append(batch, false); err != nil {
			b.Fatal(err)
		}
		if read, err := s.Next(len(batch)); err != nil || len(read.Records) != len(batch) {
			b.Fatal(len(read.Records), err)
		}
		s.Done()
	}
}
