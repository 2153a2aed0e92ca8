package pickle

import (
	"encoding/json"
	"log/slog"
	"math"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

// fill ends the record with the items of the dict that the pickle left, save those that went
// directly.
func (d *Decoder) fill(root value) {
	if d.err != nil {
		return
	}
	o := d.attributes(root)
	if o == nil || o.kind != objDict {
		d.fail(d.at, "what the pickle leaves is no dict, so it is no log record")
		return
	}
	o.busy = true
	for i := 0; i < len(o.items); i += 2 {
		d.set(o.items[i], o.items[i+1])
		if d.err != nil {
			return
		}
	}
	d.finish(int(o.at))
}

// attributes returns the dict that root is, or that holds the attributes of the object that it is: what a QueueHandler
// hands to a connection is the LogRecord itself.
func (d *Decoder) attributes(root value) *object {
	var state value
	if o := d.object(root); o != nil && o.kind == objCall {
		state = o.state
	}
	o := d.object(d.resolve(root))
	if o != nil && o.kind != objDict && state.kind != kindUnset {
		o = d.object(d.resolve(state))
	}
	return o
}

// finish ends the record, whose dict was made at pos.
func (d *Decoder) finish(pos int) {
	if d.err != nil {
		return
	}
	if err := d.builder.Finish(); err != nil {
		d.fail(pos, "%v", err)
	}
}

// set hands the builder an item of the record's dict.
func (d *Decoder) set(key, v value) {
	if key.kind == kindText {
		if k := logrecord.KeyOf(d.in(key)); k != logrecord.Other {
			d.setKey(k, v)
			return
		}
		d.builder.SetOther(d.key(key), d.plain(v, 1))
		return
	}
	name := d.key(key)
	if k := logrecord.KeyOf([]byte(name)); k != logrecord.Other {
		d.setKey(k, v)
		return
	}
	d.builder.SetOther(name, d.plain(v, 1))
}

// show counts values that the record is made of. It reports whether the frame is still good.
func (d *Decoder) show(n int) bool {
	if d.shown += n; d.shown > d.limits.Nodes {
		d.fail(d.at, "shows more than %d values", d.limits.Nodes)
	}
	return d.err == nil
}

// spend counts bytes of text that were worked on, likewise.
func (d *Decoder) spend(n int) bool {
	if d.text += n; d.text > d.limits.Text {
		d.fail(d.at, "shows more than %d bytes of text", d.limits.Text)
	}
	return d.err == nil
}

// known returns the string that v is, which is likely to have been in a record before; kept reports
// whether it is one that is kept for the next record.
func (d *Decoder) known(v value) (s string, kept bool) {
	if v.kind != kindText {
		text, _ := d.textOf(v)
		return d.strings.slab.Text(text), false
	}
	b := d.in(v)
	e, hash := d.strings.entry(b)
	if e != nil && e.text == string(b) {
		d.text += len(b)
		return e.text, true
	}
	text, _ := d.textOf(v)
	return d.strings.keep(e, hash, text)
}

// key returns what stands for a key of a mapping: a string, or what Python's str() shows.
func (d *Decoder) key(v value) string {
	if v.kind.isText() {
		s, _ := d.known(v)
		return s
	}
	return d.shownText(v, 1)
}

// shownText returns what Python's str() shows of v.
func (d *Decoder) shownText(v value, depth int) string {
	d.out = d.appendShown(d.out[:0], v, false, depth)
	return d.strings.slab.Text(d.out)
}

// plain returns v as a plain value of a record, which shares no memory with the frame.
func (d *Decoder) plain(v value, depth int) slog.Value {
	if !d.show(1) {
		return slog.Value{}
	}
	switch v.kind {
	case kindNone:
		return slog.Value{}
	case kindBool:
		return slog.BoolValue(v.num != 0)
	case kindInt:
		return slog.Int64Value(int64(v.num))
	case kindUint:
		return slog.Uint64Value(v.num)
	case kindFloat:
		return slog.Float64Value(math.Float64frombits(v.num))
	case kindDigits, kindNegative, kindBinary:
		return slog.AnyValue(json.Number(d.shownText(v, depth)))
	case kindBytes, kindMadeBytes:
		return slog.StringValue(d.shownText(v, depth))
	case kindObject:
		return d.plainObject(v, depth)
	}
	text, _ := d.textOf(v)
	return slog.StringValue(d.strings.slab.Text(text))
}

func (d *Decoder) plainObject(v value, depth int) slog.Value {
	o := d.object(v)
	if !d.enter(o, depth) {
		return slog.Value{}
	}
	switch {
	case o.busy: // within itself
	case o.kind == objAlias:
		o.busy = true
		v := d.plain(o.made, depth+1)
		o.busy = false
		return v
	case o.kind == objList || o.kind == objTuple:
		o.busy = true
		list := d.list(o.items, depth)
		o.busy = false
		return slog.AnyValue(list)
	case o.kind == objDict:
		o.busy = true
		mapping := d.mapping(o.items, depth)
		o.busy = false
		return mapping
	case o.kind == objArray:
		return slog.AnyValue(d.arrayList(&d.arrays[o.made.num]))
	}
	return slog.StringValue(d.shownText(v, depth))
}

// enter looks at an object that is about to be shown; false, and the frame fails, if that is too
// deep.
func (d *Decoder) enter(o *object, depth int) bool {
	d.at = int(o.at)
	if depth > d.limits.Depth {
		d.fail(d.at, "nested deeper than %d", d.limits.Depth)
		return false
	}
	d.look(o)
	return d.err == nil
}

func (d *Decoder) list(items []value, depth int) []any {
	if d.shown+len(items) > d.limits.Nodes {
		d.show(len(items))
		return nil
	}
	list := make([]any, len(items))
	for i, v := range items {
		if list[i] = d.element(v, depth+1); d.err != nil {
			break
		}
	}
	return list
}

// element returns v as it stands in a list, where a mapping is a map.
func (d *Decoder) element(v value, depth int) any {
	for o := d.object(v); o != nil && d.enter(o, depth); o = d.object(v) {
		if o.kind == objDict && !o.busy {
			o.busy = true
			m := d.mapOf(o.items, depth)
			o.busy = false
			return m
		}
		if o.kind != objAlias {
			break
		}
		v, depth = o.made, depth+1
	}
	return d.plain(v, depth).Any()
}

// mapping returns a dict as a group, which keeps its order, or as a map where no group can be it:
// an empty group is left out of a record, and one without a key is dissolved.
func (d *Decoder) mapping(items []value, depth int) slog.Value {
	if len(items) == 0 {
		return slog.AnyValue(map[string]any{})
	}
	if !d.show(len(items) / 2) {
		return slog.Value{}
	}
	attrs := d.attrs(len(items) / 2)
	for i := 0; i < len(items); i += 2 {
		key := d.key(items[i])
		if key == "" {
			return slog.AnyValue(d.mapOf(items, depth))
		}
		attrs = append(attrs, slog.Attr{Key: key, Value: d.plain(items[i+1], depth+1)})
		if d.err != nil {
			return slog.Value{}
		}
	}
	return slog.GroupValue(attrs...)
}

// attrs returns an empty slice for n attrs of a group. It is cut from a slab, as a record's own are.
func (d *Decoder) attrs(n int) []slog.Attr {
	if cap(d.groups)-len(d.groups) < n {
		size := max(min(2*cap(d.groups), groupSlab), n, 8)
		d.groups = make([]slog.Attr, 0, size)
	}
	from := len(d.groups)
	d.groups = d.groups[:from+n]
	return d.groups[from : from : from+n]
}

// groupSlab bounds the attrs of groups that share a slab: 64 attrs are 2.5 KiB.
const groupSlab = 64

func (d *Decoder) mapOf(items []value, depth int) map[string]any {
	if !d.show(1 + len(items)/2) {
		return nil
	}
	m := make(map[string]any, len(items)/2)
	for i := 0; i < len(items); i += 2 {
		m[d.key(items[i])] = d.element(items[i+1], depth+1)
		if d.err != nil {
			return nil
		}
	}
	return m
}
