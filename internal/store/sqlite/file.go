package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// partsPerChunk and lotsPerGrid are the distances of ids in the tables part and lot; sievePart is where
	// the sieve of a chunk is.
	partsPerChunk = 8
	sievePart     = 4
	lotsPerGrid   = 1 << 16

	// writerCache and readerCache are how many KiB of pages a connection keeps, and checkpointPages after
	// how many pages in the log they are put in their places.
	writerCache     = 8 << 10
	readerCache     = 2 << 10
	checkpointPages = 2000
	// maxReaders bounds the connections that read a file at once.
	maxReaders = 8
)

// file is a file of records. It is read by many, and written by one.
type file struct {
	dir, name string
	day       string
	serial    int    // among those of the day, from 1 on
	steps     []step // to the newest layout

	read *sql.DB
	part *sql.Stmt // a row of part
	lot  *sql.Stmt // a row of lot
	w    *fileWriter

	// The store's mutex guards these: how many queries use the file, and whether it is to be removed when none
	// does any more.
	users int
	gone  bool
}

func (f *file) path() string { return filepath.Join(f.dir, f.name) }

// source is how SQLite is told to open the file.
func (f *file) source(mode string, pragmas ...string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(f.path())}).EscapedPath()}
	q := url.Values{"_pragma": pragmas, "mode": {mode}}
	if mode == "immutable" {
		q.Set("immutable", "1")
		q.Set("mode", "ro")
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// openRead opens the file, which there is already, for queries, if it has the layout that is read here. It returns
// which one it has.
func (f *file) openRead(ctx context.Context) (version int, err error) {
	mode := "ro"
	if _, err := os.Stat(f.path() + "-wal"); err != nil && !writable(f.dir) {
		mode = "immutable" // SQLite cannot make its log there, and there is none to be read
	}
	db, err := sql.Open("sqlite", f.source(mode, "busy_timeout(5000)", fmt.Sprintf("cache_size(-%d)", readerCache), "query_only(1)"))
	if err != nil {
		return 0, err
	}
	f.read = db
	db.SetMaxOpenConns(maxReaders)
	db.SetMaxIdleConns(2)
	if version, err = f.version(ctx); err != nil || version != newest(f.steps) {
		return version, err
	}
	if f.part, err = db.PrepareContext(ctx, "SELECT data FROM part WHERE id = ?"); err == nil {
		f.lot, err = db.PrepareContext(ctx, "SELECT data FROM lot WHERE id = ?")
	}
	return version, asDamage(err)
}

func (f *file) version(ctx context.Context) (int, error) {
	c, err := f.read.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	return versionOf(ctx, c, f.name)
}

// writable reports whether files can be made in a directory.
func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".writable")
	if err != nil {
		return false
	}
	_ = f.Close()
	return os.Remove(f.Name()) == nil
}

// close closes the file, whose users are gone. The writer is last, and takes the log with it.
func (f *file) close() error {
	var errs []error
	for _, statement := range []*sql.Stmt{f.part, f.lot} {
		if statement != nil {
			errs = append(errs, statement.Close())
		}
	}
	if f.read != nil {
		errs = append(errs, f.read.Close())
	}
	if f.w != nil {
		errs = append(errs, f.w.close())
	}
	f.read, f.part, f.lot, f.w = nil, nil, nil, nil
	return errors.Join(errs...)
}

// remove removes the file, which is closed.
func (f *file) remove() error {
	err := os.Remove(f.path())
	for _, more := range []string{"-wal", "-shm"} {
		if e := os.Remove(f.path() + more); e != nil && !os.IsNotExist(e) && err == nil {
			err = e
		}
	}
	return err
}

// bytes returns the size of the file with its log.
func (f *file) bytes() (n int64) {
	for _, more := range []string{"", "-wal"} {
		if info, err := os.Stat(f.path() + more); err == nil {
			n += info.Size()
		}
	}
	return n
}

