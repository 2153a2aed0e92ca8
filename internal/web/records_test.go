package web_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/storetest"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/web"
	"github.com/jackdaw-log/jackdaw/record"
)

// noon is when the first record of shelf was logged.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// shelf returns a store of records, ten seconds from one to the next, which no test changes.
func shelf(t *testing.T) store.Reader {
	t.Helper()
	var batch []record.Record
	add := func(level slog.Level, logger, message string, attrs ...slog.Attr) {
		n := len(batch)
		batch = append(batch, record.Record{
			ID: record.ID{Epoch: 35, Sequence: uint64(n), Index: 1}, Time: noon.Add(time.Duration(n) * 10 * time.Second), Level: level, Logger: logger, Message: message, Attrs: attrs,
		})
	}
	add(0, "shop.cart", "zero")
	add(-4, "shop.cart", "one <b>")
	add(4, "shop.pay", "two connection refused", slog.Int("user_id", 42))
	add(8, "shop.pay.card", "three")
	add(12, "auth", "four", slog.String("user", "a b"))
	add(0, "authority", "five")
	add(0, "root", "six")
	ref := new(storetest.Reference)
	if err := ref.Handle(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	return ref
}

func api(t *testing.T) http.Handler {
	o := options(nil, false)
	o.Store = shelf(t)
	return web.New(o)
}

// ask asks for a path with parameters and returns the answer as plain values.
func ask(t *testing.T, h http.Handler, path string, params ...string) (status int, answer map[string]any) {
	t.Helper()
	v := url.Values{}
	for i := 0; i < len(params); i += 2 {
		v.Add(params[i], params[i+1])
	}
	status, header, body := get(h, path+"?"+v.Encode(), nil)
	if err := json.Unmarshal([]byte(body), &answer); err != nil || !strings.HasPrefix(header.Get("Content-Type"), "application/json") {
		t.Fatalf("%s: got %d %q, want JSON: %v", path, status, body, err)
	}
	return status, answer
}

// words returns the first words of the messages of records.
func words(records any) string {
	var list []string
	for _, r := range records.([]any) {
		word, _, _ := strings.Cut(r.(map[string]any)["message"].(string), " ")
		list = append(list, word)
	}
	return strings.Join(list, " ")
}

func TestRecords(t *testing.T) {
	h := api(t)
	f := func(want string, params ...string) {
		t.Helper()
		status, a := ask(t, h, "/api/records", params...)
		if status != http.StatusOK || words(a["records"]) != want {
			t.Errorf("%q: got %d %v, want %s", params, status, a, want)
		}
	}
	f("six five four three two one zero")
	f("zero one two three four five six", "order", "oldest")
	f("three two", "q", "logger:shop level>=warning")
	f("two", "q", "user_id=42")
	f("two one", "from", "2026-11-22T12:00:10Z", "to", "2026-11-22T12:00:30Z")
	f("two one", "from", "2026-11-22 13:00:10", "to", "2026-11-22 13:00:30", "tz", "Europe/Paris")
	f("six five four three two one zero", "from", "2026-11-22", "to", "2026-11-22", "tz", "UTC")
	f("six five four two one zero", "lv", "shop.pay.card:critical")
	f("six five three two one zero", "lv", "auth:off")
	f("four three two", "lv", "root:warning")
	f("four three two one zero", "lv", "root:warning,shop.cart:debug")
	f("six five four two", "lv", "shop:off,shop.pay:info,shop.pay.card:off")
	f("two", "lv", "root:off,SHOP.pay:info", "q", "-three")
	f("six five four three two one zero", "lv", `odd\,name\:x:off`)
	f("", "q", "nothing")

	var seen []string
	cursor := []string{}
	for {
		_, a := ask(t, h, "/api/records", append([]string{"limit", "3"}, cursor...)...)
		seen = append(seen, words(a["records"]))
		next, ok := a["next"].(string)
		if !ok {
			break
		}
		cursor = []string{"cursor", next}
	}
	if got := strings.Join(seen, "|"); got != "six five four|three two one|zero" {
		t.Errorf("by cursor: got %s", got)
	}
	_, _, body := get(h, "/api/records?q=one", nil)
	if want := `{"records":[{"id":"z-1-1","time":"2026-11-22T12:00:10.000000000Z","level":"DEBUG","logger":"shop.cart","message":"one \u003cb\u003e"}]}` + "\n"; body != want {
		t.Errorf("got %s, want %s", body, want)
	}
}

func TestAround(t *testing.T) {
	h := api(t)
	f := func(id, want string, params ...string) {
		t.Helper()
		status, a := ask(t, h, "/api/records/"+id, params...)
		if status != http.StatusOK {
			t.Fatalf("%s: got %d %v", id, status, a)
		}
		got := words(a["before"]) + "|" + words([]any{a["record"]}) + "|" + words(a["after"])
		if got != want {
			t.Errorf("%s %q: got %s, want %s", id, params, got, want)
		}
	}
	f("z-3-1", "|three|")
	f("z-3-1", "one two|three|four five", "before", "2", "after", "2")
	f("z-3-1", "zero one|three|", "before", "2", "after", "2", "q", "logger:shop.cart")
	if status, a := ask(t, h, "/api/records/z-9-1"); status != http.StatusNotFound || a["error"] == nil {
		t.Errorf("an id that is not there: got %d %v, want 404", status, a)
	}
}

func TestCounts(t *testing.T) {
	h := api(t)
	f := func(want, path string, params ...string) {
		t.Helper()
		v := url.Values{}
		for i := 0; i < len(params); i += 2 {
			v.Add(params[i], params[i+1])
		}
		if _, _, got := get(h, path+"?"+v.Encode(), nil); got != want+"\n" {
			t.Errorf("%s %q: got %s, want %s", path, params, got, want)
		}
	}
	f(`{"loggers":[{"logger":"shop.cart","counts":{"DEBUG":1,"INFO":1}},{"logger":"shop.pay","counts":{"WARNING":1}},{"logger":"shop.pay.card","counts":{"ERROR":1}}],"total":{"DEBUG":1,"ERROR":1,"INFO":1,"WARNING":1}}`,
		"/api/count", "q", "logger:shop")
	f(`{"loggers":[],"total":{}}`, "/api/loggers", "q", "nothing")
	f(`{"from":"2026-11-22T12:00:00Z","to":"2026-11-22T12:01:05Z","width":1,"buckets":[{"time":"2026-11-22T12:00:30Z","counts":{"ERROR":1}},{"time":"2026-11-22T12:00:40Z","counts":{"CRITICAL":1}}],"timeless":{}}`,
		"/api/histogram", "q", "level>=error", "to", "2026-11-22T12:01:05Z")
	f(`{"from":"2026-11-22T12:00:00Z","to":"2026-11-22T12:01:30Z","width":30,"buckets":[{"time":"2026-11-22T12:00:00Z","counts":{"DEBUG":1,"INFO":1,"WARNING":1}},{"time":"2026-11-22T12:00:30Z","counts":{"CRITICAL":1,"ERROR":1,"INFO":1}},{"time":"2026-11-22T12:01:00Z","counts":{"INFO":1}}],"timeless":{}}`,
		"/api/histogram", "width", "30s")
	f(`{"from":"2026-11-22T12:00:00Z","to":"2026-11-22T12:01:15Z","width":15,"buckets":[{"time":"2026-11-22T12:00:30Z","counts":{"ERROR":1}}],"timeless":{}}`,
		"/api/histogram", "buckets", "5", "q", "three")
	f(`{"from":"2026-11-22T12:00:05Z","to":"2026-11-22T12:00:35Z","width":20,"buckets":[{"time":"2026-11-22T12:00:05Z","counts":{"DEBUG":1,"WARNING":1}},{"time":"2026-11-22T12:00:25Z","counts":{"ERROR":1}}],"timeless":{}}`,
		"/api/histogram", "from", "2026-11-22T12:00:05Z", "to", "2026-11-22T12:00:35Z", "width", "20s")
}

// A store without a record has no range.
func TestHistogramOfNothing(t *testing.T) {
	o := options(nil, false)
	o.Store = new(storetest.Reference)
	if _, _, body := get(web.New(o), "/api/histogram", nil); body != `{"from":null,"to":null,"width":1,"buckets":[],"timeless":{}}`+"\n" {
		t.Errorf("got %s", body)
	}
}

// What is not understood is an error that says what would be right, and a filter's says where.
func TestHostileParameters(t *testing.T) {
	h := api(t)
	f := func(status int, text, path string, params ...string) {
		t.Helper()
		got, a := ask(t, h, path, params...)
		e, _ := a["error"].(map[string]any)
		if message, _ := e["message"].(string); got != status || !strings.Contains(message, text) {
			t.Errorf("%s %.200q: got %d %v, want %d with %q", path, params, got, a, status, text)
		}
	}
	f(400, "did you mean order?", "/api/records", "oder", "newest")
	f(400, "there is q, lv", "/api/records", "\x00<script>", "1")
	f(400, "given 2 times", "/api/records", "q", "a", "q", "b")
	f(400, "want newest or oldest", "/api/records", "order", "NEWEST")
	for _, limit := range []string{"0", "-1", "10001", "1e3", "99999999999999999999", "0x10", " 1"} {
		f(400, "want a number from 1 to 10000", "/api/records", "limit", limit)
	}
	for _, cursor := range []string{"x", "~", "1~z", strings.Repeat("9", 50) + "~1-1-1", "1~z-1-1-1"} {
		f(400, "take the next of an answer", "/api/records", "cursor", cursor)
	}
	for _, zone := range []string{"../../etc/passwd", "/etc/passwd", "Nowhere/Town", strings.Repeat("a", 100)} {
		f(400, "is unknown", "/api/records", "tz", zone)
	}
	f(400, "is no time", "/api/records", "from", "soon")
	f(400, "want a time", "/api/records", "to", strings.Repeat("9", 65))
	f(400, "did you mean warning", "/api/records", "q", "level>=wrning")
	f(400, "has no level", "/api/records", "lv", "shop")
	f(400, "is there twice", "/api/records", "lv", "shop:info,Shop:debug")
	f(400, `logger "a": `, "/api/records", "lv", "a:loud")
	f(400, "lv: ", "/api/records", "lv", "x:info"+manyThresholds(300))
	f(400, "at most", "/api/records", "q", strings.Repeat("a", 40<<10))
	f(400, "", "/api/records", "q", "/("+strings.Repeat("a?", 400)+")/")
	f(400, "is no id", "/api/records/..%2f..%2fetc")
	f(400, "is no id", "/api/records/1-2")
	f(400, "want a number from 0 to 10000", "/api/records/z-1-1", "before", "10001")
	f(404, "openapi", "/api/nothing")
	f(404, "openapi", "/api/records/z-1-1/more")
	f(400, "whole seconds", "/api/histogram", "width", "1ms")
	f(400, "buckets", "/api/histogram", "width", "1s", "from", "2020-01-01", "to", "2026-01-01")
	f(400, "want a number", "/api/histogram", "buckets", "0")

	_, a := ask(t, h, "/api/records", "q", "ünd level>=wrning")
	if e := a["error"].(map[string]any); e["column"] != 12.0 || e["length"] != 6.0 || e["hint"] != "warning" {
		t.Errorf("the place of an error: got %v, want column 12, length 6 and the hint warning", e)
	}
	status, header, _ := get(h, "/api/records", func(req *http.Request) { req.Method = http.MethodPost })
	if status != http.StatusMethodNotAllowed || header.Get("Allow") != "GET" {
		t.Errorf("POST: got %d and %q", status, header.Get("Allow"))
	}
}

func manyThresholds(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ",l%d:info", i)
	}
	return b.String()
}

