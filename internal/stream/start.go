package stream

import (
	"context"
	"time"
)

// start brings up a stream whose directory is locked.
func (s *Stream) start() error {
	if err := s.room.lowDisk(true); err != nil {
		s.notices.Give("disk", "stream: %v", err) // it opens all the same, and waits for room
	}
	before, err := s.mend()
	if err != nil {
		return err
	}
	e, err := startEngine(&s.o)
	if err != nil {
		return err
	}
	ctx, cancel := e.during(context.Background(), startTimeout)
	defer cancel()
	p, err := s.recover(ctx, e, before)
	if err != nil {
		e.stop()
		return err
	}
	publish, giveUp := context.WithCancel(context.Background())
	upkeep, stop := context.WithCancel(context.Background())
	s.giveUpNow, s.stopUpkeep = giveUp, stop
	go func() {
		defer close(s.publishing)
		p.run(publish)
	}()
	go func() {
		defer close(s.upkeeping)
		s.upkeep(upkeep)
	}()
	return nil
}

// findings are what there is of a stream when it is opened.
type findings struct {
	doc    *state
	end    head
	last   *stored
	damage []Damage
}

// find finds out what there is of the stream, and makes what is missing.
func (s *Stream) find(ctx context.Context, e *engine, before tail) (f findings, err error) {
	if err := s.ensure(ctx, e); err != nil {
		return findings{}, err
	}
	if f.doc, err = s.loadState(ctx, e); err != nil {
		return findings{}, err
	}
	if f.doc == nil {
		f.doc = &state{}
	}
	if f.end, f.last, err = s.findEnd(ctx, e, head{at: f.doc.Totals}); err != nil {
		return findings{}, err
	}
	f.damage, err = s.survey(ctx, e, before, f.doc, f.end, f.last)
	return f, err
}

// recover finds out where the stream and its cursors are.
func (s *Stream) recover(ctx context.Context, e *engine, before tail) (*publisher, error) {
	var f findings
	err := s.insist(ctx, func() (err error) {
		f, err = s.find(ctx, e, before)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.most = min(e.maxMessage(), int(min(s.o.MaxBytes/4, maxPayload)))
	doc, end, last := f.doc, f.end, f.last
	s.damage = f.damage
	for _, d := range s.damage {
		s.o.Notify("stream: damage: " + d.String())
	}
	epoch := doc.Epoch
	if last != nil && last.err == nil {
		epoch = max(epoch, last.mark.epoch)
	}
	if !doc.Clean || doc.Sequence != end.seq || epoch == 0 {
		epoch = nextEpoch(epoch)
	}
	s.epoch = epoch
	end.at = before.latest(doc, end.at)
	s.ring.reset(end)
	s.engines.set(e)
	for name, p := range doc.Cursors {
		s.cursors[name] = s.restore(name, p, end)
	}
	if err := s.insist(ctx, func() error { return s.loadOnce(ctx, e) }); err != nil {
		return nil, err
	}
	err = s.saveState(ctx, false)
	for s.o.URL != "" && err != nil { // it is all that keeps another process out, and a cluster may be choosing a leader
		if !pause(ctx, publishPause) {
			return nil, err
		}
		err = s.saveState(ctx, false)
	}
	if err != nil { // the disk may be full; nothing is stored before this is
		s.notices.Give("save", "stream: %v", err)
	}
	return &publisher{s: s, serial: 1, epoch: epoch, head: end}, nil
}

// awayPatience is how long a server of the cluster that is away, and is to keep the stream, is waited for.
const awayPatience = 30 * time.Second

// insist repeats what asks for something until it is answered, or ctx ended: while a cluster chooses its leader nobody
// may ever answer a request, or somebody says that there is no leader yet. A cluster that is just starting may also say
// that one of its servers is away.
func (s *Stream) insist(ctx context.Context, ask func() error) error {
	for began := time.Now(); ; {
		err := ask()
		away := isAway(err)
		if !isUnanswered(err) && !(away && time.Since(began) < awayPatience) || !pause(ctx, publishPause) {
			return err
		}
		if away {
			s.notices.Give("away", "stream: a server of %s is away, and is waited for: %v", s.Place(), err)
		} else {
			s.notices.Give("unanswered", "stream: %s does not answer, and is asked again: %v", s.Place(), err)
		}
	}
}

// restore makes a cursor that nobody reads with yet.
func (s *Stream) restore(name string, p position, end head) *Cursor {
	c := &Cursor{s: s, name: name, o: CursorOptions{Required: p.Required}, gap: p.Gap}
	c.place = place{seq: p.Sequence, index: p.Index, at: p.Totals}
	if p.Sequence > end.seq+1 {
		s.notices.Give("beyond "+name, "stream: handler %s had handled all up to message %d, and the stream ends at message %d: it lost its last messages; the handler goes on with what comes next", name, p.Sequence-1, end.seq)
		c.place = place{seq: end.seq + 1, at: p.Totals}
	}
	c.kept, c.start = c.place.seq, c.place.at.Levels.Total()
	return c
}
