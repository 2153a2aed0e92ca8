package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// change changes a file of a closed store by statements.
func change(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func onlyFile(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.db"))
	if err != nil || len(files) != 1 {
		t.Fatalf("got %q, %v, want one file", files, err)
	}
	return files[0]
}

func versionIn(t *testing.T, dir string) (version int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+onlyFile(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		t.Fatal(err)
	}
	return version
}

// Files of an earlier version are brought to the newest one, step by step, with all that is in them; a step that
// fails leaves the version before it, and the next start tries again.
func TestMigration(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{ChunkRecords: 64})
	handle(t, s, numbered(0, 200))
	closeStore(t, s)
	statement := func(text string) step {
		return func(ctx context.Context, c *sql.Conn) error {
			_, err := c.ExecContext(ctx, text)
			return err
		}
	}
	errStep := errors.New("no")
	steps := []step{
		statement("CREATE TABLE more(id INTEGER PRIMARY KEY)"),
		func(ctx context.Context, c *sql.Conn) error {
			return errors.Join(statement("INSERT INTO more VALUES(1)")(ctx, c), errStep)
		},
	}
	if _, err := Open(dir, Options{steps: steps}); !errors.Is(err, errStep) {
		t.Fatalf("got %v, want the step's error", err)
	}
	if v := versionIn(t, dir); v != 2 {
		t.Errorf("after the first step: got version %d, want 2", v)
	}
	steps[1] = statement("INSERT INTO more VALUES(1)")
	s = open(t, dir, Options{steps: steps, ChunkRecords: 64})
	handle(t, s, numbered(200, 300))
	checkNumbers(t, s, 0, 300)
	closeStore(t, s)
	if v := versionIn(t, dir); v != 3 {
		t.Errorf("after both steps: got version %d, want 3", v)
	}

	// This version of the program does not know those steps.
	_, err := Open(dir, Options{})
	if newer, ok := errors.AsType[*NewerError](err); !ok || newer.Version != 3 || newer.Highest != 1 {
		t.Errorf("got %v, want a NewerError of 3", err)
	}
	infos, err := verified(t, dir)
	if err != nil || len(infos) != 1 || len(infos[0].Damage) != 1 || !strings.Contains(infos[0].Damage[0], "layout 3") {
		t.Errorf("Verify: got %+v, %v, want that the layout is not known", infos, err)
	}
}

// A file of another program is neither read nor written, and one that is empty, after a crash in its first moment, is
// laid out.
func TestForeignFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "2026-11-22.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, Options{})
	handle(t, s, numbered(0, 10))
	checkNumbers(t, s, 0, 10)
	closeStore(t, s)

	dir = t.TempDir()
	path = filepath.Join(dir, "2026-11-22.db")
	change(t, path, "CREATE TABLE notes(text)", "PRAGMA user_version = 1")
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "of another program") {
		t.Errorf("got %v, want that the file is of another program", err)
	}
}
