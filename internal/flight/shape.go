package flight

import (
	"log/slog"
	"unsafe"
)

// What a lane remembers of what it has written into its segment, so that a call refers to it: entries are found by
// addresses, and give way to others. They keep what they refer to, so that no address is another's.
const (
	rememberedOrigins = 64
	rememberedPlaces  = 64
	rememberedShapes  = 128
	// A shape has at most so many keys, and so long a message.
	maxShapeKeys    = 32
	maxShapeMessage = 512
)

type originEntry struct {
	origin  *Origin
	id      uint32
	segment uint64 // the number of the segment that has it
}

type placeEntry struct {
	pc      uintptr
	id      uint32
	segment uint64
}

// shape is what calls of one line of a program have in common. It is written when it is met for the second time.
type shape struct {
	message string
	level   slog.Level
	keys    []string
	id      uint32
	segment uint64
}

// same reports whether two texts are the same memory.
func same(a, b string) bool { return len(a) == len(b) && unsafe.StringData(a) == unsafe.StringData(b) }

// is reports whether a call is of the shape.
func (s *shape) is(message string, level slog.Level, attrs, more []slog.Attr) bool {
	n := len(attrs)
	if !same(s.message, message) || s.level != level || len(s.keys) != n+len(more) {
		return false
	}
	keys := s.keys[:n]
	for i := range keys {
		if !same(keys[i], attrs[i].Key) {
			return false
		}
	}
	for i := range more {
		if !same(s.keys[n+i], more[i].Key) {
			return false
		}
	}
	return true
}

// set makes it the shape of a call.
func (s *shape) set(message string, level slog.Level, attrs, more []slog.Attr) {
	s.message, s.level, s.segment, s.keys = message, level, 0, s.keys[:0]
	for i := range attrs {
		s.keys = append(s.keys, attrs[i].Key)
	}
	for i := range more {
		s.keys = append(s.keys, more[i].Key)
	}
}

// spread makes an index of n, a power of two, of an address.
func spread(address uintptr, n int) int {
	return int(uint64(address) * 0x9e3779b97f4a7c15 >> 32 & uint64(n-1))
}