// stuck is a store that answers when the question ends.
type stuck struct{ store.Reader }

func (stuck) Page(ctx context.Context, _ store.PageQuery) (*store.Page, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

// A question that takes too long is ended, and those beyond the limit are told to come again.
func TestQueriesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(nil, false)
		o.Store, o.Queries = stuck{}, 2
		h := web.New(o)
		var asked sync.WaitGroup
		var mu sync.Mutex
		statuses := map[int]int{}
		for range 3 {
			asked.Go(func() {
				status, header, body := get(h, "/api/records", nil)
				mu.Lock()
				defer mu.Unlock()
				statuses[status]++
				if status == http.StatusServiceUnavailable && (header.Get("Retry-After") != "1" || !strings.Contains(body, "2 queries")) {
					t.Errorf("got %q, %s", header.Get("Retry-After"), body)
				}
			})
		}
		asked.Wait()
		if statuses[http.StatusGatewayTimeout] != 2 || statuses[http.StatusServiceUnavailable] != 1 {
			t.Errorf("got %v, want two that took too long and one that was refused", statuses)
		}
	})
}

// unread is a client that does not read its answer.
type unread struct {
	head  http.Header
	begun chan struct{}
	end   chan struct{}
	once  sync.Once
}

func (w *unread) Header() http.Header { return w.head }
func (w *unread) WriteHeader(int)     {}
func (w *unread) Write(p []byte) (int, error) {
	w.once.Do(func() { close(w.begun) })
	<-w.end
	return len(p), nil
}

