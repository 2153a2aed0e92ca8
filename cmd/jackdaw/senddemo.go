package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// defaultDemo is how many records --demo sends in a second, maxDemo how many at most.
	defaultDemo = 10
	maxDemo     = 100_000
	// demoEvery is how often it sends.
	demoEvery = 100 * time.Millisecond
)

// demoRate reads the rate of --demo, which may stand behind it as an argument.
func demoRate(text string, args []string) (rate int, err error) {
	if len(args) == 1 && text == strconv.Itoa(defaultDemo) {
		text, args = args[0], nil
	}
	rate, err = strconv.Atoi(text)
	if err != nil || rate < 1 || rate > maxDemo || len(args) > 0 {
		return 0, usagef("--demo: want a number of records a second, 1 to %s, and nothing else", count(maxDemo))
	}
	return rate, nil
}

// sendDemo sends the records of a shop until ctx ends.
func (p *program) sendDemo(ctx context.Context, to *address, rate int) error {
	w := lineSender{to: to}
	d := demoShop{rand: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))}
	if err := w.send(ctx, []record.Record{d.record(time.Now())}); err != nil {
		return err
	}
	p.note("sending %s a second to %s %s; Ctrl-C ends it", of(rate, "record"), to.network, to.value)
	start := time.Now()
	for tick := time.Tick(demoEvery); ; {
		select {
		case <-ctx.Done():
			p.note("sent %s", of(w.sent, "record"))
			return w.close(nil)
		case now := <-tick:
			var batch []record.Record
			due := uint64(now.Sub(start).Seconds() * float64(rate))
			for len(batch) < maxSendBatch*10 && w.sent+uint64(len(batch)) < due {
				batch = append(batch, d.record(now))
			}
			if err := w.send(ctx, batch); err != nil && ctx.Err() == nil {
				return w.close(err)
			}
		}
	}
}

// demoShop is a shop that is not there, with a few processes, customers, and troubles.
type demoShop struct {
	rand  *rand.Rand
	order int
}

// demoKind is a kind of record that the shop logs, so often in a thousand.
type demoKind struct {
	often   int
	logger  string
	level   slog.Level
	source  slog.Source
	process record.Process
	write   func(d *demoShop, r *record.Record)
}

var (
	demoWeb    = record.Process{PID: 4242, Name: "MainProcess"}
	demoWorker = record.Process{PID: 811, Name: "worker-1"}
)

// demoKinds are what happens in the shop; what is left of a thousand is the first one.
var demoKinds = []demoKind{
	{0, "shop.web", record.LevelInfo, slog.Source{Function: "log_request", File: "/srv/shop/web.py", Line: 88}, demoWeb, (*demoShop).request},
	{180, "shop.db", record.LevelDebug, slog.Source{Function: "execute", File: "/srv/shop/db.py", Line: 41}, demoWeb, (*demoShop).query},
	{140, "shop.cart", record.LevelInfo, slog.Source{Function: "checkout", File: "/srv/shop/cart.py", Line: 112}, demoWeb, (*demoShop).checkout},
	{90, "worker.mail", record.LevelInfo, slog.Source{Function: "send", File: "/srv/shop/mail.py", Line: 27}, demoWorker, (*demoShop).mail},
	{60, "auth", record.LevelInfo, slog.Source{Function: "login", File: "/srv/shop/auth.py", Line: 19}, demoWeb, (*demoShop).login},
	{25, "auth", record.LevelWarning, slog.Source{Function: "login", File: "/srv/shop/auth.py", Line: 24}, demoWeb, (*demoShop).refused},
	{20, "shop.db", record.LevelWarning, slog.Source{Function: "execute", File: "/srv/shop/db.py", Line: 47}, demoWeb, (*demoShop).slow},
	{15, "worker.mail", record.LevelWarning, slog.Source{Function: "send", File: "/srv/shop/mail.py", Line: 35}, demoWorker, (*demoShop).retry},
	{12, "shop.pay", record.LevelError, slog.Source{Function: "charge", File: "/srv/shop/pay.py", Line: 18}, demoWeb, (*demoShop).declined},
	{5, "shop.web", record.LevelError, slog.Source{Function: "handle", File: "/srv/shop/web.py", Line: 61}, demoWeb, (*demoShop).failed},
	{1, "shop.db", record.LevelCritical, slog.Source{Function: "connect", File: "/srv/shop/db.py", Line: 12}, demoWeb, (*demoShop).exhausted},
}

// record returns what happens next.
func (d *demoShop) record(now time.Time) record.Record {
	kind := &demoKinds[0]
	at := d.rand.IntN(1000)
	for i := range demoKinds {
		if at -= demoKinds[i].often; at < 0 {
			kind = &demoKinds[i]
			break
		}
	}
	r := record.Record{
		Time: now.Add(-time.Duration(d.rand.Int64N(int64(demoEvery)))), Level: kind.level, Logger: kind.logger, Source: kind.source,
		Process: kind.process, Thread: record.Thread{ID: uint64(140_000 + d.rand.IntN(4)), Name: "Thread-" + strconv.Itoa(1+d.rand.IntN(4))},
	}
	if kind.process == demoWeb {
		r.Process.PID += d.rand.IntN(2)
	}
	kind.write(d, &r)
	return r
}

