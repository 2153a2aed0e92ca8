package pickle

// stepObject does the opcodes of globals and instances. Nothing they name exists here: each makes
// an object that remembers what was asked for.
func (d *Decoder) stepObject(op byte) {
	switch op {
	case opGlobal:
		if module, name, ok := d.lines(); ok {
			d.pushGlobal(module, name)
		}
	case opStackGlobal:
		if d.has(2) {
			name := d.pop()
			module := d.pop()
			d.pushGlobal(module, name)
		}
	case opReduce, opNewObj:
		if d.has(2) {
			args := d.pop()
			callee := d.pop()
			d.call(callee, args, value{})
		}
	case opNewObjEx:
		if d.has(3) {
			kwargs := d.pop()
			args := d.pop()
			callee := d.pop()
			d.call(callee, args, kwargs)
		}
	case opInst:
		d.inst()
	case opObj:
		d.obj()
	case opBuild:
		d.build()
	case opExt1:
		d.extension(1)
	case opExt2:
		d.extension(2)
	case opExt4:
		d.extension(4)
	case opPersID:
		if id, ok := d.line(kindText); ok {
			d.placeholder("persistent id", id)
		}
	case opBinPersID:
		if d.has(1) {
			d.placeholder("persistent id", d.pop())
		}
	case opNextBuffer: // its bytes would have come beside the pickle
		d.placeholder("out-of-band buffer")
	case opReadonlyBuffer:
		d.has(1) // it makes what is there read-only
	}
}

// lines reads the module and the name that follow GLOBAL and INST.
func (d *Decoder) lines() (module, name value, ok bool) {
	if module, ok = d.line(kindText); ok {
		name, ok = d.line(kindText)
	}
	return module, name, ok
}

func (d *Decoder) pushGlobal(module, name value) {
	if !module.kind.isText() || !name.kind.isText() {
		d.fail(d.at, "%s finds a name that is no string", opcode(d.op))
		return
	}
	o := d.pushObject(objGlobal, nil)
	o.callee, o.args = module, name
}

// call pushes what callee(*args, **kwargs) would be.
func (d *Decoder) call(callee, args, kwargs value) {
	if o := d.object(args); o == nil || o.kind != objTuple {
		d.fail(d.at, "%s finds arguments that are no tuple", opcode(d.op))
		return
	}
	o := d.pushObject(objCall, nil)
	o.callee, o.args, o.kwargs = callee, args, kwargs
}

func (d *Decoder) inst() {
	module, name, ok := d.lines()
	if !ok {
		return
	}
	values, ok := d.popMark()
	if !ok {
		return
	}
	args := d.newObject(objTuple, values)
	d.pushGlobal(module, name)
	d.call(d.pop(), args, value{})
}

func (d *Decoder) obj() {
	values, ok := d.popMark()
	if !ok {
		return
	}
	if len(values) == 0 {
		d.fail(d.at, "OBJ finds no class")
		return
	}
	class := values[0]
	d.call(class, d.newObject(objTuple, values[1:]), value{})
}

// build gives an instance its state. What is no instance has no use for one.
func (d *Decoder) build() {
	if !d.has(2) {
		return
	}
	state := d.pop()
	if o := d.object(d.top()); o != nil && o.kind == objCall {
		o.state = state
	}
}

// extension pushes what stands for an entry of a registry that is not here.
func (d *Decoder) extension(width int) {
	if n, ok := d.number(width); ok {
		d.placeholder("extension code", value{kind: kindInt, num: n})
	}
}

// placeholder pushes <text items>, for what never is anything else.
func (d *Decoder) placeholder(text string, items ...value) {
	o := d.pushObject(objInstance, items)
	o.callee = d.makeText(text)
}
