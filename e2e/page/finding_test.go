package page

import (
	"fmt"
	"slices"
	"testing"

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
	// Where nothing is switched off every row is a match.
	b.click(".chip.off .term")
	b.hides("number")
	b.sees("needle 1507.")
	at("N", "needle 1507.")
	at("N", "needle 1007.")
}
