package sender

import (
	"log/slog"
	"os"
	"runtime"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/wire/pickle"
	"github.com/jackdaw-log/jackdaw/record"
)

// A record of this process says so; one that is only passed on says what it said.
func TestProcess(t *testing.T) {
	f := func(r record.Record, want int) {
		t.Helper()
		out := frames{encode: pickle.AppendFrame, max: 1 << 20}
		if _, err := out.fill([]record.Record{r}); err != nil {
			t.Fatal(err)
		}
		var got record.Record
		if err := pickle.NewDecoder(pickle.Limits{}).Decode(out.buf[4:], &got); err != nil {
			t.Fatal(err)
		}
		if got.Process.PID != want {
			t.Errorf("pid: got %d, want %d", got.Process.PID, want)
		}
	}
	pc, _, _, _ := runtime.Caller(0)
	f(record.Record{Level: slog.LevelInfo, Message: "made here", PC: pc}, os.Getpid())
	f(record.Record{Level: slog.LevelInfo, Message: "made elsewhere"}, 0)
	f(record.Record{Level: slog.LevelInfo, Message: "says it", PC: pc, Process: record.Process{PID: 7}}, 7)
}
