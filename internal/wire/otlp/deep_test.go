package otlp

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// deepText returns records with a long text in lists and in groups that are in each other.
func deepText(depth, length int) []record.Record {
	text := strings.Repeat("x", length)
	var list any = text
	group := slog.StringValue(text)
	for range depth {
		list, group = []any{list}, slog.GroupValue(slog.Attr{Key: "g", Value: group})
	}
	return []record.Record{{Message: "deep", Attrs: []slog.Attr{{Key: "list", Value: slog.AnyValue(list)}, {Key: "g", Value: group}}}}
}

// Lengths of messages in each other, at each depth at which they are written in another way, are read as they were.
func TestDeepRoundTrip(t *testing.T) {
	var d Decoder
	for _, depth := range []int{1, shallow - 1, shallow, shallow + 1, 200} {
		for _, length := range []int{0, 1, 100, 200, 20_000, 3 << 20} {
			batch := deepText(depth, length)
			name := fmt.Sprintf("a text of %d at %d", length, depth)
			got, err := d.Decode(Append(nil, batch), nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			same(t, name, got, batch)
			if got, err = d.DecodeJSON(AppendJSON(nil, batch), nil); err != nil {
				t.Fatalf("%s, in JSON: %v", name, err)
			}
			same(t, name+", in JSON", got, batch)
		}
	}
}

// A long text deep down costs about what it costs anywhere.
func TestDeepCost(t *testing.T) {
	const length = 4 << 20
	least := func(f func()) time.Duration {
		best := time.Hour
		for range 4 {
			began := time.Now()
			f()
			best = min(best, time.Since(began))
		}
		return best
	}
	var d Decoder
	flat, deep := deepText(1, length), deepText(250, length)
	flatJSON, deepJSON := AppendJSON(nil, flat), AppendJSON(nil, deep)
	f := func(name string, of func(batch []record.Record, text []byte)) {
		t.Helper()
		one, many := least(func() { of(flat, flatJSON) }), least(func() { of(deep, deepJSON) })
		if many > 30*one+100*time.Millisecond { // it was 100 times
			t.Errorf("%s: got %v at depth 250, and %v at depth 1", name, many, one)
		}
	}
	f("Append", func(batch []record.Record, _ []byte) { Append(nil, batch) })
	f("AppendJSON", func(batch []record.Record, _ []byte) { AppendJSON(nil, batch) })
	f("DecodeJSON", func(_ []record.Record, text []byte) {
		if _, err := d.DecodeJSON(text, nil); err != nil {
			t.Fatal(err)
		}
	})
}
