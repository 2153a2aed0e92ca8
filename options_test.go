package jackdaw

import (
	"reflect"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
)

// A handler that is given JSON has a form of its own, which writes the same, and any other format is called
// as it is.
func TestFormatOf(t *testing.T) {
	code := func(f format.Format) uintptr { return reflect.ValueOf(f).Pointer() }
	r := record.Record{Logger: "shop", Message: "open"}
	f := func(name string, given Format, own, twice bool) {
		t.Helper()
		form, again := formatOf(given)
		if got := code(form) != code(format.Format(given)); got != own {
			t.Errorf("%s: a form of its own: got %v, want %v", name, got, own)
		}
		if got := again != nil; got != twice {
			t.Errorf("%s: a form for another goroutine: got %v, want %v", name, got, twice)
		}
		if given == nil {
			given = JSON
		}
		want := string(given(nil, &r))
		if got := string(form(nil, &r)); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		if again != nil {
			if got := string(again()(nil, &r)); got != want {
				t.Errorf("%s, by another goroutine: got %s, want %s", name, got, want)
			}
		}
	}
	f("JSON", JSON, true, true)
	f("Text", Text, true, true)
	f("Pretty", Pretty(false), false, false)
	f("one like JSON", func(dst []byte, r *record.Record) []byte { return JSON(dst, r) }, false, false)
	f("none", nil, true, true)
}
