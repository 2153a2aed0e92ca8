package pickle

import (
	"encoding/binary"
	"math"
	"strconv"
)

// array is an array of numbers as their bytes, of numpy or of Python's array. It is shown as lists.
type array struct {
	element element
	shape   []int64
	data    value
	fortran bool // the first index varies fastest
}

// element is the type of an array's elements.
type element struct {
	class byte // b bool, i and u integers, f float, U text
	size  int  // in bytes; of text, in characters of four bytes
	big   bool // big endian
}

// longestArray bounds the elements of an array that is shown; of a larger one the shape is.
const longestArray = 1000

func (e element) valid() bool {
	switch e.class {
	case 'b':
		return e.size == 1
	case 'i', 'u':
		return e.size == 1 || e.size == 2 || e.size == 4 || e.size == 8
	case 'f':
		return e.size == 2 || e.size == 4 || e.size == 8
	case 'U':
		return e.size >= 0 && e.size <= MaxFrame
	}
	return false
}

// bytes is how many an element takes.
func (e element) bytes() int {
	if e.class == 'U' {
		return 4 * e.size
	}
	return e.size
}

// name is what numpy calls the type.
func (e element) name() string {
	bits := strconv.Itoa(8 * e.size)
	switch e.class {
	case 'b':
		return "bool"
	case 'i':
		return "int" + bits
	case 'u':
		return "uint" + bits
	case 'f':
		return "float" + bits
	}
	return "str" + strconv.Itoa(32*e.size)
}

// elementOf returns the value of an element, whose bytes are all of b.
func (d *Decoder) elementOf(e element, b []byte) value {
	if e.class == 'U' {
		return d.wideText(e, b)
	}
	var n uint64
	for i := range b {
		if e.big {
			n = n<<8 | uint64(b[i])
		} else {
			n |= uint64(b[i]) << (8 * i)
		}
	}
	switch e.class {
	case 'b':
		return value{kind: kindBool, num: min(n, 1)}
	case 'f':
		return floating(floatOf(n, e.size))
	case 'u':
		if n > math.MaxInt64 {
			return value{kind: kindUint, num: n}
		}
		return signed(int64(n))
	}
	shift := 64 - 8*e.size
	return signed(int64(n<<shift) >> shift)
}

// floatOf returns the float of size bytes as the float64 that has the same shortest decimal: the
// 0.1 of four bytes is 0.1, and not 0.10000000149.
func floatOf(bits uint64, size int) float64 {
	switch size {
	case 8:
		return math.Float64frombits(bits)
	case 4:
		f := math.Float32frombits(uint32(bits))
		short, _ := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
		return short
	}
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(fraction, -24)
	case 31:
		f = math.Inf(1)
		if fraction != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(1024+fraction, exponent-25)
		// Four digits tell any two floats of two bytes apart, but for a few at five.
		for digits := 1; digits < 6; digits++ {
			short, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'g', digits, 64), 64)
			if math.Abs(short-f) < math.Ldexp(1, exponent-26) {
				f = short
				break
			}
		}
	}
	if bits>>15 != 0 {
		return -f
	}
	return f
}

// wideText returns the text of an element of characters of four bytes.
func (d *Decoder) wideText(e element, b []byte) value {
	runes := make([]rune, len(b)/4)
	last := 0
	for i := range runes {
		if e.big {
			runes[i] = rune(binary.BigEndian.Uint32(b[4*i:]))
		} else {
			runes[i] = rune(binary.LittleEndian.Uint32(b[4*i:]))
		}
		if runes[i] != 0 {
			last = i + 1
		}
	}
	return d.makeText(string(runes[:last]))
}

// makeArray makes o an array, or, where that is large, the text of its type and shape.
func (d *Decoder) makeArray(o *object, a array) bool {
	data, ok := d.bytesArg(a.data)
	if !ok || len(a.shape) > 32 {
		return false
	}
	count := int64(1)
	for _, n := range a.shape {
		if n < 0 || n > MaxFrame {
			return false
		}
		if n == 0 {
			return d.contain(o, objList, nil)
		}
		if count *= n; count > MaxFrame {
			return false
		}
	}
	if int64(len(data)) != count*int64(a.element.bytes()) {
		return false
	}
	if count > longestArray || a.fortran && len(a.shape) > 1 {
		out := append([]byte("<numpy.ndarray "), a.element.name()+" shape=("...)
		for i, n := range a.shape {
			if i > 0 {
				out = append(out, ", "...)
			}
			out = strconv.AppendInt(out, n, 10)
		}
		return d.note(o, append(out, ")>"...))
	}
	d.arrays = append(d.arrays, a)
	o.kind, o.made = objArray, value{num: uint64(len(d.arrays) - 1)}
	return true
}

// arrayList returns an array as lists of lists.
func (d *Decoder) arrayList(a *array) any {
	data, _ := d.bytesArg(a.data)
	return d.subList(a, a.shape, data)
}

func (d *Decoder) subList(a *array, shape []int64, data []byte) any {
	if len(shape) == 0 {
		return d.plain(d.elementOf(a.element, data), 1).Any()
	}
	list := make([]any, shape[0])
	step := len(data) / len(list)
	for i := range list {
		list[i] = d.subList(a, shape[1:], data[i*step:(i+1)*step])
	}
	return list
}

// appendArray appends an array as lists of lists.
func (d *Decoder) appendArray(dst []byte, a *array) []byte {
	data, _ := d.bytesArg(a.data)
	return d.appendSubArray(dst, a, a.shape, data)
}

func (d *Decoder) appendSubArray(dst []byte, a *array, shape []int64, data []byte) []byte {
	if len(shape) == 0 {
		return d.appendShown(dst, d.elementOf(a.element, data), true, 1)
	}
	n := int(shape[0])
	step := len(data) / n
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = d.appendSubArray(dst, a, shape[1:], data[i*step:(i+1)*step])
	}
	return append(dst, ']')
}

// machineFormats are the element types that array._array_reconstructor numbers.
var machineFormats = [...]element{
	{'u', 1, false}, {'i', 1, false},
	{'u', 2, false}, {'u', 2, true}, {'i', 2, false}, {'i', 2, true},
	{'u', 4, false}, {'u', 4, true}, {'i', 4, false}, {'i', 4, true},
	{'u', 8, false}, {'u', 8, true}, {'i', 8, false}, {'i', 8, true},
	{'f', 4, false}, {'f', 4, true}, {'f', 8, false}, {'f', 8, true},
}

// arrayOfBytes is _array_reconstructor(class, typecode, machine format, bytes), of protocol 3 on.
func arrayOfBytes(d *Decoder, o *object, args []value) bool {
	if len(args) != 4 {
		return false
	}
	format, ok := d.integer(args[2])
	if !ok || format < 0 || format >= int64(len(machineFormats)) {
		return false
	}
	data, ok := d.bytesArg(args[3])
	e := machineFormats[format]
	if !ok || len(data)%e.size != 0 {
		return false
	}
	n := int64(len(data) / e.size)
	return d.makeArray(o, array{element: e, shape: []int64{n}, data: d.resolve(args[3])})
}
