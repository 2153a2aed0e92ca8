package otlp

import (
	"log/slog"
	"math"
	"slices"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// head is the attrs of a record in two parts. Lifted are those at its begin that have a place of their
// own in a message, in the order in which a Decoder puts them; each key is there once at most.
type head struct{ lifted, rest []slog.Attr }

// liftOrder are the keys of the attrs that may be lifted. The first is that of a group: as slog has it,
// the members of a group without a key are attrs of the record.
var liftOrder = [...]string{
	keyResource, keyResourceSchema, keyResourceDropped,
	keyScopeVersion, keyScopeSchema, keyScopeAttrs, keyScopeDropped,
	keyEventName, keyFlags, keyDropped, keyBody,
}

// headOf splits attrs, which are those of r made plain.
func (e *encoder) headOf(r *record.Record, attrs []slog.Attr) head {
	if len(attrs) == 0 || attrs[0].Key != keyResource && !strings.HasPrefix(attrs[0].Key, headPrefix) {
		return head{rest: attrs}
	}
	n, from := 0, 0
	for ; n < len(attrs); n++ {
		i := slices.Index(liftOrder[from:], attrs[n].Key)
		if i < 0 || !e.mayLift(r, attrs[n]) {
			break
		}
		from += i + 1
	}
	return head{lifted: attrs[:n], rest: attrs[n:]}
}

// mayLift reports whether the place that a would have in a message gives a back as it is.
func (e *encoder) mayLift(r *record.Record, a slog.Attr) bool {
	switch v := a.Value; a.Key {
	case keyResource, keyScopeAttrs:
		return v.Kind() == slog.KindGroup && len(v.Group()) > 0
	case keyResourceSchema, keyScopeSchema:
		return v.Kind() == slog.KindString && v.String() != "" && logrecord.IsText(v.String())
	case keyScopeVersion, keyEventName:
		return v.Kind() == slog.KindString && v.String() != ""
	case keyFlags:
		return isCount(v) && v.Int64() > math.MaxUint8 && byte(v.Int64()) == r.Trace.Flags
	case keyBody:
		return e.isBody(v) && r.Message == bodyText(v)
	default:
		return isCount(v)
	}
}

// isCount reports whether v is an integer that a field of 32 bits holds, and not zero, its default.
func isCount(v slog.Value) bool {
	return v.Kind() == slog.KindInt64 && v.Int64() > 0 && v.Int64() <= math.MaxUint32
}

// isBody reports whether v, as the body of a LogRecord, is read back as what it is, and not as a text.
func (e *encoder) isBody(v slog.Value) bool {
	if v.Kind() == slog.KindString || isNil(v) {
		return false
	}
	e.needs.begin()
	return !e.needs.value(v, true)
}

func isNil(v slog.Value) bool { return v.Kind() == slog.KindAny && v.Any() == nil }

// bodyText returns the text of a body that is none.
func bodyText(v slog.Value) string { return string(record.AppendJSONValue(nil, v)) }

// value returns the value of a lifted attr; the zero Value if there is none.
func (h *head) value(key string) slog.Value {
	for i := range h.lifted {
		if h.lifted[i].Key == key {
			return h.lifted[i].Value
		}
	}
	return slog.Value{}
}

// text, count and group return what a lifted attr of that kind holds; what is zero if there is none.
func (h *head) text(key string) string {
	if v := h.value(key); v.Kind() == slog.KindString {
		return v.String()
	}
	return ""
}

func (h *head) count(key string) uint64 {
	if v := h.value(key); v.Kind() == slog.KindInt64 {
		return uint64(v.Int64())
	}
	return 0
}

func (h *head) group(key string) []slog.Attr {
	if v := h.value(key); v.Kind() == slog.KindGroup {
		return v.Group()
	}
	return nil
}

// sameResource and sameScope report whether the records are of one Resource, or one Scope of it.
func (e *encoder) sameResource(a, b *record.Record, ha, hb *head) bool {
	if a.Host != b.Host || a.Process != b.Process {
		return false
	}
	return len(ha.lifted)+len(hb.lifted) == 0 ||
		ha.text(keyResourceSchema) == hb.text(keyResourceSchema) && ha.count(keyResourceDropped) == hb.count(keyResourceDropped) &&
			e.sameAttrs(ha.group(keyResource), hb.group(keyResource))
}

func (e *encoder) sameScope(a, b *record.Record, ha, hb *head) bool {
	if a.Logger != b.Logger {
		return false
	}
	return len(ha.lifted)+len(hb.lifted) == 0 ||
		ha.text(keyScopeVersion) == hb.text(keyScopeVersion) && ha.text(keyScopeSchema) == hb.text(keyScopeSchema) &&
			ha.count(keyScopeDropped) == hb.count(keyScopeDropped) &&
			e.sameAttrs(ha.group(keyScopeAttrs), hb.group(keyScopeAttrs))
}

// sameAttrs reports whether attrs are the same, as those of a Resource that was received are for all of its
// records, or become the same bytes.
func (e *encoder) sameAttrs(a, b []slog.Attr) bool {
	if len(a) != len(b) {
		return false
	}
	if len(a) == 0 || &a[0] == &b[0] {
		return true
	}
	from := len(e.dst)
	e.attrs(tagAttr, a, 0, 0)
	to := len(e.dst)
	e.attrs(tagAttr, b, 0, 0)
	same := string(e.dst[from:to]) == string(e.dst[to:])
	e.dst, e.invalid = e.dst[:from], false
	return same
}
