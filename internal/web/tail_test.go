package web_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/store/window"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/internal/web"
	"github.com/jackdaw-log/jackdaw/internal/web/live"
	"github.com/jackdaw-log/jackdaw/record"
)

// arrivals is a window for those who look on.
type arrivals struct{ *window.Window }

func (a arrivals) Last(context.Context) (record.ID, error) { return a.Window.Last(), nil }

func (a arrivals) Follow(_ context.Context, s live.Start) (live.Follower, error) {
	return following{a.Window.Follow(window.Start(s))}, nil
}

type following struct{ *window.Follower }

func (f following) Next(ctx context.Context) ([]record.Record, live.Missed, error) {
	batch, missed, err := f.Follower.Next(ctx)
	return batch, live.Missed(missed), err
}

// watched is a server that shows what arrives in a window.
func watched(o live.Options) (h *web.Handler, w *window.Window, hub *live.Hub) {
	w = window.New(window.Options{})
	o.Feed = arrivals{w}
	hub = live.New(o)
	wo := options(nil, false)
	wo.Live, wo.Store, wo.Window = hub, w, true
	return web.New(wo), w, hub
}

// tailing is a tail under way, to a client that reads all.
type tailing struct {
	mu   sync.Mutex
	text strings.Builder
	head http.Header
	code int
	end  context.CancelFunc
	done chan struct{}
}

func (w *tailing) Header() http.Header { return w.head }
func (w *tailing) WriteHeader(code int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.code = code
}
func (w *tailing) FlushError() error { return nil }
func (w *tailing) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

// read returns what came since the last read, when nothing more is to come at once.
func (w *tailing) read() string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	text := w.text.String()
	w.text.Reset()
	return text
}

func startTail(t *testing.T, h http.Handler, query, accept string) *tailing {
	ctx, end := context.WithCancel(t.Context())
	w := &tailing{head: http.Header{}, end: end, done: make(chan struct{})}
	req := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:9024/api/tail?"+query, nil)
	req.Header.Set("Accept", accept)
	go func() {
		defer close(w.done)
		h.ServeHTTP(w, req)
	}()
	return w
}

func TestTail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, w, hub := watched(live.Options{})
		lines, events := startTail(t, h, "q=level%3E%3Dinfo", ""), startTail(t, h, "", "text/event-stream, */*")
		if got, want := events.read(), "event: hello\ndata: {\"epoch\":\"\",\"version\":\"1\",\"last\":\"\"}\n\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		handle := func(batch ...record.Record) {
			t.Helper()
			if err := w.Handle(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
		}
		id := func(n uint64) record.ID { return record.ID{Epoch: 1, Sequence: n} }
		handle(record.Record{ID: id(1), Message: "a<b"}, record.Record{ID: id(2), Level: -4, Message: "low"})
		if got, want := lines.read(), `{"id":"1-1-0","level":"INFO","message":"a<b"}`+"\n"; got != want {
			t.Errorf("lines: got %q, want %q", got, want)
		}
		want := "event: records\nid: 1-2-0~\n" + `data: {"records":[{"id":"1-1-0","level":"INFO","message":"a\u003cb"},{"id":"1-2-0","level":"DEBUG","message":"low"}]}` + "\n\n"
		if got := events.read(); got != want {
			t.Errorf("events: got %q, want %q", got, want)
		}
		time.Sleep(5 * time.Second)
		if got, want := events.read(), "event: counts\nid: 1-2-0\n"+`data: {"loggers":{"":{"DEBUG":1,"INFO":1}},"total":{"DEBUG":1,"INFO":1}}`; !strings.Contains(got, want) || !strings.Contains(got, "event: sources\ndata: ") {
			t.Errorf("events: got %q, want %q and the sources", got, want)
		}
		// A sign of life every 15 seconds, to both.
		time.Sleep(10 * time.Minute)
		if got := lines.read(); strings.Trim(got, "\n") != "" || len(got) < 35 {
			t.Errorf("lines: got %q, want about 40 empty lines", got)
		}
		if got := events.read(); strings.ReplaceAll(got, ":\n\n", "") != "" || len(got) < 3*35 {
			t.Errorf("events: got %q, want about 40 empty comments", got)
		}
		// The end of the server is the end of tails, and of nobody else's patience.
		left := startTail(t, h, "", "")
		synctest.Wait()
		left.end()
		<-left.done
		hub.Close()
		<-lines.done
		<-events.done
		if got, want := events.read(), ": the server is closing\nretry: 1000\n\n"; got != want {
			t.Errorf("at the end: got %q, want %q", got, want)
		}
		late := startTail(t, h, "", "")
		<-late.done
		if late.code != http.StatusServiceUnavailable || late.head.Get("Retry-After") != "1" {
			t.Errorf("after the end: got %d, %v", late.code, late.head)
		}
	})
}

