package page

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// The newcomer's way: an empty page, the lines that it shows pasted into a Python program, the first record on the
// screen without a click.
func TestNewcomer(t *testing.T) {
	python := testenv.Python(t)
	s, b := serve(t), newTab(t)
	b.open(s.url("/"))
	b.await(`document.querySelector('.teach pre')?.innerText.includes('SocketHandler("127.0.0.1", ' + ` + quoted(s.tcp[len("127.0.0.1:"):]) + `)`)
	b.await(`document.querySelectorAll('.checklist .done').length === 1`)
	lines := eval[string](b, `document.querySelector('.teach pre').textContent`)
	program := filepath.Join(t.TempDir(), "app.py")
	if err := os.WriteFile(program, []byte(lines+"logging.getLogger('shop.cart').debug('my very first record')\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(python, program).CombinedOutput(); err != nil {
		t.Fatalf("python: %v\n%s", err, out)
	}
	b.sees("my very first record")
	b.await(`!document.querySelector('.teach')`)
	b.await(`document.querySelector('[data-logger="shop.cart"]')`)
}

// Each of the other ways that the page shows is the way of some program: what it says is run as it stands.
func TestOtherWays(t *testing.T) {
	python := testenv.Python(t)
	for _, name := range []string{"curl", "logger"} {
		if _, err := exec.LookPath(name); err != nil {
			testenv.Skip(t, "needs %s", name)
		}
	}
	s, b := serve(t, "--syslog", "udp:127.0.0.1:0"), newTab(t)
	b.open(s.url("/"))
	b.await(`document.querySelectorAll('.teach [role=tab]').length >= 6`)
	lines := eval[map[string]string](b, `(async () => {
		const found = {};
		for (const tab of document.querySelectorAll('.teach [role=tab]')) {
			tab.click();
			await new Promise((done) => setTimeout(done, 50));
			found[tab.innerText] = document.querySelector('.teach pre').textContent;
		}
		return found;
	})()`)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"config.py": lines["dictConfig"] + "logging.getLogger('config').info('by dictConfig')\n",
		"app.py":    "import logging\nlogging.getLogger('app').error('by run')\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, program := range [][2]string{{"jackdaw", executable}, {"python", python}} {
		if err := os.Symlink(program[1], filepath.Join(dir, program[0])); err != nil {
			t.Fatal(err)
		}
	}
	for _, way := range []struct{ command, want string }{
		{"python config.py", "by dictConfig"}, {lines["No code"], "by run"}, {lines["curl"], "hello"}, {lines["syslog"], "myapp"},
	} {
		cmd := exec.Command("sh", "-c", way.command)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "XDG_CACHE_HOME="+dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", way.command, err, out)
		}
		b.sees(way.want)
	}
}

func TestTestRecord(t *testing.T) {
	s, b := serve(t), newTab(t)
	b.open(s.url("/"))
	b.click(".teach .button.primary")
	b.sees("jackdaw.test")
}

func shop(s *server) {
	s.log(
		line("DEBUG", "shop.cart", "cart opened", "user_id", 42),
		line("INFO", "shop.cart", "order 77 taken", "user_id", 42, "path", "/orders"),
		line("WARNING", "shop.pay", "connection refused by the bank", "attempt", 3),
		line("ERROR", "shop.pay.card", "payment failed", "user_id", 7),
		line("INFO", "auth", "anna came", "user_id", 7),
		line("INFO", "auth", "health asked", "path", "/health"),
	)
}

func TestSearch(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.open(s.url("/"))
	b.sees("anna came")
	b.search(`user_id=42`)
	b.hides("anna came")
	b.sees("order 77 taken")
	if rows := b.rows(); len(rows) != 2 {
		t.Errorf("user_id=42: got %d rows, want 2: %q", len(rows), rows)
	}
	b.await(`document.querySelector('.sum').innerText.startsWith('2 records')`)

	// A term is switched off and on again; the address keeps it.
	b.click(".chip .term")
	b.sees("anna came")
	b.await(`new URLSearchParams(location.search).get('off') === 'user_id=42'`)
	b.click(".chip.off .term")
	b.hides("anna came")

	// What comes is filtered as well.
	s.log(line("INFO", "auth", "somebody else", "user_id", 8), line("INFO", "auth", "him again", "user_id", 42))
	b.sees("him again")
	b.hides("somebody else")
}

func TestSearchSaysWhatIsWrong(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.open(s.url("/"))
	b.sees("anna came")
	b.keys("/")
	b.keys("payment level>=wrning")
	b.await(`document.querySelector('.wrong mark')?.innerText === 'wrning'`)
	b.await(`document.querySelector('.wrong').innerText.includes('warning')`)
	b.sees("anna came") // what is shown stays
}

