package page

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// Who connects and says nothing, and who sends something else, is told what may be wrong.
func TestHints(t *testing.T) {
	s, b := serve(t), newTab(t)
	b.open(s.url("/"))
	b.await(`document.querySelector('.teach pre')`)
	conn, err := net.Dial("tcp", s.tcp)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	b.await(`document.querySelectorAll('.checklist .done').length === 2`)
	b.await(`document.querySelector('.hints').innerText.includes('setLevel(logging.DEBUG)')`) // after five seconds
	other, err := net.Dial("tcp", s.tcp)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	b.await(`/looks like .*HTTP/.test(document.querySelector('.hints').innerText)`)
	tls, err := net.Dial("tcp", s.tcp)
	if err != nil {
		t.Fatal(err)
	}
	defer tls.Close()
	if _, err := tls.Write([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")); err != nil {
		t.Fatal(err)
	}
	b.await(`/looks like .*TLS/.test(document.querySelector('.hints').innerText)`)
}

// twice logs, closes its connection as dictConfig does, and logs again.
const twice = `
import logging, logging.handlers, sys
def handler():
    return logging.handlers.SocketHandler("127.0.0.1", int(sys.argv[1]))
log = logging.getLogger("twice")
for n in range(3):
    h = handler()
    log.addHandler(h)
    log.error("round %d", n)
    sys.stdin.readline()
    log.removeHandler(h)
    h.close()
`

// A source is a process, however often it connects.
func TestSources(t *testing.T) {
	s, b := serve(t), newTab(t)
	b.open(s.url("/"))
	cmd := exec.Command(testenv.Python(t), "-c", twice, s.tcp[strings.LastIndexByte(s.tcp, ':')+1:])
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		b.sees(fmt.Sprintf("round %d", n))
		if n > 0 {
			b.await(fmt.Sprintf(`document.querySelector('.source .ago').innerText.includes('↻%d')`, n))
		}
		b.await(`document.querySelector('.source .dot.on')`)
		fmt.Fprintln(stdin)
	}
	if got := eval[[]string](b, `[...document.querySelectorAll('.source .pid')].map((e) => e.innerText)`); !slices.Equal(got, []string{fmt.Sprintf("pid %d", cmd.Process.Pid)}) {
		t.Errorf("got sources %q, want that of pid %d alone", got, cmd.Process.Pid)
	}
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	b.await(`document.querySelector('.source .dot.gone')`)

	// A click shows what it logged, and nothing else.
	s.log(line("INFO", "other", "of another"))
	b.sees("of another")
	b.click(".source")
	b.hides("of another")
	b.sees("round 2")
}

