package sqlite

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// Stats are the counts of a store, and what is in its files.
type Stats struct {
	Counts
	// Records are those kept, of them Pending in no chunk yet.
	Records, Pending uint64
	Files, Chunks    int
	// Bytes is what the files take, MaxBytes their bound, negative for none. Free is what the disk had left when it was
	// last looked at.
	Bytes, MaxBytes, Free int64
	// Oldest and Newest are the times of the first and the last record; zero if there is none.
	Oldest, Newest time.Time
	// Position is the last record kept of the stream.
	Position record.ID
	// Err is why chunks cannot be made at the moment, nil while they can.
	Err    error
	Damage []Damage
}

// Stats returns the counts as they are now.
func (s *Store) Stats() Stats {
	st := Stats{Counts: s.ledger.now(), MaxBytes: s.o.MaxBytes, Free: s.room.free.Load(), Damage: s.damage.list()}
	v, err := s.acquire(context.Background())
	if err != nil {
		st.Err = err
		return st
	}
	defer v.release()
	st.Files = len(v.shelves)
	s.mu.Lock()
	st.Position, st.Err = s.last, s.sealErr
	s.mu.Unlock()
	from, to := int64(store.NoMoment), int64(store.NoMoment)
	span := func(first, last int64) {
		if from == store.NoMoment || first != store.NoMoment && first < from {
			from = first
		}
		to = max(to, last)
	}
	for _, sh := range v.shelves {
		st.Bytes += sh.bytes()
		st.Chunks += len(sh.chunks)
		for _, e := range sh.chunks {
			if e.records > 0 {
				st.Records += uint64(e.records)
				span(e.from, e.to)
			}
		}
	}
	for _, h := range v.heads {
		st.Records += uint64(len(h.records))
		st.Pending += uint64(len(h.records))
		span(h.span())
	}
	if from != store.NoMoment {
		st.Oldest = time.Unix(0, from).UTC()
	}
	if to != store.NoMoment {
		st.Newest = time.Unix(0, to).UTC()
	}
	return st
}

// FileInfo says what is in a file.
type FileInfo struct {
	Name string
	// Day is when its records were received.
	Day     time.Time
	Bytes   int64
	Records uint64
	Chunks  int
	// From and To are the times of the first and the last record; zero if there is none.
	From, To time.Time
	// Damage is what cannot be read, empty if nothing is known.
	Damage []string
}

// List says what is in the files of a directory, the oldest first. It needs no process that has the store open, and
// disturbs none.
func List(dir string) ([]FileInfo, error) {
	return inspect(dir, false)
}

// Verify is List with a look at every byte: what is damaged is found.
func Verify(dir string) ([]FileInfo, error) {
	return inspect(dir, true)
}

// Remove removes the files of a directory whose records were all received before a time, but for the newest one. It
// returns those that it removed. No process may have the store open.
func Remove(dir string, before time.Time) (removed []FileInfo, err error) {
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	infos, err := List(dir)
	if err != nil {
		return nil, err
	}
	for _, info := range infos[:max(len(infos)-1, 0)] {
		if info.Day.Add(24 * time.Hour).After(before) {
			continue
		}
		f := &file{dir: dir, name: info.Name}
		if err := f.remove(); err != nil && !os.IsNotExist(err) {
			return removed, fmt.Errorf("remove %s: %w", info.Name, err)
		}
		removed = append(removed, info)
	}
	return removed, nil
}
