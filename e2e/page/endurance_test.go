package page

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

// flood lets a test send a page events as the server does, as fast as the page takes them.
const flood = `{
	const Own = EventSource;
	window.EventSource = class extends Own {
		constructor(...a) { super(...a); window.stream = this; }
	};
	let n = 0;
	const levels = ['INFO', 'INFO', 'DEBUG', 'WARNING', 'INFO', 'ERROR'], loggers = ['shop.cart', 'shop.pay', 'auth', 'worker.mail'];
	const start = Date.now();
	// flood sends so many records, as many at a time as 100 ms of 1,000 a second bring, and says what a second says besides.
	window.flood = async (records) => {
		for (const end = n + records; n < end;) {
			const batch = [];
			for (let i = 0; i < 100; i++, n++) batch.push({ id: 'flood-' + n + '-0', time: new Date(start + n).toISOString(), received: new Date(start + n).toISOString(), level: levels[n % 6], logger: loggers[n % 4],
				message: 'order ' + n + ' processed in ' + n % 900 + ' ms', attrs: { user_id: n % 50, path: '/api/orders/' + n }, host: 'web-1', process: { pid: 4242, name: 'MainProcess' }, source: { file: '/srv/shop/cart.py', line: 81 },
				...(n % 60 === 5 ? { exception: { type: 'E', message: 'no ' + n, traceback: 'Traceback (most recent call last):\n  File "/srv/shop/pay.py", line 81, in charge\nE: no ' + n } } : {}) });
			const event = (type, data, id) => stream.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data), lastEventId: id }));
			event('records', { records: batch }, batch.at(-1).id);
			if (n % 1000 === 0) {
				event('counts', { loggers: Object.fromEntries(loggers.map((l) => [l, { INFO: 250 }])), total: { INFO: 1000 } }, batch.at(-1).id);
				event('sources', { sources: [{ host: 'web-1', pid: 4242, process: 'MainProcess', connected: true, peer: 'p', first: batch[0].time, last: batch[0].time, records: n, reconnects: 0 }] }, batch.at(-1).id);
			}
			if (n % 5000 === 0) await new Promise((done) => setTimeout(done)); // and draws
		}
		return true;
	};
}`

// memory is what a page holds after its garbage was collected.
type memory struct{ heap, nodes, listeners float64 }

func (b *tab) memory() memory {
	b.t.Helper()
	m, err := chromedp.Run(b.ctx, func(ctx context.Context, t *chromedp.Target) (m memory, err error) {
		if _, err := cdp.Call(ctx, t, performance.Enable, performance.EnableParams{}); err != nil {
			return m, err
		}
		for range 2 { // the second one takes what finalizers let go of
			if _, err := cdp.Call(ctx, t, heapprofiler.CollectGarbage, struct{}{}); err != nil {
				return m, err
			}
		}
		got, err := cdp.Call(ctx, t, performance.GetMetrics, struct{}{})
		if err != nil {
			return m, err
		}
		for _, v := range got.Metrics {
			switch v.Name {
			case "JSHeapUsedSize":
				m.heap = v.Value / 1e6
			case "Nodes":
				m.nodes = v.Value
			case "JSEventListeners":
				m.listeners = v.Value
			}
		}
		return m, nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

// Eight hours of a thousand records a second, one behind the other: what the page holds does not grow with them.
func TestHeapFigures(t *testing.T) {
	total := 240_000
	if testenv.Long() {
		total = 8 * 3600 * 1000
	}
	s, b := serve(t), newTab(t)
	b.before(flood)
	s.log(line("INFO", "shop.cart", "first"))
	b.open(s.url("/"))
	b.sees("first")
	rows := [][]string{{"records", "as at 1,000/s", "heap", "DOM nodes", "listeners", "target"}}
	const points = 8
	var all []memory
	for i := range points {
		for sent := 0; sent < total/points; {
			part := min(200_000, total/points-sent)
			eval[bool](b, fmt.Sprintf(`flood(%d)`, part))
			sent += part
		}
		m := b.memory()
		all = append(all, m)
		n := (i + 1) * (total / points)
		rows = append(rows, []string{fmt.Sprint(n), (time.Duration(n) * time.Millisecond).Round(time.Second).String(), fmt.Sprintf("%.1f MB", m.heap), fmt.Sprint(m.nodes), fmt.Sprint(m.listeners), "≤ 150 MB, flat"})
	}
	b.sees(fmt.Sprintf("order %d processed", total-1))
	table(t, rows)
	// From the second point on the page has as many records as it keeps.
	first, last := all[1], all[points-1]
	heaviest := slices.MaxFunc(all, func(x, y memory) int { return int(x.heap - y.heap) })
	if heaviest.heap > 150 || last.heap > first.heap*1.3+5 {
		t.Errorf("got a heap of %.1f MB at most, of %.1f MB at first and %.1f MB at last, want 150 MB at most, and no growth", heaviest.heap, first.heap, last.heap)
	}
	if last.nodes > first.nodes+500 || last.listeners > first.listeners+200 {
		t.Errorf("got %v nodes and %v listeners at first, %v and %v at last, want no growth", first.nodes, first.listeners, last.nodes, last.listeners)
	}
}
