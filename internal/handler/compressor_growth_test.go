package handler

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What another process still writes to keeps its original.
func TestCompressWhatGrows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	f, err := OpenFile(path, FileOptions{MaxBytes: 4, BackupCount: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain, err := os.Create(path + ".1")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	before, err := plain.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plain.WriteAt([]byte("more\n"), 0); err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(path + ".out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	_, squeezed := f.squeeze(out, plain, before)
	named := f.name(out.Name(), before, checksum{})
	for _, err := range []error{squeezed, named} {
		if err == nil || !strings.Contains(err.Error(), "another process writes to it") {
			t.Errorf("got %v, want an error that says who is in the way", err)
		}
	}
	if _, err := os.Stat(path + ".1.gz"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a compressed file was made: %v", err)
	}
}
