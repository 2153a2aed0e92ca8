package web

import (
	"context"
	"net/http"
	"time"
)

// listedSources are the processes that log.
type listedSources struct {
	Sources []listedSource `json:"sources"`
}

type listedSource struct {
	Host    string `json:"host"`
	PID     int    `json:"pid"`
	Process string `json:"process"`
	// Connected is null where that is not known: over UDP, and in requests.
	Connected  *bool     `json:"connected"`
	Peer       string    `json:"peer"`
	First      time.Time `json:"first"`
	Last       time.Time `json:"last"`
	Records    uint64    `json:"records"`
	Reconnects uint64    `json:"reconnects"`
}

// listed returns the processes that log.
func (h *Handler) listed() listedSources {
	a := listedSources{Sources: []listedSource{}}
	if h.o.Live == nil {
		return a
	}
	for _, s := range h.o.Live.Sources() {
		l := listedSource{
			Host: s.Host, PID: s.PID, Process: s.Process, Peer: s.Peer, First: s.First, Last: s.Last, Records: s.Records, Reconnects: s.Reconnects,
		}
		if s.Known {
			l.Connected = &s.Connected
		}
		a.Sources = append(a.Sources, l)
	}
	return a
}

// sources answers with the processes that log.
func (c *call) sources() error {
	c.answer(http.StatusOK, c.h.listed())
	return nil
}

// Server is what a server says of itself. The names of the JSON form are stable.
type Server struct {
	Version string    `json:"version"`
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	// Data says that records outlive the process before they are handled, Store that they are kept to be found.
	Data      bool        `json:"data"`
	Store     bool        `json:"store"`
	Listening []Listening `json:"listening"`
	// Connections are those that are open of senders.
	Connections int `json:"connections"`
	// FirstRecord says whether there was ever a record.
	FirstRecord bool `json:"first_record"`
	// Rejects are the last frames that were no records, the newest first.
	Rejects []Reject `json:"rejects"`
}

// Listening is an address that something can be sent to.
type Listening struct {
	Network string `json:"network"`
	Address string `json:"address"`
	// What says what is understood there.
	What string `json:"what"`
}

// Reject is something that was sent, and is no record.
type Reject struct {
	Time     time.Time `json:"time"`
	Receiver string    `json:"receiver"`
	Peer     string    `json:"peer"`
	Reason   string    `json:"reason"`
	// LooksLike says what it looks like, where that can be told.
	LooksLike string `json:"looks_like,omitempty"`
	// Hint says what is wrong, or what would be right.
	Hint string `json:"hint"`
}

// server answers with what the server says of itself.
func (c *call) server() error {
	c.answer(http.StatusOK, c.h.o.Server())
	return nil
}

// test sends a record.
func (c *call) test() error {
	if err := c.h.o.Test(c.ctx); err != nil {
		return &failure{status: http.StatusServiceUnavailable, Message: "the record was not taken: " + err.Error()}
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// reloaded is what changed.
type reloaded struct {
	Changed []string `json:"changed"`
}

// reload has the server read its configuration again. Who asks may leave meanwhile.
func (c *call) reload() error {
	if c.h.o.Reload == nil {
		return &failure{status: http.StatusNotImplemented, Message: "there is nothing to reload here"}
	}
	told, err := c.h.o.Reload(context.WithoutCancel(c.ctx))
	if err != nil {
		return &failure{status: http.StatusUnprocessableEntity, Message: err.Error()}
	}
	c.answer(http.StatusOK, reloaded{told})
	return nil
}
