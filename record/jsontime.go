package record

import (
	"encoding/binary"
	"slices"
	"time"
)

// AppendTime appends t as RFC 3339 with nine digits of the second and the offset of t's location:
// 2026-11-22T10:41:41.702000000+01:00. The form has one length per offset form and sorts as text
// within one offset. A year out of 0 to 9999, which RFC 3339 cannot say, is clamped.
func AppendTime(dst []byte, t time.Time) []byte {
	var c clock
	return c.append(dst, t)
}

// clock writes times and remembers the second of the last one: few records are alone in theirs.
type clock struct {
	sec      int64
	location *time.Location // nil: there is no last one
	text     [36]byte       // the last time with some digits for the nanoseconds: 2026-11-22T10:41:41.702000000+01:00
	n        uint8          // the length of the text
	exact    bool           // RFC 3339 can say the year and the offset
}

// point is where the nanoseconds begin in the text of a time, zone where they end.
const point, zone = len("2026-11-22T10:41:41"), len("2026-11-22T10:41:41.702000000")

// see makes the clock's second that of t.
func (c *clock) see(t time.Time) {
	if sec, location := t.Unix(), t.Location(); sec != c.sec || location != c.location {
		c.set(t)
		c.sec, c.location = sec, location
	}
}

// append appends t as AppendTime does.
func (c *clock) append(dst []byte, t time.Time) []byte {
	c.see(t)
	from := len(dst)
	dst = slices.Grow(dst, len(c.text))[:from+len(c.text)]
	text := (*[len(c.text)]byte)(dst[from:])
	*text = c.text
	nano := uint32(t.Nanosecond())
	text[point+1] = byte('0' + nano/1e8)
	binary.LittleEndian.PutUint64(text[point+2:], digits8(nano%1e8)|allZeros)
	return dst[:from+int(c.n)]
}

// appendShort appends t as [time.RFC3339Nano] has it: with as many digits of the second as it needs.
func (c *clock) appendShort(dst []byte, t time.Time) []byte {
	c.see(t)
	if !c.exact {
		return t.AppendFormat(dst, time.RFC3339Nano)
	}
	dst = append(dst, c.text[:point]...)
	if nano := uint32(t.Nanosecond()); nano != 0 {
		w := digits8(nano % 1e8)
		dst = append(dst, '.', byte('0'+nano/1e8))
		dst = binary.LittleEndian.AppendUint64(dst, w|allZeros)
		dst = dst[:len(dst)-trailing(w)]
	}
	return append(dst, c.text[zone:c.n]...)
}

func (c *clock) set(t time.Time) {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	_, offset := t.Zone()
	minutes := offset / 60
	c.exact = year >= 0 && year <= 9999 && (minutes != 0 || offset == 0) && minutes > -100*60 && minutes < 100*60

	year = min(max(year, 0), 9999)
	put2(c.text[0:], year/100)
	put2(c.text[2:], year%100)
	put2(c.text[5:], int(month))
	put2(c.text[8:], day)
	put2(c.text[11:], hour)
	put2(c.text[14:], minute)
	put2(c.text[17:], second)
	c.text[4], c.text[7], c.text[10], c.text[13], c.text[16], c.text[point] = '-', '-', 'T', ':', ':', '.'
	if minutes == 0 {
		c.text[zone] = 'Z'
		c.n = uint8(zone + len("Z"))
		return
	}
	c.text[zone] = '+'
	if minutes < 0 {
		c.text[zone], minutes = '-', -minutes
	}
	put2(c.text[zone+1:], minutes/60)
	c.text[zone+3] = ':'
	put2(c.text[zone+4:], minutes%60)
	c.n = uint8(zone + len("+01:00"))
}

func put2(b []byte, n int) {
	_ = b[1]
	b[0], b[1] = byte('0'+n/10%10), byte('0'+n%10)
}
