package stream

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// Report is what is in the files of a stream.
type Report struct {
	// Segments are the files, in their order.
	Segments []Segment
	// Messages and Records are how many can be read.
	Messages, Records uint64
	// Damage is what cannot.
	Damage []Damage
}

// Segment is a file of a stream. What was removed from the stream, because it was handled, may still be in
// its first one.
type Segment struct {
	File     string
	Bytes    int64
	Messages uint64
	Records  uint64
	// First is the id of the first record, and Last that of the first record of the last message.
	First, Last           record.ID
	FirstStored, LastTime time.Time
}

// Verify reads the files of the stream of that name in the data directory dir, and says what is in them and
// what is damaged. It needs no process that has the stream open, and disturbs none; what one is just
// writing may show as a file that is cut off. An empty name is the default.
func Verify(dir, name string) (*Report, error) {
	all, err := blocks(dir, name)
	if err != nil {
		return nil, fmt.Errorf("verify stream: %w", err)
	}
	v := verifier{}
	for _, b := range all {
		if err := v.block(&b); err != nil {
			return nil, fmt.Errorf("verify stream: %w", err)
		}
	}
	v.ended()
	return &v.report, nil
}

// verifier holds each message against the one before.
type verifier struct {
	report  Report
	last    *stored // the last message that could be read
	pending []Damage

	text  []byte // the file at hand
	holes []hole // what of it is not a message
}

// hole is a part of a file that is not a message.
type hole struct{ from, to int64 }

func (v *verifier) block(b *block) (err error) {
	segment := Segment{File: filepath.Base(b.path)}
	if v.text, err = b.read(v.text); err != nil {
		return err
	}
	v.holes = v.holes[:0]
	err = b.scanText(v.text, visitor{
		message: func(m *stored, offset int64) error {
			v.message(m, segment.File, offset)
			segment.note(m)
			return nil
		},
		damaged: func(offset, bytes int64, what string) {
			v.holes = append(v.holes, hole{offset, offset + bytes})
			v.pending = append(v.pending, Damage{File: segment.File, Offset: offset, What: fmt.Sprintf("%s; %d bytes are not a message", what, bytes)})
		},
	})
	if err != nil {
		return err
	}
	segment.Bytes = int64(len(v.text))
	v.report.Segments = append(v.report.Segments, segment)
	v.report.Messages += segment.Messages
	v.report.Records += segment.Records
	return nil
}

func (s *Segment) note(m *stored) {
	id := record.ID{Epoch: m.mark.epoch, Sequence: m.seq}
	if s.Messages == 0 {
		s.First, s.FirstStored = id, m.at
	}
	s.Last, s.LastTime = id, m.at
	s.Messages++
	s.Records += m.mark.own.Total()
}

// message notes what is missing between the last message and this one.
func (v *verifier) message(m *stored, file string, offset int64) {
	if m.err != nil {
		v.report.Damage = append(v.report.Damage, Damage{File: file, Offset: offset, What: m.err.Error(), After: v.seq(), Before: m.seq + 1})
		return
	}
	lost := uint64(0)
	if v.last != nil {
		lost = difference(m.mark.before(len(m.payload)).Levels, v.last.mark.after.Levels).Total()
	}
	switch {
	case len(v.pending) > 0:
		v.settle(m.seq, lost, false)
	case v.last != nil && (lost > 0 || m.seq != v.last.seq+1):
		v.report.Damage = append(v.report.Damage, Damage{File: file, Offset: offset, What: "messages are missing", After: v.seq(), Before: m.seq, Records: lost})
	}
	own := *m
	own.payload = nil
	v.last = &own
}

// settle says of all damage since the last message what it cost, which is known of all together: the first one
// carries it.
func (v *verifier) settle(before, lost uint64, atLeast bool) {
	for i, d := range v.pending {
		d.After, d.Before = v.seq(), before
		if i == 0 {
			d.Records, d.AtLeast = lost, atLeast
		}
		v.report.Damage = append(v.report.Damage, d)
	}
	v.pending = nil
}

func (v *verifier) ended() { v.settle(0, 0, true) }

func (v *verifier) seq() uint64 {
	if v.last == nil {
		return 0
	}
	return v.last.seq
}