func TestCompletion(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.open(s.url("/"))
	b.keys("/")
	b.keys("logger:shop.p")
	b.await(`[...document.querySelectorAll('#completions .text')].some((e) => e.innerText.includes('shop.pay'))`)
	b.keys(kb.ArrowDown + kb.Enter)
	b.await(`document.getElementById('search').value.startsWith('logger:shop.pay')`)
	b.keys(kb.Escape + kb.Enter)
	b.hides("anna came")
	b.sees("payment failed")

	// What is asked for while somebody types does not open when he has gone on.
	eval[bool](b, `document.activeElement.blur(), true`) // whether the Escape was the list's or the box's
	b.search("level>=warn")
	b.await(`performance.getEntriesByType('resource').at(-1).responseEnd < performance.now() - 500`)
	if open := eval[bool](b, `!document.getElementById('completions').hidden`); open {
		t.Error("completions are open, and nobody types")
	}
}

func TestNothingMatches(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.open(s.url("/?q=logger:shop+zebra"))
	b.await(`document.querySelector('.nothing')?.innerText.includes('without zebra')`)
	b.await(`document.querySelector('.nothing').innerText.includes('4 records')`)
	b.click(".nothing .button")
	b.sees("payment failed")
	b.hides("anna came")

	// What is out of range is told, too.
	b.open(s.url("/?from=2030-01-01T00:00:00Z"))
	b.await(`document.querySelector('.nothing')?.innerText.includes('6 records outside this range of time')`)
	b.click(".nothing .button")
	b.sees("payment failed")
}

func TestPermalink(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.open(s.url("/r/" + s.id("payment")))
	b.await(`document.querySelector('.detail .message')?.innerText === 'payment failed'`)
	b.await(`document.querySelector('.row.selected')?.innerText.includes('payment failed')`)
	b.sees("anna came") // it stands among the others
	b.open(s.url("/r/zz-1-0"))
	b.await(`document.querySelector('.detail')?.innerText.includes('not here')`)
}

func TestReloadKeepsTheView(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.open(s.url("/?q=logger:shop&lv=shop.cart:info&cols=user_id&tz=Asia/Tokyo&wrap=1"))
	b.sees("payment failed")
	before := b.rows()
	b.keys("k" + kb.Enter)
	b.await(`document.querySelector('.detail .message')`)
	opened, address := eval[string](b, `document.querySelector('.detail .message').innerText`), eval[string](b, "location.href")
	b.do(chromedp.Reload())
	b.await(`document.querySelector('.detail .message')?.innerText === ` + quoted(opened))
	b.sees("payment failed")
	if after := b.rows(); !slices.Equal(before, after) {
		t.Errorf("got rows %q after a reload, want %q", after, before)
	}
	if after := eval[string](b, "location.href"); after != address {
		t.Errorf("got address %s after a reload, want %s", after, address)
	}
}

func TestThresholds(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.open(s.url("/"))
	b.sees("cart opened")
	set := func(logger, level string) {
		t.Helper()
		b.await(fmt.Sprintf(`document.querySelector('[data-logger=%q] select')`, logger))
		eval[bool](b, fmt.Sprintf(`(() => { const e = document.querySelector('[data-logger=%q] select'); e.value = %q; e.dispatchEvent(new Event('change')); return true; })()`, logger, level))
	}
	set("shop", "warning") // holds below it
	b.hides("cart opened")
	b.hides("order 77 taken")
	b.sees("connection refused")
	b.sees("anna came")
	set("shop.cart", "debug") // but not where there is another
	b.sees("cart opened")
	set("auth", "off")
	b.hides("anna came")
	b.await(`new URLSearchParams(location.search).get('lv') === 'auth:off,shop:warning,shop.cart:debug'`)

	s.log(line("INFO", "shop.pay", "of no interest"), line("ERROR", "auth", "off is off"), line("DEBUG", "shop.cart", "cart closed"))
	b.sees("cart closed")
	if rows := strings.Join(b.rows(), "\n"); strings.Contains(rows, "of no interest") || strings.Contains(rows, "off is off") {
		t.Errorf("got rows below their thresholds:\n%s", rows)
	}
}

func TestPauseAndGoLive(t *testing.T) {
	s, b := serve(t), newTab(t)
	for i := range 100 {
		s.send(line("INFO", "a", fmt.Sprintf("first %d.", i)))
	}
	b.open(s.url("/"))
	b.sees("first 99.")
	if got := eval[string](b, `document.getElementById('pause').innerText.trim()`); got != "Pause" {
		t.Errorf("got a button that says %q, want Pause", got)
	}
	b.keys(" ")
	b.await(`document.getElementById('pause').innerText.trim() === 'Go live'`)
	seen := b.rows()
	for i := range 50 {
		s.send(line("INFO", "a", fmt.Sprintf("second %d.", i)))
	}
	b.await(`document.querySelector('.fresh')?.innerText.startsWith('50 new')`)
	if now := b.rows(); !slices.Equal(now, seen) {
		t.Errorf("the list moved while it was paused: got %q, want %q", now, seen)
	}
	b.keys(kb.End)
	b.sees("second 49.")
	b.await(`!document.querySelector('.fresh')`)
	s.send(line("INFO", "a", "third."))
	b.sees("third.")
	// Scrolling up pauses too.
	eval[bool](b, `(document.querySelector('.box').scrollTop = 100, true)`)
	b.await(`document.getElementById('pause').innerText.trim() === 'Go live'`)
}

