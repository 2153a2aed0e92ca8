package yaml

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	library "go.yaml.in/yaml/v4"

	"github.com/jackdaw-log/jackdaw/internal/config"
)

// What plain scalars are, as PyYAML's resolver has it, but for numbers to the base of sixty.
var (
	nulls  = regexp.MustCompile(`^(~|null|Null|NULL|)$`)
	yes    = regexp.MustCompile(`^(yes|Yes|YES|true|True|TRUE|on|On|ON)$`)
	no     = regexp.MustCompile(`^(no|No|NO|false|False|FALSE|off|Off|OFF)$`)
	ints   = regexp.MustCompile(`^([-+]?)(0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*)$`)
	floats = regexp.MustCompile(`^([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?)$`)
	wild   = regexp.MustCompile(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
)

// scalar makes a scalar.
func (r *reader) scalar(n *library.Node, out *config.Node) *config.Error {
	out.Text, out.Kind = n.Value, config.TextKind
	r.inside(n, out)
	if err := r.tag(n, "!!str", "!!int", "!!float", "!!bool", "!!null"); err != nil {
		return err
	}
	tagged := n.Style&library.TaggedStyle != 0
	if tagged && n.ShortTag() == "!!str" || !tagged && n.Style != 0 {
		return nil
	}
	switch plain := n.Value; {
	case nulls.MatchString(plain):
		out.Kind = config.NullKind
	case yes.MatchString(plain), no.MatchString(plain):
		out.Kind, out.Bool = config.BoolKind, yes.MatchString(plain)
	case ints.MatchString(plain):
		r.number(plain, out)
	case floats.MatchString(plain):
		out.Kind = config.FloatKind
		// An error says that it is beyond what there is, and the value is infinite then.
		out.Float, _ = strconv.ParseFloat(strings.ReplaceAll(plain, "_", ""), 64)
	case wild.MatchString(plain):
		out.Kind, out.Float = config.FloatKind, math.NaN()
	}
	if tagged && out.Kind == config.TextKind {
		return r.errorf(place(n), "got %q by the tag %s, which it is not", n.Value, n.Tag)
	}
	return nil
}

// number reads a whole number to the base that it is written in.
func (r *reader) number(plain string, out *config.Node) {
	m := ints.FindStringSubmatch(plain)
	digits, base := strings.ReplaceAll(m[2], "_", ""), 10
	switch {
	case strings.HasPrefix(digits, "0b"):
		digits, base = digits[2:], 2
	case strings.HasPrefix(digits, "0x"):
		digits, base = digits[2:], 16
	case len(digits) > 1 && digits[0] == '0':
		digits, base = digits[1:], 8
	}
	i, err := strconv.ParseInt(strings.TrimPrefix(m[1], "+")+digits, base, 64)
	if err != nil {
		out.Kind = config.FloatKind // as large as a number of JSON may be
		out.Float, _ = strconv.ParseFloat(strings.ReplaceAll(plain, "_", ""), 64)
		return
	}
	out.Kind, out.Int, out.Float = config.IntKind, i, float64(i)
}

// inside tells where the text of a scalar begins, where it stands in one line as it is.
func (r *reader) inside(n *library.Node, out *config.Node) {
	if n.Line < 1 || n.Line > len(r.lines) {
		return
	}
	column := n.Column
	if n.Style&(library.SingleQuotedStyle|library.DoubleQuotedStyle) != 0 {
		column++
	}
	if _, here := split(r.lines[n.Line-1], column); n.Value != "" && strings.HasPrefix(here, n.Value) {
		out.Inside = config.Place{Line: n.Line, Column: column}
	}
}
