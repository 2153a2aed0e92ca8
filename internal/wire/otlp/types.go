package otlp

import (
	"encoding/json"
	"log/slog"
	"math"
	"strconv"
	"time"
)

// Wire format: an AnyValue has fewer types than a record. Where the type of a value does not say what
// it was, the value goes as one that everybody can read, and the attribute keyTypes, a mapping in
// the shape of the attributes, says what it was:
//
//	{"took": 1500000, "card": {"since": "2026-11-22T10:41:41Z"}, "ids": [1, 2]}
//	jackdaw.types: {"took": "duration", "card": {"since": [1795344101, 0, 0]}, "ids": [null, "uint"]}
//
// Its members have the order of the attributes they are about; of attributes with the same key, each
// member is about the next one. What has no member is what it seems. A list has an item for each of
// its own, up to the last that needs one. A mapping has
//
//	{…}      members for its own
//	"map"    of a map where a group is expected
//	[{…}]    of such a map, with members for its own
//	"group"  of a group without members, where an empty map is expected
//
// and the others are "duration", of an integer of nanoseconds, "uint", of an integer or its digits,
// "number", of the digits of an integer of any size, and of the text of a time, its seconds since 1970,
// the nanoseconds, and the seconds its zone is east of UTC.
const (
	typeMap      = "map"
	typeGroup    = "group"
	typeDuration = "duration"
	typeUint     = "uint"
	typeNumber   = "number"
)

// applyTypes gives attrs the types that members tell. Members that do not fit are passed over: what they
// tell was never written by Append.
func applyTypes(attrs, members []slog.Attr) {
	for i := range attrs {
		if len(members) == 0 {
			return
		}
		if attrs[i].Key == members[0].Key {
			attrs[i].Value = typed(attrs[i].Value, members[0].Value, true)
			members = members[1:]
		}
	}
}

// typed returns v as what typ tells that it was.
func typed(v, typ slog.Value, inGroup bool) slog.Value {
	switch typ.Kind() {
	case slog.KindString:
		return named(v, typ.String())
	case slog.KindGroup:
		if v.Kind() == slog.KindGroup {
			applyTypes(v.Group(), typ.Group())
		}
		return v
	}
	switch typ := typ.Any().(type) {
	case []any:
		return typedByList(v, typ, inGroup)
	case map[string]any:
		if m, ok := v.Any().(map[string]any); ok {
			applyMapTypes(m, typ)
		}
	}
	return v
}

func typedByList(v slog.Value, typ []any, inGroup bool) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		if t, ok := timeOf(typ); ok {
			return slog.TimeValue(t)
		}
	case slog.KindGroup:
		if inGroup && len(typ) == 1 {
			m := mapOf(v.Group())
			if members, ok := typ[0].(map[string]any); ok {
				applyMapTypes(m, members)
			}
			return slog.AnyValue(m)
		}
	case slog.KindAny:
		if list, ok := v.Any().([]any); ok {
			for i := range list[:min(len(list), len(typ))] {
				list[i] = typed(slog.AnyValue(list[i]), slog.AnyValue(typ[i]), false).Any()
			}
		}
	}
	return v
}

func applyMapTypes(m, types map[string]any) {
	for key, typ := range types {
		if x, ok := m[key]; ok {
			m[key] = typed(slog.AnyValue(x), slog.AnyValue(typ), false).Any()
		}
	}
}

// timeOf returns the time of a list of seconds, nanoseconds and the offset of the zone.
func timeOf(list []any) (t time.Time, ok bool) {
	var n [3]int64
	if len(list) != len(n) {
		return t, false
	}
	for i := range n {
		if n[i], ok = list[i].(int64); !ok {
			return t, false
		}
	}
	if n[1] < 0 || n[1] >= 1e9 || !isOffset(n[2]) {
		return t, false
	}
	return time.Unix(n[0], n[1]).In(zone(int(n[2]))), true
}

// isOffset reports whether a zone may be so many seconds east of UTC.
func isOffset(n int64) bool { return n > math.MinInt32 && n < math.MaxInt32 }

func zone(offset int) *time.Location {
	if offset == 0 {
		return time.UTC
	}
	return time.FixedZone("", offset)
}

// named returns v as the type of that name.
func named(v slog.Value, typ string) slog.Value {
	switch typ {
	case typeMap:
		if v.Kind() == slog.KindGroup {
			return slog.AnyValue(mapOf(v.Group()))
		}
	case typeGroup:
		if m, ok := v.Any().(map[string]any); ok && len(m) == 0 {
			return slog.GroupValue()
		}
	case typeDuration:
		if v.Kind() == slog.KindInt64 {
			return slog.DurationValue(time.Duration(v.Int64()))
		}
	case typeUint:
		switch v.Kind() {
		case slog.KindInt64:
			return slog.Uint64Value(uint64(v.Int64()))
		case slog.KindString:
			if n, err := strconv.ParseUint(v.String(), 10, 64); err == nil {
				return slog.Uint64Value(n)
			}
		}
	case typeNumber:
		if v.Kind() == slog.KindString {
			return slog.AnyValue(json.Number(v.String()))
		}
	}
	return v
}

// mapOf returns a group as a map.
func mapOf(group []slog.Attr) map[string]any {
	m := make(map[string]any, len(group))
	for _, a := range group {
		m[a.Key] = plainAny(a.Value)
	}
	return m
}

// plainAny returns a value as it stands in a list or map, where a group is a map.
func plainAny(v slog.Value) any {
	if v.Kind() == slog.KindGroup {
		return mapOf(v.Group())
	}
	return v.Any()
}
