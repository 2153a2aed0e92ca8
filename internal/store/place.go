package store

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// Moment is where in time a record stands among others, in nanoseconds since 1970: when it was logged, or where
// that is not known, received. What is known of neither is before all others ([NoMoment]), and a time that
// nanoseconds cannot tell is the first or the last moment that they can.
func Moment(r *record.Record) int64 {
	switch {
	case !r.Time.IsZero():
		return MomentOf(r.Time)
	case !r.Received.IsZero():
		return MomentOf(r.Received)
	}
	return NoMoment
}

// NoMoment is the moment of a record of which no time is known.
const NoMoment = math.MinInt64

// MomentOf returns the moment that a time is, or the nearest one.
func MomentOf(t time.Time) int64 {
	switch {
	case InMoments(t):
		return t.UnixNano()
	case t.Unix() < 0:
		return NoMoment + 1
	}
	return math.MaxInt64
}

// InMoments reports whether nanoseconds since 1970 tell the time exactly.
func InMoments(t time.Time) bool {
	s := t.Unix()
	return s > math.MinInt64/1_000_000_000 && s < math.MaxInt64/1_000_000_000
}

// Place is a record's place in the order of time: by its moment, and at the same moment by its id.
type Place struct {
	Moment int64
	ID     record.ID
}

// PlaceOf returns the place of a record.
func PlaceOf(r *record.Record) Place { return Place{Moment(r), r.ID} }

// Compare returns -1, 0 or 1 as p is before, at or behind o, from the oldest to the newest.
func (p Place) Compare(o Place) int {
	return cmp.Or(cmp.Compare(p.Moment, o.Moment), p.ID.Compare(o.ID))
}

// String returns the place as text without spaces, for use as a cursor.
func (p Place) String() string { return strconv.FormatInt(p.Moment, 10) + "~" + p.ID.String() }

// ParsePlace reads what [Place.String] wrote.
func ParsePlace(text string) (Place, error) {
	moment, id, ok := strings.Cut(text, "~")
	if !ok {
		return Place{}, fmt.Errorf("read place %q: want <nanoseconds>~<id>", text)
	}
	var p Place
	var err error
	if p.Moment, err = strconv.ParseInt(moment, 10, 64); err != nil {
		return Place{}, fmt.Errorf("read place %q: %w", text, err)
	}
	if p.ID, err = record.ParseID(id); err != nil {
		return Place{}, fmt.Errorf("read place %q: %w", text, err)
	}
	return p, nil
}
