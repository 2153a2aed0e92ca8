package web

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/record"
)

// Thresholds mean what levels of loggers do in a hierarchy: the nearest one holds.
func TestThresholdsAreLevels(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	name := func() string {
		parts := make([]string, 1+random.IntN(4))
		for i := range parts {
			parts[i] = []string{"a", "b", "ab", "a:b", "a,b", `\`}[random.IntN(6)]
		}
		return strings.Join(parts, ".")
	}
	escape := strings.NewReplacer(`\`, `\\`, ",", `\,`, ":", `\:`)
	levels := []slog.Level{-4, 0, 4, 8, 12}
	for range 2000 {
		tree := hierarchy.New[string](-100)
		var text []string
		seen := map[string]bool{}
		for range 1 + random.IntN(6) {
			logger := name()
			if random.IntN(6) == 0 {
				logger = record.RootLogger
			}
			if seen[logger] {
				continue
			}
			seen[logger] = true
			if random.IntN(5) == 0 {
				tree.SetLevel(logger, 1000)
				text = append(text, escape.Replace(logger)+":off")
				continue
			}
			level := levels[random.IntN(len(levels))]
			tree.SetLevel(logger, level)
			text = append(text, escape.Replace(logger)+":"+record.LevelName(level))
		}
		lv := strings.Join(text, ",")
		f, err := thresholds(lv)
		if err != nil {
			t.Fatalf("%s: %v", lv, err)
		}
		for range 20 {
			r := record.Record{Logger: name(), Level: levels[random.IntN(len(levels))]}
			if want := r.Level >= tree.View().Route(r.Logger).Level; f.Match(&r) != want {
				t.Fatalf("%s: %s of %s: got %v, want %v by %s", lv, record.LevelName(r.Level), r.Logger, !want, want, f)
			}
		}
	}
}

// Whatever is asked, the answer is one that is described, and JSON where it says so.
func FuzzParameters(f *testing.F) {
	h := New(Options{Store: rich{}, QueryTime: time.Second, Server: func() Server { return Server{} }})
	var paths []string
	for _, rt := range h.routes() {
		if rt.path != "/api/tail" && rt.method == http.MethodGet {
			paths = append(paths, strings.ReplaceAll(rt.path, "{id}", "z-7-0"))
		}
	}
	for i, query := range []string{
		"q=level%3E%3Dwarning&lv=a:info,b\\:c:off&from=-15m&to=today&tz=Europe/Paris", "cursor=1~z-1-0&order=oldest&limit=3", "q=(&at=1", "at=3&q=%C3%BCnd",
		"width=60s&from=2026-11-22", "buckets=1", "format=csv&fields=a,time,attrs", "format=text&order=newest", "name=&prefix=%00", "%", "q=%ff", "lv=:::,,,\\", "from=9999-12-31", "to=0001-01-01",
	} {
		f.Add(i%len(paths), query)
	}
	statuses := []int{200, 400, 404, 503, 504}
	f.Fuzz(func(t *testing.T, path int, query string) {
		req := httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+paths[uint(path)%uint(len(paths))], nil)
		req.URL.RawQuery = query
		w := httptest.NewRecorder()
		h.ServeHTTP(w, req)
		if !slices.Contains(statuses, w.Code) {
			t.Errorf("%s?%s: got %d %s", req.URL.Path, query, w.Code, w.Body)
		}
		if w.Header().Get("Content-Type") == "application/json" && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s?%s: got %s, want JSON", req.URL.Path, query, w.Body)
		}
	})
}

// There may be many thresholds, and not any number.
func TestThresholdsAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, "l%d:info,", i)
	}
	if _, err := thresholds(strings.TrimSuffix(b.String(), ",")); err != nil {
		t.Errorf("50 thresholds: got %v", err)
	}
	for i := range 100 {
		fmt.Fprintf(&b, "m%d:info,", i)
	}
	if _, err := thresholds(strings.TrimSuffix(b.String(), ",")); err == nil {
		t.Error("150 thresholds: got no error")
	}
}
