package pickle

import (
	"bytes"
	"strconv"
)

// timeRule returns the rules of dates, times and zones.
func timeRule(name []byte) rule {
	switch string(name) {
	case "datetime.datetime":
		return dateTime
	case "datetime.date":
		return date
	case "datetime.time":
		return clock
	case "datetime.timedelta":
		return timeDelta
	case "datetime.timezone":
		return timeZone
	case "zoneinfo.ZoneInfo._unpickle", "zoneinfo.ZoneInfo", "pytz._UTC", "pytz._p", "dateutil.tz.tz.tzutc":
		return namedZone
	}
	return nil
}

// The states that datetime pickles are the bytes of its fields, big endian:
//
//	date      year 2, month 1, day 1
//	time      hour 1, minute 1, second 1, microsecond 3
//	datetime  both
//
// The high bit of the month, or of a time's hour, is the fold; isoformat does not show it.

// dateTime shows isoformat(): 2026-11-22T10:41:41.702000+00:00. A zone whose offset is not in the
// pickle stands behind in brackets.
func dateTime(d *Decoder, o *object, args []value) bool {
	if len(args) == 0 {
		return false
	}
	state, ok := d.stateArg(args[0])
	if !ok || len(state) != 10 {
		return false
	}
	text, ok := appendDate(nil, state[:4])
	if !ok {
		return false
	}
	if text, ok = appendClock(append(text, 'T'), state[4:]); !ok {
		return false
	}
	return d.zoned(o, text, args[1:])
}

func date(d *Decoder, o *object, args []value) bool {
	if len(args) != 1 {
		return false
	}
	state, ok := d.stateArg(args[0])
	if !ok || len(state) != 4 {
		return false
	}
	text, ok := appendDate(nil, state)
	return ok && d.zoned(o, text, nil)
}

func clock(d *Decoder, o *object, args []value) bool {
	if len(args) == 0 {
		return false
	}
	state, ok := d.stateArg(args[0])
	if !ok || len(state) != 6 {
		return false
	}
	state = bytes.Clone(state)
	state[0] &= 0x7f
	text, ok := appendClock(nil, state)
	return ok && d.zoned(o, text, args[1:])
}

// stateArg returns the state of a date: bytes, or the text that Python 2's str became.
func (d *Decoder) stateArg(v value) ([]byte, bool) {
	if b, ok := d.bytesArg(v); ok {
		return b, true
	}
	text, ok := d.textArg(v)
	if !ok || len(text) > 40 {
		return nil, false
	}
	return appendLatin1(nil, text)
}

func appendDate(dst, state []byte) ([]byte, bool) {
	year, month, day := int(state[0])<<8|int(state[1]), int(state[2]&0x7f), int(state[3])
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 {
		return dst, false
	}
	dst = appendPadded(dst, year, 4)
	dst = appendPadded(append(dst, '-'), month, 2)
	return appendPadded(append(dst, '-'), day, 2), true
}

func appendClock(dst, state []byte) ([]byte, bool) {
	hour, minute, second := int(state[0]), int(state[1]), int(state[2])
	micro := int(state[3])<<16 | int(state[4])<<8 | int(state[5])
	if hour > 23 || minute > 59 || second > 59 || micro > 999999 {
		return dst, false
	}
	dst = appendPadded(dst, hour, 2)
	dst = appendPadded(append(dst, ':'), minute, 2)
	dst = appendPadded(append(dst, ':'), second, 2)
	if micro != 0 {
		dst = appendPadded(append(dst, '.'), micro, 6)
	}
	return dst, true
}

