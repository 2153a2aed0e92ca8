package filter_test

import (
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
)

func TestParseTime(t *testing.T) {
	const form = "2006-01-02T15:04:05.999999999Z07:00"
	zone := now.Location()
	f := func(text, want string) {
		t.Helper()
		from, to, err := filter.ParseTime(text, now)
		if err != nil || from.In(zone).Format(form) != want || !to.Equal(from) {
			t.Errorf("%q: got %s to %s, %v, want %s", text, from.In(zone).Format(form), to.In(zone).Format(form), err, want)
		}
	}
	// now is 2026-11-22T10:41:41+01:00.
	f("now", "2026-11-22T10:41:41+01:00")
	f("-15m", "2026-11-22T10:26:41+01:00")
	f("15m", "2026-11-22T10:26:41+01:00")
	f("+15m", "2026-11-22T10:56:41+01:00")
	f("-1h30m", "2026-11-22T09:11:41+01:00")
	f("-1.5h", "2026-11-22T09:11:41+01:00")
	f("250ms", "2026-11-22T10:41:40.75+01:00")
	f("-2d", "2026-11-20T10:41:41+01:00")
	f("1w", "2026-11-15T10:41:41+01:00")
	f("3 hours ago", "2026-11-22T07:41:41+01:00")
	f("1 day 2 hours", "2026-11-21T08:41:41+01:00")
	f(" 10s ", "2026-11-22T10:41:31+01:00")
	f("9:30", "2026-11-22T09:30:00+01:00")
	f("09:30:15.25", "2026-11-22T09:30:15.25+01:00")
	f("10:41:41", "2026-11-22T10:41:41+01:00")
	f("17:30", "2026-11-21T17:30:00+01:00") // has not been yet today
	f("17:30+09:00", "2026-11-22T09:30:00+01:00")
	f("09:50Z", "2026-11-21T10:50:00+01:00")
	f("yesterday 17:30", "2026-11-21T17:30:00+01:00")
	f("yesterday@9:05", "2026-11-21T09:05:00+01:00")
	f("Today 17:30", "2026-11-22T17:30:00+01:00")
	f("2026-11-22T10:41", "2026-11-22T10:41:00+01:00")
	f("2026-11-22 10:41:41,702", "2026-11-22T10:41:41.702+01:00")
	f("2026-11-22T10:41:41.702Z", "2026-11-22T11:41:41.702+01:00")
	f("2026-11-22t10:41:41z", "2026-11-22T11:41:41+01:00")
	f("2026-11-22T10:41:41-0500", "2026-11-22T16:41:41+01:00")
	f("2026-11-22T10:41+05", "2026-11-22T06:41:00+01:00")
	f("2026-11-22 10:41:41 +0500", "2026-11-22T06:41:41+01:00")

	day := func(text, from, to string) {
		t.Helper()
		gotFrom, gotTo, err := filter.ParseTime(text, now)
		if err != nil || gotFrom.In(zone).Format(form) != from || gotTo.In(zone).Format(form) != to {
			t.Errorf("%q: got %s to %s, %v, want %s to %s", text, gotFrom.In(zone).Format(form), gotTo.In(zone).Format(form), err, from, to)
		}
	}
	day("today", "2026-11-22T00:00:00+01:00", "2026-11-23T00:00:00+01:00")
	day("Yesterday", "2026-11-21T00:00:00+01:00", "2026-11-22T00:00:00+01:00")
	day("2026-02-28", "2026-02-28T00:00:00+01:00", "2026-03-01T00:00:00+01:00")

	for _, text := range []string{"", "17", "17.30", "25:00", "17:60", "2026-13-01", "2026-02-30", "2026-11-22T", "15", "15x", "15 m x", "m", "-", "ago", "-15m-5m",
		"300000d", "1e9h", "99999999999999999999999h", "tomorrow", "yesterdayish", "yesterday 9:05Z", "10:41:41 PM", "0000-01-01", "9999-12-31", "+5m ago"} {
		if from, to, err := filter.ParseTime(text, now); err == nil {
			t.Errorf("%q: got %s to %s, want an error", text, from, to)
		}
	}
}

// On the days that clocks are changed, a day is as long as it is.
func TestDaysOfOtherLengths(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		berlin = time.FixedZone("", 3600) // no table of zones here: every day has 24 hours
	}
	for _, day := range []string{"2026-03-29", "2026-10-25", "2026-06-01"} {
		from, to, err := filter.ParseTime(day, time.Date(2026, 12, 1, 0, 0, 0, 0, berlin))
		if err != nil || from.In(berlin).Format("2006-01-02 15:04") != day+" 00:00" || to.In(berlin).Format("15:04") != "00:00" || to.In(berlin).Day() == from.In(berlin).Day() {
			t.Errorf("%s: got %s to %s, %v", day, from.In(berlin), to.In(berlin), err)
		}
	}
}
