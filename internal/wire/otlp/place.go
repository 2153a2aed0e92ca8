package otlp

import (
	"log/slog"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

// place is what the last LogRecord had as its first attribute, or its second, and so on. The next record mostly has
// the same attribute there, or another value under the same key.
type place struct {
	key   string // as it is in the message
	name  string // as an attr has it
	field field  // that the key stands for
	// pair is the KeyValue itself, and value what is in it. It is empty if that is not worth while.
	pair    []byte
	value   slog.Value
	changes uint8 // how often the value was another one, since it was the same
}

const (
	// numPlaces is how many attributes have a place; the others share the last one.
	numPlaces = 32
	// maxPair bounds what is kept of an attribute.
	maxPair = 128
	// maxChanges is how often a value may change until it is looked at again only now and then.
	maxChanges = 6
)

// place returns the place of the next attribute.
func (d *Decoder) place() *place {
	p := &d.places[min(d.nth, numPlaces-1)]
	d.nth++
	return p
}

// learn makes the place one of another key.
func (p *place) learn(key []byte, texts *logrecord.Texts) {
	p.key = texts.Text(key)
	p.field, p.name = fieldOf(p.key), p.key
	if p.field == noField {
		p.name = strings.TrimPrefix(p.key, ownKey)
	}
	p.pair = p.pair[:0]
}

// keep keeps what was read, if it may be worth while: a value that changes all the time is not, and one that is a
// list or a mapping belongs to its record.
func (p *place) keep(pair []byte, v slog.Value) {
	p.changes++
	if p.changes > maxChanges && p.changes&15 != 0 {
		return
	}
	p.pair = p.pair[:0]
	switch v.Kind() {
	case slog.KindString, slog.KindInt64, slog.KindFloat64, slog.KindBool:
		if len(pair) <= maxPair {
			p.pair, p.value = append(p.pair, pair...), v
		}
	}
}

// shortAttr returns where the attribute at i ends if its length takes a byte, as nearly every one's; 0 if there is none.
func shortAttr(s []byte, i int) (to int) {
	if i+1 < len(s) && s[i] == tagAttr && s[i+1] < 0x80 {
		if to = i + 2 + int(s[i+1]); to <= len(s) {
			return to
		}
	}
	return 0
}

// recordAttr is attr for a LogRecord, of which there are many. It returns the field that the attribute was taken as, if
// it is the same as in the record before.
func (d *Decoder) recordAttr(s []byte, off int) (same field, err error) {
	if d.values++; d.values > d.max.Attrs {
		return noField, d.tooMany(off)
	}
	p := d.place()
	if len(p.pair) > 0 && string(s) == string(p.pair) {
		p.changes = 0
		if d.takeAttr(p.field, p.name, p.value) {
			same = p.field
		}
		return same, nil
	}
	key, value, at, err := splitPair(s, off)
	if err != nil {
		return noField, err
	}
	if len(key) > logrecord.LongestKnown {
		p = new(place) // it is not to be kept alive
	}
	if string(key) != p.key || p.key == "" {
		p.learn(key, &d.texts)
	}
	a, f := &d.at, p.field
	if text, ok := shortText(value); ok && f != noField && !a.seen.has(f) {
		if to := a.textField(f); to != nil {
			*to = d.fieldText(f, text)
			a.seen |= 1 << f
			p.keep(s, slog.StringValue(*to))
			return noField, nil
		}
	}
	v, err := d.value(value, at, 1, true)
	if err != nil {
		return noField, err
	}
	p.keep(s, v)
	d.takeAttr(f, p.name, v)
	return noField, nil
}

// takeAttr takes an attribute as the field f, or else as an attr, and reports whether it is the field.
func (d *Decoder) takeAttr(f field, name string, v slog.Value) bool {
	if f != noField && d.at.take(f, v) {
		return true
	}
	d.push(slog.Attr{Key: name, Value: v})
	return false
}
