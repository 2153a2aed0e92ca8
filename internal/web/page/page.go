// Package page is the page that shows records in a browser: plain ES modules and a style sheet, embedded as
// they are, and the handler that serves them. What the page asks for while it runs is the API of package web.
//
// docs/page.md says how it is used and how it is made.
package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed index.html icon.svg app vendor/*.mjs
var embedded embed.FS

// Policy is the Content-Security-Policy of the page: nothing but what this server sends is loaded, no script
// stands in a document, and no text can be made into markup.
const Policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// prefix is where the files are, below it a name for what they all hold, so that they may be kept for ever.
const prefix = "/page/"

// types are the content types by the end of a file's name. The system's own table is not asked: it differs.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".mjs":  "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// Handler serves the page at / and at /r/ID, and its files below /page/. It is safe for use by several
// goroutines.
type Handler struct {
	version string
	files   map[string]file // by the path behind prefix and version
	index   file
}

type file struct {
	kind       string // the content type
	tag        string // the ETag
	body       []byte
	compressed []byte // by gzip; nil if that is no smaller
}

// New returns a Handler.
func New() *Handler {
	h, err := newHandler(embedded)
	if err != nil {
		panic(err) // what is embedded is wrong, which is our own doing
	}
	return h
}

func newHandler(tree fs.FS) (*Handler, error) {
	h := &Handler{files: map[string]file{}}
	all := sha256.New()
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		if strings.HasPrefix(name, "app/") {
			body = bare(body)
		}
		fmt.Fprintf(all, "%s %d\n%s", name, len(body), body)
		h.files[name], err = newFile(name, body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the page's files: %w", err)
	}
	h.version = hex.EncodeToString(all.Sum(nil)[:6])
	h.index, err = newFile("index.html", h.document(h.files["index.html"].body, h.needed("app/main.mjs")))
	delete(h.files, "index.html")
	return h, err
}

// imports are the modules that a module needs before it runs. One that it imports when it is wanted, as a function, is not
// among them.
var imports = regexp.MustCompile(`(?m)^(?:(?:import|export)\b[^'";(=]*\bfrom *|import *)["']([^"']+)["']|[;}]import\b[^"';(]*from *"([^"]+)"`)

// needed returns a module and all that have to be there before it runs.
func (h *Handler) needed(name string) []string {
	found := []string{name}
	for i := 0; i < len(found); i++ {
		for _, m := range imports.FindAllSubmatch(h.files[found[i]].body, -1) {
			from := path.Join(path.Dir(found[i]), string(m[1])+string(m[2]))
			if !slices.Contains(found, from) {
				found = append(found, from)
			}
		}
	}
	return found
}

// document returns index.html with the addresses of files in it: of the style sheet, and of modules. Those that it begins with are named in it,
// so that a browser asks for all of them at once and not for each when another one imports it; the others are asked
// for when they are wanted.
func (h *Handler) document(body []byte, modules []string) []byte {
	base := prefix + h.version + "/"
	slices.Sort(modules)
	var links strings.Builder
	fmt.Fprintf(&links, "<link rel=\"stylesheet\" href=\"%sapp/page.css\">\n", base)
	for _, name := range modules {
		fmt.Fprintf(&links, "<link rel=\"modulepreload\" href=\"%s\">\n", base+name)
	}
	return []byte(strings.NewReplacer("<!--files-->\n", links.String(), "{base}", base).Replace(string(body)))
}

func newFile(name string, body []byte) (file, error) {
	kind, ok := types[path.Ext(name)]
	if !ok {
		return file{}, fmt.Errorf("%s: got a kind of file that has no content type, want one of html, css, mjs, svg", name)
	}
	sum := sha256.Sum256(body)
	f := file{kind: kind, tag: `"` + hex.EncodeToString(sum[:12]) + `"`, body: body}
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return file{}, err
	}
	if _, err := z.Write(body); err != nil {
		return file{}, err
	}
	if err := z.Close(); err != nil {
		return file{}, err
	}
	if b.Len() < len(body) {
		f.compressed = b.Bytes()
	}
	return f, nil
}

// bare returns a source without the lines that are comments and nothing else: they are a quarter of what would be
// sent. Empty lines stay in their place, so that a browser names the lines of the source.
func bare(source []byte) []byte {
	var b []byte
	inside := false
	for line := range bytes.Lines(source) {
		text := bytes.TrimSpace(line)
		starts := !inside && bytes.HasPrefix(text, []byte("/*"))
		comment := inside || starts || bytes.HasPrefix(text, []byte("//"))
		if inside = (inside || starts) && !bytes.HasSuffix(text, []byte("*/")); comment {
			line = []byte{'\n'}
		}
		b = append(b, line...)
	}
	return b
}

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "the page is read with GET", http.StatusMethodNotAllowed)
		return
	}
	f, keep, ok := h.find(req.URL.Path)
	if !ok {
		http.Error(w, "there is no page here; the one that shows records is at /", http.StatusNotFound)
		return
	}
	header.Set("Cache-Control", "no-cache")
	if keep {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	f.serve(w, req)
}

// find returns the file at a path, and whether a browser may keep it without asking again.
func (h *Handler) find(name string) (f file, keep, ok bool) {
	if id, record := strings.CutPrefix(name, "/r/"); name == "/" || record && id != "" && !strings.Contains(id, "/") {
		return h.index, false, true
	}
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return file{}, false, false
	}
	version, rest, _ := strings.Cut(rest, "/")
	f, ok = h.files[rest]
	return f, version == h.version, ok // a page of before an upgrade gets what there is now
}

func (f *file) serve(w http.ResponseWriter, req *http.Request) {
	header := w.Header()
	header.Set("Content-Type", f.kind)
	if f.kind == types[".html"] || f.kind == types[".svg"] { // what a browser can show by itself
		header.Set("Content-Security-Policy", Policy)
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
	}
	header.Set("ETag", f.tag)
	header.Set("Vary", "Accept-Encoding")
	if strings.Contains(req.Header.Get("If-None-Match"), f.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.body
	if f.compressed != nil && acceptsGzip(req.Header.Get("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		body = f.compressed
	}
	header.Set("Content-Length", fmt.Sprint(len(body)))
	if req.Method == http.MethodGet {
		_, _ = w.Write(body) // its error is that of a client that left
	}
}

// acceptsGzip reports whether a client that sent this Accept-Encoding reads gzip.
func acceptsGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		coding, quality, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";")
		if strings.EqualFold(coding, "gzip") {
			return strings.Trim(quality, "q=0.") != "" || quality == ""
		}
	}
	return false
}
