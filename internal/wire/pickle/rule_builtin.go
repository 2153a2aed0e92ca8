package pickle

import (
	"math"
	"strconv"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

// builtinRule returns the rules of Python itself and of how it pickles its own types.
func builtinRule(name []byte) rule {
	switch string(name) {
	case "_codecs.encode":
		return encodedBytes
	case "builtins.bytes":
		return emptyBytes
	case "builtins.bytearray":
		return byteArray
	case "builtins.set":
		return set
	case "builtins.frozenset":
		return frozenSet
	case "builtins.complex":
		return complexNumber
	case "builtins.range":
		return rangeOf
	case "builtins.slice":
		return sliceOf
	case "builtins.type":
		return singletonType
	case "copyreg._reconstructor":
		return reconstruct
	case "copyreg.__newobj__":
		return newInstance
	}
	if isException(name) {
		return exception
	}
	return nil
}

// encodedBytes is how protocols 0 to 2 write bytes: text below U+0100 that is to be encoded.
func encodedBytes(d *Decoder, o *object, args []value) bool {
	if len(args) == 0 {
		return false
	}
	text, ok := d.textArg(args[0])
	if !ok {
		return false
	}
	at := len(d.made)
	if d.made, ok = appendLatin1(d.made, text); !ok {
		d.made = d.made[:at]
		return false
	}
	return o.become(d.since(at, kindMadeBytes))
}

func emptyBytes(d *Decoder, o *object, args []value) bool {
	return len(args) == 0 && o.become(d.since(len(d.made), kindMadeBytes))
}

func byteArray(d *Decoder, o *object, args []value) bool {
	var b []byte
	if len(args) > 0 {
		raw, ok := d.bytesArg(args[0])
		if !ok {
			text, isText := d.textArg(args[0])
			if raw, ok = appendLatin1(nil, text); !isText || !ok {
				return false
			}
		}
		b = raw
	}
	at := len(d.made)
	d.made = append(d.made, b...)
	return d.named(o, "bytearray", []value{d.since(at, kindMadeBytes)})
}

func set(d *Decoder, o *object, args []value) bool { return d.setOf(o, objSet, args) }

func frozenSet(d *Decoder, o *object, args []value) bool { return d.setOf(o, objFrozenSet, args) }

func (d *Decoder) setOf(o *object, k objectKind, args []value) bool {
	if len(args) == 0 {
		return d.contain(o, k, nil)
	}
	items, ok := d.elements(args[0])
	return ok && d.contain(o, k, items)
}

// complexNumber shows (1+2j), or 2j where the real part is zero.
func complexNumber(d *Decoder, o *object, args []value) bool {
	if len(args) != 2 || args[0].kind != kindFloat || args[1].kind != kindFloat {
		return false
	}
	part := func(v value) []byte {
		text := string(logrecord.AppendFloat(nil, math.Float64frombits(v.num)))
		return []byte(strings.TrimSuffix(text, ".0"))
	}
	re, im := part(args[0]), part(args[1])
	if args[0].num == 0 {
		return d.note(o, append(im, 'j'))
	}
	text := append([]byte{'('}, re...)
	if im[0] != '-' {
		text = append(text, '+')
	}
	return d.note(o, append(append(text, im...), "j)"...))
}

func rangeOf(d *Decoder, o *object, args []value) bool {
	n, ok := d.integers(args)
	if !ok || len(n) != 3 {
		return false
	}
	if n[2] == 1 {
		args = args[:2]
	}
	return d.named(o, "range", args)
}

func sliceOf(d *Decoder, o *object, args []value) bool {
	return len(args) == 3 && d.named(o, "slice", args)
}

// singletonType is how the types of None, Ellipsis and NotImplemented are pickled.
func singletonType(d *Decoder, o *object, args []value) bool {
	if len(args) != 1 {
		return false
	}
	name := "NoneType"
	if args[0].kind != kindNone {
		global, ok := d.calleeName(args[0])
		switch {
		case ok && string(global) == "builtins.Ellipsis":
			name = "ellipsis"
		case ok && string(global) == "builtins.NotImplemented":
			name = "NotImplementedType"
		default:
			return false
		}
	}
	return d.note(o, []byte("<class '"+name+"'>"))
}

// reconstruct is how protocols 0 and 1 write an instance: its class, the built-in type it derives
// from, and its value as one of that type.
func reconstruct(d *Decoder, o *object, args []value) bool {
	if len(args) != 3 {
		return false
	}
	base, ok := d.calleeName(args[1])
	if !ok {
		return false
	}
	if string(base) != "builtins.object" {
		return o.become(args[2])
	}
	o.callee, o.args = args[0], value{}
	d.apply(o)
	return true
}

// newInstance is how an object that knows protocol 2 alone is written in the older ones.
func newInstance(d *Decoder, o *object, args []value) bool {
	if len(args) == 0 {
		return false
	}
	class, ok := d.calleeName(args[0])
	if !ok {
		return false
	}
	o.callee = args[0]
	if apply := ruleOf(class); apply != nil && apply(d, o, args[1:]) {
		return true
	}
	return d.without(o, 1)
}

// without drops the first n arguments that an instance shows.
func (d *Decoder) without(o *object, n int) bool {
	args := d.object(o.args)
	o.items, o.args = append(o.items[:0], args.items[n:]...), value{}
	d.count(len(o.items))
	return true
}

// isException reports whether name is one of Python's own exceptions.
func isException(name []byte) bool {
	s, ok := strings.CutPrefix(string(name), "builtins.")
	if !ok {
		return false
	}
	switch s {
	case "KeyboardInterrupt", "SystemExit", "GeneratorExit", "StopIteration", "StopAsyncIteration", "BaseException":
		return true
	}
	return strings.HasSuffix(s, "Error") || strings.HasSuffix(s, "Exception") || strings.HasSuffix(s, "Warning")
}

// exception shows what Python's traceback shows at its end.
func exception(d *Decoder, o *object, args []value) bool {
	name, _ := d.calleeName(o.callee)
	text := string(withoutBuiltins(name))
	if text == "OSError" && (len(args) == 2 || len(args) == 3) {
		return d.osError(o, args)
	}
	o.kind, o.made = objException, d.makeText(text)
	return true
}

// osError shows [Errno 2] No such file or directory: 'x'.
func (d *Decoder) osError(o *object, args []value) bool {
	n, ok := d.integer(args[0])
	if !ok {
		return false
	}
	out := append(strconv.AppendInt(append([]byte(nil), "OSError: [Errno "...), n, 10), "] "...)
	for i, v := range args[1:] {
		text, ok := d.textArg(v)
		if !ok {
			return false
		}
		if i == 1 {
			out = logrecord.AppendQuoted(append(out, ": "...), string(text))
		} else {
			out = append(out, text...)
		}
	}
	return d.note(o, out)
}
