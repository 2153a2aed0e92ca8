package sqlite

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
)

// inspect says what is in the files of a directory. If all is true it reads every byte.
func inspect(dir string, all bool) ([]FileInfo, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	files, err := list(dir, layouts())
	if err != nil {
		return nil, err
	}
	codec, err := chunk.NewCodec()
	if err != nil {
		return nil, err
	}
	var infos []FileInfo
	for _, f := range files {
		info := FileInfo{Name: f.name, Bytes: f.bytes()}
		info.Day, _ = time.Parse(dayLayout, f.day)
		if err := info.read(context.Background(), f, codec, all); err != nil {
			info.damaged(err.Error())
		}
		if err := f.close(); err != nil {
			return infos, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}

func (i *FileInfo) damaged(text string) { i.Damage = append(i.Damage, text) }

func (i *FileInfo) read(ctx context.Context, f *file, codec *chunk.Codec, all bool) error {
	version, err := f.openRead(ctx)
	switch highest := newest(f.steps); {
	case err != nil:
		return err
	case version == 0:
		return nil
	case version != highest:
		return fmt.Errorf("it has the layout %d, which is not read here", version)
	}
	sh, err := load(ctx, f, i.damaged)
	if err != nil {
		return err
	}
	pending, err := f.pending(ctx, i.damaged)
	if err != nil {
		return err
	}
	from, to := int64(store.NoMoment), int64(store.NoMoment)
	span := func(first, last int64, records int) {
		if from == store.NoMoment || first != store.NoMoment && first < from {
			from = first
		}
		to = max(to, last)
		i.Records += uint64(records)
	}
	i.Chunks = len(sh.chunks)
	for _, e := range sh.chunks {
		span(e.from, e.to, e.records)
		if all && e.records > 0 {
			i.verify(ctx, sh, codec, e)
		}
	}
	for _, row := range pending {
		h := headView{records: row.records}
		first, last := h.span()
		span(first, last, len(row.records))
	}
	if from != store.NoMoment {
		i.From, i.To = time.Unix(0, from).UTC(), time.Unix(0, to).UTC()
	}
	if all {
		return i.check(ctx, sh)
	}
	return nil
}

// verify reads all of a chunk.
func (i *FileInfo) verify(ctx context.Context, sh *shelf, codec *chunk.Codec, e *entry) {
	k := chunk.New(codec, e.records, func(p chunk.Part) ([]byte, error) { return sh.readPart(ctx, e.id, int(p)) })
	for row := range e.records {
		if _, err := k.Record(row); err != nil {
			i.damaged(fmt.Sprintf("chunk %d of %d records: %v", e.id, e.records, err))
			return
		}
	}
}

// check reads the grids and sieves, and lets SQLite check the rest.
func (i *FileInfo) check(ctx context.Context, sh *shelf) error {
	for _, g := range sh.grids {
		for lot := range g.lots {
			b, err := readRow(ctx, sh.lot, g.id*lotsPerGrid+int64(lot))
			if err == nil {
				_, err = chunk.GridHas(b, 0)
			}
			if err != nil {
				i.damaged(fmt.Sprintf("grid %d: %v", g.id, err))
				break
			}
		}
	}
	for _, e := range sh.chunks[sh.ungridded():] {
		b, err := sh.readPart(ctx, e.id, sievePart)
		if err == nil {
			_, err = chunk.SieveHas(b, e.lots, 0)
		}
		if err != nil {
			i.damaged(fmt.Sprintf("sieve of chunk %d: %v", e.id, err))
		}
	}
	rows, err := sh.read.QueryContext(ctx, "PRAGMA quick_check(10)")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		if text != "ok" {
			i.damaged(text)
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}
