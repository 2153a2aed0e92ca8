package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/record"
)

// silence is how long a server may say nothing, which gives a sign of life every 15 seconds.
const silence = 50 * time.Second

// TailQuery says what is to be told of what arrives.
type TailQuery struct {
	Filter *filter.Filter
	// After is the record behind which to begin; of what came before it nothing is told again. If it is
	// zero, the Last records that match come first.
	After record.ID
	Last  int
	// Patient says that the first attempt is tried again as any other.
	Patient bool
}

func (q *TailQuery) parameters() url.Values {
	v := url.Values{"all": {"1"}}
	if text := q.Filter.String(); text != "" {
		v.Set("q", text)
	}
	if q.After.IsZero() {
		v.Set("last", strconv.Itoa(q.Last))
	} else {
		v.Set("after", q.After.String())
	}
	return v
}

// Event is something that a server tells: at most one of its fields is set.
type Event struct {
	at record.ID // all up to it was told; zero if that is not said

	Hello   *Hello
	Records []record.Record
	Gap     *Gap
	// Lost and Back are about the connection, see [Client.Follow].
	Lost *Lost
	Back *Back
}

// Hello is what a server says first.
type Hello struct {
	Version string
	// Last is the newest record that there was, if there was one: all that come after it are told.
	Last record.ID
}

// Gap says that records are missing here, which arrived.
type Gap struct {
	Records uint64
	// AtLeast says that there may be more.
	AtLeast bool
	// Unfiltered says that nobody looked whether they match.
	Unfiltered bool
	// From and To are the first and the last of them, if that is known.
	From, To record.ID
	Why      string
}

// tail tells f what arrives, in its order, until the connection breaks, ctx ends, or f returns an error. What f is
// given is its own.
func (c *Client) tail(ctx context.Context, q TailQuery, f func(Event) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(silence, func() {
		cancel(&UnreachedError{fmt.Errorf("the server has said nothing for %v", silence)})
	})
	defer watch.Stop()
	body, err := c.get(ctx, "/api/tail", q.parameters(), "text/event-stream")
	if err != nil {
		return err
	}
	defer body.Close()
	s := events{r: bufio.NewReaderSize(body, 64<<10), alive: func() { watch.Reset(silence) }}
	var d decoder
	for {
		kind, id, data, err := s.next()
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, ErrLarge):
			return err
		case err != nil:
			return &UnreachedError{fmt.Errorf("the connection broke off: %w", err)}
		}
		e, err := d.event(kind, data)
		if err == nil {
			e.at, _ = record.ParseID(id)
			watch.Stop() // f may take its time
			err = f(e)
			watch.Reset(silence)
		}
		if err != nil {
			return err
		}
	}
}

// event reads an event. Of one that is not known here nothing is set.
func (d *decoder) event(kind string, data []byte) (e Event, err error) {
	switch kind {
	case "hello":
		var said struct {
			Version string
			Last    string
		}
		if err = json.Unmarshal(data, &said); err != nil {
			break
		}
		e.Hello = &Hello{Version: said.Version}
		if said.Last != "" {
			e.Hello.Last, err = record.ParseID(said.Last)
		}
	case "records":
		var said struct{ Records []json.RawMessage }
		if err = json.Unmarshal(data, &said); err == nil {
			e.Records, err = d.records(said.Records)
		}
	case "gap":
		var said struct {
			Records    uint64
			AtLeast    bool `json:"at_least"`
			Unfiltered bool
			From, To   string
			Why        string
		}
		if err = json.Unmarshal(data, &said); err != nil {
			break
		}
		e.Gap = &Gap{Records: said.Records, AtLeast: said.AtLeast, Unfiltered: said.Unfiltered, Why: said.Why}
		e.Gap.From, _ = record.ParseID(said.From) // known or not
		e.Gap.To, _ = record.ParseID(said.To)
	}
	if err != nil {
		return e, fmt.Errorf("read event %.20q: %w", kind, err)
	}
	return e, nil
}

// events reads a stream of server-sent events.
type events struct {
	r     *bufio.Reader
	alive func() // is called with each line
	line  []byte
}

// next returns the next event that has data.
func (s *events) next() (kind, id string, data []byte, err error) {
	for {
		line, err := s.readLine()
		if err != nil {
			return "", "", nil, err
		}
		s.alive()
		if len(line) == 0 {
			if data != nil {
				return kind, id, data, nil
			}
			kind, id = "", ""
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "event":
			kind = string(value)
		case "id":
			id = string(value)
		case "data":
			if data != nil {
				data = append(data, '\n')
			}
			if len(data)+len(value) > maxAnswer {
				return "", "", nil, ErrLarge
			}
			data = append(data, value...)
		}
	}
}

// readLine returns a line without its end, which is valid until the next one.
func (s *events) readLine() ([]byte, error) {
	s.line = s.line[:0]
	if cap(s.line) > 1<<20 {
		s.line = nil
	}
	for {
		part, err := s.r.ReadSlice('\n')
		if len(s.line)+len(part) > maxAnswer {
			return nil, ErrLarge
		}
		s.line = append(s.line, part...)
		switch {
		case err == nil:
			return bytes.TrimRight(s.line, "\r\n"), nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(s.line) == 0:
			return nil, io.EOF
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		default:
			return nil, err
		}
	}
}