func (d *demoShop) pick(words ...string) string { return words[d.rand.IntN(len(words))] }
func (d *demoShop) user() slog.Attr             { return slog.Int("user_id", 100+d.rand.IntN(40)) }
func (d *demoShop) took() slog.Attr {
	return slog.Float64("took_ms", float64(10+int(d.rand.ExpFloat64()*400))/10)
}

func (d *demoShop) request(r *record.Record) {
	path := d.pick("/", "/search", "/cart", "/item/17", "/item/204", "/checkout", "/health", "/health")
	status := 200
	if d.rand.IntN(30) == 0 {
		status = 404
	}
	r.Message = fmt.Sprintf("%s %s %d", d.pick("GET", "GET", "GET", "POST"), path, status)
	r.Attrs = []slog.Attr{slog.String("path", path), slog.Int("status", status), d.took(), d.user()}
}

func (d *demoShop) query(r *record.Record) {
	r.Message = d.pick("SELECT … FROM items WHERE id = %s", "SELECT … FROM carts WHERE user_id = %s", "UPDATE stock SET left = left - 1 WHERE item = %s")
	r.Attrs = []slog.Attr{slog.Int("rows", d.rand.IntN(20)), d.took()}
}

func (d *demoShop) checkout(r *record.Record) {
	d.order++
	total := float64(499+d.rand.IntN(20_000)) / 100
	r.Message = fmt.Sprintf("order %d: %d items, %.2f €", 67_000+d.order, 1+d.rand.IntN(5), total)
	r.Attrs = []slog.Attr{slog.Int("order_id", 67_000+d.order), slog.Float64("total", total), d.user()}
}

func (d *demoShop) mail(r *record.Record) {
	r.Message = fmt.Sprintf("confirmation of order %d sent", 67_000+d.order)
	r.Attrs = []slog.Attr{slog.Int("order_id", 67_000+d.order), d.took()}
}

func (d *demoShop) login(r *record.Record) {
	r.Message, r.Attrs = "login", []slog.Attr{d.user(), slog.String("ip", fmt.Sprintf("192.0.2.%d", 1+d.rand.IntN(60)))}
}

func (d *demoShop) refused(r *record.Record) {
	r.Message = fmt.Sprintf("wrong password, attempt %d", 1+d.rand.IntN(5))
	r.Attrs = []slog.Attr{d.user(), slog.String("ip", fmt.Sprintf("198.51.100.%d", 1+d.rand.IntN(6)))}
}

func (d *demoShop) slow(r *record.Record) {
	ms := 1000 + d.rand.IntN(4000)
	r.Message = fmt.Sprintf("slow query: %d ms\n  SELECT … FROM items JOIN stock USING (item)\n  WHERE name ILIKE %%s ORDER BY sold DESC", ms)
	r.Attrs = []slog.Attr{slog.Int("took_ms", ms), slog.String("table", "items")}
}

func (d *demoShop) retry(r *record.Record) {
	r.Message = "connection refused: mail.example:25; trying again"
	r.Attrs = []slog.Attr{slog.Int("attempt", 1+d.rand.IntN(3))}
}

func (d *demoShop) declined(r *record.Record) {
	r.Message = "payment failed"
	r.Attrs = []slog.Attr{slog.Int("order_id", 67_000+d.order), d.user()}
	why := d.pick("card declined", "card expired", "amount over the limit")
	r.Exception = &record.Exception{Type: "ValueError", Message: why, Traceback: "Traceback (most recent call last):\n" +
		"  File \"/srv/shop/pay.py\", line 15, in charge\n    answer = gateway.charge(card, total)\n" +
		"  File \"/srv/venv/lib/python3.12/site-packages/gateway/client.py\", line 204, in charge\n    return self._post(\"/charges\", body)\n" +
		"  File \"/srv/shop/pay.py\", line 10, in check\n    raise ValueError(\"" + why + "\")\nValueError: " + why}
}

func (d *demoShop) failed(r *record.Record) {
	path := d.pick("/checkout", "/search")
	r.Message = "unhandled exception in POST " + path
	r.Attrs = []slog.Attr{slog.String("path", path), slog.Int("status", 500), d.user()}
	r.Exception = &record.Exception{Type: "shop.errors.CheckoutError", Message: "no answer from stock", Traceback: "Traceback (most recent call last):\n" +
		"  File \"/srv/shop/stock.py\", line 33, in reserve\n    return pool.get(timeout=2)\nTimeoutError: timed out after 2 s\n\n" +
		"The above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n" +
		"  File \"/srv/shop/web.py\", line 58, in handle\n    return view(request)\n" +
		"  File \"/srv/shop/cart.py\", line 120, in checkout\n    raise CheckoutError(\"no answer from stock\") from e\nshop.errors.CheckoutError: no answer from stock"}
}

func (d *demoShop) exhausted(r *record.Record) {
	r.Message, r.Attrs = "no connection to the database left", []slog.Attr{slog.Int("pool", 20)}
}
