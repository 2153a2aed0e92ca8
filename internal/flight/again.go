package flight

import (
	"encoding/binary"
	"log/slog"
	"math/bits"
	"time"
	"unsafe"

	"github.com/jackdaw-log/jackdaw/internal/snapshot"
)

// What most calls wait for: a frame that is put together in one go, word by word, with its sum. Nothing that was written is read
// again, since a load that meets parts of several stores waits until these are in the cache.

// again writes a call from a site of which the last call was like it, so that all it refers to is in the segment. It returns false if
// there is no room, or something that is not written here; nothing is there then. Of the flags there may be ticks, for which key
// stands then, or wall.
func (l *lane) again(s *site, flags uint64, key, wall int64, attrs, more []slog.Attr) bool {
	left := len(l.b) - l.at - s.room // for texts
	if left < 0 {
		return false
	}
	frame := unsafe.Pointer(&l.b[l.at])
	at, what := uintptr(frameHead+callHead), s.what|flags<<8|uint64(len(attrs))<<32|uint64(len(more))<<48
	h := mix(mix(mix(sumStart, what), uint64(key)), s.refers)
	store(frame, frameHead, what)
	store(frame, frameHead+8, uint64(key))
	store(frame, frameHead+16, s.refers)
	if flags&flagWall != 0 {
		store(frame, at, uint64(wall))
		at, h = at+8, mix(h, uint64(wall))
	}
	for keys := s.keys; len(keys) > 0; {
		if len(attrs) == 0 {
			attrs, more = more, nil
		}
		n := min(len(attrs), groupValues)
		var kinds uint64
		if at, h, kinds = putWords(frame, at, h, attrs[:n], keys); at == 0 {
			return false
		}
		if kinds&textValues != 0 {
			if at, h = putTexts(frame, at, uintptr(left), h, kinds, attrs[:n]); at == 0 {
				return false
			}
		}
		attrs, keys = attrs[n:], keys[n:]
	}
	store(frame, at, 0)
	n := uint64(at - frameHead)
	publish((*uint64)(frame), n|mix(h, n)>>32<<32)
	l.at += int(at)
	return true
}

// putWords writes the words of at most groupValues attrs, which have these keys, and of which kinds they are. It returns where
// it has come to, the sum, and the kinds; 0 if there is something unusual.
func putWords(frame unsafe.Pointer, at uintptr, h uint64, attrs []slog.Attr, keys []string) (uintptr, uint64, uint64) {
	// It calls nothing, so that all this stays in registers.
	kinds := uint64(0)
	keys = keys[:len(attrs)]
	for i := range attrs {
		if !same(attrs[i].Key, keys[i]) {
			return 0, 0, 0
		}
		v := &attrs[i].Value
		var kind, word uint64
		if k, w, ok := snapshot.Word(v); ok {
			kind, word = uint64(k), w
		} else if from, n, ok := snapshot.TextAt(v); ok {
			kind, word = textValue, uint64(n)
			if n <= maxShort {
				kind, word = uint64(shortText+n), 0
				if n >= 4 { // as short, which the compiler does not inline
					word = half(from, 0) | half(from, n-4)
				} else if n > 0 {
					word = byteAt(from, 0) | byteAt(from, n/2) | byteAt(from, n-1)
				}
			}
		} else if text, ok := snapshot.ErrorText(v); ok {
			kind, word = errorValue, uint64(len(text))
		} else if ns, in, ok := snapshot.TimeIn(v); ok && in == time.Local {
			kind, word = uint64(slog.KindTime), ns
		} else if ok && in == time.UTC {
			kind, word = utcTime, ns
		} else {
			return 0, 0, 0
		}
		store(frame, at, word)
		at, h = at+8, mix(h, word)
		kinds = kinds>>8 | kind<<56
	}
	kinds >>= 8 * (groupValues - len(attrs)) & 63
	store(frame, at, kinds)
	return at + 8, mix(h, kinds), kinds
}

// putTexts writes the texts of attrs of these kinds, up to a place in the frame. It returns where it has come to, and the sum; 0 if there
// is no room.
func putTexts(frame unsafe.Pointer, at, end uintptr, h, kinds uint64, attrs []slog.Attr) (uintptr, uint64) {
	for texts := kinds & textValues; texts != 0; texts &= texts - 1 {
		v := &attrs[bits.TrailingZeros64(texts)/8].Value
		from, n, ok := snapshot.TextAt(v)
		if !ok {
			text, _ := snapshot.ErrorText(v)
			from, n = unsafe.Pointer(unsafe.StringData(text)), len(text)
		}
		if at+uintptr(n) > end {
			return 0, 0
		}
		i := 0
		for ; n-i >= 8; i += 8 {
			word := load(unsafe.Add(from, i))
			store(frame, at, word)
			at, h = at+8, mix(h, word)
		}
		if i < n {
			word := short(unsafe.Add(from, i), n-i)
			store(frame, at, word)
			at, h = at+8, mix(h, word)
		}
	}
	return at, h
}

// store stores a word some bytes behind p.
func store(p unsafe.Pointer, at uintptr, word uint64) { *(*uint64)(unsafe.Add(p, at)) = word }

// load returns the eight bytes at p, which may be anywhere.
func load(p unsafe.Pointer) uint64 { return binary.LittleEndian.Uint64((*[8]byte)(p)[:]) }

// short returns a word of the n bytes at p, at least one and at most eight, and zeros. Some are read twice.
func short(p unsafe.Pointer, n int) uint64 {
	if n >= 4 {
		return half(p, 0) | half(p, n-4)
	}
	return byteAt(p, 0) | byteAt(p, n/2) | byteAt(p, n-1)
}

// half and byteAt return the four bytes, or the one, that are i bytes behind p, in their place in a word that begins at p.
func half(p unsafe.Pointer, i int) uint64 {
	return uint64(binary.LittleEndian.Uint32((*[4]byte)(unsafe.Add(p, i))[:])) << (8 * i & 63)
}

func byteAt(p unsafe.Pointer, i int) uint64 {
	return uint64(*(*byte)(unsafe.Add(p, i))) << (8 * i & 63)
}
