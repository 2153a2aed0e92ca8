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
	rememberedSites   = 128
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

// shape is what calls of one line of a program have in common.
type shape struct {
	message string
	level   slog.Level
	keys    []string
}

// site is a line of a program that logs. Its shape is written when it is met for the second time.
type site struct {
	shape
	segment uint64 // the number of the one that has the shape
	id      uint32 // of the shape in it; a segment has room for some thousand
	room    int    // that a call takes at most, but for its long texts
	// What the last call of the shape was of, and two of its words. What it referred to is in the segment too; without an origin there
	// was no such call.
	origin       *Origin
	pc           uintptr
	what, refers uint64
}

// siteOf returns where the site of a message is remembered.
func (l *lane) siteOf(message string) *site {
	return &l.sites[spread(uintptr(unsafe.Pointer(unsafe.StringData(message))), rememberedSites)]
}

// isOf reports whether the last call from there, in the segment of this number, had all this in common.
func (s *site) isOf(segment uint64, o *Origin, pc uintptr, level slog.Level, message string, n int) bool {
	return s.segment == segment && s.origin == o && s.pc == pc && s.begins(message, level, n)
}

// same reports whether two texts are the same memory.
func same(a, b string) bool { return len(a) == len(b) && unsafe.StringData(a) == unsafe.StringData(b) }

// begins reports whether a call has the message, level and number of attrs of the shape.
func (s *shape) begins(message string, level slog.Level, n int) bool {
	return same(s.message, message) && s.level == level && len(s.keys) == n
}

// has reports whether attrs, which are as many, have the keys of the shape.
func (s *shape) has(attrs, more []slog.Attr) bool {
	for i := range attrs {
		if !same(s.keys[i], attrs[i].Key) {
			return false
		}
	}
	for i := range more {
		if !same(s.keys[len(attrs)+i], more[i].Key) {
			return false
		}
	}
	return true
}

// set makes it the site of a call of which nothing is written.
func (s *site) set(message string, level slog.Level, attrs, more []slog.Attr) {
	s.message, s.level, s.segment, s.origin, s.keys = message, level, 0, nil, s.keys[:0]
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
