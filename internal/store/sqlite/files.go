package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
)

// minGrid is the least number of chunks that are turned over when a file is finished: it takes as much as for
// a full grid.
const minGrid = chunk.GridChunks / 2

// turnOver begins a new file if the day is over, or the newest one is large. The clock may go back; files do
// not.
func (s *Store) turnOver(now time.Time) error {
	day := now.UTC().Format(dayLayout)
	if day <= s.day {
		day = s.day
		if s.head.file.bytes() < s.o.FileBytes {
			return nil
		}
	}
	return s.newFile(context.Background(), day)
}

// tidy closes for writing what is not the newest file any more, once all of it is in chunks.
func (s *Store) tidy(ctx context.Context) {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-s.turn }()
	s.mu.Lock()
	shelves, heads := s.shelves, s.heads
	s.mu.Unlock()
	for _, sh := range shelves[:len(shelves)-1] {
		if sh.w != nil && !slices.ContainsFunc(heads, func(h *head) bool { return h.file == sh.file }) {
			if err := s.finish(sh); err != nil {
				s.notices.Give("finish", "store: finish %s: %v", sh.name, err)
			}
		}
	}
}

// finish closes a file for writing.
func (s *Store) finish(sh *shelf) error {
	var err error
	if first := sh.ungridded(); len(sh.chunks)-first >= minGrid && alike(sh.chunks[first:]) {
		err = s.makeGrid(sh, first, len(sh.chunks)-first)
	}
	err = errors.Join(err, sh.w.checkpoint(), sh.w.close())
	sh.w = nil
	return err
}

// alike reports whether chunks fit into one grid.
func alike(chunks []*entry) bool {
	return !slices.ContainsFunc(chunks, func(e *entry) bool { return e.lots != chunks[0].lots })
}

// expire removes the files that are too old, and the oldest ones if all are too large. The newest one stays.
func (s *Store) expire() {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.mu.Lock()
	shelves := s.shelves
	s.mu.Unlock()
	total := int64(0)
	sizes := make([]int64, len(shelves))
	for i, sh := range shelves {
		sizes[i] = sh.bytes()
		total += sizes[i]
	}
	for i, sh := range shelves[:max(len(shelves)-1, 0)] {
		why := fmt.Sprintf("it is older than %v", s.o.MaxAge)
		if !s.tooOld(sh.file, time.Now()) {
			if s.o.MaxBytes < 0 || total <= s.o.MaxBytes {
				break
			}
			why = fmt.Sprintf("all files have %d MiB, and may have %d", total>>20, s.o.MaxBytes>>20)
		}
		total -= sizes[i]
		records := s.recordsOf(sh)
		if err := s.drop(sh.file); err != nil {
			s.notices.Give("expire", "store: remove %s: %v", sh.name, err)
			break
		}
		s.expired.Add(records)
		s.o.Notify(fmt.Sprintf("store: %s with %d records is removed: %s", sh.name, records, why))
	}
}

// recordsOf returns how many records a file has.
func (s *Store) recordsOf(sh *shelf) (n uint64) {
	for _, e := range sh.chunks {
		n += uint64(e.records)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.heads {
		if h.file == sh.file {
			n += uint64(len(h.records))
		}
	}
	return n
}

// tooOld reports whether the last record that a file may have is older than records are kept.
func (s *Store) tooOld(f *file, now time.Time) bool {
	day, err := time.Parse(dayLayout, f.day)
	return err == nil && s.o.MaxAge > 0 && now.Sub(day.Add(24*time.Hour)) > s.o.MaxAge
}

// drop takes a file out of the store, and removes it when nobody reads it any more.
func (s *Store) drop(f *file) error {
	s.mu.Lock()
	s.shelves = slices.DeleteFunc(slices.Clone(s.shelves), func(sh *shelf) bool { return sh.file == f })
	s.heads = slices.DeleteFunc(s.heads, func(h *head) bool { return h.file == f })
	f.gone = true
	unused := f.users == 0
	s.mu.Unlock()
	if unused {
		return s.discard(f)
	}
	return nil
}

// discard closes a file that is gone, and removes it.
func (s *Store) discard(f *file) error {
	return errors.Join(f.close(), f.remove())
}

// readPart reads a part of a chunk, which it appends to dst.
func (f *file) readPart(ctx context.Context, id int64, part int, dst []byte) ([]byte, error) {
	return readRow(ctx, f.part, id*partsPerChunk+int64(part), dst)
}

func readRow(ctx context.Context, statement *sql.Stmt, id int64, dst []byte) ([]byte, error) {
	data := appended{dst}
	err := statement.QueryRowContext(ctx, id).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: row %d is missing", chunk.ErrCorrupt, id)
	}
	return data.bytes, err
}

// appended is where the bytes of a row go: into memory that there is already.
type appended struct{ bytes []byte }

// Scan implements [sql.Scanner].
func (a *appended) Scan(value any) error {
	b, ok := value.([]byte)
	if !ok {
		return fmt.Errorf("%w: a row has a %T, want bytes", chunk.ErrCorrupt, value)
	}
	a.bytes = append(a.bytes, b...)
	return nil
}

// asideSuffix ends the names of files that were set aside; a number may follow.
const asideSuffix = ".damaged"

// setAside gives a damaged file another name, so that it is neither read nor written.
func (s *Store) setAside(f *file, why error) error {
	text := fmt.Sprintf("%v; it is left out", why)
	if !s.o.ReadOnly {
		aside := f.path() + asideSuffix
		for n := 2; ; n++ {
			if _, err := os.Stat(aside); os.IsNotExist(err) {
				break
			}
			aside = fmt.Sprintf("%s%s%d", f.path(), asideSuffix, n)
		}
		if err := os.Rename(f.path(), aside); err != nil {
			return fmt.Errorf("set aside: %w", err)
		}
		for _, more := range []string{"-wal", "-shm"} {
			_ = os.Rename(f.path()+more, aside+more)
		}
		text = fmt.Sprintf("%v; it is set aside as %s", why, aside)
	}
	s.damage.add(f.name, text, s.o.Notify)
	return nil
}
