package sqlite

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
)

// FileInfo says what is in a file.
type FileInfo struct {
	Name string
	// Day is when its records were received, in UTC.
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
func List(ctx context.Context, dir string) (infos []FileInfo, err error) {
	for info, err := range inspect(ctx, dir, false) {
		if err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}

// Verify is List, file by file, with a look at every byte: what is damaged is found. An error is the last thing that it
// yields.
func Verify(ctx context.Context, dir string) iter.Seq2[FileInfo, error] {
	return inspect(ctx, dir, true)
}

// Aside returns the names of files of a directory that were damaged as a whole, and set aside.
func Aside(dir string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*.db"+asideSuffix+"*"))
	var names []string
	for _, path := range paths {
		if name := filepath.Base(path); !strings.HasSuffix(name, "-wal") && !strings.HasSuffix(name, "-shm") {
			names = append(names, name)
		}
	}
	return names, err
}

// Before returns those of the files, of which infos are all there are, whose records were all received before a time;
// never the newest one.
func Before(infos []FileInfo, before time.Time) (old []FileInfo) {
	for _, info := range infos[:max(len(infos)-1, 0)] {
		if !info.Day.Add(24 * time.Hour).After(before) {
			old = append(old, info)
		}
	}
	return old
}

// Remove removes the files that [Before] names, and returns those that it removed. No process may have the store open.
func Remove(ctx context.Context, dir string, before time.Time) (removed []FileInfo, err error) {
	held, err := lock(dir)
	if err != nil {
		return nil, err
	}
	defer held.Close()
	infos, err := List(ctx, dir)
	if err != nil {
		return nil, err
	}
	for _, info := range Before(infos, before) {
		f := &file{dir: dir, name: info.Name}
		if err := f.remove(); err != nil && !os.IsNotExist(err) {
			return removed, fmt.Errorf("remove %s: %w", info.Name, err)
		}
		removed = append(removed, info)
	}
	return removed, nil
}

// inspect says what is in the files of a directory. If all is true it reads every byte.
func inspect(ctx context.Context, dir string, all bool) iter.Seq2[FileInfo, error] {
	return func(yield func(FileInfo, error) bool) {
		codec, err := chunk.NewCodec()
		if err == nil {
			dir, err = filepath.Abs(dir)
		}
		var files []*file
		if err == nil {
			files, err = list(dir, layouts())
		}
		if err != nil {
			yield(FileInfo{}, err)
			return
		}
		for _, f := range files {
			info, err := f.inspect(ctx, codec, all)
			for range 2 { // who has the store may just have moved what was looked for
				if len(info.Damage) == 0 || err != nil {
					break
				}
				info, err = f.inspect(ctx, codec, all)
			}
			if !yield(info, err) || err != nil {
				return
			}
		}
	}
}

// inspect says what is in a file. The error is ctx's.
func (f *file) inspect(ctx context.Context, codec *chunk.Codec, all bool) (FileInfo, error) {
	info := FileInfo{Name: f.name, Bytes: f.bytes()}
	info.Day, _ = time.Parse(dayLayout, f.day)
	if err := info.read(ctx, f, codec, all); err != nil {
		info.damaged(err.Error())
	}
	_ = f.close() // it was only read
	if ctx.Err() != nil {
		return info, context.Cause(ctx)
	}
	return info, nil
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
	c, err := readContent(ctx, f, i.damaged)
	if err != nil {
		return err
	}
	sh := c.shelf
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
	for _, row := range c.pending {
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
	k := chunk.New(codec, e.records, func(p chunk.Part, dst []byte) ([]byte, error) {
		return sh.readPart(ctx, e.id, int(p), dst)
	})
	defer k.Release()
	for row := range e.records {
		if ctx.Err() != nil {
			return
		}
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
			b, err := readRow(ctx, sh.lot, g.id*lotsPerGrid+int64(lot), nil)
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
		b, err := sh.readPart(ctx, e.id, sievePart, nil)
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
