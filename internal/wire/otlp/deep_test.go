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

// deepKey returns a record with a long key in groups that are in each other, each behind an attr with the same key, so that
// the type of what is under it goes behind a member that says nothing.
func deepKey(depth, length int) []record.Record {
	group := slog.GroupValue(slog.Duration(strings.Repeat("k", length), 1))
	for range depth {
		group = slog.GroupValue(slog.Int("g", 1), slog.Attr{Key: "g", Value: group})
	}
	return []record.Record{{Message: "deep", Attrs: []slog.Attr{{Key: "g", Value: group}}}}
}

// shortest reports lengths in a message that take more bytes than they need.
func shortest(t *testing.T, name string, p []byte, of kind) {
	t.Helper()
	for i := 0; i < len(p); {
		tag, from, to := fieldAt(p, i)
		if got, want := from-i-1, sizeVarint(uint64(to-from)); tag&7 == wireBytes && got != want {
			t.Errorf("%s: got a length of %d bytes for %d, want %d", name, got, to-from, want)
		}
		for _, m := range schema[of] {
			if m.tag() == byte(tag) && m.shape == shapeMessage {
				shortest(t, name, p[from:to], m.of)
			}
		}
		i = to
	}
}

// Messages in each other, at each depth at which their lengths come about in another way, are read as they were. A length is
// as short as it can be.
func TestDeepRoundTrip(t *testing.T) {
	var d Decoder
	for _, depth := range []int{1, shallow - 1, shallow, shallow + 1, 200} {
		for _, length := range []int{0, 1, 100, 200, 20_000, 1 << 21} {
			name := fmt.Sprintf("a text of %d at %d", length, depth)
			batch := append(deepText(depth, length), deepKey(depth, length)...)
			p := Append(nil, batch)
			shortest(t, name, p, kindRequest)
			got, err := d.Decode(p, nil)
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
