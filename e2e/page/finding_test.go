package page

import (
	"fmt"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// hits are the texts that are marked in the list.
func hits(b *tab, within string) []string {
	b.t.Helper()
	return eval[[]string](b, `[...document.querySelectorAll(`+quoted(within+" .hit")+`)].map((e) => e.textContent)`)
}

// What the filter looks for is marked where it is found, and stays marked when the term is switched off: that is looking without
// filtering.
func TestMarks(t *testing.T) {
	s, b := serve(t), newTab(t)
	shop(s)
	s.log(with(line("ERROR", "shop.bank", "no answer", "said", "Refused by us", "refused", 1), "exception", map[string]any{"type": "Refused", "message": "x", "traceback": trace}))
	b.open(s.url("/?q=refused"))
	b.sees("connection refused by the bank")
	b.hides("anna came")
	b.await(`document.querySelectorAll('.row:not([hidden]) .hit').length === 3`)
	if got, want := slices.Sorted(slices.Values(hits(b, ".row:not([hidden])"))), []string{"Refused", "Refused", "refused"}; !slices.Equal(got, want) {
		t.Errorf("got marks %q, want %q: not the name of an attr", got, want)
	}
	b.click(".chip .term")
	b.sees("anna came")
	b.await(`document.querySelectorAll('.row:not([hidden]) .hit').length === 3`)
	b.keys("n")
	b.await(`document.querySelector('.row.selected')?.innerText.includes('connection refused')`)
	b.keys(kb.Enter)
	b.await(`document.querySelector('.detail .message .hit')?.innerText === 'refused'`)
	b.click(".chip.off [aria-label^=remove]")
	b.await(`!document.querySelector('.hit')`)
}

// n and N go from match to match of the whole filter, also of what is switched off and far away.
func TestNextMatch(t *testing.T) {
	s, b := serve(t), newTab(t)
	const n = 2000 // more than are fetched at first
	batch := make([]rec, n)
	for i := range batch {
		batch[i] = line("INFO", "a", fmt.Sprintf("number %d.", i))
		if i%500 == 7 {
			batch[i]["message"] = fmt.Sprintf("needle %d.", i)
		}
	}
	s.log(batch...)
	b.open(s.url("/?q=logger:a&off=needle"))
	b.sees("number 1999.")
	at := func(key, want string) {
		t.Helper()
		b.keys(key)
		b.await(`document.querySelector('.row.selected')?.innerText.includes(` + quoted(want) + `)`)
	}
	at("N", "needle 1507.")
	at("N", "needle 1007.")
	at("N", "needle 507.")
	at("N", "needle 7.")
	b.keys("N")
	b.await(`document.querySelector('.note.shown')?.innerText === 'no earlier one'`)
	at("n", "needle 507.")
	at("n", "needle 1007.")
	at("j", "number 1008.")
	at("N", "needle 1007.")
	// With the detail open as well.
	b.keys(kb.Enter)
	b.await(`document.querySelector('.detail .message')?.innerText === 'needle 1007.'`)
	b.keys("N")
	b.await(`document.querySelector('.detail .message')?.innerText === 'needle 507.'`)
	b.keys("N")
	b.await(`document.querySelector('.detail .message')?.innerText === 'needle 7.'`)
	at("n", "needle 507.")
	b.await(`new URLSearchParams(location.search).get('sel') === ` + quoted(s.id("%22needle 507.%22")))
	b.keys(kb.Escape)
	at("n", "needle 1007.")
	// Where nothing is switched off every row is a match.
	b.click(".chip.off .term")
	b.hides("number")
	b.sees("needle 1507.")
	at("N", "needle 1507.")
	at("N", "needle 1007.")
}

// slow has the server take three seconds for each part of the history.
const slow = `{
	const own = fetch;
	window.fetch = async (...a) => {
		if (String(a[0]).includes('order=oldest')) await new Promise((done) => setTimeout(done, 3000));
		return own(...a);
	};
}`

// A record that is far back is shown in its place, however long the server takes to have what is around it.
func TestPermalinkOfASlowServer(t *testing.T) {
	s, b := serve(t), newTab(t)
	batch := make([]rec, 600) // more than are fetched at first
	for i := range batch {
		batch[i] = line("INFO", "a", fmt.Sprintf("number %d.", i))
	}
	s.log(batch...)
	b.before(slow)
	b.open(s.url("/r/" + s.id("%22number 5.%22")))
	b.await(`document.querySelector('.row.selected')?.innerText.includes('number 5.')`)
	b.sees("number 6.")
}

// Patterns: what records say, apart from what varies, with counts; one of them is wanted or not by a key or a click.
func TestPatterns(t *testing.T) {
	s, b := serve(t), newTab(t)
	var all []rec
	for i := range 30 {
		all = append(all, line("INFO", "shop.cart", fmt.Sprintf("order %d processed in %d ms", 1000+i, i)))
		if i%3 == 0 {
			r := with(line("WARNING", "auth", []string{"anna", "ben", "carla"}[i/3%3]+" was refused"), "source", map[string]any{"file": "/srv/auth.py", "line": 7})
			all = append(all, r)
		}
	}
	s.log(append(all, line("ERROR", "shop.pay", `<b>no</b> "answer" of 10.0.0.1`))...)
	b.open(s.url("/"))
	b.sees("order 1029")
	b.keys("p")
	b.await(`document.querySelectorAll('.patterns tbody tr').length === 3`)
	rows := eval[[]string](b, `[...document.querySelectorAll('.patterns tbody tr')].map((r) => [...r.querySelectorAll('.n, .level, .logger, .template')].map((e) => e.innerText).join(' '))`)
	want := []string{"30 I shop.cart order * processed in * ms", "10 W auth * was refused", `1 E shop.pay <b>no</b> "*" of *`}
	if !slices.Equal(rows, want) {
		t.Errorf("got patterns %q, want %q", rows, want)
	}
	b.await(`document.querySelector('.patterns [role=status]').innerText === '3 patterns of all 41 records'`)
	b.do(chromedp.Reload())
	b.await(`document.querySelectorAll('.patterns tbody tr').length === 3`)
	b.painted()

	// Without the first one, by the keyboard.
	eval[bool](b, `(document.querySelector('.patterns tbody tr').focus(), true)`)
	b.keys("-")
	b.await(`document.querySelectorAll('.patterns tbody tr').length === 2`)
	eval[bool](b, `(document.querySelector('.patterns tbody tr').focus(), true)`)
	b.keys("j")
	b.await(`document.activeElement.innerText.includes('shop.pay')`)
	b.keys("k" + kb.Enter)
	b.await(`!document.querySelector('.patterns')`)
	b.sees("carla was refused")
	b.await(`document.querySelector('.sum').innerText.startsWith('10 records')`)
	b.hides("order 1029")
	if got := len(b.rows()); got != 10 {
		t.Errorf("got %d rows, want the 10 of the pattern", got)
	}
	b.keys("p")
	b.await(`document.querySelectorAll('.patterns tbody tr').length === 1`)
	b.keys(kb.Escape)
	b.await(`!document.querySelector('.patterns')`)
}
