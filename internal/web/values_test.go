package web_test

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/storetest"
	"github.com/jackdaw-log/jackdaw/internal/web"
	"github.com/jackdaw-log/jackdaw/record"
)

// plainly asks and fails unless the answer is the expected text.
func plainly(t *testing.T, h http.Handler, want, path string, params ...string) {
	t.Helper()
	v := url.Values{}
	for i := 0; i < len(params); i += 2 {
		v.Add(params[i], params[i+1])
	}
	if _, _, got := get(h, path+"?"+v.Encode(), nil); strings.TrimSuffix(got, "\n") != strings.TrimSuffix(want, "\n") {
		t.Errorf("%s %q: got %s, want %s", path, params, got, want)
	}
}

// known is a store whose attrs and loggers are known.
type known struct{ store.Reader }

func (k known) Values(ctx context.Context, q store.ValuesQuery) (*store.Values, error) {
	all := map[string][]store.Value{
		"":       {{Text: "user_id", Records: 3}, {Text: "odd name", Records: 1}},
		"logger": {{Text: "shop.pay", Records: 2}, {Text: "shop cart", Records: 1}},
		"city":   {{Text: "San José", Records: 2}, {Text: "Oslo", Records: 1}},
	}
	v := &store.Values{Complete: true}
	for _, value := range all[q.Name] {
		if strings.HasPrefix(strings.ToLower(value.Text), strings.ToLower(q.Prefix)) {
			v.Values = append(v.Values, value)
		}
	}
	return v, nil
}

func TestValues(t *testing.T) {
	o := options(nil, false)
	o.Store = known{}
	h := web.New(o)
	plainly(t, h, `{"values":[{"value":"San José","records":2}],"complete":true}`, "/api/values", "name", "city", "prefix", "san")
	plainly(t, h, `{"values":[],"complete":true}`, "/api/values", "name", "nothing")

	plainly(t, h, `{"from":0,"to":3,"items":[{"text":"user_id:","kind":"name","records":3}]}`, "/api/complete", "q", "use", "at", "3")
	plainly(t, h, `{"from":4,"to":5,"items":[{"text":"level:","kind":"name"},{"text":"logger:","kind":"name"},{"text":"line:","kind":"name"},{"text":"levelno:","kind":"name"},{"text":"levelname:","kind":"name"}]}`,
		"/api/complete", "q", "ünd l x", "at", "5")
	plainly(t, h, `{"from":4,"to":5,"items":[{"text":"OR","kind":"word"},{"text":"\"odd name\":","kind":"name","records":1}]}`, "/api/complete", "q", "ünd o x", "at", "5")
	plainly(t, h, `{"from":5,"to":6,"items":[{"text":"\"San José\"","kind":"value","records":2}]}`, "/api/complete", "q", "city:s", "at", "6")
	plainly(t, h, `{"from":7,"to":8,"items":[{"text":"shop.pay","kind":"logger","records":2},{"text":"\"shop cart\"","kind":"logger","records":1}]}`, "/api/complete", "q", "logger:s")
	plainly(t, h, `{"from":7,"to":8,"items":[{"text":"warning","kind":"level"}]}`, "/api/complete", "q", "level>=w")
	plainly(t, h, `{"from":6,"to":8,"items":[{"text":"today","kind":"time"}]}`, "/api/complete", "q", "since:to")
	plainly(t, h, `{"error":{"message":"at: got \"9\", want a number from 0 to 3"}}`, "/api/complete", "q", "abc", "at", "9")

	plainly(t, h, `{"ok":true,"canonical":"shop level\u003ewarning","texts":[{"parts":["shop"]}]}`, "/api/check", "q", "shop  level:\u003ewarning")
	plainly(t, h, `{"ok":true,"canonical":"","texts":[]}`, "/api/check")
	plainly(t, h, `{"ok":true,"canonical":"ti*out \"a b\" OR path:/x+/i -no user=7","texts":[{"parts":["ti","out"]},{"parts":["a b"]},{"name":"path","regexp":"x+","ignore_case":true}]}`,
		"/api/check", "q", `ti*out "a b" OR path:/x+/i -no user=7`)
	plainly(t, h, `{"error":{"message":"this quote has no end; put another \" where the phrase ends, or \\\" here to look for a quote","column":3,"length":1}}`, "/api/check", "q", `a "b`)
}

