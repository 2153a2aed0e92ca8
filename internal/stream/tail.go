package stream

import (
	"context"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// maxGaps bounds how many gaps are looked at when a stream is opened.
const maxGaps = 64

// tail is the end of the stream as it is in the files, and what in them is damaged, before JetStream opens them:
// it says nothing of what it finds.
type tail struct {
	last   *stored
	damage []Damage
}

// lookAtTail reads the last two files of the stream.
func lookAtTail(o *Options) tail {
	if o.Dir == "" {
		return tail{}
	}
	all, err := blocks(o.Dir, o.Name)
	if err != nil {
		return tail{}
	}
	v := verifier{}
	for _, b := range all[max(0, len(all)-2):] {
		if err := v.block(&b); err != nil {
			return tail{}
		}
	}
	return tail{last: v.last}
}

// survey finds out what the stream has lost: what is missing between its first message and its last one, and
// what there was after that. doc is the state as it was last written.
func (s *Stream) survey(ctx context.Context, e *engine, before tail, doc *state, end head, last *stored) ([]Damage, error) {
	found, err := e.gaps(ctx)
	if err != nil {
		return nil, err
	}
	known := end.at
	was := doc.Sequence
	lost := difference(doc.Totals.Levels, known.Levels)
	if t := before.last; t != nil {
		was = max(was, t.seq)
		if more := difference(t.mark.after.Levels, known.Levels); more.Total() > lost.Total() {
			lost = more
		}
	}
	if was > end.seq || lost.Total() > 0 {
		d := Damage{What: "the last messages are missing", Records: lost.Total(), AtLeast: true}
		if last != nil {
			d.After = last.seq
		}
		found = append(found, d)
	}
	for _, d := range before.damage {
		at := slices.IndexFunc(found, func(g Damage) bool {
			return g.After <= d.After && (g.Before == 0 || d.Before <= g.Before) && g.File == ""
		})
		if at < 0 {
			found = append(found, d)
			continue
		}
		found[at].File, found[at].Offset, found[at].What = d.File, d.Offset, d.What
	}
	return found, nil
}

// gaps returns what is missing inside of the stream. Nothing is ever removed there.
func (e *engine) gaps(ctx context.Context) ([]Damage, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	i, err := e.records.Info(ctx)
	if err != nil || i.State.NumDeleted == 0 {
		return nil, err
	}
	if i, err = e.records.Info(ctx, jetstream.WithDeletedDetails(true)); err != nil {
		return nil, err
	}
	missing := i.State.Deleted
	slices.Sort(missing)
	var found []Damage
	for len(missing) > 0 && len(found) < maxGaps {
		n := 1
		for n < len(missing) && missing[n] == missing[n-1]+1 {
			n++
		}
		d := Damage{What: "messages are missing", After: missing[0] - 1, Before: missing[n-1] + 1}
		missing = missing[n:]
		a, err := e.message(ctx, d.After)
		if err != nil {
			return nil, err
		}
		b, err := e.message(ctx, d.Before)
		if err != nil {
			return nil, err
		}
		if b == nil { // that is the end, of which survey takes care
			continue
		}
		if a != nil && a.err == nil && b.err == nil {
			d.Records = difference(b.mark.before(len(b.payload)).Levels, a.mark.after.Levels).Total()
		}
		found = append(found, d)
	}
	return found, nil
}

// latest returns the totals at the end of the stream, with what it has lost there: so that who reads finds
// that it is missing.
func (t tail) latest(doc *state, end totals) totals {
	if doc.Totals.Bytes > end.Bytes {
		end = doc.Totals
	}
	if t.last != nil && t.last.mark.after.Bytes > end.Bytes {
		end = t.last.mark.after
	}
	return end
}
