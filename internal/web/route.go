package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/spell"
)

// route is a path of the API. Its path and the names of its parameters are those of openapi.json.
type route struct {
	method, path string
	// params are the names of what may stand behind the question mark.
	params []string
	// query says that it asks the store: how many may do so at once is bounded, and how long.
	query bool
	serve func(*call) error
}

// routes are all paths of the API.
func (h *Handler) routes() []route {
	meant := []string{"q", "lv", "from", "to", "tz"}
	with := func(more ...string) []string { return append(slices.Clip(meant), more...) }
	return []route{
		{"GET", "/api/records", with("order", "cursor", "limit"), true, (*call).records},
		{"GET", "/api/records/{id}", []string{"before", "after", "q", "lv", "tz"}, true, (*call).around},
		{"GET", "/api/tail", []string{"q", "lv", "tz", "after", "last", "all"}, false, (*call).tail},
		{"GET", "/api/export", with("order", "format", "fields"), false, (*call).export},
		{"GET", "/api/count", meant, true, (*call).count},
		{"GET", "/api/loggers", meant, true, (*call).count},
		{"GET", "/api/histogram", with("buckets", "width"), true, (*call).histogram},
		{"GET", "/api/values", with("name", "prefix", "limit"), true, (*call).values},
		{"GET", "/api/patterns", with("limit"), true, (*call).patterns},
		{"GET", "/api/complete", []string{"q", "at"}, false, (*call).complete},
		{"GET", "/api/check", []string{"q", "lv", "tz"}, false, (*call).check},
		{"GET", "/api/sources", nil, false, (*call).sources},
		{"GET", "/api/server", nil, false, (*call).server},
		{"POST", "/api/test", nil, false, (*call).test},
		{"POST", "/api/reload", nil, false, (*call).reload},
		{"GET", "/api/openapi.json", nil, false, (*call).openapi},
	}
}

// call is a request of the API under way.
type call struct {
	h      *Handler
	w      http.ResponseWriter
	req    *http.Request
	ctx    context.Context
	params url.Values // those that the route has, each once
	now    time.Time  // in the zone of who asks
	// done gives back the place among those who ask the store; nil where there is none.
	done func()
}

// handle serves a route: who may not, what is not understood and what goes wrong is answered here.
func (h *Handler) handle(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		c := &call{h: h, w: w, req: req, ctx: req.Context(), now: time.Now()}
		if err := c.enter(&rt); err != nil {
			c.fail(err)
		}
	})
}

// enter serves the route if it may be.
func (c *call) enter(rt *route) error {
	c.w.Header().Set("Cache-Control", "no-store")
	switch {
	case !c.h.may(c.req):
		return &failure{status: http.StatusUnauthorized, Message: "a token is needed: Authorization: Bearer TOKEN, or /login?token=TOKEN in a browser"}
	case c.req.Method != rt.method:
		c.w.Header().Set("Allow", rt.method)
		return &failure{status: http.StatusMethodNotAllowed, Message: fmt.Sprintf("%.20s is not possible here; use %s", c.req.Method, rt.method)}
	case c.h.origin.Check(c.req) != nil || isForeign(c.req):
		return &failure{status: http.StatusForbidden, Message: "a page of another origin may not do this"}
	}
	if err := c.read(rt.params); err != nil {
		return err
	}
	if rt.query {
		if err := c.admitted(); err != nil {
			return err
		}
		defer c.leave()
	}
	return rt.serve(c)
}

// leave gives back the place among those who ask the store. Giving it back twice is fine.
func (c *call) leave() {
	if c.done != nil {
		c.done()
		c.done = nil
	}
}

// isForeign reports whether a browser asks for a page of another origin. That page could not read the answer, but it could
// make the server work; a link that somebody follows is another thing.
func isForeign(req *http.Request) bool {
	switch req.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	}
	return req.Header.Get("Sec-Fetch-Mode") != "navigate"
}

// admitted waits until one more may ask the store, and bounds the time for it. The caller calls leave.
func (c *call) admitted() error {
	if c.h.o.Store == nil {
		return &failure{status: http.StatusServiceUnavailable, Message: "records are not kept here: this server has no store"}
	}
	ctx, cancel := context.WithTimeoutCause(c.ctx, c.h.o.QueryTime, errTooSlow)
	select {
	case c.h.queries <- struct{}{}:
	case <-ctx.Done():
		cancel()
		return context.Cause(ctx)
	case <-time.After(queryPatience):
		cancel()
		return &failure{status: http.StatusServiceUnavailable, Message: fmt.Sprintf("%d queries are under way, which is the limit", cap(c.h.queries)), retryAfter: 1}
	}
	c.ctx = ctx
	c.done = func() { <-c.h.queries; cancel() }
	return nil
}

// maxParam bounds the length of a parameter.
const maxParam = 32 << 10

// read takes the parameters apart. What is not known is an error: a slip must not change what is found.
func (c *call) read(names []string) error {
	params, err := url.ParseQuery(c.req.URL.RawQuery)
	if err != nil {
		return badf("the parameters cannot be read: %v", err)
	}
	for name, values := range params {
		switch {
		case !slices.Contains(names, name):
			text := fmt.Sprintf("there is no parameter %.40q here", name)
			if near := spell.Nearest(name, names...); near != "" {
				return &failure{status: http.StatusBadRequest, Message: text + fmt.Sprintf("; did you mean %s?", near), Hint: near}
			}
			return badf("%s; there is %s", text, orNone(names))
		case len(values) > 1:
			return badf("the parameter %s is given %d times, want once", name, len(values))
		case len(values[0]) > maxParam:
			return badf("the parameter %s has %d bytes, want at most %d", name, len(values[0]), maxParam)
		}
	}
	c.params = params
	if zone := params.Get("tz"); zone != "" {
		at, err := zoneOf(zone)
		if err != nil {
			return err
		}
		c.now = c.now.In(at)
	}
	return nil
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return spell.Or(names...)
}

// zoneOf returns the zone of an IANA name.
func zoneOf(name string) (*time.Location, error) {
	if len(name) <= 64 {
		if at, err := time.LoadLocation(name); err == nil {
			return at, nil
		}
	}
	return nil, badf("tz: the time zone %.64q is unknown; write a name such as Europe/Paris, or UTC", name)
}

// number returns a parameter that is a number from least to most, or byDefault where it is not given.
func (c *call) number(name string, byDefault, least, most int) (int, error) {
	text := c.params.Get(name)
	if text == "" {
		return byDefault, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, badf("%s: got %.40q, want a number from %d to %d", name, text, least, most)
	}
	return n, nil
}

// word returns a parameter that is one of some words, the first where it is not given.
func (c *call) word(name string, words ...string) (string, error) {
	text := c.params.Get(name)
	if text == "" {
		return words[0], nil
	}
	if !slices.Contains(words, text) {
		return "", badf("%s: got %.40q, want %s", name, text, spell.Or(words...))
	}
	return text, nil
}