// A program that came three times, and was gone before anybody looked, is told of as one that ran while somebody did.
func TestSourceBeforeThePage(t *testing.T) {
	s, b := serve(t), newTab(t)
	cmd := exec.Command(testenv.Python(t), "-c", twice, s.tcp[strings.LastIndexByte(s.tcp, ':')+1:])
	cmd.Stdin = strings.NewReader("\n\n\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	b.open(s.url("/"))
	b.sees("round 2")
	b.await(`document.querySelector('.source .dot.gone') && document.querySelector('.source .ago').innerText.includes('↻2')`)
}

// The tree: only a logger with all below it, or all without it; placeholders; counts that include what is below.
func TestTree(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.open(s.url("/"))
	b.sees("anna came")
	b.await(`document.querySelector('[data-logger="shop"].placeholder') && !document.querySelector('[data-logger="shop.pay"].placeholder')`)
	b.await(`document.querySelector('[data-logger="shop.pay"] .errors').innerText === '1'`) // of shop.pay.card
	b.click(`[data-logger="shop.pay"] .label`)
	b.hides("anna came")
	b.sees("payment failed")
	b.sees("connection refused")
	b.click(`[data-logger="shop.pay"] .label`)
	b.sees("anna came")
	b.click(`[data-logger="shop.pay"] .acts button`)
	b.hides("payment failed")
	b.sees("anna came")
	b.click(`[data-logger="shop.pay"] .acts button`)
	b.sees("payment failed")
	b.click(`[data-logger="shop"] .twist`)
	b.await(`!document.querySelector('[data-logger="shop.pay"]')`)
}

// A column of its own for an attr, from the detail and away again.
func TestColumns(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	b.open(s.url("/"))
	b.sees("anna came")
	b.keys("k" + kb.Enter)
	b.await(`document.querySelector('.pairs [aria-label="a column for path"]')`)
	b.click(`.pairs [aria-label="a column for path"]`)
	b.await(`[...document.querySelectorAll('.row:not([hidden]) .column')].some((e) => e.innerText === '/orders')`)
	b.await(`new URLSearchParams(location.search).get('cols') === 'path'`)
	b.click(`.headings [aria-label="no column for path"]`)
	b.await(`!document.querySelector('.row .column')`)
}

// A range of time, written as people do, and in another zone; a chip removes it.
func TestRange(t *testing.T) {
	s, b := serve(t), newTab(t)
	s.log(with(line("INFO", "a", "long ago"), "time", "2020-02-03T04:05:06.789Z"), line("INFO", "a", "now"))
	b.open(s.url("/"))
	b.sees("long ago")
	b.click("#range")
	fill := func(n int, text string) {
		t.Helper()
		b.await(fmt.Sprintf(`document.querySelectorAll('.fields input')[%d]`, n))
		eval[bool](b, fmt.Sprintf(`(document.querySelectorAll('.fields input')[%d].select(), true)`, n))
		b.keys(text)
	}
	fill(0, "2020-02-03 13:00")
	fill(1, "2020-02-03 13:10")
	fill(2, "Asia/Tokyo"+kb.Enter)
	b.hides("now")
	b.sees("long ago")
	b.sees("13:05:06")
	b.await(`document.querySelector('.state.ended')`)
	b.click(`[aria-label="remove the range of time"]`)
	b.sees("now")
	b.click("#range")
	b.await(`[...document.querySelectorAll('.presets button')].some((e) => e.innerText === 'last 5 minutes')`)
	eval[bool](b, `([...document.querySelectorAll('.presets button')].find((e) => e.innerText === 'last 5 minutes').click(), true)`)
	b.hides("long ago")
	b.sees("now")
	b.await(`document.querySelector('.state.live')`)
	b.search("now")
	b.click(".chips .link") // all of it, the range too
	b.sees("long ago")
	b.await(`!document.querySelector('.chips')`)
}

// Who drags across the histogram sees that stretch of time alone.
func TestDragZoom(t *testing.T) {
	s, b := serve(t), newTab(t)
	s.log(with(line("INFO", "a", "first"), "time", "2020-02-03T04:00:00Z"), with(line("INFO", "a", "second"), "time", "2020-02-03T04:30:00Z"), with(line("INFO", "a", "third"), "time", "2020-02-03T05:00:00Z"))
	b.open(s.url("/?from=2020-02-03T04:00:00Z&to=2020-02-03T05:01:00Z"))
	b.sees("third")
	b.await(`document.querySelectorAll('.bars .bar').length === 3`)
	box := eval[[]float64](b, `(() => { const r = document.querySelector('.bars').getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()`)
	mouse := func(kind input.DispatchMouseEventType, share float64) {
		t.Helper()
		b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: kind, X: box[0] + box[2]*share, Y: box[1] + box[3]/2, Button: "left", Buttons: 1, ClickCount: 1})
			return err
		}))
	}
	mouse("mousePressed", 0.3)
	mouse("mouseMoved", 0.5)
	mouse("mouseMoved", 0.7)
	mouse("mouseReleased", 0.7)
	b.hides("first")
	b.hides("third")
	b.sees("second")
}

// Marks of the reader, and frames of libraries folded or not.
func TestMarkAndFold(t *testing.T) {
	s, b := serve(t), newTab(t)
	s.log(failure(line("ERROR", "a", "failed"), 1))
	b.open(s.url("/"))
	b.sees("payment failed")
	b.keys("m")
	b.await(`document.querySelector('.row.mark:not([hidden])')?.innerText.includes('marked at')`)
	b.keys("E" + kb.Enter)
	b.await(`document.querySelector('.detail .folded')?.innerText.includes('2 frames in libraries')`)
	if got := eval[string](b, `document.querySelector('.row.selected').innerText`); !strings.Contains(got, "PaymentError: card declined") || !strings.Contains(got, "pay.py:81") {
		t.Errorf("got the row %q, want the last line of the traceback and the innermost own frame", got)
	}
	b.await(`document.querySelector('.detail .then').innerText.includes('direct cause')`)
	b.keys("f")
	b.await(`!document.querySelector('.detail .folded') && document.querySelector('.detail').innerText.includes('adapters.py:713')`)
}
