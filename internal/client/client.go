// Package client asks a running server over its HTTP API: what can be asked of a store (it implements
// [store.Reader]), what arrives ([Client.Follow]), and what a filter that is being typed could go on with.
//
// What a server answers is bounded and checked like anything else that comes from outside.
package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/jsonl"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// maxAnswer bounds an answer, and an event of what arrives.
	maxAnswer = 128 << 20
	// busyTime bounds how long a server that has too much to do is asked again.
	busyTime = 15 * time.Second
	// maxRefusal bounds what is read of an answer that is none.
	maxRefusal = 64 << 10
)

// ErrLarge says that an answer is larger than is taken: less is to be asked for.
var ErrLarge = fmt.Errorf("the answer has more than %d MiB", maxAnswer>>20)

// UnreachedError says that no server answered, or that it broke off.
type UnreachedError struct{ Err error }

func (e *UnreachedError) Error() string { return e.Err.Error() }

// Unwrap returns the error of the connection.
func (e *UnreachedError) Unwrap() error { return e.Err }

// AnswerError is an answer that says what was wrong.
type AnswerError struct {
	Status int
	// Message says it, if the server is one of ours. Column and Length are about a filter, in characters
	// from 1 on; zero if it is not about one.
	Message        string
	Column, Length int
	Hint           string
	// Body is the beginning of the answer, as it came.
	Body string
	// RetryAfter is when the server wants to be asked again; zero if it does not say so.
	RetryAfter time.Duration
}

func (e *AnswerError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
	}
	return e.Message
}

// Options configure a [Client].
type Options struct {
	// URL is the server's, without a path: http://127.0.0.1:9024.
	URL string
	// Token is sent with each request, if there is one.
	Token string
	// Transport carries requests. Defaults to http.DefaultTransport if nil.
	Transport http.RoundTripper
}

// Client asks one server. Its methods may be called from any goroutine.
type Client struct {
	o      Options
	http   *http.Client
	window atomic.Bool
}

// New returns a Client. It connects when there is something to ask.
func New(o Options) *Client {
	return &Client{o: o, http: &http.Client{Transport: o.Transport}}
}

// Window reports whether the server has no store, and an answer came from the last records that it has in memory.
func (c *Client) Window() bool { return c.window.Load() }

// Server is what a server says of itself.
type Server struct {
	PID       int
	Listening []Address
}

// Address is a place at which a server receives.
type Address struct{ Network, Address string }

// Server asks the server who it is.
func (c *Client) Server(ctx context.Context) (s Server, err error) {
	err = c.ask(ctx, "/api/server", url.Values{}, &s)
	return s, err
}

// Reload has the server read its configuration again, and returns what changed.
func (c *Client) Reload(ctx context.Context) (changed []string, err error) {
	body, err := c.do(ctx, http.MethodPost, "/api/reload", nil, "application/json")
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var said struct{ Changed []string }
	if err := json.NewDecoder(io.LimitReader(body, maxRefusal)).Decode(&said); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return said.Changed, nil
}

// get asks, and returns the answer's body, which the caller closes.
func (c *Client) get(ctx context.Context, path string, query url.Values, accept string) (io.ReadCloser, error) {
	return c.do(ctx, http.MethodGet, path, query, accept)
}

func (c *Client) do(ctx context.Context, method, path string, query url.Values, accept string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.o.URL+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accept)
	if c.o.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.o.Token)
	}
	resp, err := c.http.Do(req)
	switch {
	case ctx.Err() != nil:
		if err == nil {
			resp.Body.Close()
		}
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, unreached(err)
	case resp.StatusCode != http.StatusOK:
		defer resp.Body.Close()
		return nil, refusal(resp)
	}
	return resp.Body, nil
}

// unreached leaves out what was asked: the caller knows it, and it is long.
func unreached(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	return &UnreachedError{err}
}

// refusal reads an answer that is no success.
func refusal(resp *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
	e := &AnswerError{Status: resp.StatusCode, Body: strings.TrimSpace(string(body))}
	if seconds, err := strconv.ParseUint(resp.Header.Get("Retry-After"), 10, 16); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	var said struct {
		Error struct {
			Message        string
			Column, Length int
			Hint           string
		}
	}
	if json.Unmarshal(body, &said) == nil {
		e.Message, e.Hint = said.Error.Message, said.Error.Hint
		e.Column, e.Length = said.Error.Column, said.Error.Length
	}
	return e
}

// getPatiently is get, again and again while the server has too much to do for now.
func (c *Client) getPatiently(ctx context.Context, path string, query url.Values) (io.ReadCloser, error) {
	for until := time.Now().Add(busyTime); ; {
		body, err := c.get(ctx, path, query, "application/json")
		e, ok := errors.AsType[*AnswerError](err)
		if !ok || e.RetryAfter == 0 || time.Now().Add(e.RetryAfter).After(until) {
			return body, err
		}
		select {
		case <-time.After(e.RetryAfter):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// ask asks, and reads the answer, which is one JSON value. While the server says that it has too much to do for now, it
// is asked again for a while.
func (c *Client) ask(ctx context.Context, path string, query url.Values, answer any) error {
	body, err := c.getPatiently(ctx, path, query)
	if err != nil {
		return err
	}
	defer body.Close()
	limited := &io.LimitedReader{R: body, N: maxAnswer}
	err = json.NewDecoder(limited).Decode(answer)
	_, syntax := errors.AsType[*json.SyntaxError](err)
	_, mismatch := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case limited.N == 0:
		return ErrLarge
	case syntax, mismatch:
		return fmt.Errorf("read the answer to %s: %w", path, err)
	}
	return &UnreachedError{fmt.Errorf("the answer to %s broke off: %w", path, err)}
}

// idKey is how a record of an answer begins.
const idKey = `{"id":"`

// decoder reads records.
type decoder struct{ lines jsonl.Decoder }

// record reads a record in its JSON form with its id before all, if it has one. It changes line.
func (d *decoder) record(line []byte) (r record.Record, err error) {
	var id record.ID
	if rest, ok := strings.CutPrefix(string(line[:min(len(line), 128)]), idKey); ok {
		text, _, _ := strings.Cut(rest, `"`)
		end := len(idKey) + len(text) + 1 // behind the quote
		if end >= len(line) || line[end] != ',' {
			return r, fmt.Errorf("read record %.100q: want a key behind the id", line)
		}
		if text != "" {
			if id, err = record.ParseID(text); err != nil {
				return r, err
			}
		}
		line = line[end:]
		line[0] = '{'
	}
	if err := d.lines.Decode(line, &r); err != nil {
		return r, fmt.Errorf("read record %s: %w", id, err)
	}
	r.ID = id
	return r, nil
}

// records reads several.
func (d *decoder) records(lines []json.RawMessage) ([]record.Record, error) {
	records := make([]record.Record, len(lines))
	for i, line := range lines {
		var err error
		if records[i], err = d.record(line); err != nil {
			return nil, err
		}
		lines[i] = nil
	}
	return records, nil
}
