package jackdaw_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// crashKey is the variable that makes this program one that crashes, in the way it names.
const crashKey = "JACKDAW_TEST_CRASH"

func TestMain(m *testing.M) {
	switch how := os.Getenv(crashKey); how {
	case "":
	case "spill":
		spillAndDie()
		return
	case "flight":
		fly()
		return
	default:
		crash(how)
		return
	}
	os.Exit(m.Run())
}

// crashRecords is how many records a program logs before it crashes: too many for its handler to have
// written by then.
const crashRecords = 300

// slowly writes records to stdout, one in a millisecond.
func slowly(_ context.Context, batch []record.Record) error {
	for i := range batch {
		<-time.After(time.Millisecond)
		fmt.Printf("%s\n", record.AppendJSON(nil, &batch[i]))
	}
	return nil
}

// crash is the main of a program that logs, and ends as how says.
func crash(how string) {
	handler := slowly
	switch how {
	case "hung handler", "no recipe": // or a machine that stops the goroutine that panics gives it the time it needs
		handler = func(context.Context, []record.Record) error { select {} }
	}
	jackdaw.AddHandler("", record.HandlerFunc(handler), jackdaw.HandlerOptions{Name: "slow"})
	switch how {
	case "no recipe":
		logMany()
		panic("boom")
	case "exit":
		os.Exit(crashRun())
	case "exit deep inside":
		logMany()
		jackdaw.Shutdown(time.Minute)
		os.Exit(3)
	case "goroutine":
		go func() {
			defer jackdaw.FlushOnPanic(time.Minute)
			logMany()
			crashHere(nil)
		}()
		select {}
	}
	limit := time.Minute
	if how == "hung handler" {
		limit = time.Second
	}
	defer jackdaw.Shutdown(limit)
	logMany()
	switch how {
	case "panic", "hung handler":
		crashHere(errors.New("boom"))
	case "panic of the runtime":
		crashHere(nil)
	}
}

// crashRun is what a main that sets the exit code leaves its work to.
func crashRun() (code int) {
	defer jackdaw.Shutdown(time.Minute)
	logMany()
	return 3
}

func logMany() {
	for i := range crashRecords {
		logger.Info("m", "i", i)
	}
}

// crashHere panics with err, or as the runtime does.
func crashHere(err error) {
	if err != nil {
		panic(err)
	}
	var none []int
	fmt.Println(none[len(none)])
}

// rerun runs this program so that it crashes, and returns what it wrote and how it exited.
func rerun(t *testing.T, how string) (lines []string, stderr string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashKey+"="+how)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			t.Fatal(err)
		}
	}
	return slices.Collect(strings.Lines(out.String())), errs.String(), cmd.ProcessState.ExitCode()
}

// A program that ends by a recipe loses nothing of what it logged, and exits as it would have.
func TestCrash(t *testing.T) {
	f := func(how string, wantCode int, wantMessage, wantType string) {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			lines, stderr, code := rerun(t, how)
			if code != wantCode {
				t.Errorf("exit code: got %d, want %d; stderr:\n%s", code, wantCode, stderr)
			}
			want := crashRecords
			if wantMessage != "" {
				want++
			}
			if len(lines) != want {
				t.Fatalf("got %d records, want %d", len(lines), want)
			}
			if wantMessage == "" {
				return
			}
			checkPanicRecord(t, lines[want-1], wantMessage, wantType)
			if value := strings.TrimPrefix(wantMessage, "panic: "); !strings.Contains(stderr, value) || !strings.Contains(stderr, "jackdaw_test.crashHere(") {
				t.Errorf("stderr: got\n%s\nwant the panic with the stack it was raised on", stderr)
			}
		})
	}
	f("return", 0, "", "")
	f("exit", 3, "", "")
	f("exit deep inside", 3, "", "")
	f("panic", 2, "panic: boom", "*errors.errorString")
	f("panic of the runtime", 2, "panic: runtime error: index out of range [0] with length 0", "runtime.boundsError")
	f("goroutine", 2, "panic: runtime error: index out of range [0] with length 0", "runtime.boundsError")
}

func checkPanicRecord(t *testing.T, line, wantMessage, wantType string) {
	t.Helper()
	var r struct {
		Level, Logger, Message string
		Source                 struct{ Function, File string }
		Exception              struct{ Type, Traceback string }
	}
	if err := json.Unmarshal([]byte(line), &r); err != nil {
		t.Fatal(err)
	}
	if r.Level != "CRITICAL" || r.Logger != "root" || r.Message != wantMessage || r.Exception.Type != wantType {
		t.Errorf("record: got %+v, want a CRITICAL of root: %s", r, wantMessage)
	}
	if !strings.HasSuffix(r.Source.Function, "crashHere") || !strings.HasSuffix(r.Source.File, "crash_test.go") {
		t.Errorf("source: got %+v, want the place of the panic", r.Source)
	}
	if lines := strings.Split(r.Exception.Traceback, "\n"); !strings.HasPrefix(lines[0], "goroutine ") || !strings.HasPrefix(lines[1], "panic(") {
		t.Errorf("traceback: got\n%s\nwant the goroutine, and at once the panic", r.Exception.Traceback)
	}
}

// Without a recipe records are lost: the tests of the recipes show something.
func TestCrashWithoutARecipe(t *testing.T) {
	if lines, _, code := rerun(t, "no recipe"); len(lines) >= crashRecords || code != 2 {
		t.Errorf("got %d records and exit code %d, want some lost", len(lines), code)
	}
}

// A handler that hangs does not keep a program that panics from its end, and what it costs is told.
func TestCrashWithAHungHandler(t *testing.T) {
	start := time.Now()
	_, stderr, code := rerun(t, "hung handler")
	if took := time.Since(start); code != 2 || took > testenv.Patience {
		t.Errorf("got exit code %d after %v, want 2 soon", code, took)
	}
	for _, want := range []string{fmt.Sprintf("jackdaw: handler slow: %d records left: context deadline exceeded", crashRecords+1), "boom", "crashHere("} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr: got\n%s\nwant %q in it", stderr, want)
		}
	}
}

// What a goroutine panicked with goes on as it was, and nothing happens where nothing panics.
func TestPanicGoesOn(t *testing.T) {
	h := newHierarchy(t, jackdaw.Options{OnError: func(error) { panic("in the hook") }})
	m := new(memory)
	add(t, h, "", m, jackdaw.HandlerOptions{})
	type value struct{ n int }
	want := &value{1}
	run := func(f func()) (p any) {
		defer func() { p = recover() }()
		f()
		return nil
	}
	quiet := func() { defer h.FlushOnPanic(0) }
	loud := func() {
		defer h.FlushOnPanic(time.Minute)
		panic(want)
	}
	if got := run(quiet); got != nil {
		t.Errorf("without a panic: got %v", got)
	}
	if got := run(loud); got != want {
		t.Errorf("got a panic with %v, want the very value", got)
	}
	h.Logger("x").Info("open still")
	flush(t, h)
	equal(t, "messages", m.messages(), []string{"panic: &{1}", "open still"})

	// Once closed there is nothing to bring out, and the panic goes on all the same.
	h.Shutdown(time.Minute)
	h.Shutdown(time.Minute)
	if got := run(loud); got != want {
		t.Errorf("after Shutdown: got a panic with %v, want the very value", got)
	}
	if m.closed != 1 {
		t.Errorf("handler closed %d times, want once", m.closed)
	}
}
