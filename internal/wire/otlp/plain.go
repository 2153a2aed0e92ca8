package otlp

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"time"
)

const (
	// maxDepth bounds how deep groups, lists and maps are followed: as deep as any receiver takes them.
	maxDepth = 300
	// maxNodes bounds the values in the attrs of a record: so many as any receiver takes.
	maxNodes = 1 << 18
	// maxResolve bounds a chain of LogValuers.
	maxResolve = 100
)

// plainAttrs returns attrs with nothing but values that have a place in a message: attrs itself where
// that is so already, as for everything that was received.
func plainAttrs(attrs []slog.Attr) []slog.Attr {
	nodes := 0
	if arePlain(attrs, 0, &nodes) {
		return attrs
	}
	p := plainer{}
	return p.attrs(attrs, 0)
}

func arePlain(attrs []slog.Attr, depth int, nodes *int) bool {
	for i := range attrs {
		switch v := &attrs[i].Value; v.Kind() {
		case slog.KindString, slog.KindInt64, slog.KindBool, slog.KindFloat64, slog.KindTime, slog.KindDuration, slog.KindUint64:
			*nodes++
		case slog.KindGroup:
			*nodes++
			if depth+1 >= maxDepth || !arePlain(v.Group(), depth+1, nodes) {
				return false
			}
		case slog.KindAny:
			if !isPlain(v.Any(), depth, nodes) {
				return false
			}
		default:
			return false
		}
	}
	return *nodes <= maxNodes
}

func isPlain(x any, depth int, nodes *int) bool {
	if *nodes++; *nodes > maxNodes {
		return false
	}
	switch x := x.(type) {
	case nil, string, bool, int64, uint64, float64, json.Number, []byte, time.Time, time.Duration:
		return true
	case []any:
		return depth+1 < maxDepth && !slices.ContainsFunc(x, func(item any) bool { return !isPlain(item, depth+1, nodes) })
	case map[string]any:
		if depth+1 >= maxDepth {
			return false
		}
		for _, item := range x {
			if !isPlain(item, depth+1, nodes) {
				return false
			}
		}
		return true
	}
	return false
}

// plainer makes values plain. Nodes counts them, so that a value that contains itself twice over comes
// to an end.
type plainer struct{ nodes int }

func (p *plainer) attrs(attrs []slog.Attr, depth int) []slog.Attr {
	made := make([]slog.Attr, 0, len(attrs))
	for _, a := range attrs {
		made = append(made, slog.Attr{Key: a.Key, Value: p.value(a.Value, depth)})
		if p.nodes > maxNodes {
			break
		}
	}
	return made
}

func (p *plainer) value(v slog.Value, depth int) slog.Value {
	if p.nodes++; p.nodes > maxNodes {
		return slog.StringValue("!ERROR: too many values")
	}
	if v.Kind() == slog.KindLogValuer {
		v = resolved(v)
	}
	switch v.Kind() {
	case slog.KindGroup:
		if depth+1 >= maxDepth {
			return tooDeep()
		}
		return slog.GroupValue(p.attrs(v.Group(), depth+1)...)
	case slog.KindAny:
		return p.any(v.Any(), depth)
	}
	return v
}

func tooDeep() slog.Value { return slog.StringValue("!ERROR: nested too deep") }

func resolved(v slog.Value) (to slog.Value) {
	defer func() {
		if r := recover(); r != nil {
			to = slog.StringValue(fmt.Sprintf("!PANIC: %v", r))
		}
	}()
	for range maxResolve {
		if v.Kind() != slog.KindLogValuer {
			return v
		}
		v = v.LogValuer().LogValue()
	}
	return slog.StringValue("!ERROR: LogValue returns a LogValuer without end")
}

func (p *plainer) any(x any, depth int) slog.Value {
	switch x := x.(type) {
	case nil, json.Number, []byte:
		return slog.AnyValue(x)
	case []any:
		if depth+1 >= maxDepth {
			return tooDeep()
		}
		made := make([]any, 0, min(len(x), maxNodes))
		for _, item := range x {
			made = append(made, plainAny(p.value(slog.AnyValue(item), depth+1)))
			if p.nodes > maxNodes {
				break
			}
		}
		return slog.AnyValue(made)
	case map[string]any:
		if depth+1 >= maxDepth {
			return tooDeep()
		}
		made := make(map[string]any, min(len(x), maxNodes))
		for key, item := range x {
			made[key] = plainAny(p.value(slog.AnyValue(item), depth+1))
			if p.nodes > maxNodes {
				break
			}
		}
		return slog.AnyValue(made)
	case json.Marshaler:
		return p.marshalled(x, depth)
	case error:
		return called(x.Error)
	case encoding.TextMarshaler:
		return p.marshalled(x, depth)
	case fmt.Stringer:
		return called(x.String)
	}
	return p.marshalled(x, depth)
}

// called returns the text that an Error or String method returns.
func called(text func() string) (v slog.Value) {
	defer func() {
		if r := recover(); r != nil {
			v = slog.StringValue(fmt.Sprintf("!PANIC: %v", r))
		}
	}()
	return slog.StringValue(text())
}

// marshalled returns the values that x is in JSON.
func (p *plainer) marshalled(x any, depth int) (v slog.Value) {
	defer func() {
		if r := recover(); r != nil {
			v = slog.StringValue(fmt.Sprintf("!PANIC: %v", r))
		}
	}()
	text, ok := x.(json.RawMessage)
	var err error
	if !ok {
		text, err = json.Marshal(x)
	}
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		if v, err = p.next(dec, depth); err == nil {
			return v
		}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return slog.StringValue("!ERROR: " + err.Error())
}

// next returns the next value of a JSON text: objects as groups, in their order.
func (p *plainer) next(dec *json.Decoder, depth int) (slog.Value, error) {
	if p.nodes++; p.nodes > maxNodes {
		return slog.Value{}, errors.New("too many values")
	}
	token, err := dec.Token()
	if err != nil {
		return slog.Value{}, err
	}
	switch t := token.(type) {
	case json.Number:
		return numberOf(t), nil
	case json.Delim:
		if depth+1 >= maxDepth {
			return slog.Value{}, errors.New("nested too deep")
		}
		if t == '[' {
			return p.list(dec, depth+1)
		}
		return p.group(dec, depth+1)
	}
	return slog.AnyValue(token), nil
}

func (p *plainer) list(dec *json.Decoder, depth int) (slog.Value, error) {
	list := []any{}
	for dec.More() {
		v, err := p.next(dec, depth)
		if err != nil {
			return v, err
		}
		list = append(list, plainAny(v))
	}
	_, err := dec.Token()
	return slog.AnyValue(list), err
}

func (p *plainer) group(dec *json.Decoder, depth int) (slog.Value, error) {
	var group []slog.Attr
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return slog.Value{}, err
		}
		v, err := p.next(dec, depth)
		if err != nil {
			return v, err
		}
		group = append(group, slog.Attr{Key: key.(string), Value: v})
	}
	_, err := dec.Token()
	if len(group) == 0 {
		return slog.AnyValue(map[string]any{}), err
	}
	return slog.GroupValue(group...), err
}

// numberOf returns the number that JSON has.
func numberOf(n json.Number) slog.Value {
	if i, err := n.Int64(); err == nil {
		return slog.Int64Value(i)
	}
	if u, err := strconv.ParseUint(string(n), 10, 64); err == nil {
		return slog.Uint64Value(u)
	}
	if f, err := n.Float64(); err == nil && !math.IsInf(f, 0) && bytes.ContainsAny([]byte(n), ".eE") {
		return slog.Float64Value(f)
	}
	return slog.AnyValue(n)
}
