package otlp

import (
	"bytes"
	"log/slog"

	"github.com/jackdaw-log/jackdaw/record"
)

// specials are the attributes of a place that are fields, or are about its other attributes.
type specials struct {
	seen    fieldSet
	types   []slog.Attr
	escaped bool
}

// isNew reports whether a field may be taken: the first attribute counts, a second one is an attr. The
// type of its value must be that of the field.
func (s *specials) isNew(f field, v slog.Value) bool { return !s.seen.has(f) && v.Kind() == f.kind() }

// take takes an attribute that is about the others.
func (s *specials) take(f field, v slog.Value) {
	switch s.seen |= 1 << f; f {
	case fieldTypes:
		s.types = v.Group()
	case fieldEscaped:
		s.escaped = v.Bool()
	}
}

// apply makes of attrs what they were.
func (s *specials) apply(attrs []slog.Attr) {
	if s.escaped {
		unescapeAttrs(s.types)
		unescapeAttrs(attrs)
	}
	if len(s.types) > 0 {
		applyTypes(attrs, s.types)
	}
}

// taker is a place that has attributes.
type taker interface {
	// take takes an attribute that is a field, or says that it is none.
	take(f field, v slog.Value) bool
}

// attr reads an attribute. What the place does not take is an attr of its own.
func (d *Decoder) attr(s []byte, off int, known fieldSet, place taker) error {
	key, value, at, err := splitPair(s, off)
	if err != nil {
		return err
	}
	if d.values++; d.values > d.max.Attrs {
		return d.tooMany(off)
	}
	f := fieldOf(string(key))
	v, err := d.value(value, at, 1, true)
	if err != nil {
		return err
	}
	if known.has(f) && place.take(f, v) {
		return nil
	}
	d.pushAttr(f, key, v)
	return nil
}

// pushAttr adds an attribute that is no field, though f may be what its key stands for.
func (d *Decoder) pushAttr(f field, key []byte, v slog.Value) {
	if f == noField && len(key) >= len(ownKey) && key[0] == ownKey[0] {
		key = bytes.TrimPrefix(key, []byte(ownKey))
	}
	if len(d.attrs) == cap(d.attrs) {
		d.grow(1)
	}
	d.attrs = append(d.attrs, slog.Attr{Key: d.texts.Text(key), Value: v})
}

// resource is what the records of a ResourceLogs have in common.
type resource struct {
	specials
	host    string
	process record.Process
	schema  string
	dropped uint32
	// attrs stand at the head of each record's: a group without a key, and what is about it.
	attrs []slog.Attr
}

func (r *resource) take(f field, v slog.Value) bool {
	if !r.isNew(f, v) {
		return false
	}
	r.specials.take(f, v)
	switch f {
	case fieldHost:
		r.host = v.String()
	case fieldPID:
		r.process.PID = int(v.Int64())
	case fieldProcessName:
		r.process.Name = v.String()
	}
	return true
}

// readResource reads a Resource, or a part of one.
func (d *Decoder) readResource(s []byte, off int) error {
	for i := 0; i < len(s); {
		tag, from, to := fieldAt(s, i)
		if to < 0 {
			return broken(s, i, off)
		}
		switch tag {
		case tagResourceAttr:
			if err := d.attr(s[from:to], off+from, resourceFields, &d.resource); err != nil {
				return err
			}
		case tagResourceDropped:
			n, _ := varint(s, from)
			d.resource.dropped = uint32(n)
		}
		i = to
	}
	return nil
}

// finish makes the attrs, of what readResource pushed.
func (r *resource) finish(d *Decoder) {
	attrs := d.own()
	r.apply(attrs)
	if r.escaped {
		unescape(&r.host, &r.process.Name)
	}
	d.pushGroup(keyResource, attrs)
	d.pushText(keyResourceSchema, r.schema)
	d.pushCount(keyResourceDropped, r.dropped)
	r.attrs = d.own()
}

func (d *Decoder) pushGroup(key string, group []slog.Attr) {
	if len(group) > 0 {
		d.push(slog.Attr{Key: key, Value: slog.GroupValue(group...)})
	}
}

func (d *Decoder) pushText(key, text string) {
	if text != "" {
		d.push(slog.String(key, text))
	}
}

func (d *Decoder) pushCount(key string, n uint32) {
	if n != 0 {
		d.push(slog.Int64(key, int64(n)))
	}
}

// scope is what the records of a ScopeLogs have in common.
type scope struct {
	specials
	name, version string
	schema        string
	dropped       uint32
	// attrs stand at the head of each record's, those of the resource included.
	attrs []slog.Attr
}

func (c *scope) take(f field, v slog.Value) bool {
	if !c.isNew(f, v) {
		return false
	}
	c.specials.take(f, v)
	return true
}

// readScope reads an InstrumentationScope, or a part of one.
func (d *Decoder) readScope(s []byte, off int) error {
	c := &d.scope
	for i := 0; i < len(s); {
		tag, from, to := fieldAt(s, i)
		if to < 0 {
			return broken(s, i, off)
		}
		switch tag {
		case tagScopeName:
			c.name = d.texts.Text(s[from:to])
		case tagScopeVersion:
			c.version = d.texts.Text(s[from:to])
		case tagScopeAttr:
			if err := d.attr(s[from:to], off+from, scopeFields, c); err != nil {
				return err
			}
		case tagScopeDropped:
			n, _ := varint(s, from)
			c.dropped = uint32(n)
		}
		i = to
	}
	return nil
}

// finish makes the attrs, of what readScope pushed.
func (c *scope) finish(d *Decoder) {
	attrs := d.own()
	c.apply(attrs)
	if c.escaped {
		unescape(&c.name, &c.version)
	}
	if c.attrs = d.resource.attrs; len(attrs) == 0 && c.version == "" && c.schema == "" && c.dropped == 0 {
		return
	}
	d.pushAll(d.resource.attrs)
	d.pushText(keyScopeVersion, c.version)
	d.pushText(keyScopeSchema, c.schema)
	d.pushGroup(keyScopeAttrs, attrs)
	d.pushCount(keyScopeDropped, c.dropped)
	c.attrs = d.own()
}