func appendPadded(dst []byte, n, width int) []byte {
	digits := strconv.Itoa(n)
	for range width - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// zoned makes o the text with what is shown of its zone, if it has one.
func (d *Decoder) zoned(o *object, text []byte, zone []value) bool {
	if len(zone) > 0 && zone[0].kind != kindNone {
		if seconds, micros, ok := d.offset(zone[0]); ok {
			text = appendOffset(text, seconds, micros)
		} else {
			text = d.appendShown(append(text, '['), zone[0], false, d.looking)
			text = append(text, ']')
		}
	}
	return d.note(o, text)
}

// offset returns the offset of a zone that has a fixed one.
func (d *Decoder) offset(v value) (seconds, micros int64, ok bool) {
	name, args := d.callOf(v)
	switch string(name) {
	case "pytz._UTC", "dateutil.tz.tz.tzutc":
		return 0, 0, true
	case "pytz._p":
		if len(args) < 2 {
			return 0, 0, false
		}
		seconds, ok = d.integer(args[1])
	case "datetime.timezone":
		if len(args) == 0 {
			return 0, 0, false
		}
		seconds, micros, ok = d.delta(args[0])
	}
	return seconds, micros, ok && seconds >= -86400 && seconds <= 86400
}

// callOf returns the name of what v is a call of, and the arguments.
func (d *Decoder) callOf(v value) (name []byte, args []value) {
	o := d.object(v)
	if o == nil || o.kind < objCall {
		return nil, nil
	}
	if tuple := d.object(o.args); tuple != nil {
		args = tuple.items
	}
	name, _ = d.calleeName(o.callee)
	return name, args
}

// delta returns a timedelta, both parts with the same sign, of at most maxDays.
func (d *Decoder) delta(v value) (seconds, micros int64, ok bool) {
	name, args := d.callOf(v)
	if string(name) != "datetime.timedelta" {
		return 0, 0, false
	}
	n, ok := d.integers(args)
	const maxDays = 999999999
	if !ok || len(n) != 3 || n[0] < -maxDays || n[0] > maxDays || n[1] < 0 || n[1] >= 86400 || n[2] < 0 || n[2] >= 1e6 {
		return 0, 0, false
	}
	seconds, micros = n[0]*86400+n[1], n[2]
	if seconds < 0 && micros > 0 {
		seconds, micros = seconds+1, micros-1e6
	}
	return seconds, micros, true
}

// appendOffset appends +HH:MM, with seconds where it has any.
func appendOffset(dst []byte, seconds, micros int64) []byte {
	sign := byte('+')
	if seconds < 0 || micros < 0 {
		sign, seconds, micros = '-', -seconds, -micros
	}
	dst = appendPadded(append(dst, sign), int(seconds/3600), 2)
	dst = appendPadded(append(dst, ':'), int(seconds/60%60), 2)
	if seconds%60 == 0 && micros == 0 {
		return dst
	}
	dst = appendPadded(append(dst, ':'), int(seconds%60), 2)
	if micros == 0 {
		return dst
	}
	return appendPadded(append(dst, '.'), int(micros), 6)
}

// timeDelta shows 1 day, 2:03:04.000005, whose days alone may be negative.
func timeDelta(d *Decoder, o *object, args []value) bool {
	n, ok := d.integers(args)
	if !ok || len(n) != 3 || n[1] < 0 || n[1] >= 86400 || n[2] < 0 || n[2] >= 1e6 {
		return false
	}
	var out []byte
	if n[0] != 0 {
		out = append(strconv.AppendInt(out, n[0], 10), " day"...)
		if n[0] != 1 && n[0] != -1 {
			out = append(out, 's')
		}
		out = append(out, ", "...)
	}
	out = strconv.AppendInt(out, n[1]/3600, 10)
	out = appendPadded(append(out, ':'), int(n[1]/60%60), 2)
	out = appendPadded(append(out, ':'), int(n[1]%60), 2)
	if n[2] != 0 {
		out = appendPadded(append(out, '.'), int(n[2]), 6)
	}
	return d.note(o, out)
}

// timeZone shows the name the zone was given, else UTC+01:00.
func timeZone(d *Decoder, o *object, args []value) bool {
	if len(args) == 2 {
		name, ok := d.textArg(args[1])
		return ok && d.note(o, name)
	}
	if len(args) != 1 {
		return false
	}
	seconds, micros, ok := d.delta(args[0])
	if !ok {
		return false
	}
	text := []byte("UTC")
	if seconds != 0 || micros != 0 {
		text = appendOffset(text, seconds, micros)
	}
	return d.note(o, text)
}

// namedZone shows the zone's key, as Europe/Berlin.
func namedZone(d *Decoder, o *object, args []value) bool {
	if len(args) == 0 { // pytz.UTC and dateutil's
		return d.note(o, []byte("UTC"))
	}
	key, ok := d.textArg(args[0])
	return ok && d.note(o, key)
}
