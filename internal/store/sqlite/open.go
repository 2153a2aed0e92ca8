package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/notice"
	"github.com/jackdaw-log/jackdaw/internal/store/chunk"
	"github.com/jackdaw-log/jackdaw/record"
)

// fileName is what the files are called: the day, and from the second file of a day on its number.
var fileName = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})(?:\.([1-9]\d{0,5}))?\.db$`)

const dayLayout = "2006-01-02"

// Open opens the store in a directory, which it makes if it is missing, and which belongs to one process at a time
// unless it is only read. A file that is damaged as a whole is set aside, and the others are served.
func Open(dir string, o Options) (*Store, error) {
	dir, err := settleDir(dir, o.ReadOnly)
	if err == nil {
		err = o.settle(dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s := &Store{
		o: o, dir: dir, turn: make(chan struct{}, 1), positions: make(map[uint64]record.ID), full: make(chan struct{}, 1),
		done: make(chan struct{}), progress: make(chan struct{}), workers: make(chan struct{}, runtime.GOMAXPROCS(0)),
		notices: notice.Board{Tell: o.Notify}, room: room{dir: dir, floor: o.FreeSpace},
	}
	if s.codec, err = chunk.NewCodec(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if !o.ReadOnly {
		if s.lock, err = lock(dir); err != nil {
			return nil, err
		}
	}
	if err := s.start(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", dir, err), s.closeFiles())
	}
	return s, nil
}

// start opens the files, and the newest one for writing.
func (s *Store) start(ctx context.Context) error {
	files, err := list(s.dir, s.o.steps)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := s.take(ctx, f); err != nil {
			return fmt.Errorf("open %s: %w", f.name, err)
		}
	}
	if s.o.ReadOnly {
		close(s.done)
		return nil
	}
	if n := len(s.shelves); n > 0 {
		f := s.shelves[n-1].file
		if f.w == nil {
			if err := f.openWrite(ctx, s.o.NoSync); err != nil {
				return fmt.Errorf("open %s: %w", f.name, err)
			}
		}
		s.day = f.day
		if s.head == nil || s.head.file != f {
			s.begin(f)
		}
	} else if err := s.newFile(ctx, time.Now().UTC().Format(dayLayout)); err != nil {
		return err
	}
	ctx, s.stop = context.WithCancel(ctx)
	s.expire()
	go s.run(ctx)
	return nil
}

// list returns the files of a directory, the oldest first.
func list(dir string, steps []step) ([]*file, error) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []*file
	for _, e := range names {
		m := fileName.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		f := &file{dir: dir, name: e.Name(), day: m[1], serial: 1, steps: steps}
		if m[2] != "" {
			f.serial, _ = strconv.Atoi(m[2])
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b *file) int {
		if a.day != b.day {
			if a.day < b.day {
				return -1
			}
			return 1
		}
		return a.serial - b.serial
	})
	return files, nil
}

// take opens a file that there is, or sets it aside.
func (s *Store) take(ctx context.Context, f *file) error {
	sh, err := s.readFile(ctx, f)
	if err == nil {
		if sh != nil {
			s.shelves = append(s.shelves, sh)
		}
		return nil
	}
	_ = f.close()
	if !isDamage(err) {
		return err
	}
	return s.setAside(f, err)
}

// readFile opens a file that there is, and reads what has to be known of it.
func (s *Store) readFile(ctx context.Context, f *file) (*shelf, error) {
	version, err := f.openRead(ctx)
	if err != nil {
		return nil, err
	}
	if highest := newest(s.o.steps); version != highest {
		_ = f.close()
		switch {
		case version > highest:
			return nil, &NewerError{File: f.name, Version: version, Highest: highest}
		case s.o.ReadOnly && version == 0: // somebody is just making it
			return nil, nil
		case s.o.ReadOnly:
			return nil, fmt.Errorf("%s has the layout %d, and has to be opened for writing once", f.name, version)
		}
		if err := f.openWrite(ctx, s.o.NoSync); err != nil {
			return nil, err
		}
		if _, err := f.openRead(ctx); err != nil {
			return nil, err
		}
	}
	damaged := func(text string) { s.damage.add(f.name, text, s.o.Notify) }
	c, err := readContent(ctx, f, damaged)
	if err != nil {
		return nil, asDamage(err)
	}
	if len(c.pending) > 0 && !s.o.ReadOnly && f.w == nil {
		if err := f.openWrite(ctx, s.o.NoSync); err != nil {
			return nil, err
		}
	}
	s.moved(c.positions)
	for _, row := range c.pending {
		s.restore(f, row)
	}
	return c.shelf, nil
}

// restore puts a pending row into memory, as it was.
func (s *Store) restore(f *file, row pendingRow) {
	if s.head == nil || s.head.file != f || len(s.head.records)+len(row.records) > s.o.ChunkRecords && len(s.head.records) > 0 {
		s.begin(f)
	}
	s.head.add(row.id, row.records)
}

// newFile begins a new file, which carries on the positions.
func (s *Store) newFile(ctx context.Context, day string) error {
	f := &file{dir: s.dir, day: day, serial: 1, steps: s.o.steps}
	for _, sh := range s.shelves {
		if sh.day == day {
			f.serial = sh.serial + 1
		}
	}
	for ; ; f.serial++ { // one that was set aside keeps its name
		f.name = day + ".db"
		if f.serial > 1 {
			f.name = fmt.Sprintf("%s.%d.db", day, f.serial)
		}
		taken, err := filepath.Glob(filepath.Join(escapeGlob(s.dir), f.name+"*"))
		if err != nil || len(taken) == 0 {
			break
		}
	}
	if err := s.lay(ctx, f); err != nil {
		_ = f.close()
		_ = f.remove()
		return fmt.Errorf("begin %s: %w", f.name, err)
	}
	s.day = day
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shelves = append(slices.Clone(s.shelves), &shelf{file: f, pairs: make([]pair, 1), totals: make([]uint64, 1)})
	s.begin(f)
	return nil
}

func escapeGlob(dir string) string {
	return regexp.MustCompile(`[*?\[\\]`).ReplaceAllString(dir, `\$0`)
}

// lay makes a file with the positions there are.
func (s *Store) lay(ctx context.Context, f *file) error {
	// SQLite would let others read it, and takes over the mode that there is.
	empty, err := os.OpenFile(f.path(), os.O_WRONLY|os.O_CREATE, 0o600)
	if err == nil {
		err = empty.Close()
	}
	if err != nil {
		return err
	}
	if err := f.openWrite(ctx, s.o.NoSync); err != nil {
		return err
	}
	err = f.w.transact(func() error {
		for _, id := range s.positions {
			if err := f.w.position(id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = f.openRead(ctx)
	return err
}
