package format

import (
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// The parts of a time in the form of record.AppendTime, 2006-01-02T15:04:05.000000000Z07:00.
const (
	dateEnd   = len("2006-01-02")
	secondEnd = len("2006-01-02T15:04:05")
	milliEnd  = len("2006-01-02T15:04:05.000")
	nanoEnd   = len("2006-01-02T15:04:05.000000000")
)

// appendMoment appends t, to the millisecond: 2006-01-02T15:04:05.000Z07:00.
func appendMoment(dst []byte, t time.Time) []byte {
	from := len(dst)
	dst = record.AppendTime(dst, t)
	return append(dst[:from+milliEnd], dst[from+nanoEnd:]...)
}

// appendTimeOfDay appends the time of day, to the millisecond.
func appendTimeOfDay(dst []byte, t time.Time) []byte {
	from := len(dst)
	dst = record.AppendTime(dst, t)
	n := copy(dst[from:], dst[from+dateEnd+len("T"):from+milliEnd])
	return dst[:from+n]
}

// appendAsctime appends the local time as Python's Formatter shows it: 2006-01-02 15:04:05,000.
func appendAsctime(dst []byte, t time.Time) []byte {
	return appendAsctimeIn(dst, t.Local())
}

// appendAsctimeIn is appendAsctime in t's own zone.
func appendAsctimeIn(dst []byte, t time.Time) []byte {
	from := len(dst)
	dst = record.AppendTime(dst, t)[:from+milliEnd]
	dst[from+dateEnd], dst[from+secondEnd] = ' ', ','
	return dst
}

// dayOf numbers the days of t's location.
func dayOf(t time.Time) int64 {
	_, offset := t.Zone()
	const perDay = 24 * 60 * 60
	at := t.Unix() + int64(offset)
	day := at / perDay
	if at%perDay < 0 {
		day--
	}
	return day
}

// moment is how asctime is written. The nil moment is the default.
type moment struct {
	utc  bool
	form *dateForm // nil for the default
}

// append appends t as the moment has it.
func (m *moment) append(dst []byte, t time.Time) []byte {
	switch {
	case m == nil:
		return appendAsctime(dst, t)
	case m.utc:
		t = t.UTC()
	default:
		t = t.Local()
	}
	if m.form == nil {
		return appendAsctimeIn(dst, t)
	}
	return m.form.append(dst, t)
}
