package format

import (
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

// braces reads a format string in the { style, that of str.format.
func (p *parser) braces() error {
	for p.until("{}") {
		if p.doubled("{") || p.doubled("}") {
			continue
		}
		if p.format[p.at] == '}' {
			return p.fail(p.at, "a } stands alone; write }} for a brace")
		}
		f, err := p.braceField()
		if err != nil {
			return err
		}
		p.add(f)
	}
	return nil
}

// braceField reads one field, whose { is the next byte.
func (p *parser) braceField() (f field, err error) {
	start := p.at
	p.at++
	spec := &braceSpec{precision: -1}
	f.spec = spec
	if err := p.braceName(&f, start); err != nil {
		return f, err
	}
	if strings.HasPrefix(p.rest(), "!") {
		p.at++
		if p.at == len(p.format) || strings.IndexByte("rsa", p.format[p.at]) < 0 {
			return f, p.fail(p.at, "after ! stands r, s or a, as in %s", p.o.Style.show("message!r"))
		}
		spec.conversion = p.format[p.at]
		p.at++
	}
	at := p.at
	if strings.HasPrefix(p.rest(), ":") {
		p.at++
		if err := p.braceSpec(spec); err != nil {
			return f, err
		}
	}
	if !strings.HasPrefix(p.rest(), "}") {
		if at == p.at && p.at < len(p.format) {
			return f, p.fail(p.at, "want : or } here")
		}
		return f, p.fail(p.at, "want the end of the field here, }; a field is {key!conversion:specifier}, as in {levelname:<8}")
	}
	p.at++
	k := f.kind
	if spec.conversion != 0 {
		k = textKind
	}
	spec.judge()
	if why := spec.problem(k); why != "" && k != anyKind {
		return f, p.fail(at, "%s: %s is %s", why, f.attr, f.kind)
	}
	f.plain = len(f.steps) == 0 && *spec == braceSpec{precision: -1, fits: spec.fits}
	return f, nil
}

// braceName reads the name of a field, and the steps behind it.
func (p *parser) braceName(f *field, start int) error {
	i := strings.IndexAny(p.rest(), "[!:{}")
	if i < 0 {
		return p.fail(start, "a { has no closing }; write {{ for a brace")
	}
	name := p.rest()[:i]
	p.at += i
	first, more, dotted := strings.Cut(name, ".")
	if _, err := strconv.Atoi(first); first == "" || err == nil {
		return p.fail(start, "a field has a key; write for example %s", p.o.Style.show("message"))
	}
	if dotted && slices.Contains(logRecordKeys, first) {
		name = first
		for part := range strings.SplitSeq(more, ".") {
			f.steps = append(f.steps, step{key: part})
		}
	}
	if err := f.setKey(name, p.o); err != nil {
		return p.fail(start, "%s", err)
	}
	for strings.HasPrefix(p.rest(), "[") || len(f.steps) > 0 && strings.HasPrefix(p.rest(), ".") {
		at := p.at
		sep := p.format[p.at]
		p.at++
		end := "]"
		if sep == '.' {
			end = "[.!:{}"
		}
		n := strings.IndexAny(p.rest(), end)
		if n <= 0 {
			return p.fail(at, "want what is in the value: a member's name, or [its index]")
		}
		f.steps = append(f.steps, step{key: p.rest()[:n], index: sep == '['})
		p.at += n
		if sep == '[' {
			p.at++
		}
	}
	if len(f.steps) > 0 {
		f.kind = anyKind
	}
	return nil
}

// step leads from a value to a part of it: {http.status}, {http[status]}, {tags[0]}.
type step struct {
	key   string
	index bool
}

// of returns the part, None if there is none.
func (s step) of(v slog.Value) slog.Value {
	if v.Kind() == slog.KindGroup {
		if member, ok := lookup(v.Group(), s.key); ok {
			return member
		}
		return none
	}
	if !s.index {
		return attribute(v, s.key)
	}
	n, err := strconv.Atoi(s.key)
	if m, ok := v.Any().(map[string]any); ok {
		return slog.AnyValue(m[s.key])
	}
	if err != nil || n < 0 || s.key[0] == '+' {
		return none
	}
	switch x := v.Any().(type) {
	case string:
		_, before := measure(x, n)
		if _, char := measure(x[len(before):], 1); char != "" {
			return slog.StringValue(char)
		}
	case []any:
		if n < len(x) {
			return slog.AnyValue(x[n])
		}
	}
	return none
}

// attribute returns what Python's numbers have of that name.
func attribute(v slog.Value, name string) slog.Value {
	switch v.Kind() {
	case slog.KindInt64, slog.KindUint64:
		switch name {
		case "real", "numerator":
			return v
		case "imag":
			return slog.IntValue(0)
		case "denominator":
			return slog.IntValue(1)
		}
	case slog.KindFloat64:
		switch name {
		case "real":
			return v
		case "imag":
			return slog.Float64Value(0)
		}
	case slog.KindAny:
		if m, ok := v.Any().(map[string]any); ok {
			return slog.AnyValue(m[name])
		}
	}
	return none
}
