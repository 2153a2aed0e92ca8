package page

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// The server is stopped and comes back: the page goes on by itself, with every record once.
func TestReconnect(t *testing.T) {
	s, b := serve(t), newTab(t)
	number := 0
	some := func(s *server) {
		for range 20 {
			number++
			s.send(line("INFO", "a", fmt.Sprintf("number %d.", number)))
		}
	}
	some(s)
	b.open(s.url("/"))
	b.sees("number 20.")
	for round := range 2 {
		s.stop()
		b.await(`document.querySelector('.state.away')`)
		s = serveAt(t, s.data, s.web, s.tcp)
		some(s) // perhaps before the page is back
		b.await(`document.querySelector('.state.live')`)
		some(s)
		b.sees(fmt.Sprintf("number %d.", number))
		got := numbers(b)
		if len(got) != number || !slices.IsSorted(got) {
			t.Errorf("round %d: got the rows %v, want 1 to %d once each", round, got, number)
		}
	}
}

var numbered = regexp.MustCompile(`number (\d+)\.`)

// numbers returns the numbers in all rows of a list, in their order, by scrolling through it.
func numbers(b *tab) (found []int) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(1440, 4000)) // as many rows as there are
	defer b.do(chromedp.EmulateViewport(1440, 900))
	b.await(`document.querySelectorAll('.row:not([hidden])').length === Number(document.getElementById('grid').getAttribute('aria-rowcount')) - 1`)
	for _, row := range b.rows() {
		if m := numbered.FindStringSubmatch(row); m != nil {
			n := 0
			for _, c := range m[1] {
				n = n*10 + int(c-'0')
			}
			found = append(found, n)
		}
	}
	return found
}

// What a stranger logs does nothing but be there.
func TestHostile(t *testing.T) {
	s, b := serve(t), newTab(t)
	many := map[string]any{}
	for i := range 500 {
		many[fmt.Sprintf("attr%03d", i)] = strings.Repeat("v", i)
	}
	const script = `<img src=x onerror="window.taken=1"><script>window.taken=1</script>`
	s.log(
		with(line("INFO", script, script, script, script), "host", script, "process", map[string]any{"pid": 1, "name": script},
			"exception", map[string]any{"type": script, "message": script, "traceback": "Traceback (most recent call last):\n  File \"" + script + "\", line 1, in " + script + "\n    " + script + "\nE: " + script}),
		line("ERROR", "ansi", "\x1b[31mred\x1b[0m \x1b[2J\x1b]0;title\x07 bell\x00nul"),
		line("INFO", "marks", "user \u202etxt.exe\u202c and \u2066isolate\u2069 and zero\u200bwidth"),
		line("INFO", "lines", "first\nsecond\r\nthird\u2028fourth"),
		line("INFO", strings.Repeat("deep.", 100)+"end", "a deep logger"),
		line("WARNING", "big", "begin "+strings.Repeat("x", 1<<20)+" end"),
		with(line("INFO", "many", "five hundred attrs"), "attrs", many),
		line("INFO", "odd", "", "", 1, "a.b", map[string]any{"": nil}, "__proto__", "x", "constructor", "y"),
		line("INFO", "__proto__", "a name of JavaScript's"),
	)
	b.open(s.url("/"))
	b.sees("a name of JavaScript's")
	b.sees("U+202E")
	b.sees("first↵second↵third")
	b.sees("␛[2J")
	if eval[bool](b, `window.taken === 1`) {
		t.Fatal("a record ran a script")
	}
	if n := eval[int](b, `document.querySelectorAll('#page img, #page script').length`); n != 0 {
		t.Errorf("got %d elements that a record made, want none", n)
	}
	if got := eval[string](b, `document.title`); got != "jackdaw" {
		t.Errorf("got title %q, want jackdaw", got)
	}
	b.await(`document.querySelector('[data-logger="__proto__"] .counts')?.title.includes('INFO 1')`)
	// Each of them can be opened, too.
	b.keys(kb.Home + "j" + kb.Enter)
	for i := range 9 {
		b.await(`document.querySelector('.detail .pairs')`)
		if i == 5 {
			b.await(`document.querySelector('.detail').innerText.includes('more characters')`)
		}
		b.keys("j")
	}
	b.await(`document.querySelector('.detail').innerText.includes("a name of JavaScript's")`)
	if eval[bool](b, `window.taken === 1`) {
		t.Fatal("a record's detail ran a script")
	}
	b.do(chromedp.Reload()) // with what is open in the address
	b.await(`document.querySelector('.detail .message')`)
}

