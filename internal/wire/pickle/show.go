package pickle

import (
	"math"
	"strconv"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

// appendShown appends what Python's str() shows of v, or, if quoted, what its repr() shows, which is
// what a container shows of its elements. Objects that are known by a rule are shown alike in
// both, without the name of their class.
func (d *Decoder) appendShown(dst []byte, v value, quoted bool, depth int) []byte {
	if !d.show(1) {
		return dst
	}
	switch v.kind {
	case kindUnset:
		return dst
	case kindNone:
		return append(dst, "None"...)
	case kindBool:
		return logrecord.AppendBool(dst, v.num != 0)
	case kindInt:
		return strconv.AppendInt(dst, int64(v.num), 10)
	case kindUint:
		return strconv.AppendUint(dst, v.num, 10)
	case kindFloat:
		return logrecord.AppendFloat(dst, math.Float64frombits(v.num))
	case kindDigits, kindNegative, kindBinary:
		return d.appendBig(dst, v)
	case kindBytes, kindMadeBytes:
		if !d.spend(int(v.n)) {
			return dst
		}
		b, _ := d.bytesArg(v)
		return logrecord.AppendBytes(dst, b)
	case kindObject:
		return d.appendObject(dst, v, quoted, depth)
	}
	text, _ := d.textOf(v)
	if quoted {
		return logrecord.AppendQuoted(dst, string(text))
	}
	return append(dst, text...)
}

func (d *Decoder) appendObject(dst []byte, v value, quoted bool, depth int) []byte {
	o := d.object(v)
	if !d.enter(o, depth) {
		return dst
	}
	if o.busy {
		return append(dst, within(o.kind)...)
	}
	o.busy = true
	switch o.kind {
	case objList:
		dst = append(d.appendItems(append(dst, '['), o.items, depth), ']')
	case objTuple:
		dst = d.appendItems(append(dst, '('), o.items, depth)
		if len(o.items) == 1 {
			dst = append(dst, ',')
		}
		dst = append(dst, ')')
	case objDict:
		dst = append(d.appendPairs(append(dst, '{'), o.items, depth), '}')
	case objSet:
		dst = d.appendSet(dst, "set()", o.items, depth)
	case objFrozenSet:
		dst = append(dst, "frozenset("...)
		dst = append(d.appendSet(dst, "", o.items, depth), ')')
	case objGlobal:
		dst = d.appendGlobal(dst, o)
	case objAlias:
		dst = d.appendShown(dst, o.made, quoted, depth+1)
	case objNote:
		dst = append(dst, d.inMade(o.made)...)
	case objNamed:
		dst = d.appendNamed(dst, o, depth)
	case objException:
		dst = d.appendException(dst, o, depth)
	case objArray:
		dst = d.appendArray(dst, &d.arrays[o.made.num])
	default:
		dst = d.appendInstance(dst, o, depth)
	}
	o.busy = false
	return dst
}

// within is what stands for a container within itself.
func within(k objectKind) string {
	switch k {
	case objList:
		return "[...]"
	case objTuple:
		return "(...)"
	case objDict, objSet:
		return "{...}"
	}
	return "..."
}

func (d *Decoder) appendItems(dst []byte, items []value, depth int) []byte {
	for i, v := range items {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if dst = d.appendShown(dst, v, true, depth+1); d.err != nil {
			break
		}
	}
	return dst
}

func (d *Decoder) appendPairs(dst []byte, items []value, depth int) []byte {
	for i := 0; i+1 < len(items) && d.err == nil; i += 2 {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(d.appendShown(dst, items[i], true, depth+1), ": "...)
		dst = d.appendShown(dst, items[i+1], true, depth+1)
	}
	return dst
}

func (d *Decoder) appendSet(dst []byte, empty string, items []value, depth int) []byte {
	if len(items) == 0 {
		return append(dst, empty...)
	}
	return append(d.appendItems(append(dst, '{'), items, depth), '}')
}

// appendGlobal appends what stands for a class, a function or a singleton.
func (d *Decoder) appendGlobal(dst []byte, o *object) []byte {
	d.name = d.appendGlobalName(d.name[:0], o)
	switch string(d.name) {
	case "builtins.Ellipsis":
		return append(dst, "Ellipsis"...)
	case "builtins.NotImplemented":
		return append(dst, "NotImplemented"...)
	}
	return append(append(append(dst, '<'), withoutBuiltins(d.name)...), '>')
}

// appendNamed appends what looks like the call that makes the object.
func (d *Decoder) appendNamed(dst []byte, o *object, depth int) []byte {
	dst = append(append(dst, d.inMade(o.made)...), '(')
	dst = d.appendItems(dst, o.items, depth)
	return append(d.appendKeywords(dst, o.state, ", ", len(o.items) == 0, depth), ')')
}

// appendKeywords appends key=value for the pairs of a dict, each with sep before it, the first
// only if it is not first in its row. It appends nothing for what is no dict.
func (d *Decoder) appendKeywords(dst []byte, v value, sep string, first bool, depth int) []byte {
	pairs, ok := d.pairs(v)
	for i := 0; ok && i < len(pairs) && d.err == nil; i += 2 {
		if !first || i > 0 {
			dst = append(dst, sep...)
		}
		dst = append(d.appendShown(dst, pairs[i], false, depth+1), '=')
		dst = d.appendShown(dst, pairs[i+1], true, depth+1)
	}
	return dst
}

// appendException appends the line that ends a traceback.
func (d *Decoder) appendException(dst []byte, o *object, depth int) []byte {
	dst = append(dst, d.inMade(o.made)...)
	args := d.object(o.args)
	if args == nil || len(args.items) == 0 {
		return dst
	}
	dst = append(dst, ": "...)
	if len(args.items) > 1 {
		return d.appendObject(dst, o.args, true, depth+1)
	}
	quoted := string(d.inMade(o.made)) == "KeyError" // whose str() is the repr() of the key
	return d.appendShown(dst, args.items[0], quoted, depth+1)
}

// appendInstance appends what stands for an object that no rule is known for.
func (d *Decoder) appendInstance(dst []byte, o *object, depth int) []byte {
	dst = append(dst, '<')
	dst = d.appendCallee(dst, o.callee, depth)
	if args := d.object(o.args); args != nil {
		for _, v := range args.items {
			if dst = d.appendShown(append(dst, ' '), v, true, depth+1); d.err != nil {
				return dst
			}
		}
	}
	dst = d.appendKeywords(dst, o.kwargs, " ", false, depth)
	dst = d.appendState(dst, o.state, depth)
	switch {
	case len(o.items) == 0:
	case o.paired:
		dst = append(d.appendPairs(append(dst, " {"...), o.items, depth), '}')
	default:
		for _, v := range o.items {
			if dst = d.appendShown(append(dst, ' '), v, true, depth+1); d.err != nil {
				return dst
			}
		}
	}
	return append(dst, '>')
}

// appendState appends the attributes of an instance: a dict, or a dict and another one of slots.
func (d *Decoder) appendState(dst []byte, state value, depth int) []byte {
	if state.kind == kindUnset || state.kind == kindNone {
		return dst
	}
	if _, ok := d.pairs(state); ok {
		return d.appendKeywords(dst, state, " ", false, depth)
	}
	if o := d.object(state); o != nil && o.kind == objTuple && len(o.items) == 2 {
		_, dict := d.pairs(o.items[0])
		if _, slots := d.pairs(o.items[1]); slots && (dict || o.items[0].kind == kindNone) {
			dst = d.appendKeywords(dst, o.items[0], " ", false, depth)
			return d.appendKeywords(dst, o.items[1], " ", false, depth)
		}
	}
	return d.appendShown(append(dst, ' '), state, true, depth+1)
}
