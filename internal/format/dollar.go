package format

import "strings"

// dollars reads a format string in the $ style: what string.Template takes, and ${group.member}.
func (p *parser) dollars() error {
	for p.until("$") {
		if p.doubled("$") {
			continue
		}
		f, err := p.dollarField()
		if err != nil {
			return err
		}
		p.add(f)
	}
	return nil
}

// dollarField reads one field, whose $ is the next byte.
func (p *parser) dollarField() (f field, err error) {
	start := p.at
	p.at++
	braced := strings.HasPrefix(p.rest(), "{")
	if braced {
		p.at++
	}
	key := p.identifier(braced)
	switch {
	case key == "" && !braced:
		return f, p.fail(start, "a $ stands alone; write $$ for a dollar sign, or $message for a field")
	case braced && !strings.HasPrefix(p.rest(), "}"):
		return f, p.fail(start, "${ is not followed by a key and }; write for example ${message}")
	case braced:
		p.at++
	}
	if err := f.setKey(key, p.o); err != nil {
		return f, p.fail(start, "%s", err)
	}
	f.spec = &percentSpec{precision: -1, conversion: 's'}
	f.plain = true
	return f, nil
}

// identifier reads the name of a field, which may have dots in it if it is in braces.
func (p *parser) identifier(dots bool) string {
	start := p.at
	for ; p.at < len(p.format); p.at++ {
		switch c := p.format[p.at]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		case p.at > start && (digit(c) || dots && c == '.'):
		default:
			return p.format[start:p.at]
		}
	}
	return p.format[start:]
}
