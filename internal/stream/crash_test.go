package stream

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// crashDir names the directory of the process that is to be killed, crashLevel its level.
const crashDir, crashLevel = "JACKDAW_TEST_CRASH_DIR", "JACKDAW_TEST_CRASH_LEVEL"

const crashCallers = 4

// TestCrashVictim is the process that is killed: callers that print what was acknowledged, and two handlers.
// It is no test by itself.
func TestCrashVictim(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		return
	}
	level := Disk
	if os.Getenv(crashLevel) == Sync.String() {
		level = Sync
	}
	s, err := Open(Options{Dir: filepath.Join(dir, "stream"), Level: level})
	if err != nil {
		t.Fatal(err)
	}
	attachCrashed(t, s, dir)
	var out sync.Mutex
	var wg sync.WaitGroup
	first := time.Now().UnixNano()
	for c := range crashCallers {
		wg.Go(func() {
			for n := 0; ; n++ {
				batch := numbered(0, 1+rand.IntN(40))
				for i := range batch {
					batch[i].Message = fmt.Sprintf("%d/%d/%d/%d", first, c, n, i)
				}
				if err := s.Handle(context.Background(), batch); err != nil {
					t.Errorf("Handle: %v", err)
					return
				}
				out.Lock()
				for i := range batch {
					fmt.Println("ack", batch[i].Message)
				}
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

// attachCrashed attaches two handlers that write to files: one leaves its place to the stream, the other
// has it with its data.
func attachCrashed(t *testing.T, s *Stream, dir string) {
	t.Helper()
	for _, name := range []string{"plain", "exact"} {
		path := filepath.Join(dir, name)
		last := record.ID{}
		old, err := os.ReadFile(path)
		if whole := bytes.LastIndexByte(old, '\n') + 1; whole < len(old) {
			// A kill may stop a write at any byte. Half a line is no record, and not to be continued.
			old = old[:whole]
			if err := os.Truncate(path, int64(whole)); err != nil {
				t.Fatal(err)
			}
		}
		if err == nil && len(old) > 0 {
			lines := strings.Split(strings.TrimSuffix(string(old), "\n"), "\n")
			id, _, _ := strings.Cut(lines[len(lines)-1], " ")
			if last, err = record.ParseID(id); err != nil {
				t.Fatal(err)
			}
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		o := CursorOptions{}
		if name == "exact" {
			o.After = &last
		}
		if _, err := s.Cursor(name, lines{f}, o); err != nil {
			t.Fatal(err)
		}
	}
}

// lines writes id and message of each record into a file, those of a batch at once.
type lines struct{ f *os.File }

func (l lines) Handle(_ context.Context, batch []record.Record) error {
	var b bytes.Buffer
	for i := range batch {
		fmt.Fprintln(&b, batch[i].ID, batch[i].Message)
	}
	_, err := l.f.Write(b.Bytes())
	return err
}

// What was acknowledged is there after the process was killed, and reaches each handler.
func TestKilled(t *testing.T) {
	rounds := 5
	if testenv.Long() {
		rounds = 50
	}
	for _, level := range []Level{Disk, Sync} {
		t.Run(level.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			acked := 0
			var all []string
			for range rounds {
				got := killOne(t, dir, level)
				acked += len(got)
				all = append(all, got...)
			}
			if acked == 0 {
				t.Fatal("nothing was acknowledged")
			}
			finishCrashed(t, dir, all, rounds)
		})
	}
}

// killOne starts the victim, kills it at some moment, and returns what it had acknowledged.
func killOne(t *testing.T, dir string, level Level) (acked []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashVictim$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), crashDir+"="+dir, crashLevel+"="+level.String())
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var kill *time.Timer
	scan := bufio.NewScanner(out)
	for scan.Scan() {
		line, ok := strings.CutPrefix(scan.Text(), "ack ")
		if !ok {
			t.Logf("the process says: %s", scan.Text())
			continue
		}
		acked = append(acked, line)
		if kill == nil {
			kill = time.AfterFunc(rand.N(400*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the process ended by itself")
	}
	return acked
}

// finishCrashed opens the stream a last time, lets the handlers read all, and holds what they wrote against
// what was acknowledged.
func finishCrashed(t *testing.T, dir string, acked []string, rounds int) {
	t.Helper()
	s := open(t, Options{Dir: filepath.Join(dir, "stream")})
	for _, d := range s.Damage() {
		if d.Records > 0 { // what was just being written may be cut off
			t.Errorf("damage: got %v, want none", d)
		}
	}
	attachCrashed(t, s, dir)
	if err := waitUnhandled(s); err != nil {
		t.Fatal(err)
	}
	lawful(t, s)
	closeStream(t, s)
	for _, name := range []string{"plain", "exact"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		times := map[string]int{}
		written := 0
		for line := range strings.Lines(string(text)) {
			_, message, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			times[message]++
			written++
		}
		lost := 0
		for _, m := range acked {
			if times[m] == 0 {
				lost++
			}
		}
		doubles := written - len(times)
		t.Logf("%s: %d rounds, %d acknowledged, %d written, %d lost, %d doubled", name, rounds, len(acked), written, lost, doubles)
		if lost > 0 {
			t.Errorf("%s: %d of %d acknowledged records are lost, want none", name, lost, len(acked))
		}
		if name == "exact" && doubles > 0 {
			t.Errorf("%s: %d records are doubled, want none", name, doubles)
		}
	}
}

// waitUnhandled waits until every handler has handled all.
func waitUnhandled(s *Stream) error {
	deadline := time.Now().Add(testenv.Patience)
	for time.Now().Before(deadline) {
		if s.Stats().Unhandled == 0 {
			return nil
		}
		<-time.After(5 * time.Millisecond)
	}
	return fmt.Errorf("after %v %d records are not handled", testenv.Patience, s.Stats().Unhandled)
}