func TestManyEqual(t *testing.T) {
	s, b := serve(t), newTab(t)
	const n = 40_000
	equal := make([]rec, 0, n/8)
	for range n / 8 {
		equal = append(equal, line("INFO", "loop", "again"))
	}
	b.open(s.url("/"))
	for range 8 {
		s.log(equal...)
	}
	s.log(line("INFO", "loop", "and out"))
	b.sees("and out")
	b.await(`document.querySelector('.row:not([hidden]) .times:not(:empty)')?.innerText.startsWith('×')`)
	b.await(`document.querySelector('[data-logger="loop"] .counts')?.title.includes('INFO 40,001')`)
	b.await(`document.querySelector('.sum')?.innerText.startsWith('40,001 records')`)
	if rows := len(b.rows()); rows > 20 {
		t.Errorf("got %d rows, want equal records in one, but for gaps between them", rows)
	}
}

// A gap is told with its number, and loaded when asked for.
func TestGap(t *testing.T) {
	s, b := serve(t), newTab(t)
	s.send(line("INFO", "a", "before"))
	b.open(s.url("/"))
	b.sees("before")
	const n = 30_000 // far more than a viewer is sent in a moment
	for part := range 6 {
		batch := make([]rec, n/6)
		for i := range batch {
			batch[i] = line("DEBUG", "flood", fmt.Sprintf("flood %d.", part*n/6+i))
		}
		s.send(batch...)
	}
	b.await(`document.querySelector('[data-logger="flood"] .counts')?.title.includes('DEBUG 30,000')`)
	b.await(`document.querySelector('.sum').innerText.startsWith('30,001 records')`)
	rows := `Number(document.getElementById('grid').getAttribute('aria-rowcount'))`
	before := eval[int](b, rows)
	if before > n {
		t.Fatalf("got %d rows, want a gap among them", before)
	}
	b.await(`(() => { const box = document.querySelector('.box'); if (document.querySelector('.row.gap:not([hidden]) .load')) return true; box.scrollTop -= 600; return false; })()`)
	missing := eval[string](b, `document.querySelector('.row.gap:not([hidden]) .message').innerText`)
	if !regexp.MustCompile(`^[\d,]+ records not shown`).MatchString(missing) {
		t.Errorf("got a gap that says %q, want how many records it is", missing)
	}
	b.click(".row.gap:not([hidden]) .load")
	b.await(fmt.Sprintf(`%s > %d`, rows, before+100))
}

// Who has no token sees how to give one, and nothing else.
func TestToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte("a-token-of-the-test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, b := serve(t, "--token-file", file), newTab(t)
	b.open(s.url("/?q=level%3E%3Derror"))
	b.await(`document.querySelector('.token input')`)
	eval[bool](b, `(document.querySelector('.token input').focus(), true)`)
	b.keys("a-token-of-the-test" + kb.Enter)
	b.do(chromedp.WaitReady(chromedp.CSS(".state.live"))) // of the next page
	if cookies := eval[string](b, `document.cookie`); cookies != "" {
		t.Errorf("a script can read %q, want nothing", cookies)
	}
}

// What is shown can be saved, in each form.
func TestExport(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.open(s.url("/?q=logger:shop&lv=shop.cart:info&cols=user_id"))
	b.sees("payment failed")
	b.click("#export")
	for name, want := range map[string]string{"JSON lines": `"message":"payment failed"`, "CSV": "payment failed,7", "text": "payment failed"} {
		got := eval[string](b, `fetch([...document.querySelectorAll('.saving a')].find((a) => a.innerText === `+quoted(name)+`).href).then((r) => r.ok ? r.text() : r.text().then((t) => 'error ' + t))`)
		if !strings.Contains(got, want) || strings.Contains(got, "anna") || strings.Contains(got, "cart opened") {
			t.Errorf("%s: got %q, want %q in it, and nothing that is not shown", name, got, want)
		}
	}
}

