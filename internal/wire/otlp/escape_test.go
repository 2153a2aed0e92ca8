package otlp

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

// The texts of a part are escaped for one of its own, not for one of another part.
func TestEscapedPart(t *testing.T) {
	f := func(r record.Record, want int) {
		t.Helper()
		if got := bytes.Count(Append(nil, []record.Record{r}), []byte(keyEscaped)); got != want {
			t.Errorf("%+v: got %d parts escaped, want %d", r, got, want)
		}
	}
	body := slog.GroupValue(slog.Int("\xff", 1))
	f(record.Record{Host: "web-1", Message: "x"}, 0)
	f(record.Record{Host: "web-\xff", Message: "x"}, 1)
	f(record.Record{Host: "web-1", Message: "\xff"}, 1)
	f(record.Record{Host: "web-1", Message: bodyText(body), Attrs: []slog.Attr{{Key: keyBody, Value: body}}}, 1)
	f(record.Record{Host: "web-\xff", Logger: "\xff", Message: "\xff"}, 3)
}
