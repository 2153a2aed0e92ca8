package queue

import "log/slog"

// form is the form of a record, which stands in a slab; none if that is nil.
type form struct {
	text []byte
	slab *slab
}

// slab is memory for the forms of records of one band of levels, which stand in it one behind the other. It is used
// again when nobody holds it. Since the records of a band go in their order, first or last, there is not much in it
// that waits for nobody any more.
type slab struct {
	mem  []byte // who makes forms fills it up; what is filled stays as it is
	held int    // by how many chunks, and by who makes forms; the outlet's mutex guards it
}

// A slab has room for a hundred lines and more. One that has less than scantBytes left is taken to be full. A
// record whose form has no room in what is left, and would take half of another one, waits without it.
const (
	slabBytes     = 32 << 10
	scantBytes    = 512
	maxSpareSlabs = 256
)

// slabs are those that forms are made in. The listener's moving guards them.
type slabs struct {
	filled [bands]filledSlab
	full   []*slab // those that were filled up since the last block
}

// filledSlab is a slab, if there is one, and how far it is filled.
type filledSlab struct {
	*slab
	at int
}

// of returns the slab for the forms of records of that level. There is some room in it.
func (s *slabs) of(o *Outlet, level slog.Level) *filledSlab {
	f := &s.filled[Band(level)]
	if f.slab == nil || len(f.mem)-f.at < scantBytes {
		s.next(o, f)
	}
	return f
}

// next goes on with another slab.
func (s *slabs) next(o *Outlet, f *filledSlab) {
	if f.slab != nil {
		s.full = append(s.full, f.slab)
	}
	o.mu.Lock()
	next, ok := o.log.slabs.take()
	o.mu.Unlock()
	if !ok {
		next = &slab{mem: make([]byte, slabBytes)}
	}
	next.held = 1
	f.slab, f.at = next, 0
}

// leave leaves the slabs that are full, once the forms are in the backlog.
func (s *slabs) leave(b *backlog) {
	for _, full := range s.full {
		b.release(full)
	}
	clear(s.full)
	s.full = s.full[:0]
}
