package jsonl

import (
	"bytes"
	"log/slog"
	"slices"

	"github.com/jackdaw-log/jackdaw/record"
)

// direct reads lines as record.AppendJSON writes them straight into records, without a list of their members in
// between. Any other line is for decodeOwn: one with a key or a value that is not of the own form, with a key that comes
// again, or with an error in it. For those it reads, direct makes what decodeOwn makes.
type direct struct {
	*parser
	// slab[:len] are the attrs of records that were read; they belong to these.
	slab []slog.Attr
	// time and received are the clocks of the two times.
	time, received clock
	process        recent[record.Process]
	thread         recent[record.Thread]
}

// recent is what an object was read as that may come again.
type recent[T any] struct {
	text []byte
	is   T
}

const (
	// slabAttrs is how many attrs space is made for at once: 5 KiB.
	slabAttrs = 128
	// maxShared is the length of the longest line whose attrs share a slab with those of others, which would keep alive
	// what they hold.
	maxShared = 8 << 10
	// maxRecent bounds what is kept of an object.
	maxRecent = 256
	// maxMembers is about how many values direct reads without counting them.
	maxMembers = 64
)

// directKey returns the key of the own form that is spelled so. The names that the message has elsewhere are none.
func directKey(key []byte) int {
	switch string(key) {
	case "msg", "event", "formattedMessage":
		return keyOther
	}
	if len(key) > len("trace_flags") {
		return keyOther
	}
	return keyOf(string(key), 0)
}

// read reads the line into r, which is zero. It reports false for a line that is not for it, and r holds anything then.
func (d *direct) read(r *record.Record) bool {
	if d.limits.Nodes < maxMembers || d.limits.Depth < 2 || d.next() != '{' || d.enter() != nil {
		return false
	}
	d.nodes = maxMembers
	const wanted = 1<<keyLevel | 1<<keyMessage
	seen := uint32(0)
	for {
		name, ok := d.member()
		key := directKey(name)
		if !ok || key == keyOther || seen&(1<<key) != 0 || !d.set(r, key) {
			return false
		}
		seen |= 1 << key
		switch d.next() {
		case ',':
			d.at++
		case '}':
			d.leave()
			if seen&wanted != wanted || d.next() != 0 || d.at < len(d.line) {
				return false
			}
			r.Attrs = d.own()
			return true
		default:
			return false
		}
	}
}

// member reads a key, which is good until the next string, and what stands between it and its value.
func (d *direct) member() (key []byte, ok bool) {
	if d.next() != '"' {
		return nil, false
	}
	key, err := d.bytes()
	if err != nil || d.next() != ':' {
		return nil, false
	}
	d.at++
	return key, true
}

func (d *direct) set(r *record.Record, key int) bool {
	switch key {
	case keyTime:
		return d.moment(&d.time, &r.Time)
	case keyReceived:
		return d.moment(&d.received, &r.Received)
	case keyLevel:
		return d.setLevel(r)
	case keyLogger:
		return d.text(&r.Logger)
	case keyMessage:
		return d.text(&r.Message)
	case keyAttrs:
		return d.attrs()
	case keySource:
		return d.object(func(key []byte) bool {
			switch string(key) {
			case "function":
				return d.text(&r.Source.Function)
			case "file":
				return d.text(&r.Source.File)
			case "line":
				return d.count(&r.Source.Line)
			}
			return false
		})
	case keyException:
		e := new(record.Exception)
		r.Exception = e
		return d.object(func(key []byte) bool {
			switch string(key) {
			case "type":
				return d.text(&e.Type)
			case "message":
				return d.text(&e.Message)
			case "traceback":
				return d.text(&e.Traceback)
			}
			return false
		})
	case keyStack:
		return d.text(&r.Stack)
	case keyTask:
		return d.text(&r.Task)
	case keyHost:
		return d.text(&r.Host)
	case keyPeer:
		return d.text(&r.Peer)
	case keyLevelName:
		return d.text(&r.LevelName)
	}
	return d.setOwner(r, key)
}

// setOwner sets what says who logged the record.
func (d *direct) setOwner(r *record.Record, key int) bool {
	switch key {
	case keyProcess:
		return d.process.read(d, &r.Process, func(key []byte) bool {
			switch string(key) {
			case "pid":
				return d.count(&r.Process.PID)
			case "name":
				return d.text(&r.Process.Name)
			}
			return false
		})
	case keyThread:
		return d.thread.read(d, &r.Thread, func(key []byte) bool {
			switch string(key) {
			case "id":
				v, err := d.value()
				return err == nil && setID(&r.Thread.ID, v)
			case "name":
				return d.text(&r.Thread.Name)
			}
			return false
		})
	}
	v, err := d.value()
	if err != nil {
		return false
	}
	return (&own{r: r}).set(key, v)
}

// text reads a string.
func (d *direct) text(to *string) bool {
	if d.next() != '"' {
		return false
	}
	s, err := d.string()
	*to = s
	return err == nil
}

// count reads an integer that is not negative.
func (d *direct) count(to *int) bool {
	v, err := d.value()
	return err == nil && setCount(to, v)
}

func (d *direct) setLevel(r *record.Record) bool {
	if d.next() != '"' {
		return false
	}
	name, err := d.bytes()
	if err != nil {
		return false
	}
	level, ok := usualLevel(string(name))
	if !ok {
		if level, err = record.ParseLevel(string(name)); err != nil {
			return false
		}
	}
	r.Level = level
	return true
}

// object reads an object and calls set, which reads the value, with each of its keys.
func (d *direct) object(set func(key []byte) bool) bool {
	if d.next() != '{' || d.enter() != nil || d.next() == '}' {
		return false
	}
	seen := 0
	for {
		key, ok := d.member()
		if seen++; !ok || seen > 3 || !set(key) {
			return false
		}
		switch d.next() {
		case ',':
			d.at++
		case '}':
			d.leave()
			return true
		default:
			return false
		}
	}
}

// read reads an object, at a glance where it is the one that was read last.
func (p *recent[T]) read(d *direct, to *T, set func(key []byte) bool) bool {
	if d.next() == '{' && len(p.text) > 0 && bytes.HasPrefix(d.line[d.at:], p.text) {
		d.at += len(p.text)
		*to = p.is
		return true
	}
	from := d.at
	if !d.object(set) {
		return false
	}
	if text := d.line[from:d.at]; len(text) <= maxRecent {
		p.text, p.is = append(p.text[:0], text...), *to
	}
	return true
}

// attrs reads the attrs, and leaves them with the members.
func (d *direct) attrs() bool {
	return d.next() == '{' && d.parser.object() == nil
}

// own returns a copy of the attrs that were read; nil if there are none.
func (d *direct) own() []slog.Attr {
	n, from := len(d.members), len(d.slab)
	switch {
	case n == 0:
		return nil
	case len(d.line) > maxShared:
		return slices.Clip(slices.Clone(d.members))
	case n > cap(d.slab)-from:
		d.slab, from = make([]slog.Attr, 0, max(slabAttrs, n)), 0
	}
	d.slab = append(d.slab, d.members...)
	return d.slab[from : from+n : from+n]
}
