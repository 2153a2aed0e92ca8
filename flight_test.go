package jackdaw_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// openFlight begins flight mode, where there is one.
func openFlight(t *testing.T, h *jackdaw.Hierarchy, file string, o jackdaw.FlightOptions) {
	t.Helper()
	err := h.OpenFlight(file, o)
	if runtime.GOOS != "linux" {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("got %v, want ErrUnsupported", err)
		}
		testenv.Skip(t, "flight mode is for linux")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// hung returns a hierarchy with a handler that has every record, and returns never before the test ends.
func hung(t *testing.T, o jackdaw.Options) *jackdaw.Hierarchy {
	t.Helper()
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	h := jackdaw.New(o)
	gate := make(chan struct{})
	add(t, h, "", record.HandlerFunc(func(context.Context, []record.Record) error { <-gate; return nil }), jackdaw.HandlerOptions{Name: "hung"})
	t.Cleanup(func() { close(gate) })
	return h
}

// giveUp closes a hierarchy whose handler hangs: what is left then is as if the process had been killed.
func giveUp(t *testing.T, h *jackdaw.Hierarchy) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := h.Close(ctx); err == nil {
		t.Error("Close of a hierarchy that hangs: got no error")
	}
}

// logAll logs in all ways there are.
func logAll(h *jackdaw.Hierarchy, i int) {
	ctx := context.Background()
	l := h.Logger("shop.pay").With("with", "x", "list", []int{1}).WithGroup("g")
	l.Warn("m", "i", i, "took", time.Second, "error", errors.New("reset"), "list", []int{i}, "none", nil, "point", struct{ X, Y int }{i, 2})
	l.Info("many", "a", 1, "b", 2.5, "c", "x", "d", true, "e", uint64(5), "f", time.Unix(1e9, 0), "g", slog.GroupValue(slog.Int("x", i)))
	d := h.Direct("shop").With("shard", 3)
	d.LogAttrs(ctx, slog.LevelDebug, "direct", slog.Int("i", i), slog.Time("at", time.Unix(1e9, 0)), slog.Group("g", slog.Bool("b", true)))
	d.WithSource().Info("source", "i", i)
	h.Logger("").Error(fmt.Sprint("made ", i))
	r := record.Record{Time: time.Unix(int64(i), 0), Message: "record", Logger: "shop", Host: "h", Exception: &record.Exception{Traceback: "t"}}
	_ = h.Handle(ctx, []record.Record{r})
}

const waysToLog = 6

// What a process has logged comes in the next one, as it would have come in the first, behind a record that tells of it.
func TestFlight(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flight")
	ctxAttrs := func(context.Context) []slog.Attr { return []slog.Attr{slog.String("request", "r1")} }
	ctxTrace := func(context.Context) record.Trace { return record.Trace{ID: [16]byte{1}, Span: [8]byte{2}, Flags: 1} }
	for _, o := range []jackdaw.Options{{}, {TrustValues: true}, {ContextAttrs: ctxAttrs, ContextTrace: ctxTrace}} {
		o.Level = slog.LevelDebug
		h, straight, m := hung(t, o), newHierarchy(t, o), new(memory)
		openFlight(t, h, file, jackdaw.FlightOptions{})
		add(t, straight, "", m, jackdaw.HandlerOptions{})
		const n = 50
		for i := range n {
			logAll(h, i)
			logAll(straight, i)
		}
		flush(t, straight)
		if s := h.Stats().Flight; s.File != file || s.Used == 0 || s.Bytes != 32<<20 || s.Uncovered > 0 || s.Err != nil {
			t.Errorf("got %+v", s)
		}
		giveUp(t, h)
		next, got := newHierarchy(t, jackdaw.Options{Level: slog.LevelDebug}), new(memory)
		add(t, next, "", got, jackdaw.HandlerOptions{})
		openFlight(t, next, file, jackdaw.FlightOptions{})
		next.Logger("x").Info("new")
		flush(t, next)
		if len(got.records) != n*waysToLog+2 || len(m.records) != n*waysToLog {
			t.Fatalf("got %d records, want one that tells, %d, and a new one", len(got.records), len(m.records))
		}
		name := filepath.Base(os.Args[0])
		if told, want := got.records[0].Message, fmt.Sprintf("%d records follow that process %d (%s) left when it ended", n*waysToLog, os.Getpid(), name); told != want {
			t.Errorf("got %q, want %q", told, want)
		}
		for i := range m.records {
			a, b := &got.records[i+1], &m.records[i]
			if a.Process != (record.Process{PID: os.Getpid(), Name: name[:min(len(name), 71)]}) {
				t.Fatalf("record %d: got %+v", i, a.Process)
			}
			if b.Message == "direct" || b.Message == "source" || b.Message == "m" || b.Message == "many" || strings.HasPrefix(b.Message, "made") {
				if d := a.Time.Sub(b.Time).Abs(); d > time.Minute {
					t.Fatalf("record %d: got the time %v, want %v", i, a.Time, b.Time)
				}
				a.Time = b.Time
			}
			a.Process = record.Process{}
			if x, y := record.AppendJSON(nil, a), record.AppendJSON(nil, b); !bytes.Equal(x, y) {
				t.Fatalf("record %d: got\n%s\nwant\n%s", i, x, y)
			}
		}
		checkLaw(t, next.Stats())
		if s := next.Stats().Flight; s.Left != 0 {
			t.Errorf("got %+v, want that nothing is left", s)
		}
		if err := next.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v, want that the file is gone when all was handled", err)
		}
	}
}