// axe-core finds nothing to say, in both schemes, whatever is open.
func TestAccessible(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join("..", "javascript", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		testenv.Skip(t, "needs axe-core: npm ci --prefix e2e/javascript")
	}
	s := serve(t)
	check := func(t *testing.T, b *tab, what string) {
		t.Helper()
		found := eval[[]string](b, `(async () => { if (!window.axe) {`+string(axe)+`}
			const { violations } = await axe.run(document, { resultTypes: ['violations'] });
			return violations.flatMap((v) => v.nodes.map((n) => v.id + ': ' + n.html.slice(0, 200) + ' ' + n.failureSummary)); })()`)
		for _, text := range found {
			t.Errorf("%s: %s", what, text)
		}
	}
	for _, scheme := range []string{"light", "dark"} {
		t.Run("empty, "+scheme, func(t *testing.T) {
			b := newTab(t)
			b.scheme(scheme)
			b.open(s.url("/"))
			b.await(`document.querySelector('.teach pre')`)
			check(t, b, "empty")
		})
	}
	shop(s)
	r := line("ERROR", "shop.pay", "declined")
	r["exception"] = map[string]any{"traceback": "Traceback (most recent call last):\n  File \"/srv/pay.py\", line 1, in charge\n    f()\n  File \"/usr/lib/python3/site-packages/x.py\", line 2, in f\nValueError: no"}
	s.log(r)
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1440, 600} {
			t.Run(fmt.Sprintf("%s, %d wide", scheme, width), func(t *testing.T) {
				b := newTab(t)
				b.scheme(scheme)
				b.do(chromedp.EmulateViewport(width, 900))
				b.open(s.url("/?q=logger:shop&off=user_id%3D7&lv=auth:off&cols=user_id"))
				b.sees("declined")
				check(t, b, "list")
				b.keys("p")
				b.await(`document.querySelector('.patterns tbody tr')`)
				check(t, b, "patterns")
				b.keys("p")
				b.sees("declined")
				b.keys("E" + kb.Enter)
				b.await(`document.querySelector('.detail .frames')`)
				check(t, b, "detail")
				b.keys(kb.Escape + "?")
				b.await(`document.querySelector('dialog.help[open]')`)
				check(t, b, "help")
				b.keys(kb.Escape)
				b.click("#range")
				b.await(`document.querySelector('.range .popover')`)
				check(t, b, "range")
				b.keys(kb.Escape + "t")
				check(t, b, "tree")
				b.keys(kb.Escape + "/level>=wrn")
				b.await(`document.querySelector('.wrong')`)
				check(t, b, "an error")
				b.open(s.url("/?q=zebra"))
				b.await(`document.querySelector('.nothing li')`)
				check(t, b, "nothing")
			})
		}
	}
}

// On a small screen, and where it is zoomed, nothing stands beyond the edge; loggers and details are drawers.
func TestNarrow(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	for _, width := range []int64{360, 720} {
		b.do(chromedp.EmulateViewport(width, 800))
		b.open(s.url("/"))
		b.sees("anna came")
		if over := eval[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("%d wide: the page is %d pixels wider", width, over)
		}
		b.click(".drawer-button")
		b.await(`document.querySelector('.side').getBoundingClientRect().left === 0`)
		b.keys(kb.Escape)
		b.await(`document.querySelector('.side').getBoundingClientRect().right <= 0`)
		b.keys("k" + kb.Enter)
		b.await(`document.querySelector('.detail')?.getBoundingClientRect().width === innerWidth`)
		b.keys(kb.Escape)
		b.await(`!document.querySelector('.detail')`)
	}
}

// What a page of another origin may not: be framed, or make this one do something.
func TestPolicy(t *testing.T) {
	s, b := serve(t), newTab(t)
	b.open(s.url("/"))
	for _, attack := range []string{
		`document.body.innerHTML = '<b>x</b>'`,
		`document.body.appendChild(document.createElement('script')).text = 'window.taken = 1'`,
	} {
		failed := eval[bool](b, `(() => { try { `+attack+`; return false; } catch { return true; } })()`)
		if !failed {
			t.Errorf("%s: got no error, want one of the policy", attack)
		}
	}
	if eval[bool](b, `window.taken === 1`) {
		t.Error("an inline script ran")
	}
	b.await(`wrong.filter((what) => what.startsWith('policy: ')).length === 2`) // these were asked for
	eval[bool](b, `(window.wrong = [], true)`)
}

