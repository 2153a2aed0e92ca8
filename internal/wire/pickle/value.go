package pickle

import "fmt"

// value is a value of the machine that a pickle is a program for. It is small and free of pointers:
// a text is where it stands in the frame, a container an index. Nothing is converted until the
// record is made, and then only what the record keeps.
type value struct {
	kind kind
	n    uint32 // length of what num is the offset of
	num  uint64 // by kind: an offset, an index, or the bits of a number
}

// kind says what a value is.
type kind uint8

const (
	kindUnset     kind = iota // a memo entry that was never put
	kindNone                  //
	kindBool                  // num: 0 or 1
	kindInt                   // num: an int64
	kindUint                  // num: what fits no int64
	kindFloat                 // num: IEEE 754
	kindDigits                // frame: an integer beyond 64 bits, in decimal
	kindNegative              // frame: the same, below zero
	kindBinary                // frame: an integer beyond 64 bits in two's complement, little endian
	kindText                  // frame: UTF-8
	kindRaw                   // frame: text with \u escapes, else Latin-1 (UNICODE)
	kindStr                   // frame: a str of Python 2
	kindQuoted                // frame: the same with escapes (STRING)
	kindBytes                 // frame
	kindMade                  // Decoder.made: UTF-8
	kindMadeBytes             // Decoder.made
	kindObject                // num: index in Decoder.objects
)

// isText reports whether a value of the kind is a string of Python.
func (k kind) isText() bool {
	return k >= kindText && k <= kindQuoted || k == kindMade
}

// object is a container, a global, or a call that would make an instance.
type object struct {
	kind objectKind
	// busy is set while the object's contents are being shown, to find an object within itself.
	busy bool
	// paired is set where items are keys and values by turns.
	paired bool
	// at is the offset of the opcode that made the object.
	at uint32
	// items are the elements of a container, also those that were added to an instance.
	items []value

	// Of a call: callee(*args, **kwargs), then BUILD with state. Of a global: its module (callee)
	// and its name in it (args).
	callee, args, kwargs, state value
	// made is what looking at a call found; see the kinds.
	made value
}

type objectKind uint8

const (
	objList objectKind = iota
	objTuple
	objDict
	objSet
	objFrozenSet
	objGlobal
	objCall      // not looked at yet: looking makes it one of the kinds above or below
	objInstance  // no rule is known for it: shown as <callee arguments state>
	objAlias     // stands for made
	objNote      // the text made, shown without quotes
	objNamed     // shown as made(items, state's pairs)
	objException // shown as made: message, of args
	objArray     // made: index in Decoder.arrays
)

// fail notes that the frame is to be rejected, for the first reason found.
func (d *Decoder) fail(at int, format string, args ...any) {
	if d.err == nil {
		d.err = &Error{Offset: at, Reason: fmt.Sprintf(format, args...)}
	}
}

// newObject makes an object with items, which may be a part of the stack, and returns the value that
// stands for it.
func (d *Decoder) newObject(k objectKind, items []value) value {
	d.count(1 + len(items))
	n, o := d.objects.next()
	*o = object{kind: k, at: uint32(d.at), items: append(o.items[:0], items...)} // items keeps its memory
	return value{kind: kindObject, num: uint64(n)}
}

// pushObject makes an object, and pushes the value that stands for it.
func (d *Decoder) pushObject(k objectKind, items []value) *object {
	v := d.newObject(k, items)
	d.push(v)
	return d.object(v)
}

// arena holds the objects of a frame. They stay where they are while it grows.
type arena struct {
	chunks []*[chunkObjects]object
	used   int
}

const chunkObjects = 32

// next returns an object to be used, with the memory of an earlier frame, and its index.
func (a *arena) next() (int, *object) {
	if a.used == len(a.chunks)*chunkObjects {
		a.chunks = append(a.chunks, new([chunkObjects]object))
	}
	a.used++
	return a.used - 1, a.at(uint64(a.used - 1))
}

func (a *arena) at(i uint64) *object { return &a.chunks[i/chunkObjects][i%chunkObjects] }

// count counts values that the frame holds.
func (d *Decoder) count(n int) {
	if d.held += n; d.held > d.limits.Nodes {
		d.fail(d.at, "more than %d values", d.limits.Nodes)
	}
}

// push puts a value on the stack.
func (d *Decoder) push(v value) { d.stack = append(d.stack, v) }

// floor is where the part of the stack begins that operations may use: above the last mark.
func (d *Decoder) floor() int {
	if n := len(d.marks); n > 0 {
		return int(d.marks[n-1])
	}
	return 0
}

// has reports whether n values are there to be used; if not, the frame fails.
func (d *Decoder) has(n int) bool {
	if len(d.stack)-d.floor() < n {
		d.fail(d.at, "%s finds %d values on the stack, wants %d", opcode(d.op), len(d.stack)-d.floor(), n)
		return false
	}
	return true
}

// pop takes the top of the stack. Ask has before.
func (d *Decoder) pop() value {
	v := d.stack[len(d.stack)-1]
	d.stack = d.stack[:len(d.stack)-1]
	return v
}

// top returns the top of the stack. Ask has before.
func (d *Decoder) top() value { return d.stack[len(d.stack)-1] }

// popMark takes what is above the last mark. The result is valid until the next push.
func (d *Decoder) popMark() ([]value, bool) {
	n := len(d.marks)
	if n == 0 {
		d.fail(d.at, "%s finds no mark", opcode(d.op))
		return nil, false
	}
	if n == 1 && d.op != opSetItems {
		d.unset = true
	}
	m := int(d.marks[n-1])
	d.marks = d.marks[:n-1]
	values := d.stack[m:]
	d.stack = d.stack[:m]
	return values, true
}

// object returns the object that v stands for, or nil.
func (d *Decoder) object(v value) *object {
	if v.kind != kindObject {
		return nil
	}
	return d.objects.at(v.num)
}
