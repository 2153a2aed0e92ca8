package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/flight"
	"github.com/jackdaw-log/jackdaw/internal/mapped"
	"github.com/jackdaw-log/jackdaw/record"
)

// flown is the file of a program that had three records left.
func flown(t *testing.T) (path string) {
	t.Helper()
	m := make([]byte, flight.MinBytes)
	at := time.Date(2026, 11, 23, 4, 5, 6, 0, time.UTC)
	r, _, err := flight.New(m, flight.Options{
		PID: 4711, Name: "shop", Place: func(uintptr) *slog.Source { return new(slog.Source) },
		Moment: func() (time.Time, int64) { return at, 0 }, Tell: func(err error) { t.Error(err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	o := flight.NewOrigin("shop.pay", record.Scope{})
	for i := range 3 {
		r.Call(&flight.Call{Origin: o, Message: "payment taken", Time: at, Key: int64(i)}, []slog.Attr{slog.Int("user", i)}, nil)
	}
	path = filepath.Join(t.TempDir(), "shop.flight")
	if err := os.WriteFile(path, m, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFlight(t *testing.T) {
	path := flown(t)
	f := func(code int, want string, args ...string) {
		t.Helper()
		got, stdout, stderr := run(t, append([]string{"flight"}, args...)...)
		text := strings.ReplaceAll(stdout+stderr, path, "FILE")
		text = regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`).ReplaceAllString(text, "TIME")
		text = regexp.MustCompile(`"time":"[^"]*"`).ReplaceAllString(text, `"time":"AT"`)
		if got != code || text != want {
			t.Errorf("%q: got %d\n%s\nwant %d\n%s", args, got, text, code, want)
		}
	}
	var lines []byte
	for i := range 3 {
		lines = fmt.Appendf(lines, `{"time":"AT","level":"INFO","logger":"shop.pay","message":"payment taken","attrs":{"user":%d},"process":{"pid":4711,"name":"shop"}}`+"\n", i)
	}
	f(0, string(lines)+"jackdaw: 3 records of process 4711 (shop), which began TIME; the last is of TIME\n", path)
	f(0, "shop.pay 0\nshop.pay 1\nshop.pay 2\njackdaw: 3 records of process 4711 (shop), which began TIME; the last is of TIME\n", path, "--format", "%(name)s %(user)s")
	f(0, "jackdaw: 3 records of process 4711 (shop), which began TIME; the last is of TIME\n", path, "--console", "off")
	f(1, "jackdaw: 3 records of process 4711 (shop), which began TIME; the last is of TIME\njackdaw: FILE stays: not all of it was written\n", path, "--console", "off", "--remove")
	f(2, "jackdaw: name one file: the one that the program gave to OpenFlight\n")
	f(2, "jackdaw: --remove is for the file of a program that has ended; leave --live out\n", path, "--live", "--remove")
	if runtime.GOOS == "linux" {
		f(1, "jackdaw: open FILE.absent: no such file or directory\n", path+".absent")
		m, err := mapped.Open(path, 1<<20, func([]byte) (string, error) { return "", nil })
		if err != nil {
			t.Fatal(err)
		}
		f(1, "jackdaw: FILE is in use by a program that runs; --live looks at it all the same\n", path)
		f(0, "0\n1\n2\njackdaw: 3 records of process 4711 (shop), which began TIME; the last is of TIME\n", path, "--live", "--format", "%(user)s")
		if err := m.Close(false); err != nil {
			t.Error(err)
		}
	}
	f(0, "0\n1\n2\njackdaw: 3 records of process 4711 (shop), which began TIME; the last is of TIME\n", path, "--remove", "--format", "%(user)s")
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the file is gone", err)
	}
	if err := os.WriteFile(path, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	f(1, "jackdaw: FILE: not a flight file\n", path, "--remove")
	if err := os.WriteFile(path, append(flight.Head(), make([]byte, 1<<20)...), 0o600); err != nil {
		t.Fatal(err)
	}
	f(0, "jackdaw: nothing is left in FILE\n", path)
}

// A file of which a part cannot be read stays, whatever was asked for.
func TestFlightDamaged(t *testing.T) {
	path := flown(t)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-len(strings.TrimLeft(string(b[64<<10+128:]), "\x00"))+12] ^= 1
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := run(t, "flight", path, "--remove")
	if code != 1 || !strings.Contains(stderr, "cannot be read") {
		t.Errorf("got %d, %s", code, stderr)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
