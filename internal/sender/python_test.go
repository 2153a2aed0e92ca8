package sender

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log/slog"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// pythonLine is a line of testdata/receiver.py.
type pythonLine struct {
	Name    string         `json:"name"`
	Level   string         `json:"level"`
	LevelNo int            `json:"levelno"`
	Message string         `json:"message"`
	Text    string         `json:"text"`
	Created float64        `json:"created"`
	Source  []any          `json:"source"`
	Attrs   map[string]any `json:"attrs"`
	ExcText any            `json:"exc_text"`
}

// startPython starts a program of testdata that says its port first, and ends when its input does, and returns
// its address and its further output. It ends with the test.
func startPython(t *testing.T, program string, args ...string) (address string, lines *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(testenv.Python(t), append([]string{"-X", "utf8", filepath.Join("testdata", program)}, args...)...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", program, err)
		}
	})
	lines = bufio.NewScanner(stdout)
	lines.Buffer(nil, 4<<20)
	if !lines.Scan() {
		t.Fatalf("%s printed no port: %v", program, lines.Err())
	}
	return "127.0.0.1:" + lines.Text(), lines
}

// A receiver as Python's cookbook has it gets what a Go program logs, and confirms it by its end.
func TestPythonReceiver(t *testing.T) {
	address, lines := startPython(t, "receiver.py")
	s := newSocket(t, Options{Address: address, ConfirmTimeout: testenv.Patience})

	var pcs [1]uintptr
	runtime.Callers(1, pcs[:])
	frame, _ := runtime.CallersFrames(pcs[:]).Next()
	at := time.Unix(1790000000, 123456000)
	records := []record.Record{
		{
			Time: at, Level: slog.LevelWarn, Logger: "myapp.area1", Message: "100 % of the quick brown fox — 鳥", PC: pcs[0],
			Attrs: []slog.Attr{
				slog.Int("user_id", 42), slog.Float64("seconds", 1.5), slog.Bool("ok", true), slog.Any("none", nil),
				slog.String("name", "Zoë"), slog.Group("request", slog.String("path", "/"), slog.Any("codes", []any{int64(1), "x"})),
			},
			Process: record.Process{PID: 4242, Name: "shop"},
		},
		{Time: at, Level: 12, Logger: record.RootLogger, Message: "down", Exception: &record.Exception{Traceback: "Traceback:\nValueError: x"}},
		{Level: slog.LevelDebug, Message: "bare"},
	}
	handle(t, s, records)
	if err := s.Flush(t.Context()); err != nil {
		t.Errorf("Flush: got %v, want nil", err)
	}
	checkCounts(t, s, counts{confirmed: 3})

	want := []pythonLine{
		{
			Name: "myapp.area1", Level: "WARNING", LevelNo: 30, Message: records[0].Message, Created: 1790000000.123456,
			Source: []any{frame.File, float64(frame.Line), frame.Function},
			Attrs: map[string]any{
				"user_id": 42.0, "seconds": 1.5, "ok": true, "none": nil, "name_": "Zoë",
				"request": map[string]any{"path": "/", "codes": []any{1.0, "x"}},
			},
		},
		{Name: "root", Level: "CRITICAL", LevelNo: 50, Message: "down", Created: 1790000000.123456,
			Source: []any{"", 0.0, ""}, Attrs: map[string]any{}, ExcText: "Traceback:\nValueError: x"},
		{Name: "root", Level: "DEBUG", LevelNo: 10, Message: "bare", Source: []any{"", 0.0, ""}, Attrs: map[string]any{}},
	}
	for i := range want {
		if !lines.Scan() {
			t.Fatalf("record %d: nothing was printed: %v", i, lines.Err())
		}
		var got pythonLine
		if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
			t.Fatalf("record %d: %v in %s", i, err, lines.Text())
		}
		if got.Text == "" {
			t.Errorf("record %d: the formatter made nothing of it", i)
		}
		got.Text = ""
		if i == 2 {
			got.Created = 0 // the time of receipt
		}
		if !reflect.DeepEqual(got, want[i]) {
			t.Errorf("record %d: got %+v\nwant %+v", i, got, want[i])
		}
	}
}

// So does one of datagrams.
func TestPythonDatagrams(t *testing.T) {
	address, lines := startPython(t, "receiver.py", "udp")
	s := newSocket(t, Options{Network: "udp", Address: address})
	handle(t, s, []record.Record{
		{Level: slog.LevelWarn, Logger: "shop.pay", Message: "größer", Attrs: []slog.Attr{slog.Int("user_id", 42)}, Process: record.Process{PID: 1, Name: "p"}},
		{Message: "second"},
	})
	for _, want := range []string{"shop.pay WARNING größer map[user_id:42]", "root INFO second map[]"} {
		if !lines.Scan() {
			t.Fatalf("nothing was printed: %v", lines.Err())
		}
		var got pythonLine
		if err := json.Unmarshal(lines.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(got.Name, " ", got.Level, " ", got.Message, " ", got.Attrs); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
