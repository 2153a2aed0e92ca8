package sqlite

import (
	"context"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

// Stats are the counts of a store, and what is in its files.
type Stats struct {
	Counts
	// Records are those kept, of them Pending in no chunk yet.
	Records, Pending uint64
	// Expired are the records that were removed since the store was opened, since they were too old, or too many.
	Expired       uint64
	Files, Chunks int
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
	st := Stats{Counts: s.ledger.now(), MaxBytes: s.o.MaxBytes, Expired: s.expired.Load(), Free: s.room.free.Load(), Damage: s.damage.list()}
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
