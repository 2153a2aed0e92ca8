package otlp

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/wire/otlp"
	"github.com/jackdaw-log/jackdaw/record"
)

// shape says, a byte each, which values there are, and which of them are in others.
type shape struct {
	left  []byte
	depth int
}

// The lower half of a byte is one of these or another value, the upper half which key or how long a text.
const (
	endOfMany = iota
	group
	list
	mapping
	text
)

// each calls f for the values up to the end of the group, list or map, or of all.
func (s *shape) each(f func(key string, v slog.Value)) {
	for len(s.left) > 0 {
		b := s.left[0]
		s.left = s.left[1:]
		if b&15 == endOfMany {
			return
		}
		key := [...]string{"a", "b", "", "bad\xff", strings.Repeat("k", 130), "thread.id", "a", "a"}[b>>4&7]
		s.depth++
		f(key, s.value(b))
		s.depth--
	}
}

func (s *shape) value(b byte) slog.Value {
	if s.depth > 290 { // what is deeper is told, not written
		return slog.Value{}
	}
	switch b & 15 {
	case group:
		return slog.GroupValue(s.attrs()...)
	case list:
		items := []any{}
		s.each(func(_ string, v slog.Value) { items = append(items, item(v)) })
		return slog.AnyValue(items)
	case mapping:
		members := map[string]any{}
		s.each(func(key string, v slog.Value) { members[key] = item(v) })
		return slog.AnyValue(members)
	case text:
		return slog.StringValue(strings.Repeat("x", 1<<(b>>4)))
	}
	return [...]slog.Value{
		slog.DurationValue(time.Second), slog.Uint64Value(1), slog.Uint64Value(1 << 63), slog.TimeValue(time.Unix(1, 2)), slog.AnyValue(json.Number("3")),
		slog.AnyValue([]byte("bytes")), slog.BoolValue(true), slog.Float64Value(0.5), slog.Int64Value(-1), slog.Int64Value(200), slog.AnyValue(nil),
	}[b&15-text-1]
}

func (s *shape) attrs() (attrs []slog.Attr) {
	s.each(func(key string, v slog.Value) { attrs = append(attrs, slog.Attr{Key: key, Value: v}) })
	return attrs
}

// item is a value as it stands in a list or a map, where a group is a map.
func item(v slog.Value) any {
	if v.Kind() != slog.KindGroup {
		return v.Any()
	}
	members := map[string]any{}
	for _, a := range v.Group() {
		members[a.Key] = item(a.Value)
	}
	return members
}

// Whatever attrs are in each other, Append writes what the official types write, and so does what reads JSON.
func FuzzAppend(f *testing.F) {
	for _, depth := range []int{7, 8, 9, 285} {
		for _, around := range []string{"\x01", "\x02", "\x03", "\x01\x02\x03", "\x0d\x61", "\x05\x02\x0f"} {
			around = strings.Repeat(around, depth)
			for _, length := range []string{"\x04", "\x74", "\xf4"} {
				f.Add([]byte(around + length + "\x05"))
				f.Add([]byte(around + length + "\x05\x00" + length + "\x00\x00\x05\x00\x02\x06" + length))
			}
		}
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		s := shape{left: p}
		attrs := s.attrs()
		batch := []record.Record{{Attrs: attrs}, {Logger: "shop", Attrs: []slog.Attr{{Key: "", Value: slog.GroupValue(attrs...)}}}, {Attrs: attrs}}
		ours := otlp.Append(nil, batch)
		official(t, "as it is", ours)
		var d otlp.Decoder
		records, err := d.DecodeJSON(otlp.AppendJSON(nil, batch), nil)
		if err != nil {
			t.Fatal(err)
		}
		if again := otlp.Append(nil, records); !bytes.Equal(again, ours) {
			t.Errorf("by way of JSON:\n got %.1000x\nwant %.1000x", again, ours)
		}
	})
}
