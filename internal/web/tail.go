package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/web/live"
	"github.com/jackdaw-log/jackdaw/record"
)

const (
	// heartbeat is how long a tail is silent at most.
	heartbeat = 15 * time.Second
	// readPatience is how long a client may take to read on before its connection is cut, and pausePatience how long one
	// that wants everything: somebody who reads a terminal.
	readPatience  = time.Minute
	pausePatience = 15 * time.Minute
	// defaultLast is how many records a tail begins with.
	defaultLast = 20
	// mediaEvents is the type of server-sent events.
	mediaEvents = "text/event-stream"
)

// tail answers with records as they arrive, until the client leaves or the server closes.
func (c *call) tail() error {
	q, err := c.viewed()
	if err != nil {
		return err
	}
	v, err := c.h.o.Live.View(q)
	if err != nil {
		return err
	}
	defer v.Close()
	t := &tail{c: c, rc: http.NewResponseController(c.w), events: q.Counts, patience: readPatience}
	if q.All {
		t.patience = pausePatience
	}
	defer func() { _ = t.rc.SetWriteDeadline(time.Time{}) }() // the connection may be used again
	head := c.w.Header()
	head.Set("X-Accel-Buffering", "no")
	if head.Set("Content-Type", "application/x-ndjson"); t.events {
		head.Set("Content-Type", mediaEvents)
		t.hello(q.End)
	}
	for err = t.flush(); err == nil; err = t.flush() {
		err = t.next(v)
		if err != nil {
			break
		}
	}
	if errors.Is(err, live.ErrClosed) && t.events {
		t.b = append(t.b, ": the server is closing\nretry: 1000\n\n"...)
		_ = t.flush() // it may have left
	}
	return nil
}

// viewed reads what is to be shown.
func (c *call) viewed() (q live.Query, err error) {
	if c.h.o.Live == nil {
		return q, &failure{status: http.StatusServiceUnavailable, Message: "records are not shown as they arrive: this server does not keep them in memory"}
	}
	if q.Filter, err = c.filter(); err != nil {
		return q, err
	}
	after := c.params.Get("after")
	if id := c.req.Header.Get("Last-Event-ID"); id != "" {
		after = id // of a client that comes again, with what it asked for at first
	}
	if after != "" {
		if q.After, q.Counted, err = parsePosition(after); err != nil {
			return q, badf("after: %.100q is no id of a record; one is <epoch>-<sequence>-<index>", after)
		}
	}
	if q.Last, err = c.number("last", defaultLast, 0, live.MaxLast); err != nil {
		return q, err
	}
	all, err := c.word("all", "0", "1")
	if err != nil {
		return q, err
	}
	q.All = all == "1"
	q.Counts = strings.Contains(c.req.Header.Get("Accept"), mediaEvents)
	q.End, err = c.h.o.Live.Last(c.ctx)
	return q, err
}

// position returns the id of an event: up to where all was told, and behind a ~ up to where all was counted, if that is
// not as far.
func position(u *live.Update) string {
	if u.Counted == u.At {
		return u.At.String()
	}
	return u.At.String() + "~" + u.Counted.String()
}

// parsePosition reads what position wrote.
func parsePosition(text string) (at record.ID, counted *record.ID, err error) {
	first, second, two := strings.Cut(text, "~")
	if at, err = record.ParseID(first); err == nil && at.IsZero() {
		err = errors.New("no id")
	}
	if err == nil && two {
		counted = new(record.ID)
		*counted, err = record.ParseID(second)
	}
	return at, counted, err
}

// tail writes what a viewer is shown: as server-sent events, or as lines of JSON.
type tail struct {
	c      *call
	rc     *http.ResponseController
	events bool
	b      []byte
	// patience is how long the client may take to read on.
	patience time.Duration
	encoder  record.Encoder
}

// next waits for what is new, and makes the bytes of it.
func (t *tail) next(v *live.View) error {
	ctx, cancel := context.WithTimeout(t.c.ctx, heartbeat)
	defer cancel()
	u, err := v.Next(ctx)
	switch {
	case err == nil:
	case t.c.ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded):
		if t.b = append(t.b, '\n'); t.events {
			t.b = append(t.b[:0], ":\n\n"...)
		}
		return nil
	default:
		return err
	}
	if t.events {
		t.appendEvents(u)
		return nil
	}
	for i := range u.Gaps {
		t.b = append(append(append(t.b, `{"gap":`...), object(told(&u.Gaps[i]))...), "}}\n"...)
	}
	for i := range u.Records {
		t.b = append(appendRecord(t.b, &t.encoder, &u.Records[i]), '\n')
	}
	return nil
}

// flush sends the bytes that were made.
func (t *tail) flush() error {
	if err := t.rc.SetWriteDeadline(time.Now().Add(t.patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := t.c.w.Write(t.b); err != nil {
		return err
	}
	if t.b = t.b[:0]; cap(t.b) > 1<<20 {
		t.b = nil
	}
	return t.rc.Flush()
}

// hello says who answers, and what was there.
func (t *tail) hello(end record.ID) {
	epoch, _, _ := strings.Cut(end.String(), "-")
	t.event("hello", "", append(object(struct {
		Epoch   string `json:"epoch"`
		Version string `json:"version"`
		Last    string `json:"last"`
	}{epoch, t.c.h.o.Server().Version, end.String()}), '}'))
}

// event appends an event. The id, if there is one, is where to go on after it.
func (t *tail) event(name, id string, data []byte) {
	t.b = append(append(append(t.b, "event: "...), name...), '\n')
	if id != "" {
		t.b = append(append(append(t.b, "id: "...), id...), '\n')
	}
	t.b = append(append(append(t.b, "data: "...), forPages(data)...), "\n\n"...)
}

// toldGap is a gap as it is told.
type toldGap struct {
	Records    uint64 `json:"records"`
	AtLeast    bool   `json:"at_least"`
	Unfiltered bool   `json:"unfiltered,omitempty"`
	From       string `json:"from,omitempty"`
	To         string `json:"to,omitempty"`
	Why        string `json:"why"`
}

func told(g *live.Gap) toldGap {
	return toldGap{g.Records, g.AtLeast, g.Unfiltered, g.From.String(), g.To.String(), g.Why}
}

// appendEvents appends the events of an update. The last one has its id, so that who comes again with an id has seen
// all before it, and nothing after.
func (t *tail) appendEvents(u *live.Update) {
	if u.Sources {
		t.event("sources", "", append(object(t.c.h.listed()), '}'))
		return
	}
	left := len(u.Gaps)
	if u.Counts != nil {
		left++
	}
	if len(u.Records) > 0 {
		left++
	}
	at := func() string {
		if left--; left == 0 {
			return position(u)
		}
		return ""
	}
	for i := range u.Gaps {
		t.event("gap", at(), append(object(told(&u.Gaps[i])), '}'))
	}
	if u.Counts != nil {
		t.event("counts", at(), counts(u.Counts))
	}
	if len(u.Records) > 0 {
		t.event("records", at(), append(appendRecords([]byte{'{'}, "records", u.Records, &t.encoder), '}'))
	}
}

// counts returns the JSON of counts.
func counts(c *live.Counts) []byte {
	a := struct {
		Loggers map[string]byLevel `json:"loggers"`
		Total   byLevel            `json:"total"`
	}{make(map[string]byLevel, len(c.Loggers)), c.Total.Map()}
	for name, l := range c.Loggers {
		a.Loggers[name] = l.Map()
	}
	return append(object(a), '}')
}
