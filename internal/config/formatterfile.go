package config

import (
	"errors"
	"fmt"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/format"
)

// formatterFile is a formatter as the file has it.
type formatterFile struct {
	Formatter
	class    string
	validate *bool
	style    string
	breaks   string
}

// formatterTable are the keys of a formatter.
func formatterTable() table[formatterFile] {
	return table[formatterFile]{
		key("class", text(), "A form: `json`, `logfmt`, `text` or `pretty`; or `logging.Formatter`, which is a format string.",
			func(p *formatterFile) *string { return &p.class }).also("()").or("logging.Formatter"),
		key("format", text(), "A format string of Python's logging, such as `%(asctime)s %(levelname)s %(name)s: %(message)s`.",
			func(p *formatterFile) *string { return &p.Python.Format }).also("fmt").or("the message alone"),
		key("datefmt", text(), "The form of asctime, as strftime has it.", func(p *formatterFile) *string { return &p.Python.DateFormat }).or("2006-01-02 15:04:05,000"),
		key("style", word("%", "{", "$"), "How fields are written: `%(message)s`, `{message}` or `$message`.",
			func(p *formatterFile) *string { return &p.style }).or("%"),
		key("validate", pointer(flag()), "False takes a format string that shows nothing of a record, too.", func(p *formatterFile) **bool { return &p.validate }).or("true"),
		key("defaults", anyValues(), "The values of what a record does not have.", func(p *formatterFile) *map[string]any { return &p.Python.Defaults }).or("None for each"),
		key("utc", flag(), "Times are in UTC.", func(p *formatterFile) *bool { return &p.Python.UTC }).or("false"),
		key("breaks", word("indent", "one_line", "raw"), "What becomes of line breaks in a text: further lines are indented, or all stands on one, or as it is, control characters too.",
			func(p *formatterFile) *string { return &p.breaks }).or("indent"),
	}
}

// jsonClasses are other people's formatters that write JSON.
func jsonClasses() []string {
	return []string{
		"pythonjsonlogger.jsonlogger.JsonFormatter", "pythonjsonlogger.json.JsonFormatter", "pythonjsonlogger.orjson.OrjsonFormatter",
		"pythonjsonlogger.msgspec.MsgspecFormatter", "json_log_formatter.JSONFormatter", "jsonformatter.JsonFormatter",
	}
}

// builtinForms are the formatters that need no definition.
func builtinForms() []string {
	return []string{string(JSONForm), string(LogfmtForm), string(TextForm), string(PrettyForm)}
}

func (c *checker) readFormatter(name string, m Member) *Formatter {
	p := &formatterFile{Formatter: Formatter{Name: name, Place: m.Place, Form: PythonForm}}
	n := c.value(m.Value)
	if n == nil {
		return &p.Formatter
	}
	before := len(c.errors)
	g := formatterTable().fill(c, "a formatter", n, p)
	switch {
	case p.class == "" || p.class == "logging.Formatter":
		c.tryFormat(g, p)
		return &p.Formatter
	case slices.Contains(builtinForms(), p.class):
		p.Form = Form(p.class)
	case slices.Contains(jsonClasses(), p.class):
		p.Form = JSONForm
	default:
		c.errors = c.errors[:before] // what its other keys should be is not known
		word := near(p.class, append(builtinForms(), "logging.Formatter")...)
		c.foreign(g["class"], "class of formatters", p.class, word, "json, logfmt, text, pretty or logging.Formatter")
		return &p.Formatter
	}
	for _, key := range []string{"format", "datefmt", "style", "validate", "defaults", "utc", "breaks"} {
		if other, ok := g[key]; ok && slices.Contains(builtinForms(), p.class) {
			c.fail(other.Place, "", "%s: it goes with a format string, and this formatter is of the class %s", other.Key, p.class)
		} else if ok {
			c.note(other.Place, "%s: the form json has all of a record, whatever this says", other.Key)
		}
	}
	p.Python = format.Options{}
	return &p.Formatter
}

// tryFormat makes the form once, for its errors.
func (c *checker) tryFormat(g given, p *formatterFile) {
	p.Python.Style = format.Style(p.style)
	p.Python.Unchecked = p.validate != nil && !*p.validate
	p.Python.Breaks = map[string]format.Breaks{"one_line": format.OneLine, "raw": format.Raw}[p.breaks]
	_, err := format.New(p.Python)
	if err == nil || p.style == "" && g.has("style") {
		return
	}
	e, ok := errors.AsType[*format.FormatError](err)
	if !ok {
		c.fail(g["datefmt"].Value.Place, "", "datefmt: %s", err)
		return
	}
	n := c.value(g["format"].Value)
	if n == nil {
		return
	}
	at, where := inside(n, e.Column)
	c.fail(at, "", "format: %s%s%s", where, e.Problem, otherStyle(p.Python))
}

// otherStyle tells of the style in which a format string would be right.
func otherStyle(o format.Options) string {
	for _, style := range []format.Style{format.PercentStyle, format.BraceStyle, format.DollarStyle} {
		if _, err := format.New(format.Options{Format: o.Format, Style: style}); err == nil {
			return fmt.Sprintf("; with style: %q it is right as it is", style)
		}
	}
	return ""
}

// inside returns the place of a character of a text, the first being 1; or that of the text, and words for the
// character, where the file has it in another form.
func inside(n *Node, column int) (at Place, where string) {
	if n.Inside.Line > 0 && n.env == "" {
		return Place{n.Inside.Line, n.Inside.Column + column - 1}, ""
	}
	return n.Place, fmt.Sprintf("character %d: ", column)
}

// anyValues is a mapping of names to values that a format shows.
func anyValues() kind[map[string]any] {
	return kind[map[string]any]{"mapping", nil, object{"type": "object"}, func(c *checker, key string, n *Node) (map[string]any, bool) {
		if n.Kind != MapKind {
			c.want(key, n, "a mapping of names to values")
			return nil, false
		}
		all, good := map[string]any{}, true
		for _, m := range n.Members {
			v := c.value(m.Value)
			switch {
			case v == nil:
				all[m.Key] = nil
			case v.Kind == BoolKind:
				all[m.Key] = v.Bool
			case v.Kind == IntKind:
				all[m.Key] = v.Int
			case v.Kind == FloatKind:
				all[m.Key] = v.Float
			case v.Kind == TextKind:
				all[m.Key] = v.Text
			default:
				c.want(key+"."+m.Key, v, "a text, a number or a boolean")
				good = false
			}
		}
		return all, good
	}}
}
