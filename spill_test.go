package jackdaw_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// spilled waits until a hierarchy's first handler has records in files, and no more on their way there than
// memory is for.
func spilled(t *testing.T, h *jackdaw.Hierarchy) jackdaw.HandlerStats {
	t.Helper()
	var hs jackdaw.HandlerStats
	testenv.Await(t, "records to go to files", func() bool {
		hs = h.Stats().Handlers[0]
		return hs.Spilled > 0
	})
	return hs
}

// spillBudget is large enough for some batches.
const spillBudget = 8 << 20

// logSpilling logs records no faster than they go to files.
func logSpilling(t *testing.T, h *jackdaw.Hierarchy, n int, log func(i int)) {
	t.Helper()
	for i := range n {
		log(i)
		if i%100 == 0 {
			testenv.Await(t, "memory for more records", func() bool { return h.Stats().Bytes <= spillBudget*7/10 })
		}
	}
}

// info logs a record with its number.
func info(h *jackdaw.Hierarchy) func(i int) {
	return func(i int) { h.Logger("x").Info("m", "i", i) }
}

// spillFilesIn returns the names of the files with records.
func spillFilesIn(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.spill"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// What a handler that is away cannot take waits in files, and comes in its order, as it was, once the handler is
// back; nothing is dropped, and the files are gone then.
func TestSpill(t *testing.T) {
	f := func(name string, log func(h *jackdaw.Hierarchy, i int)) {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "a", "spill")
			h, other := newHierarchy(t, jackdaw.Options{Level: slog.LevelDebug, QueueBytes: spillBudget}), newHierarchy(t, jackdaw.Options{Level: slog.LevelDebug})
			gates := make(chan chan struct{}, 1)
			away := &memory{before: func([]record.Record) error {
				gate := <-gates
				gates <- gate
				<-gate
				return nil
			}}
			straight := new(memory)
			add(t, h, "", away, jackdaw.HandlerOptions{Name: "away", SpillDir: dir})
			add(t, other, "", straight, jackdaw.HandlerOptions{})
			const records = 20000
			for range 2 { // again, when it was back
				gate := make(chan struct{})
				gates <- gate
				logSpilling(t, h, records, func(i int) { log(h, i) })
				spilled(t, h)
				checkLaw(t, h.Stats())
				if len(spillFilesIn(t, dir)) == 0 {
					t.Error("there is no file")
				}
				close(gate)
				flush(t, h)
				<-gates
				logSpilling(t, other, records, func(i int) { log(other, i) })
			}
			flush(t, other)
			close(gates)
			if err := h.Close(t.Context()); err != nil {
				t.Error(err)
			}
			s := h.Stats()
			checkLaw(t, s)
			if hs := s.Handlers[0]; hs.Handled != 2*records || hs.DroppedTotal() != 0 || hs.Bytes != 0 || hs.Spilled != 0 {
				t.Errorf("got %+v, want all %d handled", hs, 2*records)
			}
			if len(away.records) != len(straight.records) {
				t.Fatalf("got %d records, want %d", len(away.records), len(straight.records))
			}
			for i := range away.records {
				away.records[i].Time, away.records[i].PC = straight.records[i].Time, straight.records[i].PC
				got, want := jackdaw.Text(nil, &away.records[i]), jackdaw.Text(nil, &straight.records[i])
				if i%16 > 0 && !bytes.Equal(got, want) {
					t.Fatalf("record %d: got\n%s\nwant\n%s", i, got, want)
				} else if i%16 > 0 {
					continue
				}
				gotJSON, wantJSON := record.AppendJSON(nil, &away.records[i]), record.AppendJSON(nil, &straight.records[i])
				if !bytes.Equal(got, want) || !bytes.Equal(gotJSON, wantJSON) {
					t.Fatalf("record %d: got\n%s%s\nwant\n%s%s", i, got, gotJSON, want, wantJSON)
				}
			}
			if left := spillFilesIn(t, dir); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
	f("slog", func(h *jackdaw.Hierarchy, i int) {
		h.Logger("shop").With("with", "x").WithGroup("g").Warn("m", "i", i, "took", time.Second, "error", errors.New("reset"), "list", []int{i}, "none", nil)
	})
	f("direct", func(h *jackdaw.Hierarchy, i int) {
		h.Direct("shop").LogAttrs(context.Background(), slog.LevelDebug, "m", slog.Int("i", i), slog.Time("at", time.Unix(1e9, 0)), slog.Group("g", slog.Bool("b", true)))
	})
	f("records", func(h *jackdaw.Hierarchy, i int) {
		r := record.Record{Time: time.Unix(int64(i), 0), Message: "m", Logger: "shop", Host: "h", Exception: &record.Exception{Traceback: "t"}}
		_ = h.Handle(context.Background(), []record.Record{r})
	})
}

// Files that are full leave it to the policy, which tells what it drops; errors are there.
func TestSpillFull(t *testing.T) {
	h := jackdaw.New(jackdaw.Options{Level: slog.LevelDebug, QueueBytes: spillBudget, OnError: func(error) {}})
	gate := make(chan struct{})
	m := &memory{before: func([]record.Record) error { <-gate; return nil }}
	add(t, h, "", m, jackdaw.HandlerOptions{SpillDir: t.TempDir(), SpillBytes: 64 << 10})
	const records = 100000
	wantErrors := 0
	for i := range records {
		level := slog.LevelDebug
		if i%1000 == 999 {
			level = slog.LevelError
			wantErrors++
		}
		h.Logger("x").Log(t.Context(), level, "m", "i", i)
	}
	testenv.Await(t, "something to be dropped", func() bool {
		for range 1000 {
			h.Logger("x").Debug("m", "i", records)
		}
		return h.Stats().Handlers[0].DroppedTotal() > 0
	})
	close(gate)
	if err := h.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := h.Stats()
	checkLaw(t, s)
	hs := s.Handlers[0]
	if hs.Dropped["queue full"]["ERROR"] > 0 || hs.Waiting > 0 {
		t.Errorf("got %+v, want that no error is dropped", hs)
	}
	checkTold(t, hs, m)
	last, errs := int64(-1), 0
	for _, r := range m.records {
		if r.Logger == "jackdaw" {
			continue
		}
		if r.Level == slog.LevelError {
			errs++
		}
		if i := r.Attrs[0].Value.Int64(); i < last {
			t.Fatalf("%d came after %d", i, last)
		} else {
			last = i
		}
	}
	if errs != wantErrors {
		t.Errorf("got %d errors, want %d", errs, wantErrors)
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// What is in files when a program has to end is for the next one, before anything else.
func TestSpillForTheNext(t *testing.T) {
	dir := t.TempDir()
	h := jackdaw.New(jackdaw.Options{QueueBytes: spillBudget, OnError: func(error) {}})
	hang := make(chan struct{})
	add(t, h, "", record.HandlerFunc(func(context.Context, []record.Record) error { <-hang; return nil }), jackdaw.HandlerOptions{Name: "away", SpillDir: dir})
	if err := h.AddHandler("", new(memory), jackdaw.HandlerOptions{SpillDir: dir}); err == nil || !strings.Contains(err.Error(), "is in use") {
		t.Errorf("another handler with the same directory: got %v", err)
	}
	const records = 30000
	logSpilling(t, h, records, info(h))
	spilled(t, h)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := h.Close(ctx); err == nil || !strings.Contains(err.Error(), "of them in its spill") {
		t.Errorf("Close: got %v", err)
	}
	close(hang)
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
	s := h.Stats()
	checkLaw(t, s)
	left := s.Handlers[0].Spilled
	if left == 0 || s.Handlers[0].Waiting != left {
		t.Fatalf("got %+v, want that what waits is in files", s.Handlers[0])
	}
	next, m := newHierarchy(t, jackdaw.Options{}), new(memory)
	add(t, next, "", m, jackdaw.HandlerOptions{SpillDir: dir})
	next.Logger("x").Info("new", "i", records)
	flush(t, next)
	if uint64(len(m.records)) != left+1 || m.records[left].Message != "new" {
		t.Fatalf("got %d records, want %d old ones before the new one", len(m.records), left)
	}
	for i := 1; i < int(left); i++ {
		if a, b := m.records[i-1].Attrs[0].Value.Int64(), m.records[i].Attrs[0].Value.Int64(); b != a+1 {
			t.Fatalf("%d came after %d", b, a)
		}
	}
	checkLaw(t, next.Stats())
	if got := next.Stats().Handlers[0]; got.Accepted != left+1 || got.Handled != left+1 {
		t.Errorf("got %+v, want %d", got.Counts, left+1)
	}
}

// spillAndDie is the main of a program whose handler hangs, and which is killed when it has records in files.
func spillAndDie() {
	h := jackdaw.New(jackdaw.Options{QueueBytes: spillBudget})
	hang := record.HandlerFunc(func(context.Context, []record.Record) error { select {} })
	if err := h.AddHandler("", hang, jackdaw.HandlerOptions{SpillDir: os.Getenv("SPILL_DIR")}); err != nil {
		fmt.Println(err)
		return
	}
	for i := 0; ; i++ {
		h.Logger("x").Info("m", "i", i)
		s := h.Stats()
		for ; s.Bytes > spillBudget*7/10; s = h.Stats() {
			<-time.After(time.Millisecond) // so that nothing is dropped, however slow the disk is
		}
		if n := s.Handlers[0].Spilled; n > 2000 {
			fmt.Println(n)
			self, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = self.Kill()
			}
			fmt.Println(err)
			select {}
		}
	}
}

// What is in files when a program is killed comes in the next one, in its order.
func TestSpillKilled(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashKey+"=spill", "SPILL_DIR="+dir)
	out, err := cmd.Output()
	if _, ok := errors.AsType[*exec.ExitError](err); !ok {
		t.Fatalf("got %v, want that it was killed\n%s", err, out)
	}
	least := 0
	if _, err := fmt.Sscan(string(out), &least); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	h := jackdaw.New(jackdaw.Options{OnError: func(error) {}}) // the last record may be torn
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{SpillDir: dir})
	flush(t, h)
	var got []int64
	for _, r := range m.records {
		got = append(got, r.Attrs[0].Value.Int64())
	}
	if len(got) < least {
		t.Errorf("got %d records, want the %d that were in files", len(got), least)
	}
	for i := range got {
		if got[i] != got[0]+int64(i) {
			t.Fatalf("record %d: got number %d after %d", i, got[i], got[0])
		}
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
	checkLaw(t, h.Stats())
}

// Files that are damaged while they wait cost what is in them, which is counted and told.
func TestSpillDamaged(t *testing.T) {
	dir := t.TempDir()
	h := jackdaw.New(jackdaw.Options{QueueBytes: spillBudget, OnError: func(error) {}})
	gate := make(chan struct{})
	m := &memory{before: func([]record.Record) error { <-gate; return nil }}
	add(t, h, "", m, jackdaw.HandlerOptions{SpillDir: dir})
	const records = 30000
	logSpilling(t, h, records, info(h))
	spilled(t, h)
	files := spillFilesIn(t, dir)
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], append([]byte("garbage!"), b[8:]...), 0o600); err != nil {
		t.Fatal(err)
	}
	close(gate)
	flush(t, h)
	h.Logger("x").Info("last", "i", records)
	flush(t, h)
	s := h.Stats()
	checkLaw(t, s)
	hs := s.Handlers[0]
	if hs.Dropped["unreadable"]["INFO"] == 0 || hs.Waiting != 0 || hs.Handled+hs.DroppedTotal() != records+1 {
		t.Errorf("got %+v", hs)
	}
	checkTold(t, hs, m)
	if !slices.ContainsFunc(m.messages(), func(m string) bool { return strings.HasSuffix(m, "dropped here: unreadable") }) {
		t.Errorf("got %d records, none of which tells", len(m.records))
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// A directory takes what a handler that is away for long cannot.
func ExampleHandlerOptions_spill() {
	dir, err := os.MkdirTemp("", "spill")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	h := jackdaw.New(jackdaw.Options{})
	err = h.AddHandler("", jackdaw.NewConsole(os.Stdout, jackdaw.JSON), jackdaw.HandlerOptions{Name: "away at times", SpillDir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = h.Close(context.Background())
	s := h.Stats().Handlers[0]
	fmt.Println(s.Name, s.Spilled)
	// Output: away at times 0
}