// Pages that were left hold no connection: a browser has six for a server, and keeps what was left for its back button.
func TestManyPages(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	for i := range 8 {
		b.open(s.url(fmt.Sprintf("/?cols=c%d", i)))
		b.sees("anna came")
		b.await(`document.querySelector('.state.live') && document.querySelector('.sum').innerText.startsWith('6 records')`)
	}
	// Back in one of them it is live again. What is asked of the page that goes has no answer: the browser is asked.
	eval[bool](b, `(setTimeout(() => history.back()), true)`)
	testenv.Await(t, "the page before", func() bool {
		been, err := chromedp.Run(b.ctx, chromedp.NavigationEntries())
		if err != nil {
			t.Fatal(err)
		}
		return strings.HasSuffix(been.Entries[been.CurrentIndex].URL, "?cols=c6")
	})
	b.await(`location.search === '?cols=c6'`)
	s.send(line("INFO", "a", "while it was away"))
	b.sees("while it was away")
}

// veil lets a test say whether somebody looks at the page, and lets half a minute go by at once.
const veil = `{
	let hidden = false;
	Object.defineProperty(document, 'hidden', { get: () => hidden });
	window.look = (yes) => { hidden = !yes; return document.dispatchEvent(new Event('visibilitychange')); };
	const own = setTimeout;
	window.setTimeout = (f, ms, ...a) => own(f, ms === 30000 ? 0 : ms, ...a);
}`

// A page that nobody looks at lets go of its connection, and has all that came meanwhile, once, when somebody does.
func TestHiddenPage(t *testing.T) {
	s, b := serve(t), newTab(t)
	b.before(veil)
	viewers := func(want int) {
		t.Helper()
		eval[bool](b, fmt.Sprintf(`(async () => {
			while ((await (await fetch('/api/stats')).json()).viewers.now !== %d) await new Promise((done) => setTimeout(done, 20));
			return true;
		})()`, want))
	}
	s.log(line("INFO", "a", "before"))
	b.open(s.url("/"))
	b.sees("before")
	viewers(1)
	eval[bool](b, `look(false)`)
	b.await(`document.querySelector('.state.hidden')`)
	viewers(0)
	const n = 300 // more than a page begins with
	meanwhile := make([]rec, n)
	for i := range meanwhile {
		meanwhile[i] = line("ERROR", "a", fmt.Sprintf("meanwhile %d.", i))
	}
	s.log(meanwhile...)
	eval[bool](b, `look(true)`)
	b.sees("meanwhile 299.")
	b.await(`document.querySelector('.state.live')`)
	viewers(1)
	s.log(line("INFO", "a", "after"))
	b.sees("after")
	b.await(`document.getElementById('grid').getAttribute('aria-rowcount') === '303'`) // with that of the names
	b.await(`document.querySelector('.sum').innerText === '302 records, 300 errors'`)
	b.await(`/INFO 2\b/.test(document.querySelector('[data-logger="a"] .counts').title) && /ERROR 300\b/.test(document.querySelector('[data-logger="a"] .counts').title)`)
}

// A part of the page that is fetched when it is wanted is fetched again, where the server did not answer the first time.
func TestPartsComeLate(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.open(s.url("/"))
	b.sees("anna came")
	s.stop()
	b.await(`document.querySelector('.state.away')`)
	b.keys("k" + kb.Enter)
	b.await(`document.querySelector('.failed[role=alert]')?.innerText.includes('was not loaded')`)
	serveAt(t, s.data, s.web, s.tcp)
	b.await(`document.querySelector('.state.live')`)
	b.keys(kb.Escape + kb.Enter)
	b.await(`document.querySelector('.detail .message')?.innerText`)
	b.keys(kb.Escape + "p")
	b.await(`document.querySelector('.patterns tbody tr')`)
}

// What the system asks for holds: no motion, and its own colours.
func TestSystemWishes(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.wish(&emulation.MediaFeature{Name: "prefers-reduced-motion", Value: "reduce"}, &emulation.MediaFeature{Name: "forced-colors", Value: "active"})
	b.open(s.url("/"))
	b.sees("anna came")
	if moving := eval[[]string](b, `[...document.querySelectorAll('*')].filter((e) => getComputedStyle(e).transitionDuration !== '0s' || getComputedStyle(e).animationName !== 'none').map((e) => e.className)`); len(moving) > 0 {
		t.Errorf("got %q moving, want nothing", moving)
	}
	b.keys("k")
	b.await(`getComputedStyle(document.querySelector('.row.selected')).outlineStyle === 'solid'`)
}
