package page

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestPictures makes the pictures of docs/pictures, where JACKDAW_PICTURES names that folder:
//
//	JACKDAW_PICTURES=$PWD/../docs/pictures go test -run Pictures ./page
func TestPictures(t *testing.T) {
	dir := os.Getenv("JACKDAW_PICTURES")
	if dir == "" {
		return
	}
	s, b := serveAt(t, t.TempDir(), "127.0.0.1:9024", "127.0.0.1:9020"), newTab(t)
	take := func(name string) {
		t.Helper()
		<-time.After(400 * time.Millisecond) // of transitions
		picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	size := func(width, height int64, scale float64) {
		t.Helper()
		b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: scale})
			return err
		}))
	}
	size(1280, 800, 1.25)
	b.scheme("light")
	b.open(s.url("/"))
	b.await(`document.querySelectorAll('.checklist .done').length === 1`)
	take("empty")

	believable(s)
	b.sees("order 71")
	random := rand.New(rand.NewPCG(7, 8))
	for i := range 40 {
		s.send(one(random, 1900+i, time.Now()))
		<-time.After(40 * time.Millisecond)
	}
	s.send(failure(order(71998, time.Now()), 1998))
	for i := range 5 {
		s.send(one(random, 1941+i, time.Now()))
	}
	s.send(order(71999, time.Now()))
	b.sees("71999")
	b.await(`document.querySelector('.sum').innerText.includes('errors')`)
	<-time.After(2500 * time.Millisecond) // the counts settle
	take("light")
	b.scheme("dark")
	take("dark")
	b.keys("E" + kb.Enter)
	b.await(`document.querySelector('.detail .frames')`)
	b.scheme("light")
	take("detail")
	b.keys(kb.Escape)
	b.open(s.url("/?q=logger:shop+level%3E%3Dwarning&off=-path:/health&lv=auth:off&cols=user_id"))
	b.sees("declined")
	b.keys("k")
	take("search")
	b.open(s.url("/?show=patterns&tz=UTC"))
	b.await(`document.querySelector('.patterns tbody tr')`)
	take("patterns")
	size(390, 720, 1.5)
	b.scheme("dark")
	b.open(s.url("/"))
	b.sees("71999")
	<-time.After(time.Second)
	take("narrow")
}

func order(n int, at time.Time) rec {
	r := line("INFO", "shop.cart", fmt.Sprintf("order %d processed in %d ms", n, 40+n*37%900), "user_id", n%90, "path", "/orders")
	return with(r, "time", at.Format(time.RFC3339Nano), "host", "web-1", "process", map[string]any{"pid": 4242, "name": "MainProcess"})
}

// believable logs half an hour of a shop.
func believable(s *server) {
	s.t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	now := time.Now()
	var all []rec
	for i := range 1800 {
		at := now.Add(time.Duration(i-1800) * time.Second)
		// Trade comes and goes; for some minutes the bank does not answer.
		trouble := i > 1150 && i < 1320
		for range 1 + random.IntN(3+i%400/100) {
			at = at.Add(time.Duration(random.IntN(300)) * time.Millisecond)
			r := one(random, i, at)
			if trouble && random.IntN(3) == 0 {
				r = failure(order(70000+i, at), i)
			}
			all = append(all, r)
		}
	}
	s.log(all...)
}

// one is a record of a shop on a usual day.
func one(random *rand.Rand, i int, at time.Time) rec {
	names := []string{"anna", "ben", "carla", "dora"}
	web := map[string]any{"pid": 4242, "name": "MainProcess"}
	mail := map[string]any{"pid": 811, "name": "worker"}
	r := order(70000+i, at)
	switch k := random.IntN(100); {
	case k < 3:
		return failure(r, i)
	case k < 8:
		r = with(line("WARNING", "shop.pay", fmt.Sprintf("no answer of the bank, retry %d", 1+k%3), "attempt", 1+k%3, "bank", "visa"), "host", "web-1", "process", web)
	case k < 30:
		r = with(line("DEBUG", "auth.session", "session renewed", "user_id", random.IntN(90)), "host", "web-1", "process", web)
	case k < 36:
		r = with(line("INFO", "worker.mail", fmt.Sprintf("sent to %s@example.org", names[k%4]), "took", 0.125*float64(k)), "host", "web-2", "process", mail)
	case k < 40:
		r = with(line("INFO", "auth", fmt.Sprintf("%s signed in", names[k%4])), "host", "web-1", "process", web, "source", map[string]any{"function": "enter", "file": "/srv/shop/auth.py", "line": 52})
	}
	return with(r, "time", at.Format(time.RFC3339Nano))
}

func failure(r rec, i int) rec {
	return with(r, "level", "ERROR", "logger", "shop.pay.card", "message", "payment failed",
		"attrs", map[string]any{"user_id": i % 90, "order": 70000 + i, "amount": 59.0},
		"source", map[string]any{"function": "charge", "file": "/srv/shop/pay.py", "line": 81},
		"exception", map[string]any{"type": "PaymentError", "message": "card declined", "traceback": trace})
}

const trace = `Traceback (most recent call last):
  File "/srv/shop/bank.py", line 33, in ask
    return session.post(URL, json=order, timeout=2)
  File "/usr/lib/python3.12/site-packages/requests/sessions.py", line 637, in post
    return self.request("POST", url, data=data, json=json, **kwargs)
  File "/usr/lib/python3.12/site-packages/requests/adapters.py", line 713, in send
    raise ReadTimeout(e, request=request)
requests.exceptions.ReadTimeout: read timed out (read timeout=2)

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/shop/views.py", line 118, in checkout
    pay.charge(order)
  File "/srv/shop/pay.py", line 81, in charge
    raise PaymentError("card declined") from error
PaymentError: card declined`
