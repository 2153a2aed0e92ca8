package sqlite

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/delivery"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
)

const (
	// maxHeads bounds the heads in memory: the one that grows and those of which chunks are to be made.
	maxHeads = 4
	// sealPause is how long to wait after no chunk could be made, before the next try.
	sealPause = time.Second
	// upkeepEvery is how often it is looked for files that are too old.
	upkeepEvery = time.Minute
)

// run makes chunks of full heads, and removes old files, until ctx ends.
func (s *Store) run(ctx context.Context) {
	defer close(s.done)
	packer := chunk.NewPacker(s.codec)
	tick := time.NewTicker(upkeepEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		h := s.oldest()
		if h == nil {
			s.tidy(ctx)
			select {
			case <-s.full:
			case <-tick.C:
				s.expire()
			case <-ctx.Done():
			}
			continue
		}
		err := delivery.Contain(func() error { return s.seal(ctx, packer, h) })
		if delivery.Panicked(err) {
			s.damage.add(h.file.name, fmt.Sprintf("no chunk can be made of %d records, which stay as they are: %v", len(h.records), err), s.o.Notify)
			packer = chunk.NewPacker(s.codec)
		}
		s.mu.Lock()
		if isDamage(err) || delivery.Panicked(err) {
			h.stuck, err = true, nil
		}
		s.sealErr = asFull(err)
		close(s.progress)
		s.progress = make(chan struct{})
		s.mu.Unlock()
		if err == nil {
			s.expire()
			continue
		}
		if ctx.Err() != nil {
			return
		}
		s.notices.Give("seal", "store: %v", err)
		select {
		case <-time.After(sealPause):
		case <-ctx.Done():
		}
	}
}

// oldest returns the oldest full head, nil if there is none.
func (s *Store) oldest() *head {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.heads {
		if !h.stuck && h != s.heads[len(s.heads)-1] {
			return h
		}
	}
	return nil
}

// seal makes a chunk of a head, which nobody adds to any more.
func (s *Store) seal(ctx context.Context, packer *chunk.Packer, h *head) error {
	packed := packer.Pack(h.records)
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-s.turn }()
	sh := s.shelf(h.file)
	if sh == nil {
		return nil // the file is gone, and its heads with it
	}
	lots := chunk.Lots(len(packed.Terms))
	if n := len(sh.chunks); n > sh.ungridded() {
		if before := sh.chunks[n-1].lots; lots > before/2 && lots <= before+before/4 {
			lots = before // so that they fit into one grid
		}
	}
	pairs, numbered := sh.number(packed.Pairs)
	n := &chunk.Numbered{Summary: packed.Summary, Lots: lots, Pairs: numbered}
	id := int64(len(sh.chunks)) + 1
	w := h.file.w
	err := w.transact(func() error {
		for i, p := range pairs {
			if _, err := w.insertPair.Exec(len(sh.pairs)+i, []byte(p.logger), int64(p.level)); err != nil {
				return err
			}
		}
		if _, err := w.insertChunk.Exec(id, n.Append(nil)); err != nil {
			return err
		}
		for i, part := range packed.Parts {
			if _, err := w.insertPart.Exec(id*partsPerChunk+int64(i), part); err != nil {
				return err
			}
		}
		if _, err := w.insertPart.Exec(id*partsPerChunk+sievePart, chunk.Sieve(packed.Terms, lots)); err != nil {
			return err
		}
		_, err := w.deletePending.Exec(h.first, h.last)
		return err
	})
	if err != nil {
		err = fmt.Errorf("make chunk %d of %s: %w", id, h.file.name, err)
		if isDamage(err) {
			s.damage.add(h.file.name, err.Error(), s.o.Notify)
		}
		return err
	}
	sh = sh.with(n, pairs)
	s.mu.Lock()
	s.heads = slices.DeleteFunc(s.heads, func(o *head) bool { return o == h })
	s.put(sh)
	s.mu.Unlock()
	if err := s.turnGrid(sh); err != nil {
		s.notices.Give("grid", "store: %v", err) // sieves do as well, and are slower
	}
	return nil
}

// shelf returns the shelf of a file, which who has the turn may replace. It is nil if the file was removed.
func (s *Store) shelf(f *file) *shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sh := range s.shelves {
		if sh.file == f {
			return sh
		}
	}
	return nil
}

// put replaces the shelf of a file. The mutex is held.
func (s *Store) put(sh *shelf) {
	s.shelves = slices.Clone(s.shelves)
	for i := range s.shelves {
		if s.shelves[i].file == sh.file {
			s.shelves[i] = sh
		}
	}
}

// number returns the numbers of pairs, and the pairs that have none yet and get the next ones.
func (s *shelf) number(pairs []chunk.Pair) (fresh []pair, numbered []chunk.NumberedPair) {
	known := make(map[pair]uint32, len(s.pairs))
	for i, p := range s.pairs[1:] {
		known[p] = uint32(i + 1)
	}
	other := 0
	for _, p := range pairs {
		key := pair{p.Logger, p.Level}
		n, ok := known[key]
		if !ok && len(s.pairs)+len(fresh) <= maxPairs {
			n = uint32(len(s.pairs) + len(fresh))
			fresh = append(fresh, key)
		}
		if n == otherPairs {
			other += p.Records
			continue
		}
		numbered = append(numbered, chunk.NumberedPair{Number: n, Records: p.Records})
	}
	if other > 0 {
		numbered = append(numbered, chunk.NumberedPair{Number: otherPairs, Records: other})
	}
	return fresh, numbered
}

// turnGrid turns over the sieves of the last chunks of a shelf, when there are enough that fit together.
func (s *Store) turnGrid(sh *shelf) error {
	first, last := sh.ungridded(), len(sh.chunks)
	lots := sh.chunks[last-1].lots
	for i := last - 1; i >= first; i-- {
		if sh.chunks[i].lots != lots {
			first = i + 1
			break
		}
	}
	if last-first < chunk.GridChunks {
		return nil
	}
	return s.makeGrid(sh, first, last-first)
}

// makeGrid turns over the sieves of so many chunks from one on.
func (s *Store) makeGrid(sh *shelf, first, chunks int) error {
	sieves := make([][]byte, chunks)
	for i := range sieves {
		b, err := sh.readPart(context.Background(), sh.chunks[first+i].id, sievePart, nil)
		if err != nil {
			return fmt.Errorf("read sieve of chunk %d of %s: %w", sh.chunks[first+i].id, sh.name, err)
		}
		sieves[i] = b
	}
	g := grid{first: first, chunks: chunks, lots: sh.chunks[first].lots}
	lots, err := chunk.Grid(sieves, g.lots)
	if err != nil {
		return fmt.Errorf("turn over sieves of %s: %w", sh.name, err)
	}
	w := sh.w
	g.id = w.lastGrid + 1
	err = w.transact(func() error {
		if _, err := w.insertGrid.Exec(g.id, g.first, g.chunks, g.lots); err != nil {
			return err
		}
		for i, lot := range lots {
			if _, err := w.insertLot.Exec(g.id*lotsPerGrid+int64(i), lot); err != nil {
				return err
			}
		}
		for i := range sieves {
			if _, err := w.deleteParts.Exec(sh.chunks[first+i].id*partsPerChunk + sievePart); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep sieves of %s: %w", sh.name, err)
	}
	w.lastGrid = g.id
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(sh.withGrid(g))
	return nil
}
