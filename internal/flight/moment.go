package flight

import (
	"encoding/binary"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/ticks"
)

// moment is a time, in nanoseconds since 1970, the key that a call had then, and what the processor had counted.
type moment struct{ wall, key, ticks int64 }

// How long the time of calls is told by a moment: keyHolds by their keys, and so many ticks, which are 6 µs or so at least, and half a
// second at most.
const (
	keyHolds = time.Second
	minHolds = 1 << 14
	maxHolds = 1 << 30
)

// now returns this moment.
func (r *Recorder) now() moment {
	if !ticks.Known {
		return r.clocks()
	}
	at, m := ticks.Beside(ticks.Read, r.clocks)
	m.ticks = at
	return m
}

// clocks returns this moment, but for the ticks.
func (r *Recorder) clocks() moment {
	now, key := r.o.Moment()
	return moment{wall: now.UnixNano(), key: key}
}

// begins says that a segment of the lane begins with a moment.
func (l *lane) begins(m moment) { l.began, l.moment, l.holds, l.made = m.ticks, m, minHolds, 0 }

// putMoment writes which time it is. It returns false if there is no room.
func (l *lane) putMoment() bool {
	m := l.r.now()
	body := append(l.room(), kindMoment, 0, 0, 0, 0, 0, 0, 0)
	if !l.end(appendWord(appendWord(appendWord(body, uint64(m.key)), uint64(m.wall)), uint64(m.ticks))) {
		return false
	}
	l.moment, l.holds = m, min(max(m.ticks-l.began, minHolds), maxHolds)
	return true
}

// tells reports whether the last moment tells the time of that key, and tellsTicks that of these ticks.
func (l *lane) tells(key int64) bool { return key-l.moment.key <= int64(keyHolds) }

func (l *lane) tellsTicks(at int64) bool { return uint64(at-l.moment.ticks) <= uint64(l.holds) }

// momentBytes is the length of the body of a moment.
const momentBytes = 32

// headMoment returns the moment that a segment begins with, and momentOf that of a frame.
func headMoment(segment []byte) moment {
	return moment{wall: wordAt(segment, atWall), key: wordAt(segment, atKey), ticks: wordAt(segment, atTicks)}
}

func momentOf(body []byte) moment {
	return moment{wall: wordAt(body, 16), key: wordAt(body, 8), ticks: wordAt(body, 24)}
}

func wordAt(b []byte, at int) int64 { return int64(binary.LittleEndian.Uint64(b[at:])) }

// timeOf returns the time of a key.
func (m *moment) timeOf(key int64) time.Time { return time.Unix(0, m.wall+key-m.key) }

// timeOfTicks returns the time of ticks that were read behind a moment, given by its index. It is no earlier than that, and no later
// than the next one.
func (s *leftSegment) timeOfTicks(at int32, ticks int64) time.Time {
	m := &s.moments[at]
	passed, from, to := ticks-m.ticks, m, m
	if int(at)+1 < len(s.moments) {
		to = &s.moments[at+1]
	} else if at > 0 {
		from = &s.moments[at-1]
	}
	all, lasted := to.ticks-from.ticks, to.key-from.key
	if passed <= 0 || all <= 0 || lasted <= 0 {
		return time.Unix(0, m.wall) // nobody knows
	}
	on := int64(float64(passed) / float64(all) * float64(lasted))
	if to != m {
		on = min(on, lasted)
	}
	return time.Unix(0, m.wall+on)
}
