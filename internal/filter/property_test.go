package filter_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/filter/filtertest"
	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

// rounds is n, or many times that in the long tier.
func rounds(n int) int {
	if testenv.Long() {
		return 100 * n
	}
	return n
}

// Whatever the expression, its canonical form is read back as the same one.
func TestPrintAndParse(t *testing.T) {
	m := filtertest.NewLive(1)
	for range rounds(2_000) {
		f := m.Filter()
		text := f.String()
		back, err := filter.Parse(text, now)
		if err != nil {
			t.Fatalf("%#v\nprints %s\nwhich does not parse: %v", f.Expr(), text, err)
		}
		if !reflect.DeepEqual(back.Expr(), f.Expr()) || back.String() != text {
			t.Fatalf("%#v\nprints %s\nwhich is read as %#v\nand prints %s", f.Expr(), text, back.Expr(), back)
		}
	}
}

// A record matches just where the plain evaluation of its JSON form does, and then it also has all that
// the filter needs.
func TestMatchAsReference(t *testing.T) {
	m := filtertest.NewLive(2)
	matches, needs, rounds := 0, 0, rounds(6_000)
	for range rounds {
		f, made := m.Filter(), m.Record()
		r := &made
		ref := reference{leaves(t, r)}
		got, want := f.Match(r), ref.match(f.Expr())
		if got != want {
			t.Fatalf("Match(%s): got %v, want %v\nof %s", f, got, want, record.AppendJSON(nil, r))
		}
		met := indexOf(r).meets(f.Need())
		if got && !met {
			t.Fatalf("%s matches, but does not meet %#v\nof %s", f, f.Need(), record.AppendJSON(nil, r))
		}
		if b := filter.BoundsOf(f.Need()); got && (b.None() || r.Level < b.Level.Min || r.Level > b.Level.Max || !inside(b.Time, r.Time) || !inside(b.Received, r.Received)) {
			t.Fatalf("%s matches, but is out of %+v\nof %s", f, b, record.AppendJSON(nil, r))
		}
		if got {
			matches++
		}
		if met {
			needs++
		}
	}
	// The test says nothing if all match, or none; nor if what is needed is always met.
	t.Logf("%d of %d match, %d have what is needed", matches, rounds, needs)
	if matches < rounds/10 || matches > rounds*9/10 || needs > rounds*9/10 {
		t.Errorf("%d of %d match, %d have what is needed: too one-sided a sample", matches, rounds, needs)
	}
}

func inside(n filter.NeedTime, at time.Time) bool {
	if n.From.IsZero() && n.To.IsZero() {
		return true
	}
	return !at.IsZero() && (n.From.IsZero() || !at.Before(n.From)) && (n.To.IsZero() || at.Before(n.To))
}

// found is what a record is found by.
type found struct {
	record *record.Record
	terms  []string
	attrs  []filter.NeedAttr
}

func indexOf(r *record.Record) *found {
	f := &found{record: r}
	x := filter.Index{
		Term: func(term []byte) { f.terms = append(f.terms, string(term)) },
		Attr: func(name, value []byte) {
			f.attrs = append(f.attrs, filter.NeedAttr{Name: string(name), Value: string(value)})
		},
	}
	x.Add(r)
	return f
}

func (f *found) meets(n filter.Need) bool {
	switch n := n.(type) {
	case filter.NeedAll:
		for _, part := range n {
			if !f.meets(part) {
				return false
			}
		}
		return true
	case filter.NeedAny:
		return slices.ContainsFunc(n, f.meets)
	case filter.NeedTerm:
		for _, term := range f.terms {
			if term == n.Term || n.Prefix && strings.HasPrefix(term, n.Term) {
				return true
			}
		}
		return false
	case filter.NeedAttr:
		return slices.Contains(f.attrs, n)
	case filter.NeedLevel:
		return f.record.Level >= n.Min && f.record.Level <= n.Max
	case filter.NeedLogger:
		name := filter.Fold(f.record.Logger)
		return name == n.Name || n.Below && strings.HasPrefix(name, n.Name+".")
	case filter.NeedTime:
		if n.Received {
			return inside(n, f.record.Received)
		}
		return inside(n, f.record.Time)
	}
	panic("unknown need")
}
