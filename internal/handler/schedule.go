package handler

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// day is the length of a day on which no clock is set.
const day = 24 * time.Hour

// maxInterval bounds FileOptions.Interval: in weeks it is longer than anything is kept.
const maxInterval = 10_000

// The forms of the time in the name of a rotated file, as Python's TimedRotatingFileHandler has them.
const (
	stampSecond = "2006-01-02_15-04-05"
	stampMinute = "2006-01-02_15-04"
	stampHour   = "2006-01-02_15"
	stampDay    = "2006-01-02"
)

// schedule says when a file is rotated by time. The zero value never is. Its rules are those of
// Python's TimedRotatingFileHandler:
//
//	S M H D    every so many seconds, minutes, hours, days of 24 hours, from the last rotation on
//	midnight   at the end of a day, or at a time of the day
//	W0 … W6    at the end of a Monday … Sunday, or at a time on that day
//
// A time of the day is one of the wall clock, which on some days has an hour less or one twice. A time
// that the clock skips is taken as it was counted before: 02:30 is 03:30. Of a time that comes twice
// it is the first.
type schedule struct {
	layout  string        // of the names of rotated files
	every   time.Duration // S, M, H, D: the interval; else 0
	days    int           // midnight, W: the days from one rotation to the next
	weekday time.Weekday  // the day it has to be, if weekly
	weekly  bool
	clock   int // midnight, W: the second of the day; that of its end is 86400
	utc     bool
}

// set reports whether there is a schedule at all.
func (s *schedule) set() bool { return s.layout != "" }

// newSchedule checks the options that say when to rotate.
func newSchedule(o *FileOptions) (s schedule, err error) {
	if o.When == "" {
		if o.Interval != 0 || o.AtTime != 0 || o.UTC {
			return s, errors.New("got Interval, AtTime or UTC without When, want S, M, H, D, midnight or W0 to W6 for it")
		}
		return s, nil
	}
	interval := o.Interval
	if interval == 0 {
		interval = 1
	}
	if interval < 0 || interval > maxInterval {
		return s, fmt.Errorf("got Interval %d, want 1 to %d", o.Interval, maxInterval)
	}
	s = schedule{layout: stampDay, utc: o.UTC}
	switch when := strings.ToUpper(o.When); {
	case when == "S":
		s.layout, s.every = stampSecond, time.Duration(interval)*time.Second
	case when == "M":
		s.layout, s.every = stampMinute, time.Duration(interval)*time.Minute
	case when == "H":
		s.layout, s.every = stampHour, time.Duration(interval)*time.Hour
	case when == "D":
		s.every = time.Duration(interval) * day
	case when == "MIDNIGHT":
		s.days = interval
	case len(when) == 2 && when[0] == 'W' && when[1] >= '0' && when[1] <= '6':
		s.days, s.weekly = 7*interval, true
		s.weekday = time.Weekday(when[1]-'0'+1) % 7 // Python's week begins on Monday
	default:
		return s, fmt.Errorf("got When %q, want S, M, H, D, midnight or W0 to W6 (W0 is Monday)", o.When)
	}
	s.clock = int(o.AtTime / time.Second)
	switch {
	case o.AtTime != 0 && s.days == 0:
		return s, fmt.Errorf("got AtTime with When %s, want it with midnight or W0 to W6", o.When)
	case o.AtTime < 0 || o.AtTime >= day || o.AtTime%time.Second != 0:
		return s, fmt.Errorf("got AtTime %v, want whole seconds since midnight, less than 24h", o.AtTime)
	case s.clock == 0:
		s.clock = int(day / time.Second)
	}
	return s, nil
}

func (s *schedule) zone() *time.Location {
	if s.utc {
		return time.UTC
	}
	return time.Local
}

// next returns when to rotate next, which is after now.
func (s *schedule) next(now time.Time) time.Time {
	if s.every > 0 {
		return time.Unix(now.Unix(), 0).Add(s.every)
	}
	now = now.In(s.zone())
	hour, minute, second := now.Clock()
	ahead := 0 // days
	if s.clock <= (hour*60+minute)*60+second {
		ahead++
	}
	if s.weekly {
		ahead += int(s.weekday-now.Weekday()-time.Weekday(ahead)+14) % 7
		ahead += s.days - 7
	} else {
		ahead += s.days - 1
	}
	year, month, date := now.Date()
	return wallTime(time.Date(year, month, date+ahead, 0, 0, s.clock, 0, time.UTC), now)
}

// wallTime returns the moment after now at which the clocks of now's zone show what wall shows in UTC.
// Of two such moments it is the one that now's offset leads to. Where there is none, because the clock
// is set forward over it, it is the moment at which the clock would have shown it.
func wallTime(wall, now time.Time) time.Time {
	_, offset := now.Zone()
	at := time.Unix(wall.Unix()-int64(offset), 0).In(now.Location())
	_, there := at.Zone()
	if there == offset {
		return at
	}
	other := at.Add(time.Duration(offset-there) * time.Second)
	if _, o := other.Zone(); o == there || other.After(at) {
		return other
	}
	return at
}

// stamp names the interval that ends with a rotation at the given time, by its beginning.
func (s *schedule) stamp(at time.Time) string {
	at = at.In(s.zone())
	if s.every > 0 {
		return at.Add(-s.every).Format(s.layout)
	}
	year, month, date := at.Date()
	return time.Date(year, month, date-s.days, 0, 0, 0, 0, time.UTC).Format(s.layout)
}

// isStamp reports whether text is of the form of the names of rotated files.
func (s *schedule) isStamp(text string) bool {
	if len(text) != len(s.layout) {
		return false
	}
	for i := range len(text) {
		if digit(s.layout[i]) != digit(text[i]) || !digit(text[i]) && text[i] != s.layout[i] {
			return false
		}
	}
	return true
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
