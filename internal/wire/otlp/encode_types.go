package otlp

import (
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
)

// needs says which values need a type: first all of them are looked at, then types are appended in the same order.
type needs struct {
	// few and many have an answer for each value, the first ones where nothing is to be allocated for them. The values in
	// one that needs no type are left out.
	few         [64]bool
	many        []bool
	count, next int
}

// begin forgets all answers.
func (n *needs) begin() { n.count, n.next = 0, 0 }

// take returns the next answer.
func (n *needs) take() bool {
	n.next++
	return *n.answer(n.next - 1)
}

func (n *needs) answer(i int) *bool {
	if i < len(n.few) {
		return &n.few[i]
	}
	return &n.many[i-len(n.few)]
}

// value looks at v and returns the answer.
func (n *needs) value(v slog.Value, inGroup bool) (need bool) {
	at := n.count
	if more := at - len(n.few); more >= 0 {
		n.many = append(n.many[:more], false)
	}
	n.count++
	if need = n.content(v, inGroup); !need {
		n.count = at + 1
	}
	*n.answer(at) = need
	return need
}

func (n *needs) content(v slog.Value, inGroup bool) bool {
	switch v.Kind() {
	case slog.KindDuration, slog.KindUint64, slog.KindTime:
		return true
	case slog.KindGroup:
		return len(v.Group()) == 0 || n.group(v.Group())
	case slog.KindAny:
		return n.any(v, inGroup)
	}
	return false
}

func (n *needs) group(attrs []slog.Attr) (need bool) {
	for i := range attrs {
		need = n.value(attrs[i].Value, true) || need
	}
	return need
}

func (n *needs) any(v slog.Value, inGroup bool) (need bool) {
	switch x := v.Any().(type) {
	case json.Number:
		return true
	case []any:
		for _, item := range x {
			need = n.value(slog.AnyValue(item), false) || need
		}
	case map[string]any:
		if inGroup && len(x) > 0 {
			n.value(v, false)
			return true
		}
		for _, key := range slices.Sorted(maps.Keys(x)) {
			need = n.value(slog.AnyValue(x[key]), false) || need
		}
	}
	return need
}

// typesAttr appends the types of attrs as an attribute, if there is need of it.
func (e *encoder) typesAttr(tag byte, attrs []slog.Attr) {
	e.needs.begin()
	if !e.needs.group(attrs) {
		return
	}
	pair := e.open(tag, 1)
	e.bytes(tagKey, keyTypes)
	value := e.open(tagValue, 1)
	e.groupTypes(attrs)
	e.close(value, 1)
	e.close(pair, 1)
}

// groupTypes appends a list of the members for attrs.
func (e *encoder) groupTypes(attrs []slog.Attr) {
	list := e.open(tagList, 1)
	told := 0
	for i, a := range attrs {
		if !e.needs.take() {
			continue
		}
		for _, before := range attrs[told:i] {
			if before.Key == a.Key { // it is passed over by a member that says nothing
				e.attr(tagItem, a.Key, slog.Value{})
			}
		}
		e.typePair(a.Key, a.Value, true)
		told = i + 1
	}
	e.close(list, 1)
}

// typePair appends the member for a value with a key.
func (e *encoder) typePair(key string, v slog.Value, inGroup bool) {
	pair := e.open(tagItem, 1)
	e.optional(tagKey, e.text(key))
	e.typeValue(tagValue, v, inGroup)
	e.close(pair, 1)
}

// typeValue appends the type of v as an AnyValue.
func (e *encoder) typeValue(tag byte, v slog.Value, inGroup bool) {
	e.depth++
	at := e.open(tag, 1)
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
		} else {
			e.groupTypes(v.Group())
		}
	default:
		e.typeAny(v, inGroup)
	}
	e.close(at, 1)
	e.depth--
}

func (e *encoder) typeAny(v slog.Value, inGroup bool) {
	switch x := v.Any().(type) {
	case json.Number:
		e.bytes(tagString, typeNumber)
	case []any:
		e.listTypes(x)
	case map[string]any:
		switch {
		case !inGroup:
			e.mapTypes(x)
		case !e.needs.take():
			e.bytes(tagString, typeMap)
		default:
			list := e.open(tagArray, 1)
			e.typeValue(tagItem, v, false)
			e.close(list, 1)
		}
	}
}

// listTypes appends an array with an item for each of list, up to the last that needs one.
func (e *encoder) listTypes(list []any) {
	at := e.open(tagArray, 1)
	untold := 0
	for _, item := range list {
		if !e.needs.take() {
			untold++
			continue
		}
		for ; untold > 0; untold-- {
			e.value(tagItem, slog.Value{})
		}
		e.typeValue(tagItem, slog.AnyValue(item), false)
	}
	e.close(at, 1)
}

// mapTypes appends a list of the members for m.
func (e *encoder) mapTypes(m map[string]any) {
	at := e.open(tagList, 1)
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if e.needs.take() {
			e.typePair(key, slog.AnyValue(m[key]), false)
		}
	}
	e.close(at, 1)
}