func TestExport(t *testing.T) {
	h := api(t)
	plainly(t, h, `{"id":"z-1-1","time":"2026-11-22T12:00:10.000000000Z","level":"DEBUG","logger":"shop.cart","message":"one <b>"}`+"\n"+
		`{"id":"z-5-1","time":"2026-11-22T12:00:50.000000000Z","level":"INFO","logger":"authority","message":"five"}`, "/api/export", "q", "one OR five")
	plainly(t, h, "message,user_id,user,time\nfour,,a b,2026-11-22T13:00:40.000000000+01:00\ntwo connection refused,42,,2026-11-22T13:00:20.000000000+01:00\n", "/api/export",
		"format", "csv", "q", "four OR two", "fields", "message,user_id,user,time", "order", "newest", "tz", "Europe/Paris")
	_, header, body := get(h, "/api/export?format=text&q=four", nil)
	if !strings.Contains(body, "CRITICAL auth: four user=\"a b\"\n") {
		t.Errorf("text: got %q", body)
	}
	if d := header.Get("Content-Disposition"); !strings.HasPrefix(d, `attachment; filename="jackdaw-2`) || !strings.HasSuffix(d, `.log"`) {
		t.Errorf("Content-Disposition: got %s", d)
	}
	plainly(t, h, `{"error":{"message":"fields: they are for format=csv"}}`, "/api/export", "fields", "a")
	plainly(t, h, `{"error":{"message":"format: got \"xml\", want json, csv or text"}}`, "/api/export", "format", "xml")
}

// What a record says is no formula in a spreadsheet, and does not leave its cell.
func TestExportIsHarmless(t *testing.T) {
	ref := new(storetest.Reference)
	messages := []string{`=cmd|' /C calc'!A0`, "@x", "+1+2", "-4.5", "a,\"b\"\nc", "\tx", ""}
	for i, m := range messages {
		if err := ref.Handle(t.Context(), []record.Record{{ID: record.ID{Epoch: 1, Sequence: uint64(i)}, Time: noon, Message: m}}); err != nil {
			t.Fatal(err)
		}
	}
	o := options(nil, false)
	o.Store = ref
	_, _, body := get(web.New(o), "/api/export?format=csv&fields=message,%3Dx", nil)
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"message", `'=cmd|' /C calc'!A0`, "'@x", "'+1+2", "-4.5", "a,\"b\"\nc", "'\tx", ""}
	for i, row := range rows {
		if row[0] != want[i] {
			t.Errorf("row %d: got %q, want %q", i, row[0], want[i])
		}
	}
	if len(rows) != len(want) || rows[0][1] != "'=x" {
		t.Errorf("got %q", rows)
	}
}

// breaking is a store that has one page and then fails.
type breaking struct{ store.Reader }

func (breaking) Page(_ context.Context, q store.PageQuery) (*store.Page, error) {
	if q.After != nil {
		return nil, errors.New("the disk is gone")
	}
	r := record.Record{ID: record.ID{Epoch: 1}, Message: strings.Repeat("x", 1<<16)}
	at := store.PlaceOf(&r)
	return &store.Page{Records: []record.Record{r}, Next: &at}, nil
}

// An export that cannot go on is broken off, so that nobody takes it for the whole.
func TestExportBreaksOff(t *testing.T) {
	o := options(nil, false)
	o.Store = breaking{}
	s := httptest.NewServer(web.New(o))
	defer s.Close()
	for _, accept := range []string{"identity", "gzip"} {
		req, _ := http.NewRequest(http.MethodGet, s.URL+"/api/export", nil)
		req.Header.Set("Accept-Encoding", accept)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			continue // at once
		}
		n, err := resp.Body.Read(make([]byte, 1))
		for err == nil {
			n, err = resp.Body.Read(make([]byte, 1<<16))
		}
		if err == nil || err.Error() == "EOF" {
			t.Errorf("%s: got the end after %d bytes, want an error", accept, n)
		}
		resp.Body.Close()
	}
}

func TestServer(t *testing.T) {
	h := api(t)
	plainly(t, h, `{"version":"1","host":"h","pid":42,"started":"2026-11-22T10:41:41Z","data":true,"store":true,"listening":[{"network":"tcp","address":"127.0.0.1:9020","what":"Python"}],"connections":1,"first_record":true,"rejects":[{"time":"2026-11-22T10:41:41Z","receiver":"tcp","peer":"10.0.0.1:5","reason":"foreign protocol","looks_like":"a TLS hello","hint":"no TLS here"}]}`, "/api/server")
	plainly(t, h, `{"sources":[]}`, "/api/sources")
}

// A test record is sent by who may, and by no page from elsewhere.
func TestTest(t *testing.T) {
	h := api(t)
	f := func(want int, change func(*http.Request)) {
		t.Helper()
		status, _, body := get(h, "/api/test", change)
		if status != want {
			t.Errorf("got %d %s, want %d", status, body, want)
		}
	}
	post := func(name, value string) func(*http.Request) {
		return func(req *http.Request) {
			req.Method = http.MethodPost
			req.Header.Set(name, value)
		}
	}
	f(http.StatusNoContent, post("Sec-Fetch-Site", "same-origin"))
	f(http.StatusNoContent, post("User-Agent", "curl"))
	f(http.StatusForbidden, post("Sec-Fetch-Site", "cross-site"))
	f(http.StatusForbidden, post("Origin", "http://evil.example"))
	f(http.StatusMethodNotAllowed, nil)
	h = web.New(options(errors.New("full"), false))
	f(http.StatusServiceUnavailable, post("Sec-Fetch-Site", "same-origin"))
}

