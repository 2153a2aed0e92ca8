package jackdaw_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// A file is for one hierarchy, is what it says that it is, and has a size.
func TestFlightErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "flight")
	h := newHierarchy(t, jackdaw.Options{})
	openFlight(t, h, file, jackdaw.FlightOptions{})
	f := func(h *jackdaw.Hierarchy, file string, o jackdaw.FlightOptions, want string) {
		t.Helper()
		if err := h.OpenFlight(file, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", file, err, want)
		}
	}
	other := newHierarchy(t, jackdaw.Options{})
	f(other, file, jackdaw.FlightOptions{}, "is in use: a file is for one process and one hierarchy at a time")
	f(h, file+"2", jackdaw.FlightOptions{}, "the hierarchy has "+file+" already")
	f(other, file+"2", jackdaw.FlightOptions{Bytes: 1000}, "got 1000 bytes, want 1048576 to")
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	f(other, text, jackdaw.FlightOptions{}, "not a flight file")
	if b, _ := os.ReadFile(text); string(b) != "something else" {
		t.Errorf("got %q, want it as it was", b)
	}
	closed := jackdaw.New(jackdaw.Options{})
	if err := closed.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	f(closed, file+"2", jackdaw.FlightOptions{}, "closed")
	if got := other.Stats().Flight; got != (jackdaw.FlightStats{}) {
		t.Errorf("without flight mode: got %+v", got)
	}
}

// A file of another version is kept, out of the way, and told of.
func TestFlightVersion(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flight")
	later := append([]byte("JKFL\x07\x00\x00\x00"), make([]byte, 2<<20)...)
	if err := os.WriteFile(file, later, 0o600); err != nil {
		t.Fatal(err)
	}
	told := make(chan error, 10)
	h := jackdaw.New(jackdaw.Options{OnError: func(err error) { told <- err }})
	openFlight(t, h, file, jackdaw.FlightOptions{})
	if err := testenv.Receive(t, "an error", told); !strings.Contains(err.Error(), "of another version") || !strings.Contains(err.Error(), file+".v7") {
		t.Errorf("got %v", err)
	}
	if b, err := os.ReadFile(file + ".v7"); err != nil || !bytes.Equal(b, later) {
		t.Errorf("got %d bytes, %v, want it as it was", len(b), err)
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// A disk that is full before the file is there is an error; one that becomes full costs nothing of what is logged then.
func TestFlightOnFullDisk(t *testing.T) {
	if !testenv.OnSmallDisk(t, 4<<20, func(dir string) { testFlightFullDisk(t, dir) }) {
		t.Log("what a mapped file does about it is tested in its room too")
	}
}

func testFlightFullDisk(t *testing.T, dir string) {
	file := filepath.Join(dir, "flight")
	h := hung(t, jackdaw.Options{})
	if err := h.OpenFlight(file, jackdaw.FlightOptions{Bytes: 8 << 20}); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want ENOSPC", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that nothing is left of it", err)
	}
	openFlight(t, h, file, jackdaw.FlightOptions{Bytes: 2 << 20})
	if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 4<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want a full disk", err)
	}
	const n = 2000
	for i := range n {
		h.Logger("x").Info("m", "i", i)
	}
	if s := h.Stats().Flight; s.Err != nil || s.Uncovered > 0 {
		t.Errorf("got %+v", s)
	}
	giveUp(t, h)
	next, m := newHierarchy(t, jackdaw.Options{}), new(memory)
	add(t, next, "", m, jackdaw.HandlerOptions{})
	openFlight(t, next, file, jackdaw.FlightOptions{}) // which is larger than there is room for
	waitLeft(t, next)
	if got := len(m.messages()); got != n+1 {
		t.Errorf("got %d records, want one that tells, and %d", got, n)
	}
	if err := next.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// What is damaged is told and kept aside, and what is not is handed over. A file that is cut off while it is mapped ends flight
// mode, and nothing else.
func TestFlightDamaged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flight")
	b := flightDamagedAt(t, file, func(b []byte) int { return bytes.Index(b, []byte("number 4")) })
	told := make(chan error, 10)
	next, m := jackdaw.New(jackdaw.Options{OnError: func(err error) { told <- err }}), new(memory)
	add(t, next, "", m, jackdaw.HandlerOptions{})
	openFlight(t, next, file, jackdaw.FlightOptions{})
	flush(t, next)
	if err := testenv.Receive(t, "an error", told); !strings.Contains(err.Error(), "1 parts of the file cannot be read") {
		t.Errorf("got %v", err)
	}
	if got, err := os.ReadFile(file + ".damaged"); err != nil || !bytes.Equal(got, b) {
		t.Errorf("got %d bytes, %v, want a copy", len(got), err)
	}
	if len(m.records) != 10 {
		t.Errorf("got %d records, want one that tells and 9", len(m.records))
	}
	if err := os.Truncate(file, 0); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		next.Logger("x").Info("afterwards")
	}
	flush(t, next)
	if err := testenv.Receive(t, "an error", told); !strings.Contains(err.Error(), "cannot be used any more") {
		t.Errorf("got %v", err)
	}
	if s := next.Stats().Flight; s.Err == nil || s.Uncovered == 0 || len(m.messages()) != 15 {
		t.Errorf("got %+v and %d records", s, len(m.messages()))
	}
	if err := next.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// What depends on what is damaged is told too: here what all calls but the first have in common.
func TestFlightDamagedShape(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flight")
	flightDamagedAt(t, file, func(b []byte) int {
		if bytes.Count(b, []byte("message")) > 2 {
			return -1 // the goroutine was moved to another processor meanwhile, and went on in another part of the file
		}
		return bytes.LastIndex(b, []byte("message"))
	})
	told := make(chan error, 10)
	next, m := jackdaw.New(jackdaw.Options{OnError: func(err error) { told <- err }}), new(memory)
	add(t, next, "", m, jackdaw.HandlerOptions{})
	openFlight(t, next, file, jackdaw.FlightOptions{})
	if err := next.Close(t.Context()); err != nil {
		t.Error(err)
	}
	got := fmt.Sprint(<-told, <-told) // in any order
	for _, want := range []string{"1 parts of the file cannot be read", "9 records cannot be read"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %s, want %q", got, want)
		}
	}
	if n := len(m.messages()); n != 2 {
		t.Errorf("got %d records, want one that tells, and the first", n)
	}
}

// flightDamagedAt makes a file with ten records that a process has left, changes one byte, and returns what the file has. Where at
// says -1 it makes another file.
func flightDamagedAt(t *testing.T, file string, at func([]byte) int) []byte {
	t.Helper()
	var b []byte
	i := -1
	testenv.Await(t, "a file as it is wanted", func() bool {
		b = flightWithTen(t, file)
		i = at(b)
		return i >= 0
	})
	b[i] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// flightWithTen makes a new file with ten records that a process has left, and returns what it has.
func flightWithTen(t *testing.T, file string) []byte {
	t.Helper()
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	h := hung(t, jackdaw.Options{})
	openFlight(t, h, file, jackdaw.FlightOptions{})
	for i := range 10 {
		h.Direct("x").LogAttrs(t.Context(), slog.LevelInfo, "message", slog.String("text", fmt.Sprint("number ", i)))
	}
	giveUp(t, h)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
