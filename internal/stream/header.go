package stream

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/jackdaw-log/jackdaw/internal/queue"
)

// The names of headers, and the version of what is in headerMark. They are wire format.
const (
	headerMark    = "Jackdaw"
	headerOnce    = "Jackdaw-Once"
	headerVersion = "1"
)

// totals counts from the beginning of a stream to a place in it.
type totals struct {
	Bytes  uint64       `json:"bytes"` // of payloads
	Levels queue.Levels `json:"levels"`
}

// mark is what a message says about itself in its header.
type mark struct {
	epoch uint64
	after totals       // up to and with this message
	own   queue.Levels // the records in this message
}

// before is the totals up to the message.
func (m *mark) before(payload int) totals {
	return totals{Bytes: m.after.Bytes - uint64(payload), Levels: difference(m.after.Levels, m.own)}
}

// add returns the totals after a message of so many bytes and records.
func (t totals) add(payload int, own queue.Levels) totals {
	t.Bytes += uint64(payload)
	t.Levels.Add(own)
	return t
}

// difference is what is in a and not in b, which is no more than a at any level; where damage made it
// more, it is none.
func difference(a, b queue.Levels) queue.Levels {
	for i := range a {
		a[i] -= min(a[i], b[i])
	}
	return a
}

func (m *mark) String() string {
	b := make([]byte, 0, 128)
	b = append(b, headerVersion...)
	number := func(n uint64) { b = strconv.AppendUint(append(b, ' '), n, 10) }
	number(m.epoch)
	number(m.after.Bytes)
	for _, n := range m.after.Levels {
		number(n)
	}
	for _, n := range m.own {
		number(n)
	}
	return string(b)
}

// markOf reads the mark in the headers of a message.
func markOf(h nats.Header) (mark, error) {
	values := h[headerMark]
	if len(values) != 1 {
		return mark{}, fmt.Errorf("the message has no header %q", headerMark)
	}
	return parseMark(values[0])
}

func parseMark(text string) (m mark, err error) {
	version, rest, _ := strings.Cut(text, " ")
	if version != headerVersion {
		return mark{}, fmt.Errorf("header %s is of version %.20q, want %s", headerMark, version, headerVersion)
	}
	next := func() (n uint64) {
		var word string
		word, rest, _ = strings.Cut(rest, " ")
		n, e := strconv.ParseUint(word, 10, 64)
		if e != nil && err == nil {
			err = fmt.Errorf("header %s: %w", headerMark, e)
		}
		return n
	}
	m.epoch, m.after.Bytes = next(), next()
	for i := range m.after.Levels {
		m.after.Levels[i] = next()
	}
	for i := range m.own {
		m.own[i] = next()
	}
	if err == nil && rest != "" {
		err = fmt.Errorf("header %s goes on with %.20q", headerMark, rest)
	}
	return m, err
}