// What cannot be understood is an error, and not a tail of something else.
func TestTailParameters(t *testing.T) {
	h, w, hub := watched(live.Options{MaxViewers: 1})
	defer hub.Close()
	if err := w.Handle(t.Context(), []record.Record{{Message: "x"}}); err != nil {
		t.Fatal(err)
	}
	f := func(text string, params ...string) {
		t.Helper()
		status, a := ask(t, h, "/api/tail", params...)
		e, _ := a["error"].(map[string]any)
		if message, _ := e["message"].(string); status != http.StatusBadRequest || !strings.Contains(message, text) {
			t.Errorf("%q: got %d %v, want %q", params, status, a, text)
		}
	}
	for _, id := range []string{"x", "1-2", "1-2-3~x", "-1-0-0", "1-1-4294967296", "~", "1-1-1\nid: 2", strings.Repeat("1", 1000)} {
		f("is no id", "after", id)
	}
	f("from 0 to 10000", "last", "-1")
	f("from 0 to 10000", "last", "10001")
	f("want 0 or 1", "all", "yes")
	f("is unknown", "q", "level>=wa")
	f("there is no parameter", "from", "-5m")
	status, _, body := get(h, "/api/tail", func(req *http.Request) { req.Header.Set("Last-Event-ID", "x") })
	if status != http.StatusBadRequest {
		t.Errorf("Last-Event-ID: got %d %s", status, body)
	}

	s := httptest.NewServer(h)
	defer s.Close()
	resp, err := http.Get(s.URL + "/api/tail?last=1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if line, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil || !strings.Contains(line, `"message":"x"`) {
		t.Errorf("got %q, %v", line, err)
	}
	if status, a := ask(t, h, "/api/tail"); status != http.StatusServiceUnavailable {
		t.Errorf("one viewer too many: got %d %v", status, a)
	}
}

// A tail needs a token as all else does, and there is none where nothing is in memory.
func TestTailPermitted(t *testing.T) {
	o := options(nil, false)
	if status, _ := ask(t, web.New(o), "/api/tail"); status != http.StatusServiceUnavailable {
		t.Errorf("without records: got %d", status)
	}
	o.Permit = func(string) bool { return false }
	if status, _ := ask(t, web.New(o), "/api/tail"); status != http.StatusUnauthorized {
		t.Errorf("without a token: got %d", status)
	}
}

// Nobody waits for a client that reads nothing, and when it left its place is free again.
func TestTailIsNotRead(t *testing.T) {
	h, w, hub := watched(live.Options{MaxViewers: 1})
	defer hub.Close()
	s := httptest.NewServer(h)
	defer s.Close()
	resp, err := http.Get(s.URL + "/api/tail?last=0&all=1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	// It reads nothing: all that arrives is handled at once nevertheless.
	for range 200 {
		batch := make([]record.Record, 100)
		for i := range batch {
			batch[i].Message = strings.Repeat("x", 1000)
		}
		if err := w.Handle(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	resp.Body.Close()
	testenv.Await(t, "the place of one who left", func() bool {
		status, _, _ := get(h, "/api/tail", func(req *http.Request) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			t.Cleanup(cancel)
			*req = *req.WithContext(ctx)
		})
		return status != http.StatusServiceUnavailable
	})
}
