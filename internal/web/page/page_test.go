package page

import (
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
)

func get(t *testing.T, h http.Handler, target string, header ...string) *http.Response {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, target, nil)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w.Result()
}

func body(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// links are the files that a document names.
var links = regexp.MustCompile(`(?:href|src)="(/page/[^"]+)"`)

func TestPage(t *testing.T) {
	h := New()
	for _, at := range []string{"/", "/r/ab12-3-0", "/?q=level%3E%3Derror"} {
		res := get(t, h, at)
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Errorf("%s: got %d %q, want 200 and HTML", at, res.StatusCode, res.Header.Get("Content-Type"))
		}
		if got := res.Header.Get("Content-Security-Policy"); got != Policy {
			t.Errorf("%s: got policy %q, want %q", at, got, Policy)
		}
		if got := res.Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("%s: got Cache-Control %q, want no-cache", at, got)
		}
	}
	for _, at := range []string{"/r/", "/r/a/b", "/other", "/page/", "/page/x/app/absent.mjs", "/page/" + h.version + "/../page.go"} {
		if res := get(t, h, at); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", at, res.StatusCode)
		}
	}
	post := httptest.NewRecorder()
	h.ServeHTTP(post, httptest.NewRequest(http.MethodPost, "/", nil))
	if post.Code != http.StatusMethodNotAllowed || post.Header().Get("Allow") == "" {
		t.Errorf("POST: got %d, want 405 with Allow", post.Code)
	}
}

func TestFiles(t *testing.T) {
	h := New()
	document := body(t, get(t, h, "/").Body)
	named := links.FindAllStringSubmatch(document, -1)
	if len(named) < 20 {
		t.Fatalf("got %d files named in the document, want all modules", len(named))
	}
	for _, m := range named {
		res := get(t, h, m[1], "Accept-Encoding", "br, gzip;q=0.8")
		if res.StatusCode != http.StatusOK || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: got %d %q, want 200 and to be kept", m[1], res.StatusCode, res.Header.Get("Cache-Control"))
			continue
		}
		want := types[path.Ext(m[1])]
		if got := res.Header.Get("Content-Type"); got != want {
			t.Errorf("%s: got type %q, want %q", m[1], got, want)
		}
		plain := body(t, get(t, h, m[1]).Body)
		if res.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got := body(t, z); got != plain {
				t.Errorf("%s: compressed and plain differ", m[1])
			}
		}
		again := get(t, h, m[1], "If-None-Match", res.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: got %d with its own ETag, want 304", m[1], again.StatusCode)
		}
	}
}

// A file of the page of before an upgrade is the one there is now, and not to be kept under its old name.
func TestFileOfAnotherVersion(t *testing.T) {
	res := get(t, New(), "/page/000000000000/app/main.mjs")
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("got %d %q, want 200 no-cache", res.StatusCode, res.Header.Get("Cache-Control"))
	}
}

func TestAcceptsGzip(t *testing.T) {
	f := func(accept string, want bool) {
		t.Helper()
		if got := acceptsGzip(accept); got != want {
			t.Errorf("acceptsGzip(%q): got %v, want %v", accept, got, want)
		}
	}
	f("gzip", true)
	f("deflate, GZIP;q=0.5", true)
	f("gzip; q=1.0", true)
	f("gzip;q=0", false)
	f("gzip;q=0.000", false)
	f("br", false)
	f("", false)
}

func TestBare(t *testing.T) {
	f := func(source, want string) {
		t.Helper()
		if got := string(bare([]byte(source))); got != want {
			t.Errorf("bare(%q): got %q, want %q", source, got, want)
		}
	}
	f("// a\nb(); // c\n", "\nb(); // c\n")
	f("/** a\n * b */\nc\n", "\n\nc\n")
	f("  /* a */\nc", "\nc")
	f("a /* b\n*/ c\n", "a /* b\n*/ c\n")
	f("'https://x'\n", "'https://x'\n")
}

// What a first visit costs is bounded: the budget is that of docs/page.md.
func TestFirstLoad(t *testing.T) {
	const (
		most = 80_000
		head = 300 // bytes that a browser counts for the head of an answer
	)
	h := New()
	sum, files := len(h.index.compressed)+head, 1
	for _, m := range links.FindAllStringSubmatch(string(h.index.body), -1) {
		f, keep, ok := h.find(m[1])
		if !ok || !keep {
			t.Errorf("the document names %s, want a file of this version", m[1])
		}
		n := len(f.body)
		if f.compressed != nil {
			n = len(f.compressed)
		}
		sum += n + head
		files++
	}
	if strings.Contains(string(h.index.body), "app/detail.mjs") {
		t.Error("the document names app/detail.mjs, which is not wanted before a record is opened")
	}
	t.Logf("%d bytes in %d files", sum, files)
	if sum > most {
		t.Errorf("a first visit transfers %d bytes, want at most %d", sum, most)
	}
}

// Vendored files are what the script fetched: nobody edits them, and nobody adds one in silence.
func TestVendored(t *testing.T) {
	sums, err := os.ReadFile("vendor/SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for line := range strings.Lines(string(sums)) {
		want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		data, err := os.ReadFile(filepath.Join("vendor", name))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != want {
			t.Errorf("vendor/%s: got SHA-256 %s, want %s; run vendor/refresh", name, got, want)
		}
		listed = append(listed, name)
	}
	found, err := os.ReadDir("vendor")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range found {
		if name := d.Name(); name != "SHA256SUMS" && name != "refresh" && !slices.Contains(listed, name) {
			t.Errorf("vendor/%s is not in SHA256SUMS", name)
		}
	}
}

// Rules of the page's own code: a module is a screen or some, names its imports by relative paths (there is no import
// map), and makes no markup of text.
func TestModules(t *testing.T) {
	wanted := regexp.MustCompile(`\bimport\('([^']+)'\)()`)
	markup := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function`)
	err := fs.WalkDir(embedded, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".mjs" {
			return err
		}
		data, err := fs.ReadFile(embedded, name)
		if err != nil {
			return err
		}
		for _, m := range slices.Concat(imports.FindAllStringSubmatch(string(data), -1), wanted.FindAllStringSubmatch(string(data), -1)) {
			from := m[1] + m[2]
			if _, err := fs.Stat(embedded, path.Join(path.Dir(name), from)); err != nil || !strings.HasPrefix(from, ".") {
				t.Errorf("%s imports %q, want the relative path of a module that is there", name, from)
			}
		}
		if strings.HasPrefix(name, "vendor/") {
			return nil
		}
		if n := strings.Count(string(data), "\n"); n > 400 {
			t.Errorf("%s: %d lines, want at most 400", name, n)
		}
		if found := markup.FindString(string(data)); found != "" {
			t.Errorf("%s uses %s: text becomes text, never markup", name, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The modules that touch no document are tested with Node.js.
func TestNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		testenv.Skip(t, "needs Node.js")
	}
	files, err := filepath.Glob("tests/*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d files of tests (%v), want some", len(files), err)
	}
	cmd := exec.CommandContext(t.Context(), node, append([]string{"--test"}, files...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("node --test: %v\n%s", err, out)
	}
}
