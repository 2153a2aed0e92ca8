package daemon

import (
	"os"
	"slices"
	"time"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/internal/queue"
	"github.com/jackdaw-log/jackdaw/internal/receiver"
	"github.com/jackdaw-log/jackdaw/internal/stream"
	"github.com/jackdaw-log/jackdaw/internal/web"
)

// ledger returns all counts as they are now, in the form in which they are shown.
func (d *Daemon) ledger() web.Stats {
	s := d.Stats()
	l := web.Stats{
		Version: d.o.Version, PID: os.Getpid(), Started: d.started, Time: time.Now(), Problems: []string{},
		HeldBytes: s.Receiver.HeldBytes, Receivers: []web.Receiver{},
	}
	l.Host, _ = os.Hostname()
	for _, n := range d.receiver.StatsByName() {
		l.Receivers = append(l.Receivers, receiverCounts(&n))
	}
	q := &s.Queue
	l.Queue = web.Queue{Counts: shown(&q.Counts, queueReasons()...), Unrouted: q.Unrouted, Bytes: q.Bytes, MaxBytes: d.o.queueBytes()}
	if s.Stream != nil {
		l.Stream = streamCounts(s.Stream)
		if s.Stream.Err != nil {
			l.Problems = append(l.Problems, s.Stream.Err.Error())
		}
	}
	l.Handlers = s.handled()
	if onlookers := d.live.Load(); onlookers != nil {
		v := onlookers.hub.Stats()
		l.Viewers = &web.Viewers{Now: v.Viewers, Limit: v.Limit, Unshown: v.Unshown}
	}
	if s.Store != nil {
		var problems []string
		l.Store, problems = storeState(s.Store)
		l.Problems = append(l.Problems, problems...)
	}
	for i := range l.Handlers {
		if h := &l.Handlers[i]; h.Error != "" {
			l.Problems = append(l.Problems, h.Name+": "+h.Error)
		}
	}
	return l
}

// handled returns the counts of all handlers, each name once.
func (s *Stats) handled() []web.Handled {
	all, gone := []web.Handled{}, []web.Handled(nil)
	for i := range s.Queue.Handlers {
		known := queueReasons()
		if s.Stream != nil { // it is behind a cursor and the queue
			known = append(known, cursorReasons()...)
		}
		if h := handlerCounts(&s.Queue.Handlers[i], known); h.Present {
			all = append(all, h)
		} else {
			gone = append(gone, h)
		}
	}
	required := make(map[string]bool)
	var absent []web.Handled
	if s.Stream != nil {
		for i := range s.Stream.Cursors {
			c := &s.Stream.Cursors[i]
			required[c.Name] = c.Required
			// The console's is one for the queue, and its handler is among those behind that.
			if !c.Reading && c.Name != console {
				absent = append(absent, absentCounts(c))
			}
		}
	}
	for i := range s.Kept {
		h := handlerCounts(&s.Kept[i], cursorReasons())
		h.Required = required[h.Name]
		all = append(all, h)
	}
	all = append(all, absent...)
	for i := range gone {
		all = withGone(all, &gone[i])
	}
	return all
}

func receiverCounts(n *receiver.Named) web.Receiver {
	return web.Receiver{
		Name: n.Name, Read: n.Frames, Accepted: n.Accepted, Waiting: n.Waiting,
		Rejected: byReason(n.Rejected), Dropped: byReason(n.Dropped), Returned: byReason(n.Returned),
		Bytes: n.Bytes, KernelDropped: n.KernelDrops,
		Connections: n.Conns, ConnectionsTotal: n.ConnsTotal, ConnectionsRefused: byReason(n.ConnsRefused),
		Requests: n.Requests, RequestsRefused: byReason(n.RequestsRefused),
		Known: web.Reasons{
			Rejected: words(receiver.Undecodable, receiver.TooLong, receiver.Foreign, receiver.Half, receiver.NoRoom, receiver.NotAllowed, receiver.NoTLS),
			Dropped:  words(receiver.Refused, receiver.Unhandled, receiver.Closed),
			Returned: words(receiver.Full),
		},
	}
}

func streamCounts(s *stream.Stats) *web.Stream {
	c := streamCounted(&s.Counts)
	out := &web.Stream{
		Counts: shown(&c, stream.Overflow.String(), stream.Closed.String()), Repeated: s.Repeated, Unhandled: s.Unhandled,
		Durability: s.Level.String(), Bytes: s.Bytes, MaxBytes: s.MaxBytes, DiskFree: s.Free, DiskFloor: s.FreeSpace, LastID: s.Last.String(),
	}
	if s.Err != nil {
		out.Error = s.Err.Error()
	}
	return out
}

func handlerCounts(h *jackdaw.HandlerStats, known []string) web.Handled {
	out := web.Handled{Name: h.Name, Present: !h.Gone, Counts: shown(&h.Counts, known...), WaitingBytes: h.Bytes}
	if h.Err != nil {
		out.Error = h.Err.Error()
	}
	return out
}

// withGone adds what was lost behind the queue with a handler that is gone: to the one of its name that is behind the
// stream now, if there is one, for a name is there once.
func withGone(all []web.Handled, gone *web.Handled) []web.Handled {
	i := slices.IndexFunc(all, func(h web.Handled) bool { return h.Name == gone.Name })
	if i < 0 {
		return append(all, *gone)
	}
	h := &all[i]
	h.Accepted += gone.Accepted
	h.Waiting += gone.Waiting
	for reason, levels := range gone.Dropped {
		if h.Dropped[reason] == nil {
			h.Dropped[reason] = web.ByReason{}
		}
		for level, n := range levels {
			h.Dropped[reason][level] += n
		}
	}
	return all
}

// absentCounts are those of a handler that is not there.
func absentCounts(c *stream.CursorStats) web.Handled {
	own := streamCounted(&c.Counts)
	return web.Handled{Name: c.Name, Required: c.Required, Counts: shown(&own, cursorReasons()...), WaitingBytes: c.WaitingBytes}
}

func shown(c *jackdaw.Counts, known ...string) web.Counts {
	out := web.Counts{Accepted: c.Accepted, Handled: c.Handled, Waiting: c.Waiting, Dropped: make(map[string]web.ByReason), Known: known}
	for reason, levels := range c.Dropped {
		out.Dropped[reason] = levels
	}
	return out
}

func byReason(counts map[receiver.Reason]uint64) web.ByReason {
	out := make(web.ByReason)
	for reason, n := range counts {
		out[string(reason)] = n
	}
	return out
}

func words(reasons ...receiver.Reason) []string {
	var list []string
	for _, r := range reasons {
		list = append(list, string(r))
	}
	return list
}

// queueReasons are those for which handlers behind the queue do not get a record.
func queueReasons() []string {
	var list []string
	for _, r := range []queue.Reason{queue.Full, queue.Refused, queue.Panicked, queue.Closed} {
		list = append(list, r.String())
	}
	return list
}

// cursorReasons are those for which handlers with a cursor do not get a record.
func cursorReasons() []string {
	var list []string
	for _, r := range []stream.Reason{stream.NoRoom, stream.TooMuch, stream.TooOld, stream.Damaged, stream.Refused, stream.Panicked} {
		list = append(list, r.String())
	}
	return list
}
