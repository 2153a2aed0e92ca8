package pickle

import "strconv"

// numpyRule returns the rules of numpy, whose modules have had several names.
func numpyRule(name []byte) rule {
	switch string(name) {
	case "numpy._core.multiarray.scalar":
		return numpyScalar
	case "numpy._core.multiarray._reconstruct":
		return numpyArray
	case "numpy._core.numeric._frombuffer":
		return numpyBuffer
	case "numpy.dtype":
		return numpyType
	}
	return nil
}

// dtype returns the element type that v is.
func (d *Decoder) dtype(v value) (element, bool) {
	name, args := d.callOf(v)
	if string(name) != "numpy.dtype" {
		return element{}, false
	}
	return d.dtypeOf(d.object(v), args)
}

// dtypeOf returns the element type that o, a call of numpy.dtype, is: a class and a size, and the
// byte order in its state.
func (d *Decoder) dtypeOf(o *object, args []value) (element, bool) {
	if len(args) == 0 {
		return element{}, false
	}
	code, ok := d.textArg(args[0])
	if !ok || len(code) < 2 {
		return element{}, false
	}
	e := element{class: code[0]}
	size, err := strconv.Atoi(string(code[1:]))
	if err != nil {
		return element{}, false
	}
	e.size = size
	if state, ok := d.elements(o.state); ok && len(state) > 1 {
		order, _ := d.textOf(state[1])
		e.big = string(order) == ">"
	}
	return e, e.valid()
}

// numpyScalar is scalar(dtype, bytes).
func numpyScalar(d *Decoder, o *object, args []value) bool {
	if len(args) != 2 {
		return false
	}
	e, ok := d.dtype(args[0])
	if !ok {
		return false
	}
	b, ok := d.bytesArg(args[1])
	return ok && len(b) == e.bytes() && o.become(d.elementOf(e, b))
}

// numpyArray's state is (version, shape, dtype, Fortran order, bytes or list).
func numpyArray(d *Decoder, o *object, _ []value) bool {
	state, ok := d.elements(o.state)
	if !ok || len(state) != 5 {
		return false
	}
	if list, ok := d.elements(state[4]); ok {
		return d.contain(o, objList, list)
	}
	return d.arrayOf(o, state[2], state[1], state[4], state[3].num != 0)
}

// numpyBuffer is _frombuffer(buffer, dtype, shape, order).
func numpyBuffer(d *Decoder, o *object, args []value) bool {
	if len(args) != 4 {
		return false
	}
	order, _ := d.textArg(args[3])
	return d.arrayOf(o, args[1], args[2], args[0], string(order) == "F")
}

func (d *Decoder) arrayOf(o *object, dtype, shape, data value, fortran bool) bool {
	e, ok := d.dtype(dtype)
	if !ok {
		return false
	}
	dims, ok := d.elements(shape)
	if !ok {
		return false
	}
	sizes, ok := d.integers(dims)
	return ok && d.makeArray(o, array{element: e, shape: sizes, data: d.resolve(data), fortran: fortran})
}

// numpyType shows float64.
func numpyType(d *Decoder, o *object, args []value) bool {
	e, ok := d.dtypeOf(o, args)
	return ok && d.note(o, []byte(e.name()))
}
