package jackdaw_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// aloneCalls is how many calls a goroutine that logs alone makes before it says that they returned: meanwhile it is not moved to
// another processor, so that they are stamped with ticks.
const aloneCalls = 4

// fly is the main of a program that logs by several goroutines, or by one alone, until it is killed, and says after each call that
// it returned. What its handler has it writes into a file.
func fly() {
	dir := os.Getenv("FLIGHT_DIR")
	out, err := os.OpenFile(filepath.Join(dir, "handled"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		fmt.Println(err)
		return
	}
	how := os.Getenv("FLIGHT_HOW")
	o := jackdaw.Options{}
	if how == "spilling" {
		o.QueueBytes = 1 << 20
	}
	h := jackdaw.New(o)
	const maxBytes = 1 << 20 * 7 / 10 // records go to files from a half on
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
		case "slow", "spilling", "alone":
			<-time.After(5 * time.Millisecond)
		}
		_, err := out.Write(b)
		return err
	}), flightHandler(dir, how))
	if err == nil {
		err = h.OpenFlight(filepath.Join(dir, "flight"), jackdaw.FlightOptions{}) // which has room for all that it logs
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	for how == "alone" {
		d := h.Direct("shop")
		for i := 0; ; i++ {
			d.LogAttrs(context.Background(), slog.LevelInfo, "m", slog.Int("i", i), slog.String("text", strings.Repeat("x", i%100)))
			if i%aloneCalls == aloneCalls-1 {
				_, _ = fmt.Printf("%d\n", i)
			}
		}
	}
	for g := range 4 {
		go func() {
			l, d := h.Logger("shop"), h.Direct("shop")
			for i := g; ; i += 4 {
				for s := h.Stats(); how == "spilling" && i%64 == g && (s.Bytes > maxBytes || s.Waiting > 200); s = h.Stats() {
					<-time.After(100 * time.Microsecond) // so that nothing is dropped
				}
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

// flightHandler returns how the handler is added that has the records of fly.
func flightHandler(dir, how string) (o jackdaw.HandlerOptions) {
	if how == "spilling" {
		o.SpillDir = filepath.Join(dir, "spill")
	}
	return o
}

// Whenever a process is killed, each record that a call has returned for was handled, or comes in the next one, as it was. Until it
// is, the file is its own.
func TestFlightKilled(t *testing.T) {
	openFlight(t, newHierarchy(t, jackdaw.Options{}), filepath.Join(t.TempDir(), "flight"), jackdaw.FlightOptions{}) // where there is one
	rounds := 5
	if testenv.Long() {
		rounds = 50
	}
	again, total := map[string]int{}, 0
	for round := range rounds {
		how := []string{"fast", "slow", "hung", "spilling", "alone"}[round%5]
		dir := t.TempDir()
		returned := killed(t, dir, how)
		handled := handledIn(t, filepath.Join(dir, "handled"))
		h, m := newHierarchy(t, jackdaw.Options{OnError: func(err error) {
			if how != "spilling" || !strings.Contains(err.Error(), "the last record is torn") { // it is in the flight file then
				t.Errorf("%s: %v", how, err)
			}
		}}), new(memory)
		add(t, h, "", m, flightHandler(dir, how))
		openFlight(t, h, filepath.Join(dir, "flight"), jackdaw.FlightOptions{})
		waitLeft(t, h)
		left, last := map[int64]bool{}, int64(-1)
		for _, r := range m.records {
			if r.Logger == "jackdaw" {
				continue
			}
			i := r.Attrs[0].Value.Int64()
			if left[i] && how != "spilling" || r.Attrs[1].Value.String() != strings.Repeat("x", int(i%100)) || r.Logger != "shop" {
				t.Fatalf("%s: got %v", how, r)
			}
			if i < last && how == "alone" {
				t.Fatalf("%s: record %d comes behind record %d", how, i, last)
			}
			left[i], last = true, i
			if handled[i] {
				again[how]++
			}
		}
		for i := range returned {
			if !left[i] && !handled[i] {
				t.Fatalf("%s: record %d of %d that were logged is lost: %d were handled, %d left", how, i, len(returned), len(handled), len(left))
			}
		}
		total += len(returned)
	}
	t.Logf("%d records in %d rounds: none lost; came again: %v", total, rounds, again)
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
	if how == "spilling" {
		least += 15_000 // so that the first are read back from the files
	}
	lines, said, calls := bufio.NewScanner(out), 0, int64(1)
	if how == "alone" {
		calls = aloneCalls
	}
	for ; lines.Scan(); said++ {
		var i int64
		if _, err := fmt.Sscan(lines.Text(), &i); err != nil {
			t.Fatalf("got %q", lines.Text())
		}
		for n := range calls {
			returned[i-n] = true
		}
		if said == 0 {
			const want = "is in use: a file is for one process and one hierarchy at a time"
			if err := newHierarchy(t, jackdaw.Options{}).OpenFlight(filepath.Join(dir, "flight"), jackdaw.FlightOptions{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("while the other process runs: got %v, want %q", err, want)
			}
		}
		if said == least {
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
		if !strings.HasSuffix(line, "\n") {
			break // it was killed while it wrote that: the record comes again
		}
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
