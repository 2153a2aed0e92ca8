package receiver

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// python runs testdata/send.py against a new receiver until it ends, and returns its process ID.
func python(t *testing.T, next record.Handler, network, kind string, args ...string) (r *Receiver, pid int) {
	t.Helper()
	address := "127.0.0.1:0"
	if strings.HasPrefix(network, "unix") {
		address = filepath.Join(t.TempDir(), "s")
	}
	r = New(next, Options{})
	t.Cleanup(func() { r.Close(context.Background()) })
	addr, err := r.Listen(t.Context(), network, address)
	if err != nil {
		t.Fatal(err)
	}
	host, port := addr.String(), "0"
	if !strings.HasPrefix(network, "unix") {
		host, port, _ = net.SplitHostPort(host)
	}
	args = append([]string{filepath.Join("testdata", "send.py"), kind, host, port}, args...)
	cmd := exec.CommandContext(t.Context(), testenv.Python(t), args...)
	out, err := cmd.CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Fatalf("send.py %s: %v\n%s", kind, err, out)
	}
	return r, cmd.Process.Pid
}

// Python's own handlers, over each transport: every record comes, whole, in each thread's order, and,
// over a stream, before Python sees the end.
func TestPythonHandlers(t *testing.T) {
	const threads = 3
	f := func(kind, network string, count int) {
		t.Run(kind+" over "+network, func(t *testing.T) {
			t.Parallel()
			var s sink
			r, pid := python(t, &s, network, kind, strconv.Itoa(count))
			if kind == "datagram" { // it ends without a sign
				s.await(t, count*threads+1)
			}
			stats := r.Stats()
			if stats.Frames != uint64(count*threads+1) || kind != "datagram" && stats.Accepted != stats.Frames {
				t.Fatalf("stats: got %+v, want %d accepted; rejects %+v", stats, count*threads+1, r.Rejects())
			}
			next := make(map[string]int)
			for _, got := range s.records[:count*threads] {
				n := next[got.Logger]
				next[got.Logger]++
				thread, _ := strings.CutPrefix(got.Logger, "myapp.area")
				want := []slog.Attr{slog.Int("n", n), slog.Float64("half", float64(n)/2), slog.Group("who", slog.Any("thread", thread))}
				if got.Message != fmt.Sprintf("record %d", n) || got.Level != slog.LevelInfo ||
					got.Process.PID != pid || got.Thread.Name != "worker-"+thread || got.Source.Function != "work" ||
					fmt.Sprint(got.Attrs) != fmt.Sprint(want) || time.Since(got.Time).Abs() > time.Hour || got.Peer == "" {
					t.Fatalf("record %d of %s: got %s, want attrs %v, process %d", n, got.Logger, record.AppendJSON(nil, &got), want, pid)
				}
			}
			last := s.records[count*threads]
			if last.Level != slog.LevelError || last.Exception == nil || last.Exception.Type != "KeyError" || last.Message != "failed" {
				t.Errorf("the exception: got %s", record.AppendJSON(nil, &last))
			}
		})
	}
	f("stream", "tcp", 200)
	f("stream", "unix", 200)
	f("json", "tcp", 200)
	f("datagram", "udp", 20) // what the smallest kernel buffer holds
	f("datagram", "unixgram", 200)
}

// What is no record, or a strange one, costs no other.
func TestPythonOddities(t *testing.T) {
	var s sink
	r, _ := python(t, &s, "tcp", "odd")
	var want []string
	for p := range 6 {
		want = append(want, "protocol "+strconv.Itoa(p))
	}
	want = append(want, "json", "own form", "levelno is text", "name is 5", "a date", "last")
	checkMessages(t, s.await(t, 0), want)
	date := s.records[slices.Index(want, "a date")]
	if got, want := fmt.Sprint(date.Attrs), "[when=2026-11-22]"; got != want {
		t.Errorf("attrs of the date: got %s, want %s", got, want)
	}
	stats := r.Stats()
	checkLaw(t, stats)
	if stats.Rejected[Undecodable] != 6 || stats.Rejected[Empty] != 1 || len(stats.Rejected) != 2 {
		t.Errorf("rejected: got %v, want six undecodable, one empty: %+v", stats.Rejected, r.Rejects())
	}
}
