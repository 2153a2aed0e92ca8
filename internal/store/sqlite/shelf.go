package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"

	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// maxPairs bounds the pairs of a file that have a number. All others have the number otherPairs.
	maxPairs   = 1 << 13
	otherPairs = 0
	// maxMinutes bounds the minutes of a chunk that are kept in memory. Of more, the chunk itself is asked.
	maxMinutes = 256
)

// shelf is what is known of a file's chunks without reading them. It is immutable: a new chunk makes a new shelf,
// which shares memory with the one before.
type shelf struct {
	*file
	chunks []*entry
	grids  []grid
	pairs  []pair
	totals []uint64 // the records of each pair
}

// pair is a logger and a level.
type pair struct {
	logger string
	level  slog.Level
}

// entry is a chunk on a shelf.
type entry struct {
	id          int64
	records     int
	from, to    int64 // moments
	first, last record.ID
	lots        int
	pairs       []uint64       // bits: which pairs there are
	minutes     []chunk.Minute // nil if there are too many
}

// grid says that the sieves of so many chunks, from one on, were turned over.
type grid struct {
	id            int64
	first, chunks int // places on the shelf
	lots          int
}

// with returns the shelf with one chunk more, and the pairs that are new with it. Only the newest shelf of a file may
// grow.
func (s *shelf) with(n *chunk.Numbered, pairs []pair) *shelf {
	grown := *s
	grown.pairs = append(s.pairs, pairs...)
	grown.totals = make([]uint64, len(grown.pairs))
	copy(grown.totals, s.totals)
	grown.add(n)
	return &grown
}

// add puts a chunk on a shelf that nobody else has seen.
func (s *shelf) add(n *chunk.Numbered) {
	e := &entry{
		id: int64(len(s.chunks)) + 1, records: n.Records, from: n.From, to: n.To, first: n.First, last: n.Last, lots: n.Lots,
		pairs: make([]uint64, (len(s.pairs)+63)/64),
	}
	if len(n.Minutes) <= maxMinutes {
		e.minutes = n.Minutes
	}
	for _, p := range n.Pairs {
		if int(p.Number) < len(s.pairs) {
			e.pairs[p.Number/64] |= 1 << (p.Number % 64)
			s.totals[p.Number] += uint64(p.Records)
		}
	}
	s.chunks = append(s.chunks, e)
}

// withGrid returns the shelf with one grid more.
func (s *shelf) withGrid(g grid) *shelf {
	grown := *s
	grown.grids = append(s.grids, g)
	return &grown
}

// ungridded returns the place of the first chunk behind all grids.
func (s *shelf) ungridded() int {
	if n := len(s.grids); n > 0 {
		return s.grids[n-1].first + s.grids[n-1].chunks
	}
	return 0
}

// load reads the shelf of a file that is open for queries. damaged is told of what cannot be read.
func load(ctx context.Context, tx *sql.Tx, f *file, damaged func(text string)) (*shelf, error) {
	s := &shelf{file: f, pairs: make([]pair, 1)}
	if err := s.loadPairs(ctx, tx); err != nil {
		return nil, err
	}
	s.totals = make([]uint64, len(s.pairs))
	if err := s.loadGrids(ctx, tx); err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, "SELECT id, data FROM chunk ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var data sql.RawBytes
		if err := rows.Scan(&id, &data); err != nil {
			return nil, err
		}
		for int64(len(s.chunks)) < id-1 && len(s.chunks) < 1<<24 {
			damaged(fmt.Sprintf("chunk %d is missing", len(s.chunks)+1))
			s.chunks = append(s.chunks, &entry{id: int64(len(s.chunks)) + 1})
		}
		n, err := chunk.ReadSummary(data)
		if err != nil {
			damaged(fmt.Sprintf("chunk %d: %v", id, err))
			s.chunks = append(s.chunks, &entry{id: id})
			continue
		}
		s.add(n)
	}
	return s, rows.Err()
}

func (s *shelf) loadPairs(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "SELECT logger, level FROM pair ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() && len(s.pairs) <= maxPairs {
		var logger []byte
		var level int64
		if err := rows.Scan(&logger, &level); err != nil {
			return err
		}
		s.pairs = append(s.pairs, pair{string(logger), slog.Level(level)})
	}
	return rows.Err()
}

func (s *shelf) loadGrids(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, "SELECT id, first, chunks, lots FROM grid ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var g grid
		if err := rows.Scan(&g.id, &g.first, &g.chunks, &g.lots); err != nil {
			return err
		}
		if g.chunks < 1 || g.chunks > chunk.GridChunks || g.lots < 1 || g.lots > chunk.MaxLots || g.first < s.ungridded() {
			return fmt.Errorf("%w: grid %d of %d chunks", chunk.ErrCorrupt, g.id, g.chunks)
		}
		s.grids = append(s.grids, g)
	}
	return rows.Err()
}

// content is all that has to be known of a file.
type content struct {
	*shelf
	positions map[uint64]record.ID
	pending   []pendingRow
}

// readContent reads it as it is at one moment: meanwhile another process may make a chunk of what is pending.
func readContent(ctx context.Context, f *file, damaged func(text string)) (*content, error) {
	tx, err := f.read.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // it has changed nothing
	c := new(content)
	if c.shelf, err = load(ctx, tx, f, damaged); err != nil {
		return nil, err
	}
	if c.positions, err = positions(ctx, tx); err != nil {
		return nil, err
	}
	c.pending, err = pending(ctx, tx, damaged)
	return c, err
}

// positions returns the last record kept of each epoch.
func positions(ctx context.Context, tx *sql.Tx) (map[uint64]record.ID, error) {
	rows, err := tx.QueryContext(ctx, "SELECT epoch, sequence, item FROM position")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make(map[uint64]record.ID)
	for rows.Next() {
		var epoch, sequence, item int64
		if err := rows.Scan(&epoch, &sequence, &item); err != nil {
			return nil, err
		}
		all[uint64(epoch)] = record.ID{Epoch: uint64(epoch), Sequence: uint64(sequence), Index: uint32(item)}
	}
	return all, rows.Err()
}

// pendingRow is a batch that is in no chunk.
type pendingRow struct {
	id      int64
	records []record.Record
}

// pending returns the batches that are in no chunk. damaged is told of what cannot be read.
func pending(ctx context.Context, tx *sql.Tx, damaged func(text string)) (all []pendingRow, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, data FROM pending ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row pendingRow
		var data sql.RawBytes
		if err := rows.Scan(&row.id, &data); err != nil {
			return nil, err
		}
		if row.records, err = chunk.ReadBatch(data); err != nil {
			damaged(fmt.Sprintf("batch %d: %v", row.id, err))
			continue
		}
		all = append(all, row)
	}
	return all, rows.Err()
}
