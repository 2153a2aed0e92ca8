package syslog

import (
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// rfc3164 reads the header of a message of that form, and returns the text behind it: all of it where there is
// no header.
func rfc3164(text string, now time.Time, r *record.Record) (rest string) {
	at, rest, ok := stamp(text, now)
	if !ok {
		return text
	}
	r.Time = at
	if after, ok := tag(rest, r); ok { // without a host, as to /dev/log
		return after
	}
	host, after := cut(rest)
	if host == "" || strings.ContainsAny(host, "[]\"'()") || after == "" {
		return rest
	}
	r.Host = host
	if after, ok := tag(after, r); ok {
		return after
	}
	return after
}

// stamp reads the time with which s begins, and the blank behind it.
func stamp(s string, now time.Time) (at time.Time, rest string, ok bool) {
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		word, rest := cut(s)
		at, ok = isoTime(word)
		return at, rest, ok
	}
	const shortest = len("Jan  2 15:04:05")
	if len(s) < shortest || s[3] != ' ' {
		return at, "", false
	}
	layout := "Jan _2 15:04:05"
	withYear := false
	if len(s) > shortest+5 && s[6] == ' ' && s[11] == ' ' { // Jan _2 2006 15:04:05
		layout, withYear = "Jan _2 2006 15:04:05", true
	}
	day := []byte(s[:len(layout)])
	if day[4] == '0' {
		day[4] = ' ' // 02 is as good as _2
	}
	at, err := time.ParseInLocation(layout, string(day), now.Location())
	if err != nil {
		return at, "", false
	}
	rest = s[len(layout):]
	fraction, rest, ok := fractionOf(rest)
	if !ok {
		return at, "", false
	}
	if !withYear {
		at = nearest(at, now)
	}
	return at.Add(fraction), rest, true
}

// fractionOf reads the fraction of a second, if there is one, and what ends a time: a blank, or a colon and a blank.
func fractionOf(s string) (d time.Duration, rest string, ok bool) {
	if digits, ok := strings.CutPrefix(s, "."); ok {
		n := 0
		for n < len(digits) && digits[n] >= '0' && digits[n] <= '9' {
			n++
		}
		ns, err := strconv.Atoi((digits[:n] + "000000000")[:9])
		if n == 0 || err != nil {
			return 0, "", false
		}
		d, s = time.Duration(ns), digits[n:]
	}
	s = strings.TrimPrefix(s, ":")
	if s == "" {
		return d, "", true
	}
	return d, s[1:], s[0] == ' '
}

// nearest gives at, of the year 0, the year in which it is nearest to now.
func nearest(at, now time.Time) time.Time {
	in := func(year int) time.Time {
		return time.Date(year, at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, now.Location())
	}
	best := in(now.Year())
	for _, year := range []int{now.Year() - 1, now.Year() + 1} {
		if t := in(year); t.Day() == at.Day() && (best.Day() != at.Day() || t.Sub(now).Abs() < best.Sub(now).Abs()) {
			best = t
		}
	}
	return best
}

// isoTime reads a time of RFC 5424, which is one of RFC 3339.
func isoTime(word string) (time.Time, bool) {
	// In UTC and not time.Parse, which would make the offset of this machine a time of its zone.
	t, err := time.ParseInLocation(time.RFC3339Nano, word, time.UTC)
	return t, err == nil
}

// tag reads "name: " or "name[pid]: ", with which s begins, and returns the text behind it. Relays write
// "name[pid] ", too.
func tag(s string, r *record.Record) (rest string, ok bool) {
	end := strings.IndexAny(s, " :[")
	if end <= 0 {
		return "", false
	}
	name, rest, pid := s[:end], s[end:], ""
	if rest[0] == '[' {
		if pid, rest, ok = strings.Cut(rest[1:], "]"); !ok || strings.Contains(pid, " ") {
			return "", false
		}
	}
	n, err := strconv.ParseInt(pid, 10, 32)
	isPID := err == nil && n > 0
	rest, ok = strings.CutPrefix(rest, ":")
	if !ok && !isPID || rest != "" && rest[0] != ' ' {
		return "", false
	}
	if pid != "" && !isPID {
		name += "[" + pid + "]"
	}
	if r.Logger = name; isPID {
		r.Process.PID = int(n)
	}
	return strings.TrimPrefix(rest, " "), true
}
