package pickle

import (
	"bytes"
	"unicode/utf8"
)

// A rule says what a call of a well-known global of Python would make, in terms of plain values: it
// makes *o, which is an objInstance, another kind of object. It returns false where the arguments
// make no sense; o is then shown as an instance. Rules make no new objects.
type rule func(d *Decoder, o *object, args []value) bool

// ruleOf returns the rule for the global of that name, or nil.
func ruleOf(name []byte) rule {
	if r := builtinRule(name); r != nil {
		return r
	}
	if r := timeRule(name); r != nil {
		return r
	}
	if r := collectionRule(name); r != nil {
		return r
	}
	if r := libraryRule(name); r != nil {
		return r
	}
	return numpyRule(name)
}

// look finds out what a call makes. It does nothing for any other object.
func (d *Decoder) look(o *object) {
	if o.kind != objCall {
		return
	}
	o.kind = objInstance // also for a rule that comes back to o through its arguments
	if d.looking++; d.looking > d.limits.Depth {
		d.fail(int(o.at), "nested deeper than %d", d.limits.Depth)
	} else {
		d.apply(o)
	}
	d.looking--
}

// apply applies the rule for o's callee. Without one, an instance that is nothing but its items is a
// list or a dict.
func (d *Decoder) apply(o *object) {
	var args []value
	if tuple := d.object(o.args); tuple != nil {
		args = tuple.items
	}
	if !d.show(len(args)) {
		return
	}
	if name, ok := d.calleeName(o.callee); ok {
		if apply := ruleOf(name); apply != nil {
			apply(d, o, args)
			return
		}
	}
	switch {
	case len(o.items) == 0 || len(args) > 0 || o.state.kind > kindNone:
	case o.paired:
		o.kind = objDict
	default:
		o.kind = objList
	}
}

// calleeName returns the dotted name of a global, or of an attribute of one, as Python 3 calls it.
// It is good until the next call.
func (d *Decoder) calleeName(v value) (name []byte, ok bool) {
	o := d.object(v)
	switch {
	case o == nil:
		return nil, false
	case o.kind == objGlobal:
		d.name = d.appendGlobalName(d.name[:0], o)
		return d.name, true
	case o.kind < objCall:
		return nil, false
	}
	getattr, args := d.object(o.callee), d.object(o.args)
	if getattr == nil || getattr.kind != objGlobal || args == nil || len(args.items) != 2 {
		return nil, false
	}
	if d.name = d.appendGlobalName(d.name[:0], getattr); string(d.name) != "builtins.getattr" {
		return nil, false
	}
	class := d.object(args.items[0])
	attr, isText := d.textOf(args.items[1])
	if class == nil || class.kind != objGlobal || !isText {
		return nil, false
	}
	attr = bytes.Clone(attr)
	d.name = d.appendGlobalName(d.name[:0], class)
	d.name = append(append(d.name, '.'), attr...)
	return d.name, true
}

// appendGlobalName appends the dotted name of a global, with the module that Python 3 calls so.
func (d *Decoder) appendGlobalName(dst []byte, o *object) []byte {
	from := len(dst)
	module, _ := d.textOf(o.callee)
	switch string(module) {
	case "__builtin__", "exceptions":
		dst = append(dst, "builtins"...)
	case "copy_reg":
		dst = append(dst, "copyreg"...)
	case "pathlib._local":
		dst = append(dst, "pathlib"...)
	case "UserDict", "UserList", "UserString":
		dst = append(dst, "collections"...)
	default:
		if rest, ok := bytes.CutPrefix(module, []byte("numpy.core.")); ok {
			dst, module = append(dst, "numpy._core."...), rest
		}
		dst = append(dst, module...)
	}
	name, _ := d.textOf(o.args)
	switch string(name) {
	case "IterableUserDict":
		name = []byte("UserDict")
	case "long", "xrange", "unicode":
		if string(dst[from:]) == "builtins" {
			name = python3Name(name)
		}
	}
	dst = append(append(dst, '.'), name...)
	if !d.spend(len(dst) - from) {
		return dst[:from]
	}
	return dst
}

// python3Name returns what Python 3 calls a type of Python 2.
func python3Name(name []byte) []byte {
	switch string(name) {
	case "long":
		return []byte("int")
	case "xrange":
		return []byte("range")
	}
	return []byte("str")
}

// appendCallee appends the name of what an instance is one of.
func (d *Decoder) appendCallee(dst []byte, v value, depth int) []byte {
	if v.kind == kindMade {
		return append(dst, d.inMade(v)...)
	}
	if name, ok := d.calleeName(v); ok {
		return append(dst, withoutBuiltins(name)...)
	}
	return d.appendShown(dst, v, true, depth+1)
}

