package filter_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/filter/filtertest"
	"github.com/jackdaw-log/jackdaw/record"
)

// slow is far more than anything here takes, on a machine that does other things too.
const slow = 5 * time.Second

// Whatever the text, it is parsed, printed and completed in bounded time, and an error names a place in
// it.
func FuzzParse(f *testing.F) {
	for _, x := range typicalFilters {
		f.Add(x.text, 3)
	}
	m := filtertest.NewLive(3)
	for range 50 {
		f.Add(m.Filter().String(), m.IntN(20))
	}
	for _, text := range []string{`"a`, "a:(", "/a(/i x", `\`, "--", "!=", "a\xff", "has:", "since:yesterday 5", "'a' “b”", "-(-(a))", "level:=", ":>=5", "x:/", "a\u00a0b"} {
		f.Add(text, len(text))
	}
	r := typical()
	f.Fuzz(func(t *testing.T, text string, cursor int) {
		start := time.Now()
		got, err := filter.Parse(text, now)
		if err == nil {
			checkFilter(t, text, got)
			got.Match(r)
		} else if e, ok := errors.AsType[*filter.Error](err); !ok {
			t.Errorf("%q: got %T, want *Error", text, err)
		} else if n := utf8.RuneCountInString(text); e.Column < 1 || e.Width < 0 || e.Column+e.Width > n+1 || e.Problem == "" {
			t.Errorf("%q, of %d characters: got %+v", text, n, e)
		} else if p := e.Picture(); !strings.Contains(p, "^") || !strings.HasSuffix(p, e.Problem+"\n") {
			t.Errorf("%q: got picture\n%s", text, p)
		}
		c := filter.Complete(text, cursor)
		if at := min(max(cursor, 0), len(text)); c.Start < 0 || c.Start > at || c.End < at || c.End > len(text) {
			t.Errorf("%q at %d: got %+v", text, cursor, c)
		}
		if took := time.Since(start); took > slow {
			t.Errorf("%q: took %s", text, took)
		}
	})
}

func checkFilter(t *testing.T, text string, f *filter.Filter) {
	canonical := f.String()
	back, err := filter.Parse(canonical, now)
	if err != nil {
		t.Fatalf("%q prints %q: %v", text, canonical, err)
	}
	if !reflect.DeepEqual(back.Expr(), f.Expr()) || back.String() != canonical {
		t.Errorf("%q: got %#v from %s, want %#v", text, back.Expr(), canonical, f.Expr())
	}
	if again, err := filter.New(f.Expr()); err != nil || !reflect.DeepEqual(again.Expr(), f.Expr()) {
		t.Errorf("%q: its expression makes %v, %v", text, again, err)
	}
}

// Whatever a word and a text are, the word is found as the reference finds it, and the index has what
// is needed.
func FuzzMatch(f *testing.F) {
	f.Add("refused", "Connection refused")
	f.Add("ref*d", "refuSed x")
	f.Add(`"a. b"`, "Xa. b")
	f.Add("/a|b ?c/i", "x B C")
	f.Add("接*", "再接続")
	f.Add("x=a*b x:42 -\u212a", "a b")
	f.Fuzz(func(t *testing.T, text, message string) {
		if len(text) > 40 || len(message) > 200 || !utf8.ValidString(message) || strings.ContainsRune(text, utf8.RuneError) {
			return // the reference takes its time, and knows JSON's text only
		}
		x, err := filter.Parse(text, now)
		if err != nil {
			return
		}
		r := &record.Record{Message: message, Logger: "root", Attrs: flat("x", message)}
		ref := reference{leaves(t, r)}
		if got, want := x.Match(r), ref.match(x.Expr()); got != want {
			t.Errorf("%s of %q: got %v, want %v", x, message, got, want)
		} else if got && !indexOf(r).meets(x.Need()) {
			t.Errorf("%s of %q: matches, but does not meet %v", x, message, show(x.Need()))
		}
		for _, s := range x.AppendSpans(nil, "message", message) {
			if s.Start < 0 || s.Start >= s.End || s.End > len(message) {
				t.Errorf("%s of %q: got span %v", x, message, s)
			}
		}
	})
}