// Who does not read an answer keeps nobody from asking, and there are only so many exports at a time.
func TestUnreadAnswers(t *testing.T) {
	o := options(nil, false)
	o.Store, o.Queries = shelf(t), 1
	h := web.New(o)
	var asking sync.WaitGroup
	var all []*unread
	begin := func(path string) {
		w := &unread{head: http.Header{}, begun: make(chan struct{}), end: make(chan struct{})}
		all = append(all, w)
		asking.Go(func() { h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, nil)) })
		testenv.Receive(t, "the beginning of an answer", w.begun)
	}
	for range 3 {
		begin("/api/records")
	}
	for range 16 {
		begin("/api/export")
	}
	if status, a := ask(t, h, "/api/records"); status != http.StatusOK {
		t.Errorf("beside them: got %d %v", status, a)
	}
	if status, a := ask(t, h, "/api/export"); status != http.StatusServiceUnavailable {
		t.Errorf("one export too many: got %d %v", status, a)
	}
	for _, w := range all {
		close(w.end)
	}
	asking.Wait()
}

func TestWithoutStore(t *testing.T) {
	if status, a := ask(t, web.New(options(nil, false)), "/api/records"); status != http.StatusServiceUnavailable || a["error"] == nil {
		t.Errorf("got %d %v, want 503 with a reason", status, a)
	}
}