func withoutBuiltins(name []byte) []byte {
	return bytes.TrimPrefix(name, []byte("builtins."))
}

// resolve looks at v and follows aliases.
func (d *Decoder) resolve(v value) value {
	for range d.limits.Depth {
		o := d.object(v)
		if o == nil {
			return v
		}
		if d.look(o); o.kind != objAlias {
			return v
		}
		v = o.made
	}
	d.fail(d.at, "nested deeper than %d", d.limits.Depth)
	return value{kind: kindNone}
}

// pairs returns the keys and values of what is a mapping.
func (d *Decoder) pairs(v value) ([]value, bool) {
	o := d.object(d.resolve(v))
	if o == nil || o.kind != objDict {
		return nil, false
	}
	return o.items, true
}

// elements returns the items of what is a list, a tuple or a set.
func (d *Decoder) elements(v value) ([]value, bool) {
	o := d.object(d.resolve(v))
	if o == nil || o.kind > objFrozenSet || o.kind == objDict {
		return nil, false
	}
	return o.items, true
}

// integer returns what is a small integer.
func (d *Decoder) integer(v value) (int64, bool) {
	v = d.resolve(v)
	return int64(v.num), v.kind == kindInt || v.kind == kindBool
}

// integers returns the values of all args, which have to be small integers.
func (d *Decoder) integers(args []value) ([]int64, bool) {
	out := make([]int64, 0, 4)
	if !d.show(len(args)) {
		return nil, false
	}
	for _, v := range args {
		n, ok := d.integer(v)
		if !ok {
			return nil, false
		}
		out = append(out, n)
	}
	return out, true
}

// textArg is textOf for what may be an alias.
func (d *Decoder) textArg(v value) ([]byte, bool) { return d.textOf(d.resolve(v)) }

// bytesArg returns what is bytes, a bytearray or a str of Python 2.
func (d *Decoder) bytesArg(v value) ([]byte, bool) {
	v = d.resolve(v)
	if o := d.object(v); o != nil && o.kind == objNamed && len(o.items) == 1 {
		v = o.items[0] // of a bytearray
	}
	switch v.kind {
	case kindBytes:
		return d.in(v), true
	case kindMadeBytes:
		return d.inMade(v), true
	case kindStr, kindQuoted:
		return d.rawOf(v), d.spend(int(v.n))
	}
	return nil, false
}

// attribute returns the value of a key of the dict that state is.
func (d *Decoder) attribute(state value, key string) (value, bool) {
	pairs, _ := d.pairs(state)
	if !d.show(len(pairs) / 2) {
		return value{}, false
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := d.textOf(pairs[i]); ok && string(name) == key {
			return pairs[i+1], true
		}
	}
	return value{}, false
}

// inMade returns the bytes that v is of d.made.
func (d *Decoder) inMade(v value) []byte { return d.made[v.num : v.num+uint64(v.n)] }

// makeText returns text as a value.
func (d *Decoder) makeText(text string) value {
	at := len(d.made)
	d.made = append(d.made, text...)
	d.spend(len(text))
	return value{kindMade, uint32(len(text)), uint64(at)}
}

// since returns what was appended to d.made from at on as a value.
func (d *Decoder) since(at int, k kind) value {
	d.spend(len(d.made) - at)
	return value{k, uint32(len(d.made) - at), uint64(at)}
}

// become makes o an alias of v.
func (o *object) become(v value) bool {
	o.kind, o.made = objAlias, v
	return true
}

// note makes o a text, which is copied.
func (d *Decoder) note(o *object, text []byte) bool {
	at := len(d.made)
	d.made = append(d.made, text...)
	o.kind, o.made = objNote, d.since(at, kindMade)
	return true
}

// named makes o what is shown as name(items, state's pairs).
func (d *Decoder) named(o *object, name string, items []value) bool {
	d.count(len(items))
	o.kind, o.made = objNamed, d.makeText(name)
	o.items = append(o.items[:0], items...)
	return true
}

// contain makes o a container of items.
func (d *Decoder) contain(o *object, k objectKind, items []value) bool {
	d.count(len(items))
	o.kind, o.items = k, append(o.items, items...)
	return true
}

// appendLatin1 appends text, all of it below U+0100, as the bytes it stands for.
func appendLatin1(dst, text []byte) ([]byte, bool) {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r > 0xff {
			return dst, false
		}
		dst = append(dst, byte(r))
		i += size
	}
	return dst, true
}