// What is logged costs no memory in flight mode either.
func TestFlightAllocations(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{})
	add(t, h, "", record.HandlerFunc(func(context.Context, []record.Record) error { return nil }), jackdaw.HandlerOptions{})
	openFlight(t, h, filepath.Join(t.TempDir(), "flight"), jackdaw.FlightOptions{})
	l, d, err := h.Logger("x").With("a", 1), h.Direct("x"), errors.New("reset")
	ctx := context.Background()
	f := func(name string, log func()) {
		t.Helper()
		if got := testing.AllocsPerRun(2000, log); got > 0 {
			t.Errorf("%s: got %v allocations a call, want 0", name, got)
		}
	}
	attrs := []slog.Attr{slog.String("method", "GET"), slog.Int("status", 502), slog.Duration("elapsed", 1234567), slog.Bool("cached", false), slog.Any("err", err)}
	f("slog", func() { l.LogAttrs(ctx, slog.LevelInfo, "m", attrs...) })
	f("direct", func() { d.LogAttrs(ctx, slog.LevelInfo, "m", attrs...) })
	flush(t, h)
	if s := h.Stats().Flight; s.Uncovered > 0 || s.Used > 4<<20 {
		t.Errorf("got %+v, want that room is used again", s)
	}
}

// A handler that does not take its records does not hold back those of others, or calls, when the file is full: what has no room there
// is counted and told, and what is there stays.
func TestFlightFull(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flight")
	var told atomic.Int32
	h := hung(t, jackdaw.Options{OnError: func(err error) {
		if strings.Contains(err.Error(), "full of what is not handled yet") {
			told.Add(1)
		}
	}})
	openFlight(t, h, file, jackdaw.FlightOptions{Bytes: 1 << 20})
	const n = 40000
	for i := range n {
		h.Logger("x").Info("m", "i", i)
	}
	s := h.Stats()
	if s.Flight.Uncovered == 0 || s.Accepted != n || s.Handlers[0].DroppedTotal() > 0 {
		t.Errorf("got %+v", s)
	}
	for range 1000 {
		if told.Load() > 0 {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	if got := told.Load(); got != 1 {
		t.Errorf("told %d times, want once", got)
	}
	giveUp(t, h)
	next, m := newHierarchy(t, jackdaw.Options{}), new(memory)
	add(t, next, "", m, jackdaw.HandlerOptions{})
	openFlight(t, next, file, jackdaw.FlightOptions{Bytes: 1 << 20})
	waitLeft(t, next)
	if got := uint64(len(m.messages()) - 1); got != n-s.Flight.Uncovered {
		t.Errorf("got %d records, want %d", got, n-s.Flight.Uncovered)
	}
	next.Logger("x").Info("again")
	if s := next.Stats().Flight; s.Uncovered > 0 || s.Left > 0 {
		t.Errorf("got %+v, want room again", s)
	}
}

// waitLeft waits until what processes before have left is handled.
func waitLeft(t *testing.T, h *jackdaw.Hierarchy) {
	t.Helper()
	for range 3000 {
		if h.Stats().Flight.Left == 0 {
			flush(t, h)
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatalf("got %+v, want that nothing is left", h.Stats())
}

// More than memory is for comes all the same, in its order, and what had no time stays for the next process.
func TestFlightLeftIsMuch(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flight")
	h := hung(t, jackdaw.Options{QueueBytes: 1 << 20})
	openFlight(t, h, file, jackdaw.FlightOptions{Bytes: 32 << 20})
	d := h.Direct("x")
	const n = 50000
	for i := range n {
		d.LogAttrs(t.Context(), slog.LevelInfo, "m", slog.Int("i", i))
	}
	// What the queue drops has been handled in a way, and does not come again.
	least := h.Stats().Handlers[0].DroppedTotal()
	giveUp(t, h)
	between := hung(t, jackdaw.Options{})
	openFlight(t, between, file, jackdaw.FlightOptions{})
	left := between.Stats().Flight.Left
	giveUp(t, between)
	if left == 0 || uint64(left) > n-least+1000 {
		t.Errorf("got %d left of %d, of which %d were dropped", left, n, least)
	}
	h = hung(t, jackdaw.Options{})
	openFlight(t, h, file, jackdaw.FlightOptions{})
	for i := range n {
		h.Direct("x").LogAttrs(t.Context(), slog.LevelInfo, "m", slog.Int("i", n+i))
	}
	left = h.Stats().Flight.Left + n
	giveUp(t, h)
	next, m := jackdaw.New(jackdaw.Options{QueueBytes: 2 << 20}), new(memory)
	add(t, next, "", m, jackdaw.HandlerOptions{})
	openFlight(t, next, file, jackdaw.FlightOptions{})
	waitLeft(t, next)
	last, got := int64(-1), 0
	for _, r := range m.records {
		if r.Logger == "jackdaw" {
			continue
		}
		if i := r.Attrs[0].Value.Int64(); i <= last {
			t.Fatalf("%d came after %d", i, last)
		} else {
			last = i
		}
		got++
	}
	if got != left || last != 2*n-1 {
		t.Errorf("got %d records up to %d, want %d", got, last, left)
	}
	checkLaw(t, next.Stats())
	if err := next.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

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
	if err := <-told; !strings.Contains(err.Error(), "of another version") || !strings.Contains(err.Error(), file+".v7") {
		t.Errorf("got %v", err)
	}
	if b, err := os.ReadFile(file + ".v7"); err != nil || !bytes.Equal(b, later) {
		t.Errorf("got %d bytes, %v, want it as it was", len(b), err)
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// What is damaged is told and kept aside, and what is not is handed over. A file that is cut off while it is mapped ends flight
// mode, and nothing else.
func TestFlightDamaged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flight")
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
	b[bytes.Index(b, []byte("number 4"))] ^= 1
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	told := make(chan error, 10)
	next, m := jackdaw.New(jackdaw.Options{OnError: func(err error) { told <- err }}), new(memory)
	add(t, next, "", m, jackdaw.HandlerOptions{})
	openFlight(t, next, file, jackdaw.FlightOptions{})
	flush(t, next)
	if err := <-told; !strings.Contains(err.Error(), "1 parts of the file cannot be read") {
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
	if err := <-told; !strings.Contains(err.Error(), "cannot be used any more") {
		t.Errorf("got %v", err)
	}
	if s := next.Stats().Flight; s.Err == nil || s.Uncovered == 0 || len(m.messages()) != 15 {
		t.Errorf("got %+v and %d records", s, len(m.messages()))
	}
	if err := next.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// Records that are in the files of a Spill need no other.
func TestFlightWithSpill(t *testing.T) {
	dir := t.TempDir()
	h := jackdaw.New(jackdaw.Options{QueueBytes: spillBudget, OnError: func(error) {}})
	gate := make(chan struct{})
	m := &memory{before: func([]record.Record) error { <-gate; return nil }}
	add(t, h, "", m, jackdaw.HandlerOptions{SpillDir: filepath.Join(dir, "spill")})
	openFlight(t, h, filepath.Join(dir, "flight"), jackdaw.FlightOptions{})
	const n = 60000
	logSpilling(h, n, info(h))
	hs := spilled(t, h)
	s := h.Stats()
	if hs.Spilled < n/4 || s.Flight.Uncovered > 0 {
		t.Errorf("got %+v, want most in the files", s)
	}
	close(gate)
	flush(t, h)
	if got := len(m.records); got != n {
		t.Errorf("got %d records, want %d", got, n)
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "flight")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the file is gone", err)
	}
}

// A handler that is taken out with records that it has not taken does not hold them in the file.
func TestFlightRemoved(t *testing.T) {
	h := hung(t, jackdaw.Options{})
	file := filepath.Join(t.TempDir(), "flight")
	openFlight(t, h, file, jackdaw.FlightOptions{})
	for i := range 1000 {
		h.Logger("x").Info("m", "i", i)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := h.RemoveHandler(ctx, "hung"); err == nil {
		t.Error("got no error")
	}
	if err := h.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the file is gone", err)
	}
}

// fly is the main of a program that logs by several goroutines until it is killed, and says after each call that it
// returned. What its handler has it writes into a file.
func fly() {
	dir := os.Getenv("FLIGHT_DIR")
	out, err := os.OpenFile(filepath.Join(dir, "handled"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		fmt.Println(err)
		return
	}
	how := os.Getenv("FLIGHT_HOW")
	h := jackdaw.New(jackdaw.Options{})
	err = h.AddHandler("", record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		var b []byte
		for i := range batch {
			if batch[i].Logger != "jackdaw" {
				b = fmt.Appendf(b, "%v %s\n", batch[i].Attrs[0].Value, batch[i].Attrs[1].Value)
			}
		}
		switch how {
		case "hung":
			select {}
		case "slow":
			<-time.After(5 * time.Millisecond)
		}
		_, err := out.Write(b)
		return err
	}), jackdaw.HandlerOptions{})
	if err == nil {
		err = h.OpenFlight(filepath.Join(dir, "flight"), jackdaw.FlightOptions{Bytes: 8 << 20})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	for g := range 4 {
		go func() {
			l, d := h.Logger("shop"), h.Direct("shop")
			for i := g; ; i += 4 {
				text := strings.Repeat("x", i%100)
				if i/4%2 == 0 {
					l.Info("m", "i", i, "text", text)
				} else {
					d.LogAttrs(context.Background(), slog.LevelInfo, "m", slog.Int("i", i), slog.String("text", text))
				}
				_, _ = fmt.Printf("%d\n", i)
			}
		}()
	}
	select {}
}

// Whenever a process is killed, each record that a call has returned for was handled, or comes in the next one, as it was.
func TestFlightKilled(t *testing.T) {
	rounds := 4
	if testenv.Long() {
		rounds = 50
	}
	again, total := 0, 0
	for round := range rounds {
		how := []string{"fast", "slow", "hung"}[round%3]
		dir := t.TempDir()
		returned := killed(t, dir, how)
		handled := handledIn(t, filepath.Join(dir, "handled"))
		h, m := newHierarchy(t, jackdaw.Options{}), new(memory)
		add(t, h, "", m, jackdaw.HandlerOptions{})
		openFlight(t, h, filepath.Join(dir, "flight"), jackdaw.FlightOptions{})
		waitLeft(t, h)
		left := map[int64]bool{}
		for _, r := range m.records {
			if r.Logger == "jackdaw" {
				continue
			}
			i := r.Attrs[0].Value.Int64()
			if left[i] || r.Attrs[1].Value.String() != strings.Repeat("x", int(i%100)) || r.Logger != "shop" {
				t.Fatalf("%s: got %v", how, r)
			}
			left[i] = true
			if handled[i] {
				again++
			}
		}
		for i := range returned {
			if !left[i] && !handled[i] {
				t.Fatalf("%s: record %d of %d that were logged is lost: %d were handled, %d left", how, i, len(returned), len(handled), len(left))
			}
		}
		total += len(returned)
	}
	t.Logf("%d records in %d rounds: none lost, %d came again", total, rounds, again)
}

// killed runs fly for some time, kills it, and returns which calls had returned.
func killed(t *testing.T, dir, how string) map[int64]bool {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashKey+"=flight", "FLIGHT_DIR="+dir, "FLIGHT_HOW="+how)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	returned, least := map[int64]bool{}, 200+rand.IntN(10000)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var i int64
		if _, err := fmt.Sscan(lines.Text(), &i); err != nil {
			t.Fatalf("got %q", lines.Text())
		}
		returned[i] = true
		if len(returned) == least {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, _ = io.Copy(io.Discard, out)
	if err := cmd.Wait(); err == nil {
		t.Fatal("it was not killed")
	}
	return returned
}

// handledIn returns what a file says that was handled.
func handledIn(t *testing.T, file string) map[int64]bool {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	handled := map[int64]bool{}
	for line := range strings.Lines(string(b)) {
		var i int64
		if _, err := fmt.Sscan(line, &i); err != nil {
			t.Fatal(err)
		}
		if handled[i] {
			t.Fatalf("record %d was handled twice by one process", i)
		}
		handled[i] = true
	}
	return handled
}

// Records that a process has left come to the handlers of that time by the levels of this one.
func TestFlightLevels(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flight")
	h := hung(t, jackdaw.Options{Level: slog.LevelDebug})
	openFlight(t, h, file, jackdaw.FlightOptions{})
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelError} {
		h.Logger("x").Log(t.Context(), level, level.String())
	}
	giveUp(t, h)
	next, all, errs := newHierarchy(t, jackdaw.Options{}), new(memory), new(memory)
	add(t, next, "", all, jackdaw.HandlerOptions{Name: "all"})
	add(t, next, "x", errs, jackdaw.HandlerOptions{Name: "errors", Level: slog.LevelError})
	openFlight(t, next, file, jackdaw.FlightOptions{})
	waitLeft(t, next)
	if got, want := all.messages()[1:], []string{"INFO", "ERROR"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := errs.messages(), []string{"ERROR"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
