package page

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// patience bounds every wait. It is no measure of speed: a test that runs into it would have waited for ever.
const patience = testenv.Patience

// browser is one Chromium for all tests, started by the first one that needs it.
type browser struct {
	once  sync.Once
	ctx   context.Context
	end   []context.CancelFunc
	error error
}

// chromium is where Chromium is: what JACKDAW_CHROMIUM names, or where Debian puts it.
func chromium() (string, error) {
	names := []string{"/usr/bin/chromium", "chromium", "google-chrome"}
	if name := os.Getenv("JACKDAW_CHROMIUM"); name != "" {
		names = []string{name}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium on the PATH, nor named by JACKDAW_CHROMIUM")
}

func (b *browser) start(path string) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1440, 900), chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")) // nothing is asked of anybody else
	ctx, end := chromedp.NewExecAllocator(context.Background(), options...)
	b.end = append(b.end, end)
	b.ctx, end = chromedp.NewContext(ctx)
	b.end = append(b.end, end)
	b.error = chromedp.Do(b.ctx)
}

func (b *browser) stop() {
	for i := len(b.end) - 1; i >= 0; i-- {
		b.end[i]()
	}
}

// tab is a tab of the browser, with nothing kept from another.
type tab struct {
	t   testing.TB
	ctx context.Context
}

// watch notes what a page must not do: errors that nobody takes, and what its policy forbids.
const watch = `window.wrong = [];
addEventListener('error', (e) => wrong.push('error: ' + e.message));
addEventListener('unhandledrejection', (e) => wrong.push('rejection: ' + (e.reason?.stack ?? e.reason)));
addEventListener('securitypolicyviolation', (e) => wrong.push('policy: ' + e.violatedDirective + ' ' + e.blockedURI));`

func newTab(t testing.TB) *tab {
	t.Helper()
	path, err := chromium()
	if err != nil {
		testenv.Skip(t, "%v", err)
	}
	shared.once.Do(func() { shared.start(path) })
	if shared.error != nil {
		t.Fatalf("start %s: %v", path, shared.error)
	}
	ctx, end := chromedp.NewContext(shared.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	b := &tab{t, ctx}
	b.do(chromedp.EmulateViewport(1440, 900))
	b.before(watch)
	t.Cleanup(func() {
		if t.Failed() {
			return
		}
		if wrong := eval[[]string](b, "window.wrong ?? []"); len(wrong) > 0 {
			t.Errorf("the page went wrong: %s", strings.Join(wrong, "\n"))
		}
	})
	return b
}

// before has a script run in each page that is opened, before its own.
func (b *tab) before(script string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		return err
	}))
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if len(b.t.Name()) > 0 && chromedp.FromContext(b.ctx).Target == nil {
		ctx = b.ctx // the first one makes the tab, which would end with a shorter context
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("browser: %v", err)
	}
}

// open goes to an address and waits until the page has answers.
func (b *tab) open(address string) {
	b.t.Helper()
	b.do(chromedp.Navigate(address))
	b.await(`document.querySelector('.status, .teach')`)
	b.painted()
}

// painted waits until the page was painted: keys that come before go nowhere.
func (b *tab) painted() {
	b.t.Helper()
	eval[bool](b, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
}

// scheme asks the page for dark or light colours.
func (b *tab) scheme(name string) {
	b.t.Helper()
	b.wish(&emulation.MediaFeature{Name: "prefers-color-scheme", Value: name})
}

// wish asks the page for what people set in their system, and for nothing else.
func (b *tab) wish(features ...*emulation.MediaFeature) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return err
	}))
}

// eval returns the value of an expression of JavaScript, a promise's when it is kept.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("evaluate %.200s: %v", expression, err)
	}
	return v
}

// await waits until a condition in JavaScript holds. It does not as long as it throws: what it asks of may not be there yet.
func (b *tab) await(condition string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	wait := `new Promise((done, failed) => {
		const holds = () => {
			try {
				return ` + condition + `;
			} catch {
				return false;
			}
		};
		const look = () => {
			const is = holds();
			if (is instanceof Promise) failed(new Error('a promise is no condition'));
			else if (is) done(true);
			else setTimeout(look, 20);
		};
		look();
	})`
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](wait, chromedp.EvalAwaitPromise)); err != nil {
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		defer cancel()
		text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + " rows " + document.getElementById("grid")?.getAttribute("aria-rowcount") + '\n' + document.body.innerText.slice(0, 3000) + '\n' + window.wrong?.join('\n')`))
		b.t.Fatalf("waited for %s: %v; the page is\n%s", condition, err, text)
	}
}

// rows returns the text of the rows that are seen.
func (b *tab) rows() []string {
	b.t.Helper()
	return eval[[]string](b, `[...document.querySelectorAll('.row.record:not([hidden])')].map((r) => [r, Number(r.getAttribute('aria-rowindex'))]).sort((a, b) => a[1] - b[1]).map(([r]) => r.innerText)`)
}

// sees waits until a row has a text; hides until none has.
func (b *tab) sees(text string) {
	b.t.Helper()
	b.await(rowWith(text))
}

func (b *tab) hides(text string) {
	b.t.Helper()
	b.await(`!` + rowWith(text))
}

func rowWith(text string) string {
	return `[...document.querySelectorAll('.row.record:not([hidden])')].some((r) => r.innerText.includes(` + quoted(text) + `))`
}

func quoted(text string) string {
	b, _ := json.Marshal(text) // a string has JSON
	return string(b)
}

// keys presses keys: letters, or those of package kb. A key that the page takes for itself writes no letter, as with a
// real keyboard; chromedp's own KeyEvent writes it all the same.
func (b *tab) keys(keys string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		for _, r := range keys {
			all := kb.Encode(r)
			if len(all) == 3 {
				all[0].Text = all[1].Text
				all = []*input.DispatchKeyEventParams{all[0], all[2]}
			}
			for _, k := range all {
				if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, *k); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// search types a filter and waits until it is the view's.
func (b *tab) search(filter string) {
	b.t.Helper()
	b.keys("/")
	b.await(`document.activeElement?.id === 'search'`)
	b.keys(filter)
	b.await(`document.getElementById('search').value === ` + quoted(filter))
	b.keys(kb.Escape)
	b.keys(kb.Enter)
	b.await(`new URLSearchParams(location.search).get('q') === ` + quoted(filter))
	b.keys(kb.Escape)
}

func (b *tab) click(selector string) {
	b.t.Helper()
	b.await(`document.querySelector(` + quoted(selector) + `)`)
	eval[bool](b, `(document.querySelector(`+quoted(selector)+`).click(), true)`)
}