// The configuration is read again for who may, and for no page from elsewhere; what is wrong with it is said.
func TestReload(t *testing.T) {
	o := options(nil, false)
	f := func(want int, text, name, value string) {
		t.Helper()
		status, _, body := get(web.New(o), "/api/reload", func(req *http.Request) {
			req.Method = http.MethodPost
			req.Header.Set(name, value)
		})
		if status != want || !strings.Contains(body, text) {
			t.Errorf("got %d %s, want %d and %s", status, body, want, text)
		}
	}
	f(http.StatusNotImplemented, "nothing to reload", "User-Agent", "curl")
	called := 0
	o.Reload = func(ctx context.Context) ([]string, error) {
		called++
		return []string{"handler a: new", "logger b: changed"}, ctx.Err()
	}
	f(http.StatusOK, `{"changed":["handler a: new","logger b: changed"]}`, "User-Agent", "curl")
	f(http.StatusForbidden, "another origin", "Sec-Fetch-Site", "cross-site")
	f(http.StatusForbidden, "another origin", "Origin", "http://evil.example")
	if called != 1 {
		t.Errorf("reloaded %d times, want once", called)
	}
	leave, left := context.WithCancel(t.Context())
	o.Reload = func(ctx context.Context) ([]string, error) {
		left()
		return []string{"all the same"}, ctx.Err()
	}
	status, _, body := get(web.New(o), "/api/reload", func(req *http.Request) {
		req.Method = http.MethodPost
		*req = *req.WithContext(leave)
	})
	if status != http.StatusOK || !strings.Contains(body, "all the same") {
		t.Errorf("who asked has left: got %d %q, want it done all the same", status, body)
	}
	o.Reload = func(context.Context) ([]string, error) { return nil, errors.New("a.yaml:1:2: no\na.yaml:3:4: no") }
	f(http.StatusUnprocessableEntity, `"a.yaml:1:2: no\na.yaml:3:4: no"`, "User-Agent", "curl")
	o.Permit = func(string) bool { return false }
	f(http.StatusUnauthorized, "token", "User-Agent", "curl")
}

// A page from elsewhere makes the server work for nothing, unless somebody follows its link.
func TestForeignPages(t *testing.T) {
	h := api(t)
	f := func(want int, site, mode string) {
		t.Helper()
		status, _, body := get(h, "/api/records", func(req *http.Request) {
			req.Header.Set("Sec-Fetch-Site", site)
			req.Header.Set("Sec-Fetch-Mode", mode)
		})
		if status != want {
			t.Errorf("%s, %s: got %d %s, want %d", site, mode, status, body, want)
		}
	}
	f(http.StatusOK, "same-origin", "cors")
	f(http.StatusOK, "none", "navigate")
	f(http.StatusOK, "cross-site", "navigate")
	f(http.StatusForbidden, "cross-site", "no-cors")
	f(http.StatusForbidden, "same-site", "cors")
}

// A browser gets a cookie for its token, and is let in by that.
func TestLogin(t *testing.T) {
	o := options(nil, false)
	o.Store = shelf(t)
	o.Permit = func(authorization string) bool { return authorization == "Bearer a;b" }
	h := web.New(o)
	if status, _, _ := get(h, "/api/records", nil); status != http.StatusUnauthorized {
		t.Errorf("without a token: got %d", status)
	}
	if status, header, _ := get(h, "/login?token=wrong", nil); status != http.StatusUnauthorized || header.Get("Set-Cookie") != "" {
		t.Errorf("a wrong token: got %d, %v", status, header)
	}
	status, header, _ := get(h, "/login?token=a%3Bb", nil)
	c, err := http.ParseSetCookie(header.Get("Set-Cookie"))
	if status != http.StatusSeeOther || header.Get("Location") != "/" || err != nil || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure {
		t.Fatalf("got %d, %v", status, header)
	}
	with := func(req *http.Request) { req.AddCookie(c) }
	for _, path := range []string{"/api/records", "/api/stats", "/api/server"} {
		if status, _, body := get(h, path, with); status != http.StatusOK {
			t.Errorf("%s with the cookie: got %d %s", path, status, body)
		}
	}
	c.Value = "x!"
	if status, _, _ := get(h, "/api/records", with); status != http.StatusUnauthorized {
		t.Errorf("another cookie: got %d", status)
	}
	if status, header, _ := get(api(t), "/login", nil); status != http.StatusSeeOther || header.Get("Set-Cookie") != "" {
		t.Errorf("where no token is needed: got %d, %v", status, header)
	}
}
