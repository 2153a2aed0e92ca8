package main

import (
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const (
	blank   = `\r\x1b\[K`
	waiting = blank + `\x1b\[7mpaused; `
)

func TestTailKeys(t *testing.T) {
	_, tcp, web := serving(t)
	sends(t, "--tcp", tcp, "-n", "shop.cart", "order 1")
	sends(t, "--tcp", tcp, "-n", "shop.pay", "-l", "ERROR", "payment 1")
	eventually(t, "--addr", web, "payment")
	s := onScreen(t, nil, "tail", "--addr", web, "order OR payment")
	s.see(t, "Space pauses, / filters, 1-5 level, m marks, \\? all keys, q leaves")
	s.see(t, `\x1b\[7morder\x1b\[27m 1`)
	s.becomes(t, false)

	// What arrives in a pause is shown after it.
	s.press(t, " ")
	s.see(t, waiting+"Space goes on")
	sends(t, "--tcp", tcp, "order 2")
	sends(t, "--tcp", tcp, "order 3")
	s.see(t, waiting+"2 records waiting; Space goes on")
	if strings.Contains(s.shown.String(), "order\x1b[27m 2") {
		t.Errorf("a record was shown in the pause:\n%q", s.shown)
	}
	s.resize(t, 20)
	s.see(t, waiting+`2 records w\x1b`) // drawn anew, with what room there is
	s.resize(t, 80)
	s.press(t, " ")
	s.see(t, `(?s)`+blank+`[^\n]*order\x1b\[27m 2.*order\x1b\[27m 3`)

	s.press(t, "m")
	s.see(t, `── mark 1, \d\d:\d\d:\d\d\.\d\d\d ──`)
	s.press(t, "\r")
	s.see(t, `─\x1b\[0m\r\n\r\n`)

	// A filter that is wrong is shown at its place and can be mended; it may be left as it was.
	s.press(t, "/")
	s.see(t, blank+`/order OR payment\r`)
	s.press(t, "\x15lvel:error\r")
	s.see(t, `(?s)lvel:error\r\n +\^\^\^\^\r\n.*try: level:error\r\n.*`+blank+`/lvel:error\r`)
	s.press(t, "\x1b")
	sends(t, "--tcp", tcp, "order 4")
	s.see(t, `order\x1b\[27m 4`)
	s.press(t, "/\x15payment\r")
	s.see(t, `(?s)── payment ──.*\x1b\[7mpayment\x1b\[27m 1`)
	sends(t, "--tcp", tcp, "-l", "DEBUG", "payment 2")
	s.see(t, `payment\x1b\[27m 2`)

	// A level; what is below it does not come any more.
	s.press(t, "4")
	s.see(t, `(?s)── level>=ERROR payment ──.*payment\x1b\[27m 1`)
	sends(t, "--tcp", tcp, "payment 3")
	sends(t, "--tcp", tcp, "-l", "ERROR", "payment 4")
	s.see(t, `payment\x1b\[27m 4`)
	if strings.Contains(s.shown.String(), "payment\x1b[27m 3") {
		t.Errorf("a record below the level was shown:\n%q", s.shown)
	}
	s.press(t, "?")
	s.see(t, `m leaves a mark, Enter an empty line`)
	s.press(t, "q")
	s.exit(t, exitDone)
	s.becomes(t, true)
}

// However it ends, and while it is stopped, the terminal is as it was.
func TestTailRestoresTerminal(t *testing.T) {
	_, tcp, web := serving(t)
	s := onScreen(t, nil, "tail", "--addr", web)
	s.becomes(t, false)
	for i := range 2 {
		s.press(t, "\x1a") // Ctrl-Z
		s.see(t, `(?s)(<stopped>.*){`+strconv.Itoa(i+1)+`}`)
		if !s.lineByLine(t) {
			t.Error("the terminal is not as it was while the program is stopped")
		}
		sends(t, "--tcp", tcp, "while it was stopped")
		s.resume.WriteString("f")
		s.becomes(t, false)
		s.see(t, `(?s)(while it was stopped.*){`+strconv.Itoa(i+1)+`}`)
	}
	// In the background it shows what arrives, and is not stopped by what is typed for others.
	s.press(t, "\x1a")
	s.see(t, `(?s)(<stopped>.*){3}`)
	s.resume.WriteString("b")
	s.press(t, "m\n")
	sends(t, "--tcp", tcp, "in the background")
	s.see(t, "in the background")
	if !s.lineByLine(t) {
		t.Error("the terminal was taken in the background")
	}
	s.resume.WriteString("f")
	s.becomes(t, false)
	if got := s.shown.String(); strings.Count(got, "<stopped>") != 3 {
		t.Errorf("it was stopped in the background:\n%s", got)
	}
	s.press(t, " ")
	s.see(t, waiting)
	s.press(t, "\x03")
	s.exit(t, exitInterrupted)
	s.becomes(t, true)

	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		s = onScreen(t, nil, "tail", "--addr", web)
		s.becomes(t, false)
		pid, err := strconv.Atoi(s.see(t, `<pid (\d+)>`))
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, signal); err != nil {
			t.Fatal(err)
		}
		s.exit(t, map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGHUP: exitDone}[signal])
		s.becomes(t, true)
	}
}

// Long answers are paged on a terminal, in colour.
func TestQueryPager(t *testing.T) {
	data := kept(t, shop(3)...)
	f := func(pattern string, env []string, args ...string) {
		t.Helper()
		s := onScreen(t, env, append([]string{"query", "--utc", "--data", data}, args...)...)
		s.see(t, pattern)
		s.exit(t, exitDone)
	}
	f(`(?s)<FRX>.*order\x1b\[27m 0.*order\x1b\[27m 2.*end\r\n`, []string{`JACKDAW_PAGER=printf '<%s>' "$LESS"; cat; echo end`}, "order")
	f(`order 2`, []string{"JACKDAW_PAGER=exit 1", "NO_COLOR=1"}, "order", "-P")
	f(`left`, []string{"JACKDAW_PAGER=echo left"}) // without a look
	f(`(?s)Sunday 2026-11-22.*i INFO 3`, []string{"PAGER=cat", "NO_COLOR=1"}, "--histogram")
	f(`jackdaw: no record matches`, []string{"PAGER=cat"}, "nothing")
	f(`jackdaw: these are the newest 1; -n 0 shows all`, []string{"PAGER=cat"}, "-n", "1")
}

// A reader that left is the end, without a word.
func TestLookClosedPipe(t *testing.T) {
	_, tcp, web := serving(t)
	sends(t, "--tcp", tcp, "hello")
	eventually(t, "--addr", web, "hello")
	for _, args := range [][]string{{"query"}, {"tail"}, {"tail", "--since", "-1h"}, {"query", "--histogram"}} {
		reader, writer := pipe(t)
		reader.Close()
		p := startProcess(t, writer, append(args, "--addr", web)...)
		p.exit(t, exitDone)
		if got := p.stderr.String(); got != "" {
			t.Errorf("%q: got %q, want not a word", args, got)
		}
	}
	// Also where nothing comes that it would show.
	reader, writer := pipe(t)
	p := startProcess(t, writer, "tail", "--addr", web, "-n", "0")
	writer.Close()
	reader.Close()
	p.exit(t, exitDone)
}
