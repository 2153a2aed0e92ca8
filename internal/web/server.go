package web

import (
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
