package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/client"
	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// answers is a server that gives the same answer to each question, and notes what it was.
type answers struct {
	*client.Client
	asked string
}

func answer(t *testing.T, status int, body string) *answers {
	a := new(answers)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query().Encode()
		a.asked = strings.TrimSuffix(r.Method+" "+r.URL.EscapedPath()+"?"+query, "?")
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	a.Client = client.New(client.Options{URL: s.URL})
	return a
}

func parse(t *testing.T, text string) *filter.Filter {
	t.Helper()
	f, err := filter.Parse(text, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var noon = time.Date(2026, 11, 22, 12, 0, 0, 5, time.UTC)

func TestPage(t *testing.T) {
	a := answer(t, 200, `{"records":[{"id":"a-7-1","time":"2026-11-22T12:00:00.000000005Z","level":"ERROR","logger":"shop.pay","message":"no","attrs":{"n":1,"id":"x"}},
		{"id":"","level":"INFO","message":"none"},{"level":"INFO","message":"bare"}],"next":"5~a-7-1","unreadable":3,"window":true}`)
	page, err := a.Page(t.Context(), store.PageQuery{
		Query: store.Query{Filter: parse(t, `level>=warning "a b"`), From: noon, To: noon.Add(time.Hour)},
		Order: store.OldestFirst, After: &store.Place{Moment: 4, ID: record.ID{Epoch: 10, Sequence: 3}}, Limit: 20_000,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &store.Page{Next: &store.Place{Moment: 5, ID: record.ID{Epoch: 10, Sequence: 7, Index: 1}}, Unreadable: 3, Records: []record.Record{
		{ID: record.ID{Epoch: 10, Sequence: 7, Index: 1}, Time: noon, Level: 8, Logger: "shop.pay", Message: "no", Attrs: []slog.Attr{slog.Int("n", 1), slog.String("id", "x")}},
		{Message: "none"}, {Message: "bare"},
	}}
	if !reflect.DeepEqual(page, want) {
		t.Errorf("got  %+v\nwant %+v", page, want)
	}
	if want := "GET /api/records?cursor=4~a-3-0&from=2026-11-22T12%3A00%3A00.000000005Z&limit=10000&order=oldest&q=level%3E%3Dwarning+%22a+b%22&to=2026-11-22T13%3A00%3A00.000000005Z"; a.asked != want {
		t.Errorf("asked %s\nwant  %s", a.asked, want)
	}
	if !a.Window() {
		t.Error("it is not known that this is a window")
	}
}

func TestQuestions(t *testing.T) {
	id := record.ID{Epoch: 10, Sequence: 7}
	a := answer(t, 200, `{"record":{"id":"a-7-0","level":"INFO","message":"m"},"before":[{"id":"a-6-0","level":"INFO","message":"b"}],"after":[]}`)
	around, err := a.Around(t.Context(), store.AroundQuery{ID: id, Before: 2, After: 3})
	if err != nil || around.Record.ID != id || len(around.Before) != 1 || around.Before[0].Message != "b" || len(around.After) != 0 {
		t.Errorf("around: got %+v, %v", around, err)
	}
	if want := "GET /api/records/a-7-0?after=3&before=2"; a.asked != want {
		t.Errorf("asked %s, want %s", a.asked, want)
	}

	a = answer(t, 200, `{"loggers":[{"logger":"shop","counts":{"ERROR":2,"DEBUG":1}}],"total":{"CRITICAL":4}}`)
	counts, err := a.Count(t.Context(), store.Query{})
	if want := (&store.Counts{Loggers: []store.LoggerCount{{Logger: "shop", Levels: queue.Levels{1, 0, 0, 2, 0}}}, Total: queue.Levels{4: 4}}); err != nil || !reflect.DeepEqual(counts, want) {
		t.Errorf("count: got %+v, %v, want %+v", counts, err, want)
	}

	a = answer(t, 200, `{"from":"2026-11-22T12:00:00Z","width":60,"buckets":[{"time":"2026-11-22T12:01:00Z","counts":{"INFO":3}}],"timeless":{"INFO":1}}`)
	h, err := a.Histogram(t.Context(), store.HistogramQuery{Width: time.Minute})
	if err != nil || len(h.Buckets) != 1 || !h.Buckets[0].Start.Equal(noon.Add(time.Minute-5)) || h.Buckets[0].Levels != (queue.Levels{1: 3}) || h.Timeless[1] != 1 {
		t.Errorf("histogram: got %+v, %v", h, err)
	}
	if want := "GET /api/histogram?width=1m0s"; a.asked != want {
		t.Errorf("asked %s, want %s", a.asked, want)
	}

	a = answer(t, 200, `{"values":[{"value":"web-1","records":9}],"complete":true}`)
	values, err := a.Values(t.Context(), store.ValuesQuery{Name: "host", Prefix: "w", Limit: 5})
	if want := (&store.Values{Complete: true, Values: []store.Value{{Text: "web-1", Records: 9}}}); err != nil || !reflect.DeepEqual(values, want) {
		t.Errorf("values: got %+v, %v, want %+v", values, err, want)
	}

	a = answer(t, 200, `{"from":0,"to":4,"items":[{"text":"level>=","kind":"name"}]}`)
	from, to, items, err := a.Complete(t.Context(), "leve", 4)
	if err != nil || from != 0 || to != 4 || len(items) != 1 || items[0].Text != "level>=" {
		t.Errorf("complete: got %d, %d, %+v, %v", from, to, items, err)
	}
}

func TestRefusals(t *testing.T) {
	page := func(a *answers) error {
		_, err := a.Page(t.Context(), store.PageQuery{})
		return err
	}
	err := page(answer(t, 400, `{"error":{"message":"no such level","column":8,"length":3,"hint":"level>=error"}}`))
	if e, ok := errors.AsType[*client.AnswerError](err); !ok || e.Status != 400 || e.Message != "no such level" || e.Column != 8 || e.Length != 3 || e.Hint != "level>=error" {
		t.Errorf("got %#v", err)
	}
	err = page(answer(t, 404, "<html>"))
	if e, ok := errors.AsType[*client.AnswerError](err); !ok || e.Error() != "404 Not Found" || e.Body != "<html>" {
		t.Errorf("got %#v", err)
	}
	a := answer(t, 404, `{"error":{"message":"no such record"}}`)
	if _, err := a.Around(t.Context(), store.AroundQuery{ID: record.ID{Epoch: 1}}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want %v", err, store.ErrNotFound)
	}
	for _, body := range []string{"[]", `{"records":[{"id":"x","message":""}]}`, `{"records":[{"id":"a-1-1"}]}`, `{"records":[{"id":"a-1-1","level":"INFO"}]}`, `{"records":[5]}`, `{"next":"x"}`} {
		err := page(answer(t, 200, body))
		if _, ok := errors.AsType[*client.UnreachedError](err); err == nil || ok {
			t.Errorf("%s: got %v, want an error of reading", body, err)
		}
	}
	err = page(answer(t, 200, `{"records":[`))
	if _, ok := errors.AsType[*client.UnreachedError](err); !ok {
		t.Errorf("broken off: got %v", err)
	}
	_, err = client.New(client.Options{URL: fmt.Sprint("http://127.0.0.1:", testenv.FreePort(t))}).Count(t.Context(), store.Query{})
	if _, ok := errors.AsType[*client.UnreachedError](err); !ok || strings.Contains(err.Error(), "/api/count") {
		t.Errorf("nobody there: got %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := fmt.Errorf("enough")
	cancel(why)
	if _, err := answer(t, 200, "{}").Count(ctx, store.Query{}); !errors.Is(err, why) {
		t.Errorf("ended: got %v, want %v", err, why)
	}
}