// A long answer is compressed for who takes that.
func TestCompressed(t *testing.T) {
	h := api(t)
	_, _, plain := get(h, "/api/records", nil)
	f := func(accept string, want bool) {
		t.Helper()
		_, header, body := get(h, "/api/records?limit=7", func(req *http.Request) { req.Header.Set("Accept-Encoding", accept) })
		if got := header.Get("Content-Encoding") == "gzip"; got != want {
			t.Fatalf("%s: got %v, want %v", accept, got, want)
		}
		if want {
			zip, err := gzip.NewReader(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(zip)
			if body = string(b); err != nil {
				t.Fatal(err)
			}
		}
		if body != plain {
			t.Errorf("%s: got %q, want %q", accept, body, plain)
		}
	}
	f("gzip", false) // it is short
	o := options(nil, false)
	ref := new(storetest.Reference)
	if err := ref.Handle(t.Context(), []record.Record{{ID: record.ID{Epoch: 1}, Message: strings.Repeat("long ", 1000)}}); err != nil {
		t.Fatal(err)
	}
	o.Store = ref
	h = web.New(o)
	_, _, plain = get(h, "/api/records", nil)
	f("br, gzip;q=0.5", true)
	f("GZIP", true)
	f("br, gzip;q=0", false)
	f("", false)
}

// vast is a store of records of a megabyte, without end.
type vast struct {
	store.Reader
	most int
}

func (v *vast) Page(_ context.Context, q store.PageQuery) (*store.Page, error) {
	v.most = max(v.most, q.Limit)
	p := new(store.Page)
	for range min(q.Limit, 10) { // a few of them are enough
		r := record.Record{ID: record.ID{Epoch: 1}, Message: strings.Repeat("x", 1<<20)}
		p.Records = append(p.Records, r)
		at := store.PlaceOf(&r)
		p.Next = &at
	}
	return p, nil
}

// A page of large records has fewer than asked for, and a next one.
func TestLargeRecords(t *testing.T) {
	v := new(vast)
	o := options(nil, false)
	o.Store = v
	_, a := ask(t, web.New(o), "/api/records", "limit", "10000")
	if n := len(a["records"].([]any)); n < 30 || n > 60 || a["next"] == nil || v.most > 200 {
		t.Errorf("got %d records, next %v, and %d asked for at once", n, a["next"], v.most)
	}
}
