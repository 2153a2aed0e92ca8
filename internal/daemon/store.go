package daemon

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/web"
)

// StoreOptions say what is kept of the records, to be found. There is a store where there is a stream in front.
type StoreOptions struct {
	// Off is true for no store.
	Off bool
	// Dir is its directory, which belongs to one process at a time. Defaults to [StoreDir] if empty.
	Dir string
	// MaxAge is how long records are kept after they were received. Defaults to 14 days if zero; negative is for
	// ever.
	MaxAge time.Duration
	// MaxBytes bounds what is kept. Defaults to 10 GiB if zero, and to a tenth of the disk if that is less.
	MaxBytes int64
	// FreeSpace is the floor of free space on its disk: below it nothing is taken. Defaults to 512 MiB if zero, at
	// most a tenth of the disk; negative is no floor.
	FreeSpace int64
}

// storeName is the name of the store among the handlers, and of its cursor.
const storeName = "store"

// A transaction of the store costs as much as some two hundred records: it is given so many at once, if they come
// within that time.
const (
	gatherRecords = 4096
	gatherTime    = 5 * time.Millisecond
)

// StoreDir is the directory of the store in a data directory.
func StoreDir(data string) string { return filepath.Join(data, "store") }

// Store returns what answers questions about the records that are kept, or nil if none are.
func (d *Daemon) Store() store.Reader {
	if d.store == nil {
		return nil
	}
	return d.store
}

// addStore opens the store, and lets it read from the stream. It is required: where it takes nothing, and
// the stream is full, those who send have to wait.
func (d *Daemon) addStore() error {
	if d.stream == nil {
		return nil
	}
	if d.o.Store.Off || d.o.Data == "" && d.o.Store.Dir == "" {
		// Nothing is to wait for it. If it comes back, it knows by itself how far it was.
		return d.stream.Forget(storeName)
	}
	o := d.o.Store
	if o.Dir == "" {
		o.Dir = StoreDir(d.o.Data)
	}
	s, err := sqlite.Open(o.Dir, sqlite.Options{
		MaxAge: o.MaxAge, MaxBytes: o.MaxBytes, FreeSpace: o.FreeSpace, NoSync: d.o.Durability != stream.Sync, Notify: d.o.Notify,
	})
	if err != nil {
		return err
	}
	d.store = s
	waited := waiting(d.stream, storeName)
	last, _ := s.Position()
	p := newPost(storeName, s)
	if err := d.crew.place(p, stream.CursorOptions{
		Required: true, After: &last, Gather: gatherRecords, Linger: gatherTime,
	}); err != nil {
		return err
	}
	if again := waiting(d.stream, storeName); len(s.Stats().Damage) > 0 && again > waited {
		d.o.Notify(fmt.Sprintf("store: %d records that were in what is damaged come again from the stream", again-waited))
	}
	d.crew.engage(p)
	return nil
}

// storeStats returns what is in the store, or was in it when it was closed. It is nil if there is none.
func (d *Daemon) storeStats() *sqlite.Stats {
	if d.store == nil {
		return nil
	}
	if s := d.kept.Load(); s != nil {
		return s
	}
	s := d.store.Stats()
	return &s
}

// storeCloseTime is what the store has to close its files, though ctx has ended: they are closed in a moment, unless the
// disk hangs, and who starts again wants the directory.
const storeCloseTime = 2 * time.Second

func (d *Daemon) closeStore(ctx context.Context) error {
	if d.store == nil {
		return nil
	}
	d.kept.Store(d.storeStats())
	patient, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(storeCloseTime, cancel) })
	defer stop()
	return within(patient, func() error { return d.store.Close(ctx) })
}

// maxTold bounds the damage that is told as a problem.
const maxTold = 10

// storeState returns the state of the store in the form in which it is shown, and what is wrong with it.
func storeState(s *sqlite.Stats) (shown *web.Store, problems []string) {
	shown = &web.Store{
		Records: s.Records, Pending: s.Pending, Expired: s.Expired, Files: s.Files, Chunks: s.Chunks, Bytes: s.Bytes, MaxBytes: max(s.MaxBytes, 0),
		DiskFree: s.Free, LastID: s.Position.String(), Damaged: len(s.Damage),
	}
	if !s.Oldest.IsZero() {
		shown.Oldest, shown.Newest = &s.Oldest, &s.Newest
	}
	if s.Err != nil {
		shown.Error = s.Err.Error()
		problems = append(problems, "store: "+shown.Error)
	}
	for i, damage := range s.Damage {
		if i == maxTold {
			problems = append(problems, fmt.Sprintf("store: and %d more; see jackdaw store verify", len(s.Damage)-i))
			break
		}
		problems = append(problems, "store: damage: "+damage.String())
	}
	return shown, problems
}
