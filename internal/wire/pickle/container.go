package pickle

// stepContainer does the opcodes of lists, tuples, dicts and sets.
func (d *Decoder) stepContainer(op byte) {
	switch op {
	case opEmptyTuple:
		d.pushObject(objTuple, nil)
	case opEmptySet:
		d.pushObject(objSet, nil)
	case opList:
		d.collect(objList)
	case opTuple:
		d.collect(objTuple)
	case opFrozenSet:
		d.collect(objFrozenSet)
	case opDict:
		d.collect(objDict)
	case opTuple1, opTuple2, opTuple3:
		d.collectLast(int(op-opTuple1) + 1)
	case opAppend:
		if d.has(2) {
			n := len(d.stack)
			d.stack = d.stack[:n-1]
			d.add(d.stack[n-2], d.stack[n-1:n])
		}
	case opAppends, opAddItems:
		if values, ok := d.popMark(); ok && d.has(1) {
			d.add(d.top(), values)
		}
	case opSetItem:
		if d.has(3) {
			n := len(d.stack)
			d.stack = d.stack[:n-2]
			d.addPairs(d.stack[n-3], d.stack[n-2:n])
		}
	case opSetItems:
		if values, ok := d.popMark(); ok && d.has(1) {
			d.addPairs(d.top(), values)
		}
	}
}

// collect makes a container of what is above the last mark.
func (d *Decoder) collect(k objectKind) {
	values, ok := d.popMark()
	if !ok {
		return
	}
	if k == objDict && !d.arePairs(len(values)) {
		return
	}
	d.pushObject(k, values)
}

// collectLast makes a tuple of the last n values.
func (d *Decoder) collectLast(n int) {
	if d.has(n) {
		from := len(d.stack) - n
		values := d.stack[from:]
		d.stack = d.stack[:from]
		d.pushObject(objTuple, values)
	}
}

// add adds elements to a list or set, or to an instance that is one.
func (d *Decoder) add(to value, values []value) {
	o := d.object(to)
	if o == nil || o.paired || o.kind != objList && o.kind != objSet && o.kind != objCall {
		d.fail(d.at, "%s finds no list or set to add to", opcode(d.op))
		return
	}
	d.count(len(values))
	o.items = append(o.items, values...)
}

// addPairs adds keys and values to a dict, or to an instance that is one.
func (d *Decoder) addPairs(to value, values []value) {
	o := d.object(to)
	if o == nil || o.kind != objDict && (o.kind != objCall || len(o.items) > 0 && !o.paired) {
		d.fail(d.at, "%s finds no dict to add to", opcode(d.op))
		return
	}
	held := len(o.items)
	if to.num == 0 {
		held += 2 * d.early
	}
	if !d.arePairs(held + len(values)) {
		return
	}
	d.count(len(values))
	o.paired = true
	o.items = append(o.items, values...)
}

// arePairs reports whether a mapping may have items that are n values.
func (d *Decoder) arePairs(n int) bool {
	if n%2 != 0 {
		d.fail(d.at, "%s finds a key without a value", opcode(d.op))
		return false
	}
	if n/2 > d.limits.Keys {
		d.fail(d.at, "a mapping of more than %d keys", d.limits.Keys)
		return false
	}
	return true
}
