package snapshot

import (
	"encoding/json"
	"log/slog"
	"unsafe"
)

// attrBytes is what an attr takes beside its text, anyBytes about what a value takes that is not plain.
const (
	attrBytes = 40
	anyBytes  = 64
)

// Measure returns about how many bytes attrs take in memory, and how many attrs there are in their groups.
func Measure(attrs []slog.Attr) (bytes, members int) {
	for i := range attrs {
		a := &attrs[i]
		bytes += attrBytes + len(a.Key)
		if known {
			switch wordOf(&a.Value) {
			case types.plain:
				continue
			case types.text:
				bytes += int((*slogValue)(unsafe.Pointer(&a.Value)).num)
				continue
			}
		}
		b, m := measureValue(a.Value)
		bytes, members = bytes+b, members+m
	}
	return bytes, members
}

func measureValue(v slog.Value) (bytes, members int) {
	switch v.Kind() {
	case slog.KindString:
		return len(v.String()), 0
	case slog.KindGroup:
		group := v.Group()
		bytes, members = Measure(group)
		return bytes, members + len(group)
	case slog.KindAny:
		bytes = anyBytes
		switch x := v.Any().(type) {
		case json.RawMessage:
			bytes += len(x)
		case []byte:
			bytes += len(x)
		}
	}
	return bytes, 0
}

// Copy copies attrs to the beginning of mem, and behind them those of their groups, as many as Measure
// says. What values refer to otherwise is shared. It returns what is left of mem.
func Copy(mem, attrs []slog.Attr) []slog.Attr {
	n := copy(mem, attrs)
	copied, mem := mem[:n], mem[n:]
	for i := range copied {
		if len(mem) == 0 {
			break // there is no group
		}
		if v := &copied[i].Value; v.Kind() == slog.KindGroup {
			group := v.Group()
			n := len(group)
			*v = slog.GroupValue(mem[:n:n]...)
			mem = Copy(mem, group)
		}
	}
	return mem
}

// CopyFront copies the first attrs of r, as many as to has, if their values are of the kinds that can be seen to be settled at
// once. When it returns false they may be settled too, and some may have been copied.
func CopyFront(to []slog.Attr, r *slog.Record) bool {
	in := (*slogRecord)(unsafe.Pointer(r))
	if len(to) > len(in.front) || !known {
		return false
	}
	from := in.front[:len(to)]
	for i := range from {
		if w := wordOf(&from[i].Value); w != types.plain && w != types.text && w != types.err && !types.settles(w) {
			return false
		}
		to[i] = from[i]
	}
	return true
}