func TestContext(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.open(s.url("/?q=level%3E%3Derror"))
	b.sees("payment failed")
	b.hides("anna came")
	b.keys("kc")
	b.sees("anna came")
	b.sees("connection refused")
	b.await(`document.querySelector('.row.selected')?.innerText.includes('payment failed')`)
	b.await(`document.querySelector('.chip.off .term')?.innerText === 'level>=error'`)
	b.keys(kb.Escape)
	b.hides("anna came")
	b.sees("payment failed")
}

// Who leaves the context is where he was, in the midst of a long list.
func TestContextAndBack(t *testing.T) {
	s, b := serve(t), newTab(t)
	batch := make([]rec, 600)
	for i := range batch {
		batch[i] = line([]string{"INFO", "ERROR"}[i%2], "a", fmt.Sprintf("number %d.", i))
	}
	s.log(batch...)
	b.open(s.url("/?q=level%3E%3Derror"))
	b.sees("number 599.")
	b.await(`document.getElementById('grid').getAttribute('aria-rowcount') === '301'`)
	eval[bool](b, `(document.querySelector('.box').scrollTop = 2000, true)`)
	b.await(`document.getElementById('pause').innerText.trim() === 'Go live'`)
	b.await(rowWith("number 201."))
	eval[bool](b, `([...document.querySelectorAll('.row:not([hidden])')].find((r) => r.innerText.includes('number 201.')).click(), true)`)
	b.await(`document.querySelector('.detail .message')?.innerText === 'number 201.'`)
	for _, opened := range []bool{true, false} {
		if !opened {
			b.keys(kb.Escape)
			b.await(`!document.querySelector('.detail')`)
		}
		b.keys("c")
		b.sees("number 202.")
		b.await(`document.querySelector('.row.selected')?.innerText.includes('number 201.')`)
		if b.keys(kb.Escape); opened {
			b.keys(kb.Escape) // the first one closed the record
		}
		b.hides("number 202.")
		b.await(`document.querySelector('.row.selected')?.innerText.includes('number 201.')`)
		if got := eval[string](b, `document.getElementById('pause').innerText.trim()`); got != "Go live" {
			t.Errorf("detail open %v: got a button that says %q, want Go live: the list is where it was", opened, got)
		}
	}
}

func TestHistogram(t *testing.T) {
	s, b := serve(t), newTab(t)
	old := line("INFO", "a", "an hour ago")
	old["time"] = time.Now().Add(-time.Hour).Format(time.RFC3339Nano)
	s.log(old, line("INFO", "a", "now"))
	b.open(s.url("/"))
	b.sees("an hour ago")
	b.await(`document.querySelectorAll('.bars .bar').length === 2`)
	b.keys("h" + kb.ArrowLeft + kb.Enter)
	b.hides("an hour ago")
	b.sees("now")
	b.await(`new URLSearchParams(location.search).get('from') && new URLSearchParams(location.search).get('to')`)
	b.await(`document.querySelector('.sum').innerText.startsWith('1 record')`)
	b.keys(kb.Backspace)
	b.sees("an hour ago")
}

// Everything that a reader needs goes without a pointer.
func TestKeyboard(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.open(s.url("/"))
	b.sees("anna came")
	b.keys("?")
	b.await(`document.querySelector('dialog.help[open]')`)
	b.keys(kb.Escape)
	b.await(`!document.querySelector('dialog.help')`)
	b.keys("E")
	b.await(`document.querySelector('.row.selected')?.innerText.includes('payment failed')`)
	b.keys("k")
	b.await(`document.querySelector('.row.selected').innerText.includes('connection refused')`)
	b.keys(kb.Enter)
	b.await(`document.querySelector('.detail .message')?.innerText.includes('connection refused')`)
	b.await(`document.querySelector('#grid[aria-activedescendant]')`)
	b.keys(kb.Escape)
	b.await(`!document.querySelector('.detail')`)
	b.keys("t" + kb.ArrowDown + " ")
	b.await(`new URLSearchParams(location.search).get('q') === 'logger:auth'`)
	b.hides("payment failed")
	b.keys("3")
	b.await(`new URLSearchParams(location.search).get('lv') === 'auth:warning'`)
	b.await(`document.querySelector('.nothing')`)
	b.keys("z")
	b.await(`new URLSearchParams(location.search).get('tz') === 'UTC'`)
}

// A value of a record is wanted, or not, from its detail.
func TestAttrs(t *testing.T) {
	s, b := serve(t), newTab(t)
	r := line("INFO", "a", "numbers as they are")
	s.log(r, line("INFO", "a", "other", "big", 1))
	s.send(rec{"level": "INFO", "logger": "a", "message": "exact", "attrs": map[string]any{"big": uint64(12345678901234567890), "whole": 1.0, "text": `a "b" \ c`}})
	b.open(s.url("/"))
	b.sees("exact")
	b.keys("k" + kb.Enter)
	b.await(`[...document.querySelectorAll('.pairs td')].some((e) => e.innerText === '12345678901234567890')`)
	eval[bool](b, `([...document.querySelectorAll('.pairs tr')].find((e) => e.innerText.startsWith('text')).querySelector('button').click(), true)`)
	b.hides("other")
	b.sees("exact")
}
