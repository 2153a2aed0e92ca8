package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/web/live"
	"github.com/jackdaw-log/jackdaw/record"
)

// schema is a part of openapi.json.
type schema = map[string]any

// document is openapi.json, and which of its properties were seen in answers.
type document struct {
	root schema
	seen map[string]bool
}

func newDocument(t *testing.T) *document {
	t.Helper()
	d := &document{seen: map[string]bool{}}
	if err := json.Unmarshal(openapi, &d.root); err != nil {
		t.Fatal(err)
	}
	return d
}

// at follows keys from the root.
func (d *document) at(keys ...string) any {
	var v any = d.root
	for _, k := range keys {
		m, _ := v.(schema)
		v = m[k]
	}
	return v
}

// keywords are those of JSON Schema that check knows; a schema with another one is not checked, and an error.
var keywords = []string{
	"type", "properties", "required", "additionalProperties", "items", "enum", "const", "pattern", "format", "minimum", "maximum", "maxItems", "oneOf", "description", "default", "$ref",
}

// check returns what of a value is not as a schema says. path names the schema for seen.
func (d *document) check(s schema, v any, path string) error {
	for k := range s {
		if !slices.Contains(keywords, k) {
			return fmt.Errorf("%s: the keyword %s is not known to this test", path, k)
		}
	}
	if ref, ok := s["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		to, ok := d.at("components", "schemas", name).(schema)
		if !ok {
			return fmt.Errorf("%s: there is no %s", path, ref)
		}
		return d.check(to, v, name)
	}
	if of, ok := s["oneOf"].([]any); ok {
		var errs []error
		for _, one := range of {
			if err := d.check(one.(schema), v, path); err != nil {
				errs = append(errs, err)
			}
		}
		if len(errs) != len(of)-1 {
			return fmt.Errorf("%s: want one that fits: %w", path, errors.Join(errs...))
		}
		return nil
	}
	if !hasType(s["type"], v) {
		return fmt.Errorf("%s: got %v, want type %v", path, v, s["type"])
	}
	switch v := v.(type) {
	case string:
		return d.checkString(s, v, path)
	case float64:
		if least, ok := s["minimum"].(float64); ok && v < least {
			return fmt.Errorf("%s: got %v, want at least %v", path, v, least)
		}
	case bool:
		if c, ok := s["const"]; ok && c != v {
			return fmt.Errorf("%s: got %v, want %v", path, v, c)
		}
	case []any:
		items, _ := s["items"].(schema)
		if most, ok := s["maxItems"].(float64); ok && len(v) > int(most) {
			return fmt.Errorf("%s: got %d items, want at most %v", path, len(v), most)
		}
		for _, x := range v {
			if err := d.check(items, x, path+"[]"); err != nil {
				return err
			}
		}
	case schema:
		return d.checkObject(s, v, path)
	}
	return nil
}

func (d *document) checkString(s schema, v, path string) error {
	if pattern, ok := s["pattern"].(string); ok && !regexp.MustCompile(pattern).MatchString(v) {
		return fmt.Errorf("%s: got %q, want %s", path, v, pattern)
	}
	if enum, ok := s["enum"].([]any); ok && !slices.Contains(enum, any(v)) {
		return fmt.Errorf("%s: got %q, want one of %v", path, v, enum)
	}
	if s["format"] == "date-time" {
		if _, err := time.Parse(time.RFC3339Nano, v); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}

func (d *document) checkObject(s, v schema, path string) error {
	properties, _ := s["properties"].(schema)
	for name, x := range v {
		is, ok := properties[name].(schema)
		if !ok {
			if is, ok = s["additionalProperties"].(schema); !ok {
				if s["additionalProperties"] == false {
					return fmt.Errorf("%s: the answer has %s, of which it says nothing", path, name)
				}
				continue
			}
		}
		d.seen[path+"."+name] = true
		if err := d.check(is, x, path+"."+name); err != nil {
			return err
		}
	}
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := v[name.(string)]; !ok {
			return fmt.Errorf("%s: the answer has no %s", path, name)
		}
	}
	return nil
}

func hasType(types, v any) bool {
	all, ok := types.([]any)
	if !ok {
		all = []any{types}
	}
	is := map[string]bool{}
	switch v := v.(type) {
	case nil:
		is["null"] = true
	case bool:
		is["boolean"] = true
	case string:
		is["string"] = true
	case float64:
		is["number"], is["integer"] = true, v == float64(int64(v))
	case []any:
		is["array"] = true
	case schema:
		is["object"] = true
	}
	return slices.ContainsFunc(all, func(t any) bool { name, _ := t.(string); return t == nil || is[name] })
}

