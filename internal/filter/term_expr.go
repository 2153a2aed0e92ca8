package filter

import (
	"strings"
	"time"
)

// This file makes expressions of terms that name a field.

// field returns the expression of a term about a field with texts or numbers.
func (p *parser) field(t token, field string) (Expr, *Error) {
	v := t.value
	if v.kind == barePiece && isPasted(p.text[v.start:v.end]) {
		whole := p.text[t.start:t.end]
		return nil, p.fail(t.start, t.end, quoted(whole), "this reads as the attr %s; write %s to look for the text", field, quoted(whole))
	}
	switch {
	case isOrder(t.op):
		return p.compare(t, field)
	case t.op == ":":
		return p.search(t, field, false)
	case v.kind == regexpPiece:
		name := p.text[t.name.start:t.name.end]
		re := p.text[v.start:v.end]
		return nil, p.fail(t.start, t.end, name+":"+re, "a regular expression stands after a colon: %s:%s", name, re)
	}
	e, err := p.search(t, field, true)
	if t.op == "!=" {
		e = Not{e}
	}
	return e, err
}

// isPasted reports whether a value shows that its name is none: in a URL, the path of a file, or code.
func isPasted(value string) bool {
	return strings.HasPrefix(value, "//") || strings.HasPrefix(value, ":") ||
		len(value) > 1 && value[0] == '\\' && asciiFold[value[1]] >= 'a' && asciiFold[value[1]] <= 'z'
}

func (p *parser) compare(t token, field string) (Expr, *Error) {
	v := t.value
	switch {
	case field == loggerField:
		return nil, p.fail(t.start, t.end, "", "loggers have no order; logger:shop is that logger and all below it, logger:=shop that one alone")
	case v.kind == regexpPiece || v.pattern.wild():
		return nil, p.fail(v.start, v.end, "", "%s compares with one value, a number for example", t.op)
	case v.pattern.Parts[0] == "":
		return nil, p.fail(v.start, v.end, "", "%s needs a value, a number for example", t.op)
	}
	return Compare{field, Op(t.op), v.pattern.Parts[0]}, nil
}

// plain returns the value of a term that has to be a text without wildcards.
func (p *parser) plain(t token, example string) (string, *Error) {
	v := t.value
	if v.kind == regexpPiece || v.pattern.wild() || v.pattern.Parts[0] == "" {
		return "", p.fail(v.start, v.end, "", "%s is not possible here; write for example %s", p.text[v.start:v.end], example)
	}
	return v.pattern.Parts[0], nil
}

func (p *parser) level(t token) (Expr, *Error) {
	if t.value.pattern.anything() {
		return all(), nil
	}
	word, err := p.plain(t, "level:warning, or level>=warning for that and all above")
	if err != nil {
		return nil, err
	}
	level, named, near, problem := parseLevel(word)
	if problem != "" {
		return nil, p.fail(t.value.start, t.value.end, near, "%s", problem)
	}
	if t.op == "!=" {
		return Not{levelExpr("=", level, named)}, nil
	}
	return levelExpr(t.op, level, named), nil
}

// has returns the expression of a term like has:traceback.
func (p *parser) has(t token) (Expr, *Error) {
	if t.op != ":" && t.op != "=" {
		return nil, p.fail(t.start, t.value.start, "has:", "has takes a colon and the name of a field or an attr: has:traceback")
	}
	name, err := p.plain(t, "has:traceback or has:user_id")
	if err != nil {
		return nil, err
	}
	if err := p.slip(t.value, name); err != nil {
		return nil, err
	}
	field := normalName(name)
	switch field {
	case sinceField, untilField, hasField:
		return nil, p.fail(t.value.start, t.value.end, attrsField+"."+field, "no record has a field %s; an attr of that name is %s.%s", field, attrsField, field)
	}
	return Present{field}, nil
}

// moment reads the time that is a term's value.
func (p *parser) moment(t token) (from, to time.Time, problem *Error) {
	v := t.value
	text := v.pattern.Parts
	if v.kind == regexpPiece || v.pattern.wild() {
		return from, to, p.fail(v.start, v.end, "", "%s is no time; %s", p.text[v.start:v.end], timeForms)
	}
	from, to, err := ParseTime(text[0], p.now)
	if err != nil {
		return from, to, p.fail(v.start, v.end, "", "%v", err)
	}
	return from, to, nil
}

// bound returns the expression of since: or until:.
func (p *parser) bound(t token, field string) (Expr, *Error) {
	if t.op != ":" && t.op != "=" {
		return nil, p.fail(t.start, t.value.start, field+":", "%s takes a colon and a time: %s:-15m", field, field)
	}
	from, to, err := p.moment(t)
	if err != nil {
		return nil, err
	}
	if field == untilField {
		return Time{Before: true, At: to}, nil
	}
	return Time{At: from}, nil
}

// time returns the expression of a term about the time of a record, or that it was received at.
func (p *parser) time(t token, field string) (Expr, *Error) {
	received := field == receivedField
	if t.value.pattern.anything() && !isOrder(t.op) {
		if t.op == "!=" {
			return Not{Present{field}}, nil
		}
		return Present{field}, nil
	}
	from, to, err := p.moment(t)
	if err != nil {
		return nil, err
	}
	after := to // the first moment behind the one that is meant
	if from.Equal(to) {
		after = to.Add(1)
	}
	switch t.op {
	case ">=":
		return Time{received, false, from}, nil
	case ">":
		return Time{received, false, after}, nil
	case "<":
		return Time{received, true, from}, nil
	case "<=":
		return Time{received, true, after}, nil
	}
	if from.Equal(to) {
		return nil, p.fail(t.start, t.end, "", "hardly a record is of one moment; write %s>= and %s<, or a day", field, field)
	}
	day := And{Time{received, false, from}, Time{received, true, to}}
	if t.op == "!=" {
		return Not{day}, nil
	}
	return day, nil
}
