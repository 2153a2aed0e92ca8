package filter

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// timeForms ends the errors about times.
const timeForms = "write -15m, 17:30, yesterday, 2026-11-22 or 2026-11-22T10:41:41+01:00"

// ParseTime reads a moment or a day as since: and until: take it. A moment is from and to at once; a
// day begins at from and ends before to. What names no zone is in that of now.
//
//	-15m  1h30m  2d  3 hours ago     before now; of ms s m h d w, a day being 24 hours
//	+5m                              after now
//	now                              now
//	17:30  9:05:12.5                 the last time the clock showed it
//	today  yesterday                 that day
//	yesterday 17:30                  that moment
//	2026-11-22                       that day
//	2026-11-22T10:41[:41.702][zone]  that moment; also with a space for T and a comma for the point.
//	                                 The zone is Z, +01:00, +0100 or +01
func ParseTime(s string, now time.Time) (from, to time.Time, err error) {
	from, to, ok := parseTime(strings.TrimSpace(s), now)
	if !ok {
		return from, to, fmt.Errorf("%q is no time; %s", s, timeForms)
	}
	// A year that RFC 3339 cannot say, in UTC as well, has no canonical form.
	if from.UTC().Year() < 1 || to.UTC().Year() > 9998 {
		return from, to, fmt.Errorf("%q is too far away", s)
	}
	return from.UTC(), to.UTC(), nil
}

func parseTime(s string, now time.Time) (from, to time.Time, ok bool) {
	now = now.Round(0) // what is read from a clock is compared with clocks of others
	word := strings.ToLower(s)
	if word == "now" {
		return now, now, true
	}
	day, rest := now, ""
	switch {
	case strings.HasPrefix(word, "today"):
		rest = word[len("today"):]
	case strings.HasPrefix(word, "yesterday"):
		day, rest = now.AddDate(0, 0, -1), word[len("yesterday"):]
	default:
		return parseMoment(s, word, now)
	}
	if rest == "" {
		from, to = dayOf(day)
		return from, to, true
	}
	clock, zone, ok := parseClock(strings.TrimLeft(rest, " t@"))
	at := onDay(day, clock)
	return at, at, ok && !zone
}

// parseMoment reads what is no word.
func parseMoment(s, word string, now time.Time) (from, to time.Time, ok bool) {
	if d, ok := parseAge(word); ok {
		at := now.Add(d)
		return at, at, true
	}
	if clock, zone, ok := parseClock(s); ok {
		day := now
		if zone {
			day = now.In(clock.Location())
		}
		at := onDay(day, clock)
		if at.After(now) {
			at = onDay(day.AddDate(0, 0, -1), clock)
		}
		return at, at, true
	}
	if day, err := time.ParseInLocation(time.DateOnly, s, now.Location()); err == nil {
		from, to = dayOf(day)
		return from, to, true
	}
	for _, between := range []string{"T", " "} {
		for _, clock := range []string{"15:04:05", "15:04"} {
			for _, zone := range zones {
				layout := time.DateOnly + between + clock + zone
				if at, err := time.ParseInLocation(layout, strings.ToUpper(s), now.Location()); err == nil {
					return at, at, true
				}
			}
		}
	}
	return from, to, false
}

// zones are the ways to write a zone, none first.
var zones = []string{"", "Z07:00", "Z0700", "Z07", " Z07:00", " Z0700"}

// parseClock reads a time of day, and reports whether it has a zone.
func parseClock(s string) (clock time.Time, zone, ok bool) {
	for _, layout := range []string{"15:04:05", "15:04"} {
		for i, suffix := range zones {
			if at, err := time.Parse(layout+suffix, strings.ToUpper(s)); err == nil {
				return at, i > 0, true
			}
		}
	}
	return clock, false, false
}

// onDay returns when on a day its clock shows the given time of day.
func onDay(day, clock time.Time) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), day.Location())
}

func dayOf(at time.Time) (from, to time.Time) {
	y, m, d := at.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, at.Location()), time.Date(y, m, d+1, 0, 0, 0, 0, at.Location())
}

// units of relative times.
var units = []struct {
	names string
	unit  time.Duration
}{
	{" ms msec msecs millisecond milliseconds ", time.Millisecond},
	{" s sec secs second seconds ", time.Second},
	{" m min mins minute minutes ", time.Minute},
	{" h hr hrs hour hours ", time.Hour},
	{" d day days ", 24 * time.Hour},
	{" w week weeks ", 7 * 24 * time.Hour},
}

// maxAge bounds relative times: 200 years.
const maxAge = 200 * 365 * 24 * time.Hour

// parseAge reads a relative time: what has to be added to now.
func parseAge(s string) (d time.Duration, ok bool) {
	later := strings.HasPrefix(s, "+")
	if later || strings.HasPrefix(s, "-") {
		s = s[1:]
	} else {
		s = strings.TrimSuffix(s, " ago")
	}
	for s != "" {
		i := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
		if i <= 0 {
			return 0, false
		}
		n, err := strconv.ParseFloat(s[:i], 64)
		if err != nil {
			return 0, false
		}
		s = strings.TrimLeft(s[i:], " ")
		if i = strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }); i < 0 {
			i = len(s)
		}
		unit := unitOf(s[:i])
		if s = strings.TrimLeft(s[i:], " "); unit == 0 || n*float64(unit)+float64(d) > float64(maxAge) {
			return 0, false
		}
		d += time.Duration(n * float64(unit))
		ok = true
	}
	if !later {
		d = -d
	}
	return d, ok
}

func unitOf(name string) time.Duration {
	for _, u := range units {
		if name != "" && strings.Contains(u.names, " "+name+" ") {
			return u.unit
		}
	}
	return 0
}
