package jackdaw

import (
	"reflect"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/record"
)

// A handler that is given JSON has a form of its own, which writes the same, and any other format is called
// as it is.
func TestFormatOf(t *testing.T) {
	code := func(f handler.Format) uintptr { return reflect.ValueOf(f).Pointer() }
	f := func(name string, format Format, own bool) {
		t.Helper()
		if got := code(formatOf(format)) != code(handler.Format(format)); got != own {
			t.Errorf("%s: a form of its own: got %v, want %v", name, got, own)
		}
	}
	f("JSON", JSON, true)
	f("Text", Text, false)
	f("Pretty", Pretty(false), false)
	f("one like JSON", func(dst []byte, r *record.Record) []byte { return JSON(dst, r) }, false)
	f("none", nil, false)

	r := record.Record{Logger: "shop", Message: "open"}
	if got, want := string(formatOf(JSON)(nil, &r)), string(JSON(nil, &r)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
