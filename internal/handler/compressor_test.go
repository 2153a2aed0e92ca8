package handler_test

import (
	"bytes"
	"compress/gzip"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/handler"
)

// pack returns what gzip makes of a text.
func pack(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// checkPacked is checkTree with the contents of compressed files.
func checkPacked(t testing.TB, dir string, want ...string) {
	t.Helper()
	there := t.TempDir()
	for name, text := range tree(t, dir) {
		if strings.HasSuffix(name, ".gz") && text != "" {
			text = unpack(t, text)
		}
		if err := os.WriteFile(filepath.Join(there, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	checkTree(t, there, want...)
}

func TestCompress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		file := openFile(t, filepath.Join(dir, "app.log"), plain(t, handler.FileOptions{MaxBytes: 6, BackupCount: 2, Compress: true, Perm: 0o604}))
		handle(t, file, logged("aaa"))
		if err := os.Chmod(filepath.Join(dir, "app.log"), 0o604); err != nil { // whatever the umask leaves of it
			t.Fatal(err)
		}
		changed := time.Date(1999, 12, 31, 10, 0, 0, 0, time.UTC)
		if err := os.Chtimes(filepath.Join(dir, "app.log"), changed, changed); err != nil {
			t.Fatal(err)
		}
		handle(t, file, logged("bbb"))
		synctest.Wait()
		checkPacked(t, dir, "app.log: bbb", "app.log.1.gz: aaa")
		info, err := os.Stat(filepath.Join(dir, "app.log.1.gz"))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != 0o604 || !info.ModTime().Equal(changed) {
			t.Errorf("mode and time of the compressed file: got %o, %v, want the original's, 604, %v", got, info.ModTime(), changed)
		}
		handle(t, file, logged("ccc"))
		synctest.Wait()
		checkPacked(t, dir, "app.log: ccc", "app.log.1.gz: bbb", "app.log.2.gz: aaa")
		handle(t, file, logged("ddd", "eee")) // two at once
		synctest.Wait()
		checkPacked(t, dir, "app.log: eee", "app.log.1.gz: ddd", "app.log.2.gz: ccc")
	})
}

func TestCompressByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		file := openFile(t, filepath.Join(dir, "app.log"), plain(t, handler.FileOptions{When: "midnight", UTC: true, MaxBytes: 6, BackupCount: 3, Compress: true}))
		for _, m := range []string{"aaa", "bbb", "ccc"} {
			handle(t, file, logged(m))
			synctest.Wait()
			time.Sleep(15 * time.Hour)
		}
		checkPacked(t, dir, "app.log: ccc", "app.log.2000-01-01.1.gz: bbb", "app.log.2000-01-01.gz: aaa")
		handle(t, file, logged("ddd", "eee"))
		synctest.Wait()
		checkPacked(t, dir, "app.log: eee", "app.log.2000-01-01.1.gz: bbb", "app.log.2000-01-02.1.gz: ddd", "app.log.2000-01-02.gz: ccc")
	})
}

// A process that ends at any moment leaves a file or its compressed form; the next one finishes that, and
// neither is there twice.
func TestCompressAfterCrash(t *testing.T) {
	f := func(left map[string]string, want ...string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range left {
				path := filepath.Join(dir, name)
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chtimes(path, time.Now(), time.Now()); err != nil { // the bubble's
					t.Fatal(err)
				}
			}
			time.Sleep(2 * time.Hour)
			file := openFile(t, filepath.Join(dir, "app.log"), plain(t, handler.FileOptions{MaxBytes: 4, BackupCount: 3, Compress: true}))
			synctest.Wait()
			handle(t, file, logged("new"))
			synctest.Wait()
			checkPacked(t, dir, want...)
		})
	}
	one := pack(t, "one\n")
	f(map[string]string{"app.log": "old\n", "app.log.1": "one\n"}, "app.log: new", "app.log.1.gz: old", "app.log.2.gz: one")
	f(map[string]string{"app.log.1": "one\n", ".app.log.gz-17": one[:9]}, "app.log: new", "app.log.1.gz: one")
	f(map[string]string{"app.log.1": "one\n", ".app.log.gz-17": one, "app.log.3.gz": pack(t, "three\n")}, "app.log: new", "app.log.1.gz: one", "app.log.3.gz: three")
	f(map[string]string{"app.log.1": "one\n", "app.log.1.gz": one, "app.log.2": "two\n"}, "app.log: new", "app.log.1.gz: one", "app.log.2.gz: two")
	f(map[string]string{"app.log": "old\n", "app.log.1.gz": one, "app.log.2": "two\n", "app.log.3": "three\n", "app.log.3.gz": pack(t, "three\n")},
		"app.log: new", "app.log.1.gz: old", "app.log.2.gz: one", "app.log.3.gz: two")
}

// Where both are there and differ, somebody else has been at work: both stay, and that is said.
func TestCompressKeepsWhatDiffers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "app.log")
		for name, text := range map[string]string{path + ".1": "one\n", path + ".1.gz": pack(t, "another\n"), path + ".2.gz": ""} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		file := openFile(t, path, plain(t, handler.FileOptions{MaxBytes: 4, BackupCount: 3, Compress: true}))
		synctest.Wait()
		err := file.Handle(t.Context(), logged("new"))
		if want := "compress " + path + ".1: there is another " + path + ".1.gz, which holds something else"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		handle(t, file, logged("new"))
		synctest.Wait()
		checkPacked(t, dir, "app.log: new", "app.log.1: one", "app.log.1.gz: another", "app.log.2.gz: ")
		handle(t, file, logged("more"))
		synctest.Wait()
		checkPacked(t, dir, "app.log: more", "app.log.1.gz: new", "app.log.2: one", "app.log.2.gz: another", "app.log.3.gz: ")
	})
}

// Close does not wait until all is compressed. What it interrupts is as it was.
func TestCloseInterruptsCompress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	r := rand.New(rand.NewPCG(1, 1))
	text := make([]byte, 16<<20)
	for i := range text {
		text[i] = byte(r.Uint32())
	}
	if err := os.WriteFile(path+".1", text, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		file := openFile(t, path, handler.FileOptions{MaxBytes: 1, BackupCount: 1, Compress: true})
		if err := file.Close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
		if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); err != nil || len(left) > 0 {
			t.Errorf("got %q, %v, want nothing unfinished", left, err)
		}
		if kept(t, path) != string(text) {
			t.Error("what was there is not there any more")
		}
	}
}

// What is compressed while records come and files are moved is each record once, in order.
func TestCompressUnderLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	var want strings.Builder
	file := openFile(t, path, plain(t, handler.FileOptions{MaxBytes: 40_000, BackupCount: 100, Compress: true}))
	for i := range 300 {
		text := strings.Repeat(string(rune('a'+i%26)), 100+i)
		handle(t, file, logged(text, text, text, text))
		for range 4 {
			want.WriteString(text + "\n")
		}
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	if got := kept(t, path); got != want.String() {
		t.Errorf("got %d bytes, want the %d that were logged", len(got), want.Len())
	}
}