// unseen returns the properties of all schemas that no answer had.
func (d *document) unseen() (list []string) {
	var look func(s schema, path string)
	look = func(s schema, path string) {
		properties, _ := s["properties"].(schema)
		for name, p := range properties {
			if !d.seen[path+"."+name] {
				list = append(list, path+"."+name)
			}
			look(p.(schema), path+"."+name)
		}
		if items, ok := s["items"].(schema); ok {
			look(items, path+"[]")
		}
	}
	for name, s := range d.at("components", "schemas").(schema) {
		look(s.(schema), name)
	}
	slices.Sort(list)
	return list
}

// The description has the paths and the parameters that there are, and no others.
func TestOpenAPIRoutes(t *testing.T) {
	d := newDocument(t)
	paths := d.at("paths").(schema)
	var routes []string
	for _, rt := range new(Handler).routes() {
		routes = append(routes, rt.path)
		operation, ok := d.at("paths", rt.path, strings.ToLower(rt.method)).(schema)
		if !ok {
			t.Errorf("%s %s is not described", rt.method, rt.path)
			continue
		}
		var names []string
		for _, p := range operation["parameters"].([]any) {
			p := p.(schema)
			if ref, ok := p["$ref"].(string); ok {
				p = d.at("components", "parameters", strings.TrimPrefix(ref, "#/components/parameters/")).(schema)
			}
			if p["in"] == "query" {
				names = append(names, p["name"].(string))
			} else if !strings.Contains(rt.path, "{"+p["name"].(string)+"}") {
				t.Errorf("%s: there is no %v in the path", rt.path, p["name"])
			}
		}
		slices.Sort(names)
		if want := slices.Sorted(slices.Values(rt.params)); !slices.Equal(names, want) {
			t.Errorf("%s: described are %q, there are %q", rt.path, names, want)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if !slices.Contains(routes, path) {
			t.Errorf("%s is described, and there is none", path)
		}
	}
}

// rich is a store of which all answers have all they can have.
type rich struct{}

var lunch = time.Date(2026, 11, 22, 12, 30, 0, 0, time.UTC)

func full() record.Record {
	return record.Record{
		ID: record.ID{Epoch: 35, Sequence: 7}, Time: lunch, Level: 1, Logger: "shop", Message: "<m>", Attrs: []slog.Attr{slog.Int("n", 1)},
		Source: slog.Source{Function: "f", File: "a.py", Line: 3}, Exception: &record.Exception{Type: "E", Message: "e", Traceback: "E: e"}, Stack: "s",
		Process: record.Process{PID: 4, Name: "p"}, Thread: record.Thread{ID: 5, Name: "t"}, Task: "k", Host: "h",
		Trace: record.Trace{ID: [16]byte{1}, Span: [8]byte{2}, Flags: 1}, Received: lunch, Peer: "10.0.0.1:4", LevelNo: 22, LevelName: "X",
	}
}

var each = queue.Levels{1, 2, 3, 4, 5}

func (rich) Page(_ context.Context, q store.PageQuery) (*store.Page, error) {
	r := full()
	at := store.PlaceOf(&r)
	if q.After != nil {
		return &store.Page{}, nil
	}
	return &store.Page{Records: []record.Record{r}, Next: &at, Unreadable: 1}, nil
}

func (rich) Around(_ context.Context, q store.AroundQuery) (*store.Around, error) {
	if q.ID.Sequence != 7 {
		return nil, store.ErrNotFound
	}
	return &store.Around{Record: full(), Before: []record.Record{full()}, After: []record.Record{full()}, Unreadable: 1}, nil
}

func (rich) Count(context.Context, store.Query) (*store.Counts, error) {
	return &store.Counts{Loggers: []store.LoggerCount{{Logger: "shop", Levels: each}}, Total: each, Unreadable: 1}, nil
}

func (rich) Histogram(context.Context, store.HistogramQuery) (*store.Histogram, error) {
	return &store.Histogram{Buckets: []store.Bucket{{Start: lunch, Levels: each}}, Timeless: each, Unreadable: 1}, nil
}

func (rich) Values(context.Context, store.ValuesQuery) (*store.Values, error) {
	return &store.Values{Values: []store.Value{{Text: "v", Records: 2}}, Complete: true}, nil
}

// flow is a feed of one record, before which some are missing.
type flow struct{ missed live.Missed }

func (flow) Last(context.Context) (record.ID, error) { return record.ID{Epoch: 35, Sequence: 6}, nil }

func (f flow) Follow(context.Context, live.Start) (live.Follower, error) {
	return &flowing{missed: f.missed}, nil
}

type flowing struct {
	missed live.Missed
	done   bool
}

func (f *flowing) Next(ctx context.Context) ([]record.Record, live.Missed, error) {
	if f.done {
		<-ctx.Done()
		return nil, live.Missed{}, ctx.Err()
	}
	f.done = true
	low := full()
	low.Level, low.LevelNo, low.LevelName = -4, 0, ""
	batch := []record.Record{low, full()} // the first of them is beyond the share
	batch[0].ID.Index, batch[1].ID.Index = 0, 1
	return batch, f.missed, nil
}

func (f *flowing) Close() {}

// Each answer is as the description says, has nothing that it does not say, and whatever it says is in some answer.
func TestOpenAPIAnswers(t *testing.T) {
	d := newDocument(t)
	hub := live.New(live.Options{
		Feed: flow{live.Missed{Records: 3, AtLeast: true}}, ShareRecords: 1, Peers: func() map[string]bool { return map[string]bool{"10.0.0.1:4": true} },
	})
	defer hub.Close()
	h := New(Options{
		Store: rich{}, Window: true, Live: hub, Permit: func(a string) bool { return a == "Bearer x" },
		Server: func() Server {
			return Server{Started: lunch, Listening: []Listening{{"tcp", "a:1", "w"}}, Rejects: []Reject{{lunch, "tcp", "p", "r", "l", "h"}}}
		},
		Test:   func(context.Context) error { return errors.New("full") },
		Reload: func(context.Context) ([]string, error) { return []string{"handler a: new"}, nil },
	})
	s := httptest.NewServer(h)
	defer s.Close()
	ask := func(method, path, query, accept, token string) (int, string, io.ReadCloser) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path+"?"+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", accept)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
		return resp.StatusCode, kind, resp.Body
	}
	f := func(method, path, query string) {
		t.Helper()
		for _, token := range []string{"x", "y"} {
			status, kind, body := ask(method, strings.ReplaceAll(path, "{id}", "z-7-0"), query, "application/json", token)
			want, ok := d.at("paths", path, strings.ToLower(method), "responses", fmt.Sprint(status)).(schema)
			if !ok {
				t.Errorf("%s?%s: got %d, which is not described", path, query, status)
			}
			is, ok := want["content"].(schema)[kind].(schema)
			if !ok {
				t.Errorf("%s?%s: got %s, which is not described", path, query, kind)
			}
			var v any
			if err := json.NewDecoder(body).Decode(&v); err != nil && kind == "application/json" {
				t.Errorf("%s?%s: %v", path, query, err)
			}
			if err := d.check(is["schema"].(schema), v, path); err != nil && kind != "text/csv" && kind != "text/plain" {
				t.Errorf("%s?%s: %v", path, query, err)
			}
			body.Close()
		}
	}
	for _, rt := range h.routes() {
		if rt.path != "/api/tail" {
			f(rt.method, rt.path, "")
			f(rt.method, rt.path, "nothing=1")
		}
	}
	f("GET", "/api/export", "format=csv")
	f("GET", "/api/export", "format=text")
	f("GET", "/api/check", "q=level%3Ewrning")
	f("GET", "/api/check", "q=word+message:/re/i")
	f("GET", "/api/histogram", "from=2026-11-22&tz=UTC")
	f("GET", "/api/records", "limit=1")
	f("GET", "/api/tail", "after=x")
	tailed(t, d, ask)
	if unseen := d.unseen(); len(unseen) > 0 {
		t.Errorf("described, and in no answer: %q", unseen)
	}
}

