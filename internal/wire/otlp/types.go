package otlp

import (
	"encoding/json"
	"log/slog"
	"maps"
	"math"
	"slices"
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

// typesAttr appends the types of attrs as an attribute, if there is need of it.
func (e *encoder) typesAttr(tag byte, attrs []slog.Attr) {
	from := len(e.dst)
	pair := e.open(tag, 1)
	e.bytes(tagKey, keyTypes)
	value := e.open(tagValue, 1)
	list := e.open(tagList, 1)
	if !e.groupTypes(attrs) {
		e.dst = e.dst[:from]
		return
	}
	e.close(list, 1)
	e.close(value, 1)
	e.close(pair, 1)
}

// groupTypes appends the members for attrs and reports whether there are any.
func (e *encoder) groupTypes(attrs []slog.Attr) bool {
	from, told := len(e.dst), 0
	for i, a := range attrs {
		at := len(e.dst)
		if !e.typePair(a.Key, a.Value, true) {
			continue
		}
		same := 0
		for _, before := range attrs[told:i] {
			if before.Key == a.Key {
				same++
			}
		}
		end := len(e.dst)
		for range same { // they are passed over by members that say nothing, in front
			e.attr(tagItem, a.Key, slog.Value{})
		}
		if same > 0 {
			nothing := slices.Clone(e.dst[end:])
			copy(e.dst[at+len(nothing):], e.dst[at:end])
			copy(e.dst[at:], nothing)
		}
		told = i + 1
	}
	return len(e.dst) > from
}

// typePair appends the member for a value with a key, if there is need of one.
func (e *encoder) typePair(key string, v slog.Value, inGroup bool) bool {
	from := len(e.dst)
	pair := e.open(tagItem, 1)
	e.optional(tagKey, e.text(key))
	if !e.typeValue(tagValue, v, inGroup) {
		e.dst = e.dst[:from]
		return false
	}
	e.close(pair, 1)
	return true
}

// typeValue appends the type of v as an AnyValue, if there is need of it.
func (e *encoder) typeValue(tag byte, v slog.Value, inGroup bool) bool {
	from := len(e.dst)
	e.depth++
	at := e.open(tag, 1)
	told := e.typeContent(v, inGroup)
	if told {
		e.close(at, 1)
	} else {
		e.dst = e.dst[:from]
	}
	e.depth--
	return told
}

func (e *encoder) typeContent(v slog.Value, inGroup bool) bool {
	switch v.Kind() {
	case slog.KindDuration:
		e.bytes(tagString, typeDuration)
	case slog.KindUint64:
		e.bytes(tagString, typeUint)
	case slog.KindTime:
		list := e.open(tagArray, 1)
		t := v.Time()
		_, offset := t.Zone()
		for _, n := range [...]int64{t.Unix(), int64(t.Nanosecond()), int64(offset)} {
			e.value(tagItem, slog.Int64Value(n))
		}
		e.close(list, 1)
	case slog.KindGroup:
		if len(v.Group()) == 0 {
			e.bytes(tagString, typeGroup)
			return true
		}
		list := e.open(tagList, 1)
		if !e.groupTypes(v.Group()) {
			return false
		}
		e.close(list, 1)
	case slog.KindAny:
		return e.typeAny(v.Any(), inGroup)
	default:
		return false
	}
	return true
}

func (e *encoder) typeAny(x any, inGroup bool) bool {
	switch x := x.(type) {
	case json.Number:
		e.bytes(tagString, typeNumber)
		return true
	case []any:
		return e.listTypes(x)
	case map[string]any:
		if !inGroup {
			return e.mapTypes(x)
		}
		if len(x) == 0 {
			return false
		}
		from := len(e.dst)
		list := e.open(tagArray, 1)
		value := e.open(tagItem, 1)
		if !e.mapTypes(x) {
			e.dst = e.dst[:from]
			e.bytes(tagString, typeMap)
			return true
		}
		e.close(value, 1)
		e.close(list, 1)
		return true
	}
	return false
}

// listTypes appends an array with an item for each of list, up to the last that needs one.
func (e *encoder) listTypes(list []any) bool {
	at := e.open(tagArray, 1)
	end := at
	for _, item := range list {
		if e.typeValue(tagItem, slog.AnyValue(item), false) {
			end = len(e.dst)
		} else {
			e.value(tagItem, slog.Value{})
		}
	}
	e.dst = e.dst[:end]
	e.close(at, 1)
	return end > at
}

// mapTypes appends a list of the members for m.
func (e *encoder) mapTypes(m map[string]any) bool {
	at := e.open(tagList, 1)
	from := len(e.dst)
	for _, key := range slices.Sorted(maps.Keys(m)) {
		e.typePair(key, slog.AnyValue(m[key]), false)
	}
	if len(e.dst) == from {
		return false
	}
	e.close(at, 1)
	return true
}

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
