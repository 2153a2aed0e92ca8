package format_test

import (
	"log/slog"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
)

func TestBrief(t *testing.T) {
	f := func(r record.Record, want string) {
		t.Helper()
		if got := string(format.Brief(nil, &r)); got != want+"\n" {
			t.Errorf("got %q, want %q", got, want+"\n")
		}
	}
	f(record.Record{}, "")
	f(record.Record{Logger: "shop", Level: 8, Message: "a\nb\n", Attrs: []slog.Attr{slog.Int("n", 1)}, Stack: "s"}, `shop: a\nb n=1 stack="s"`)
	f(record.Record{Logger: record.RootLogger, Message: "m"}, "m")
	f(record.Record{Logger: "x\ny", Message: "m"}, `x\ny: m`)
}
