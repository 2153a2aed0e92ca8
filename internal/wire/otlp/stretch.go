package otlp

import (
	"bytes"

	"github.com/jackdaw-log/jackdaw/record"
)

// stretch is attributes that stood one behind another in the last LogRecord, were fields of the record, and had been the
// same in the one before: who logs, and where. They mostly come again, and are then compared and not read.
type stretch struct {
	// text is the attributes as they are in the message, tags and all. It is empty if there are none.
	text   []byte
	attrs  int
	fields fieldSet

	function, file, task, peer string
	thread                     record.Thread
}

const (
	// stretchFields are those that a stretch may have.
	stretchFields fieldSet = 1<<fieldFunction | 1<<fieldFile | 1<<fieldThreadID | 1<<fieldThreadName | 1<<fieldTask | 1<<fieldPeer
	// maxStretch bounds the text of one.
	maxStretch = 512
)

// again takes the stretch with which s begins if it is the one that begins at this place, and returns how long it is; 0
// if it is not.
func (d *Decoder) again(s []byte) int {
	if d.nth >= numPlaces {
		return 0
	}
	t := &d.stretches[d.nth]
	if len(t.text) == 0 || !bytes.HasPrefix(s, t.text) || d.at.seen&t.fields != 0 || d.values+t.attrs > d.max.Attrs {
		return 0
	}
	d.values += t.attrs
	d.nth += t.attrs
	d.at.seen |= t.fields
	t.set(d.at.r)
	return len(t.text)
}

// set sets the fields of r.
func (t *stretch) set(r *record.Record) {
	if t.fields.has(fieldFunction) {
		r.Source.Function = t.function
	}
	if t.fields.has(fieldFile) {
		r.Source.File = t.file
	}
	if t.fields.has(fieldThreadID) {
		r.Thread.ID = t.thread.ID
	}
	if t.fields.has(fieldThreadName) {
		r.Thread.Name = t.thread.Name
	}
	if t.fields.has(fieldTask) {
		r.Task = t.task
	}
	if t.fields.has(fieldPeer) {
		r.Peer = t.peer
	}
}

// learning is the stretch that is under way in a LogRecord.
type learning struct {
	from, to int // of the LogRecord
	place    int // of the first attribute
	attrs    int
	fields   fieldSet
}

// learn notes that the attribute from from to to of s, which stood at place, was the field same, or that it was not the
// same as in the record before: it goes on with the stretch, begins one, or ends it.
func (d *Decoder) learn(s []byte, from, to, place int, same field) {
	l := &d.learning
	if isSame := stretchFields.has(same) && place < numPlaces; !isSame || from != l.to {
		d.learned(s)
		if !isSame {
			return
		}
		*l = learning{from: from, place: place}
	}
	l.to = to
	l.attrs++
	l.fields |= 1 << same
}

// learned ends the stretch that is under way, if there is one.
func (d *Decoder) learned(s []byte) {
	l := &d.learning
	// A second field that says what thread it was has written over the first one.
	if text := s[l.from:l.to]; l.attrs >= 2 && len(text) <= maxStretch && !d.at.seen.has(fieldBigThreadID) {
		r := d.at.r
		t := &d.stretches[l.place]
		*t = stretch{
			text: append(t.text[:0], text...), attrs: l.attrs, fields: l.fields,
			function: r.Source.Function, file: r.Source.File, task: r.Task, peer: r.Peer, thread: r.Thread,
		}
	}
	*l = learning{}
}
