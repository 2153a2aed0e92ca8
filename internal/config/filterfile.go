package config

import (
	"errors"
	"strings"

	"github.com/jackdaw-log/jackdaw/internal/filter"
)

// filterFile is a filter as the file has it.
type filterFile struct {
	name, text, class string
}

// filterTable are the keys of a filter.
func filterTable() table[filterFile] {
	return table[filterFile]{
		key("name", text(), "What `logging.Filter` passes: the logger of that name and all below it.", func(p *filterFile) *string { return &p.name }).or("every logger"),
		key("filter", text(), "A filter in Jackdaw's own language, such as `level>=warning logger:shop -path:/health` (docs/filter.md).",
			func(p *filterFile) *string { return &p.text }),
		key("class", text(), "`logging.Filter`.", func(p *filterFile) *string { return &p.class }).also("()").or("logging.Filter"),
	}
}

func (c *checker) readFilter(name string, m Member) *Filter {
	f := &Filter{Name: name, Place: m.Place}
	n := c.value(m.Value)
	if n == nil {
		return f
	}
	var p filterFile
	before := len(c.errors)
	g := filterTable().fill(c, "a filter", n, &p)
	if class, ok := g["class"]; ok && p.class != "" && p.class != "logging.Filter" {
		c.errors = c.errors[:before]
		c.foreign(class, "class of filters", p.class, near(p.class, "logging.Filter"), `logging.Filter, or a filter such as filter: "level>=warning logger:shop"`)
	}
	if both, ok := g["filter"]; ok && p.name != "" {
		c.fail(both.Place, "", "filter: got name, too; want one of them, or logger:%s in the filter", p.name)
	}
	f.Logger = p.name
	parsed, err := filter.Parse(p.text, c.o.Now)
	if e, ok := errors.AsType[*filter.Error](err); ok {
		if n := c.value(g["filter"].Value); n != nil {
			at, where := inside(n, e.Column)
			problem, said := strings.CutSuffix(e.Problem, "; did you mean "+e.Fix+"?")
			word := e.Fix
			if !said {
				word = ""
			}
			c.fail(at, word, "filter: %s%s", where, problem)
		}
		return f
	}
	if strings.TrimSpace(p.text) != "" {
		f.parsed, f.Text = parsed, parsed.String()
	}
	return f
}
