package handler

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestSchedule(t *testing.T) {
	f := func(zone string, o FileOptions, now, next, stamp string) {
		t.Helper()
		s, err := newSchedule(&o)
		if err != nil {
			t.Fatal(err)
		}
		from, err := time.Parse(time.RFC3339Nano, now)
		if err != nil {
			t.Fatal(err)
		}
		setLocal(t, zone)
		at := s.next(from)
		if got := at.In(s.zone()).Format(time.RFC3339); got != next {
			t.Errorf("%s in %s after %s: got %s, want %s", o.When, zone, now, got, next)
		}
		if got := s.stamp(at); got != stamp {
			t.Errorf("%s in %s until %s: got the name %s, want %s", o.When, zone, next, got, stamp)
		}
	}
	half := 2*time.Hour + 30*time.Minute

	f("UTC", FileOptions{When: "s", Interval: 30}, "2026-11-22T10:41:41.7Z", "2026-11-22T10:42:11Z", "2026-11-22_10-41-41")
	f("UTC", FileOptions{When: "m"}, "2026-11-22T10:41:41Z", "2026-11-22T10:42:41Z", "2026-11-22_10-41")
	f("UTC", FileOptions{When: "Midnight", Interval: 3}, "2026-11-22T10:41:41Z", "2026-11-25T00:00:00Z", "2026-11-22")
	f("UTC", FileOptions{When: "midnight"}, "2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-22")
	f("UTC", FileOptions{When: "midnight", AtTime: half}, "2026-11-22T02:30:00Z", "2026-11-23T02:30:00Z", "2026-11-22")
	f("UTC", FileOptions{When: "w0"}, "2026-11-22T10:00:00Z", "2026-11-24T00:00:00Z", "2026-11-17") // the end of Monday
	f("UTC", FileOptions{When: "w6"}, "2026-11-22T10:00:00Z", "2026-11-23T00:00:00Z", "2026-11-16") // of Sunday, today
	f("UTC", FileOptions{When: "W6", AtTime: half, Interval: 2}, "2026-11-22T10:00:00Z", "2026-12-06T02:30:00Z", "2026-11-22")
	f("Asia/Kolkata", FileOptions{When: "H", UTC: true}, "2026-11-22T10:41:41Z", "2026-11-22T11:41:41Z", "2026-11-22_10")
	f("Asia/Kolkata", FileOptions{When: "H"}, "2026-11-22T10:41:41Z", "2026-11-22T17:11:41+05:30", "2026-11-22_16")

	// The day that has an hour less, and the one that has one more.
	f("Europe/Berlin", FileOptions{When: "midnight"}, "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", "2026-03-29")
	f("Europe/Berlin", FileOptions{When: "midnight"}, "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", "2026-10-25")
	f("Europe/Berlin", FileOptions{When: "W6"}, "2026-10-20T00:00:00+02:00", "2026-10-26T00:00:00+01:00", "2026-10-19")
	f("Europe/Berlin", FileOptions{When: "D"}, "2026-10-25T00:00:00+02:00", "2026-10-25T23:00:00+01:00", "2026-10-25")
	f("America/New_York", FileOptions{When: "H"}, "2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", "2026-11-01_01")
	f("America/New_York", FileOptions{When: "H"}, "2026-03-08T01:30:00-05:00", "2026-03-08T03:30:00-04:00", "2026-03-08_01")
	f("Australia/Lord_Howe", FileOptions{When: "midnight"}, "2026-10-04T00:00:00+10:30", "2026-10-05T00:00:00+11:00", "2026-10-04") // by half an hour
	f("Asia/Pyongyang", FileOptions{When: "midnight"}, "2018-05-04T12:00:00+08:30", "2018-05-05T00:00:00+09:00", "2018-05-04")      // for good

	// A time that is skipped, and one that comes twice.
	f("Europe/Berlin", FileOptions{When: "midnight", AtTime: half}, "2026-03-29T00:00:00+01:00", "2026-03-29T03:30:00+02:00", "2026-03-28")
	f("Europe/Berlin", FileOptions{When: "midnight", AtTime: half}, "2026-10-25T00:00:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-24")
	f("Europe/Berlin", FileOptions{When: "midnight", AtTime: half}, "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00", "2026-10-25")
	f("Europe/Berlin", FileOptions{When: "W6", Interval: 26, AtTime: half}, "2026-10-03T12:00:00+02:00", "2027-03-28T03:30:00+02:00", "2026-09-27") // a winter later
	f("America/Sao_Paulo", FileOptions{When: "midnight"}, "2018-11-03T12:00:00-03:00", "2018-11-04T01:00:00-02:00", "2018-11-03")
	f("America/Sao_Paulo", FileOptions{When: "midnight"}, "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00", "2018-11-04")
	f("America/Sao_Paulo", FileOptions{When: "midnight"}, "2018-02-17T12:00:00-02:00", "2018-02-18T00:00:00-03:00", "2018-02-17")
}

// Whatever clocks do, the next rotation is to come, within its interval, and days have names of their own.
func TestScheduleGoesOn(t *testing.T) {
	zones := []string{
		"UTC", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "America/Havana", "Asia/Beirut", "Africa/Cairo", "Africa/Casablanca",
		"Antarctica/Troll", "Australia/Lord_Howe", "Asia/Tehran", "Asia/Amman", "America/Caracas", "America/Nuuk", "Pacific/Chatham", "Europe/Moscow",
	}
	r := rand.New(rand.NewPCG(7, 26))
	for _, zone := range zones {
		setLocal(t, zone)
		for range 60 {
			o := FileOptions{When: []string{"S", "H", "D", "midnight", "W0", "W5"}[r.IntN(6)], Interval: 1 + r.IntN(3)}
			if len(o.When) > 1 {
				o.AtTime = time.Duration(r.IntN(2*86400)) / 2 * time.Second
			}
			s, err := newSchedule(&o)
			if err != nil {
				t.Fatal(err)
			}
			longest := s.every
			if s.every == 0 {
				longest = time.Duration(s.days+1) * day
			}
			now, last := time.Unix(r.Int64N(2<<30), 0), ""
			for range 30 {
				next, stamp := s.next(now), ""
				if !next.After(now) || next.Sub(now) > longest {
					t.Fatalf("%+v in %s: got %s after %s, want at most %s more", o, zone, next, now, longest)
				}
				if stamp = s.stamp(next); s.days > 0 && stamp <= last || !s.isStamp(stamp) {
					t.Fatalf("%+v in %s until %s: got the name %s after %s", o, zone, next, stamp, last)
				}
				last, now = stamp, next.Add(time.Duration(r.Int64N(2))*longest/3)
			}
		}
	}
}

// A clock that was ahead and is set back does not put the next rotation off for as long.
func TestRotationClockSetBack(t *testing.T) {
	s, err := newSchedule(&FileOptions{When: "midnight", UTC: true})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	ahead := now.AddDate(5, 0, 0)
	r := rotation{schedule: s, now: ahead, next: s.next(ahead)}
	r.look(nil)
	if r.late || r.next.Sub(now) > day {
		t.Errorf("next rotation: got %v, want within a day of %v", r.next, now)
	}
	soon := now.Add(time.Minute)
	r.now, r.next = now.Add(time.Hour), soon
	if r.look(nil); !r.next.Equal(soon) {
		t.Errorf("next rotation: got %v, want it left at %v", r.next, soon)
	}
}
