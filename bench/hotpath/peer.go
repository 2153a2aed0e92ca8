package main

import (
	"io"
	"slices"
)

// way says how a record gets from the call to the sink.
type way string

const (
	nowhere  way = "nowhere"  // it does not: the floor
	direct   way = "sync"     // the call writes it
	buffered way = "buffered" // the call writes a buffer, and now and then the sink
	async    way = "async"    // another goroutine writes it
)

// peer is one way to log.
type peer struct {
	name   string
	module string // whose version counts, if it is not the standard library's or ours
	slog   bool   // programs call a *slog.Logger
	way    way
	ours   bool
	// extra peers are measured only in a long run, or by their name.
	extra bool
	// works are the only works the peer is for, all if there are none.
	works []string
	// open starts the peer. The session is for one measurement.
	open func(to target) (*session, error)
}

// target is where a peer's lines of JSON go.
type target struct {
	// w may be written to by several goroutines at once.
	w io.Writer
	// file, if set, is the name that w was opened by. A peer with a file writer of its own
	// writes to this name, or beside it in the same directory, instead of w.
	file string
}

// calls are the log calls of a peer. Each makes n records of the same request.
type calls struct {
	message func(n int) // without attrs
	five    func(n int)
	ten     func(n int)
	below   func(n int) // without attrs, at a level that nobody wants; nil if that is not measured
}

// with returns the call that logs that many attrs.
func (c calls) with(attrs int) func(n int) {
	switch attrs {
	case 0:
		return c.message
	case 5:
		return c.five
	}
	return c.ten
}

// session is a peer at work.
type session struct {
	calls
	// flush hands over what the peer would hold back for longer than a moment. Nil if it holds
	// back nothing.
	flush func() error
	// close hands over everything there is and ends the peer.
	close func() error
	// told returns how many lines were the peer's own, about records it dropped. Nil if it
	// tells nothing.
	told func() int
}

// peers returns all there are.
func peers() []peer {
	return slices.Concat(
		floorPeers(),
		jackdawPeers(),
		slogPeers(),
		channelPeers(),
		zapPeers(),
		zerologPeers(),
		phusluPeers(),
		otelPeers(),
		logrusPeers(),
	)
}

// bound is the number of records that every asynchronous peer may hold, where it has such a bound.
const bound = 8192