// tailed holds what arrives against the description, in both forms.
func tailed(t *testing.T, d *document, ask func(method, path, query, accept, token string) (int, string, io.ReadCloser)) {
	content := func(kind string) schema {
		return d.at("paths", "/api/tail", "get", "responses", "200", "content", kind).(schema)
	}
	_, kind, body := ask("GET", "/api/tail", "after=z-6-0&q=-never", "text/event-stream", "x")
	defer body.Close()
	events := content(kind)["x-events"].(schema)
	missing := slices.Collect(maps.Keys(events))
	lines := bufio.NewScanner(body)
	for name := ""; len(missing) > 0 && lines.Scan(); {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "event":
			name = value
		case "data":
			var v any
			if err := json.Unmarshal([]byte(value), &v); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			is, ok := events[name].(schema)
			if !ok {
				t.Fatalf("the event %s is not described", name)
			}
			if err := d.check(is, v, name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			missing = slices.DeleteFunc(missing, func(m string) bool { return m == name })
		}
	}
	_, kind, body = ask("GET", "/api/tail", "after=z-6-0", "application/x-ndjson", "x")
	defer body.Close()
	lines = bufio.NewScanner(body)
	for n := 0; n < 3 && lines.Scan(); n++ {
		var v any
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Error(err)
		}
		if err := d.check(content(kind)["schema"].(schema), v, "line"); err != nil {
			t.Errorf("%s: %v", lines.Text(), err)
		}
	}
}
