package daemon

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/hierarchy"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/record"
)

// durable is the way of records through the stream: each handler that outlives the process has a
// cursor of its own there, and behind it a gate, since a cursor brings all records.
type durable struct {
	stream *stream.Stream
	store  *sqlite.Store                // nil if there is none
	closed atomic.Pointer[sqlite.Stats] // what was in the store when it was closed
	tree   *hierarchy.Tree[string]      // where the handlers hang, by the names of their cursors
	gates  map[string]*hierarchy.Gate[string]
}

// console is the name of the console, and of its cursor.
const console = "console"

// StreamDir is the directory of the stream in a data directory.
func StreamDir(data string) string { return filepath.Join(data, "stream") }

// openDurable opens the stream in the data directory.
func openDurable(o *Options) (*durable, error) {
	s, err := stream.Open(stream.Options{
		Dir: StreamDir(o.Data), Level: o.Durability, MaxBytes: o.StreamBytes, Notify: o.Notify,
	})
	if err != nil {
		return nil, err
	}
	d := &durable{stream: s, tree: hierarchy.New[string](everyLevel), gates: make(map[string]*hierarchy.Gate[string])}
	for _, l := range o.Levels {
		d.tree.SetLevel(l.Logger, l.Level)
	}
	return d, nil
}

// add hangs the handler into the hierarchy, and gives it a cursor. One that was here before goes on where it was, unless
// the options say where.
func (d *durable) add(name string, h record.Handler, o stream.CursorOptions) error {
	d.tree.AddHandler("", hierarchy.Attached[string]{Handler: name})
	g := hierarchy.NewGate(d.tree, name, h, true)
	if _, err := d.stream.Cursor(name, g, o); err != nil {
		return err
	}
	d.gates[name] = g
	return nil
}

// show gives the console a cursor that is not kept: a console shows what comes while it is there. h is the
// queue in front of it, which takes everything at once.
func (d *durable) show(h record.Handler) error {
	if err := d.stream.Forget(console); err != nil {
		return err
	}
	_, err := d.stream.Cursor(console, h, stream.CursorOptions{FromEnd: true})
	return err
}

// absent returns what waits for handlers that are not there.
func (d *durable) absent() (lines []string) {
	st := d.stream.Stats()
	for i := range st.Cursors {
		c := &st.Cursors[i]
		if !c.Reading && c.Name != console && c.Waiting > 0 {
			lines = append(lines, fmt.Sprintf("%d records wait for %s, which is not there now; they are kept until it is, or until the stream is full",
				c.Waiting, c.Name))
		}
	}
	return lines
}

// stats returns the counts of the handlers behind cursors.
func (d *durable) stats(st *stream.Stats) (handlers []jackdaw.HandlerStats) {
	for i := range st.Cursors {
		c := &st.Cursors[i]
		g := d.gates[c.Name]
		if g == nil {
			continue
		}
		// What is not for the handler was handled by the gate: it is not among what the handler accepted. How
		// many the handler took never shrinks, as their difference does while a batch is on its way.
		passed, _ := g.Counts()
		h := jackdaw.HandlerStats{Name: c.Name, Counts: counts(&c.Counts), Bytes: c.WaitingBytes, Err: c.Err}
		h.Handled = passed
		h.Accepted = h.Handled + h.Waiting + h.DroppedTotal()
		handlers = append(handlers, h)
	}
	return handlers
}

// missed adds, to the counts of the console, what its cursor had to give up before the queue had it.
func (d *durable) missed(st *stream.Stats, queued []jackdaw.HandlerStats) {
	cursor := slices.IndexFunc(st.Cursors, func(c stream.CursorStats) bool { return c.Name == console })
	handler := slices.IndexFunc(queued, func(h jackdaw.HandlerStats) bool { return h.Name == console })
	if cursor < 0 || handler < 0 {
		return
	}
	h := &queued[handler].Counts
	for reason, levels := range counts(&st.Cursors[cursor].Counts).Dropped {
		if h.Dropped == nil {
			h.Dropped = make(map[string]map[string]uint64)
		}
		all := h.Dropped[reason]
		if all == nil {
			all = make(map[string]uint64)
			h.Dropped[reason] = all
		}
		for level, n := range levels {
			all[level] += n
			h.Accepted += n
		}
	}
}

func counts(c *stream.Counts) jackdaw.Counts {
	out := jackdaw.Counts{Accepted: c.Accepted, Handled: c.Handled, Waiting: c.Waiting}
	for reason := range c.Dropped {
		if l := c.Dropped[reason]; l.Total() > 0 {
			if out.Dropped == nil {
				out.Dropped = make(map[string]map[string]uint64)
			}
			out.Dropped[stream.Reason(reason).String()] = l.Map()
		}
	}
	return out
}
