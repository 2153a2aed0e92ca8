package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/web/live"
)

// failure is what goes wrong with a request, and how it is answered:
//
//	{"error":{"message":"…","column":7,"length":3,"hint":"…"}}
type failure struct {
	status int
	// Message says what is wrong and what would be right.
	Message string `json:"message"`
	// Column and Length are where in a filter, in characters, the first being 1.
	Column int `json:"column,omitempty"`
	Length int `json:"length,omitempty"`
	// Hint is what would be right in place of those characters.
	Hint string `json:"hint,omitempty"`

	retryAfter int // in seconds; 0 where that is of no use
}

func (f *failure) Error() string { return f.Message }

// badf is a request that is wrong.
func badf(format string, args ...any) error {
	return &failure{status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

// errTooSlow ends a query that took too long.
var errTooSlow = errors.New("the query took too long; ask for a shorter time, or for something more rare")

// failureOf returns how an error is answered.
func failureOf(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if e, ok := errors.AsType[*filter.Error](err); ok {
		return &failure{status: http.StatusBadRequest, Message: e.Problem, Column: e.Column, Length: e.Width, Hint: e.Fix}
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return &failure{status: http.StatusNotFound, Message: "there is no record of this id"}
	case errors.Is(err, live.ErrFull):
		return &failure{status: http.StatusServiceUnavailable, Message: err.Error(), retryAfter: 5}
	case errors.Is(err, store.ErrClosed), errors.Is(err, live.ErrClosed):
		return &failure{status: http.StatusServiceUnavailable, Message: errClosing.Error(), retryAfter: 1}
	case errors.Is(err, errTooSlow), errors.Is(err, context.DeadlineExceeded):
		return &failure{status: http.StatusGatewayTimeout, Message: errTooSlow.Error()}
	}
	return &failure{status: http.StatusInternalServerError, Message: err.Error()}
}

// fail answers with an error. Whoever left gets none.
func (c *call) fail(err error) {
	if c.req.Context().Err() != nil {
		return
	}
	f := failureOf(err)
	if f.status == http.StatusUnauthorized {
		c.w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if f.retryAfter > 0 {
		c.w.Header().Set("Retry-After", strconv.Itoa(f.retryAfter))
	}
	c.answer(f.status, struct {
		Error *failure `json:"error"`
	}{f})
}

// nothing answers a path of the API that there is not.
func (h *Handler) nothing(w http.ResponseWriter, req *http.Request) {
	c := &call{h: h, w: w, req: req, ctx: req.Context()}
	c.fail(&failure{status: http.StatusNotFound, Message: "there is nothing of this name; docs/api.md and /api/openapi.json say what there is"})
}
