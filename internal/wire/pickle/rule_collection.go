package pickle

// collectionRule returns the rules of types that hold others.
func collectionRule(name []byte) rule {
	switch string(name) {
	case "collections.OrderedDict", "collections.defaultdict", "collections.Counter":
		return mapping
	case "collections.UserDict", "collections.UserList", "collections.UserString":
		return userData
	case "collections.deque":
		return deque
	case "collections.ChainMap":
		return chainMap
	case "types.SimpleNamespace", "argparse.Namespace":
		return namespace
	case "functools.partial":
		return partial
	case "array.array":
		return arrayOfList
	case "array._array_reconstructor":
		return arrayOfBytes
	}
	return nil
}

// mapping is for the dicts of collections: the items come after the call, and those of a Counter,
// or of an OrderedDict of Python 2, as the argument.
func mapping(d *Decoder, o *object, args []value) bool {
	if len(o.items) > 0 || len(args) == 0 {
		return (o.paired || len(o.items) == 0) && d.contain(o, objDict, nil)
	}
	if pairs, ok := d.pairs(args[0]); ok {
		return d.contain(o, objDict, pairs)
	}
	elements, ok := d.elements(args[0])
	if !ok { // a defaultdict's factory
		return d.contain(o, objDict, nil)
	}
	items := make([]value, 0, min(2*len(elements), 2*d.limits.Keys))
	for _, v := range elements {
		pair, ok := d.elements(v)
		if !ok || len(pair) != 2 || len(items) == cap(items) {
			return false
		}
		items = append(items, pair...)
	}
	return d.contain(o, objDict, items)
}

func userData(d *Decoder, o *object, _ []value) bool {
	data, ok := d.attribute(o.state, "data")
	return ok && o.become(data)
}

// deque has its elements after the call; those of Python 2 are its argument.
func deque(d *Decoder, o *object, args []value) bool {
	if o.paired {
		return false
	}
	var before []value
	if len(args) > 0 && len(o.items) == 0 {
		before, _ = d.elements(args[0])
	}
	return d.contain(o, objList, before)
}

func chainMap(d *Decoder, o *object, _ []value) bool {
	maps, ok := d.attribute(o.state, "maps")
	if !ok {
		return false
	}
	items, ok := d.elements(maps)
	o.state = value{}
	return ok && d.named(o, "ChainMap", items)
}

func namespace(d *Decoder, o *object, args []value) bool {
	if _, ok := d.pairs(o.state); !ok && o.state.kind > kindNone {
		return false
	}
	if len(args) == 1 { // Python 3.13 and later
		o.state = args[0]
	}
	return d.named(o, "namespace", nil)
}

// partial's state is (function, arguments, keywords, attributes).
func partial(d *Decoder, o *object, _ []value) bool {
	state, ok := d.elements(o.state)
	if !ok || len(state) != 4 {
		return false
	}
	args, ok := d.elements(state[1])
	if !ok {
		return false
	}
	o.state = state[2]
	return d.named(o, "functools.partial", append([]value{state[0]}, args...))
}

func arrayOfList(d *Decoder, o *object, args []value) bool {
	if len(args) == 1 { // an empty one
		return d.contain(o, objList, nil)
	}
	return len(args) == 2 && o.become(args[1])
}
