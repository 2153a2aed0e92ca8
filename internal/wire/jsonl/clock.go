package jsonl

import "time"

// clock reads times, most of which are of the same minute as the one before.
type clock struct {
	minute [minuteLen]byte // as text
	unix   int64           // when it begins
	known  bool
}

const (
	// minuteForm is how a time begins, up to its minute; each 0 is a digit.
	minuteForm = "0000-00-00T00:00"
	minuteLen  = len(minuteForm)
	secondLen  = minuteLen + len(":00")
)

// moment reads a time.
func (d *direct) moment(c *clock, to *time.Time) bool {
	if d.next() != '"' {
		return false
	}
	b, err := d.bytes()
	if err != nil {
		return false
	}
	t, ok := c.parse(b)
	if !ok {
		// In UTC and not time.Parse, which would make the offset of this machine a time of its zone.
		if t, err = time.ParseInLocation(time.RFC3339Nano, string(b), time.UTC); err != nil {
			return false
		}
	}
	*to = t
	return true
}

// parse reads a time in UTC with nine digits behind the second at most, as nearly all are.
func (c *clock) parse(b []byte) (t time.Time, ok bool) {
	if len(b) < secondLen+1 || len(b) > secondLen+len(".000000000Z") || b[len(b)-1] != 'Z' || b[minuteLen] != ':' {
		return t, false
	}
	if !c.known || string(b[:minuteLen]) != string(c.minute[:]) {
		if !c.set(b[:minuteLen]) {
			return t, false
		}
	}
	seconds, ok := number(b[minuteLen+1 : secondLen])
	if !ok || seconds > 59 {
		return t, false
	}
	fraction, scale := b[secondLen:len(b)-1], int64(1e9)
	if len(fraction) == 0 {
		return time.Unix(c.unix+seconds, 0).UTC(), true
	}
	nanos, ok := number(fraction[1:])
	if !ok || fraction[0] != '.' {
		return t, false
	}
	for range fraction[1:] {
		scale /= 10
	}
	return time.Unix(c.unix+seconds, nanos*scale).UTC(), true
}

// set makes it the minute of the clock.
func (c *clock) set(minute []byte) bool {
	for i, form := range []byte(minuteForm) {
		if isDigit := minute[i]-'0' <= 9; isDigit != (form == '0') || !isDigit && minute[i] != form {
			return false
		}
	}
	t, err := time.Parse(time.RFC3339, string(minute)+":00Z")
	if err != nil {
		return false
	}
	c.unix, c.known = t.Unix(), copy(c.minute[:], minute) > 0
	return true
}

// number returns the number that the digits are, of which there is one at least.
func number(digits []byte) (n int64, ok bool) {
	for _, c := range digits {
		if c -= '0'; c > 9 {
			return 0, false
		}
		n = 10*n + int64(c)
	}
	return n, len(digits) > 0
}