// fileWriter is the connection that writes a file, for one goroutine at a time.
type fileWriter struct {
	db *sql.DB
	c  *sql.Conn

	insertPending, deletePending, insertChunk, insertPart, deleteParts, insertGrid, insertLot, insertPair, setPosition *sql.Stmt
	begin, commit, rollback                                                                                            *sql.Stmt

	lastPending int64
	lastGrid    int64
}

// openWrite opens the file for writing, which makes it if it is missing, and brings it to the newest layout.
func (f *file) openWrite(ctx context.Context, noSync bool) error {
	sync := "FULL"
	if noSync {
		sync = "NORMAL"
	}
	db, err := sql.Open("sqlite", f.source("rwc", fmt.Sprintf("page_size(%d)", pageSize), "journal_mode(WAL)", "busy_timeout(5000)",
		"synchronous("+sync+")", fmt.Sprintf("cache_size(-%d)", writerCache), fmt.Sprintf("wal_autocheckpoint(%d)", checkpointPages)))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	w := &fileWriter{db: db}
	if w.c, err = db.Conn(ctx); err == nil {
		if err = migrate(ctx, w.c, f.name, f.steps); err == nil {
			err = w.prepare(ctx)
		}
	}
	if err != nil {
		_ = w.close()
		return err
	}
	f.w = w
	return nil
}

func (w *fileWriter) prepare(ctx context.Context) error {
	for _, p := range []struct {
		statement **sql.Stmt
		text      string
	}{
		{&w.begin, "BEGIN IMMEDIATE"}, {&w.commit, "COMMIT"}, {&w.rollback, "ROLLBACK"},
		{&w.insertPending, "INSERT INTO pending VALUES(?, ?)"},
		{&w.deletePending, "DELETE FROM pending WHERE id BETWEEN ? AND ?"},
		{&w.insertChunk, "INSERT INTO chunk VALUES(?, ?)"},
		{&w.insertPart, "INSERT INTO part VALUES(?, ?)"},
		{&w.deleteParts, "DELETE FROM part WHERE id = ?"},
		{&w.insertGrid, "INSERT INTO grid VALUES(?, ?, ?, ?)"},
		{&w.insertLot, "INSERT INTO lot VALUES(?, ?)"},
		{&w.insertPair, "INSERT INTO pair VALUES(?, ?, ?)"},
		{&w.setPosition, "INSERT INTO position VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET sequence = excluded.sequence, item = excluded.item"},
	} {
		var err error
		if *p.statement, err = w.c.PrepareContext(ctx, p.text); err != nil {
			return err
		}
	}
	for _, q := range []struct {
		last *int64
		text string
	}{{&w.lastPending, "SELECT coalesce(max(id), 0) FROM pending"}, {&w.lastGrid, "SELECT coalesce(max(id), 0) FROM grid"}} {
		if err := w.c.QueryRowContext(ctx, q.text).Scan(q.last); err != nil {
			return err
		}
	}
	return nil
}

// transact runs f in a transaction, which is as if it had never been if f returns an error.
func (w *fileWriter) transact(f func() error) error {
	if _, err := w.begin.Exec(); err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			_, _ = w.rollback.Exec() // there may be none left to roll back
		}
	}()
	if err := f(); err != nil {
		return err
	}
	if _, err := w.commit.Exec(); err != nil {
		return err
	}
	done = true
	return nil
}

// position sets the position of an epoch.
func (w *fileWriter) position(id record.ID) error {
	_, err := w.setPosition.Exec(int64(id.Epoch), int64(id.Sequence), int64(id.Index))
	return err
}

// checkpoint puts all pages in their places and empties the log, as far as readers let it.
func (w *fileWriter) checkpoint() error {
	_, err := w.c.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

func (w *fileWriter) close() error {
	if w.c != nil {
		_ = w.c.Close()
	}
	return w.db.Close()
}
