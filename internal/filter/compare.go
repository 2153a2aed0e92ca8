package filter

import (
	"fmt"
	"log/slog"
	"time"
)

// comparison compares values with one. Numbers are compared with numbers, and texts that are numbers
// too; texts with texts.
type comparison struct {
	op      Op
	number  number
	numeric bool
	text    string // folded
}

func (e Compare) matcher(c *compiler) (matcher, error) {
	switch e.Op {
	case Less, LessEqual, Greater, GreaterEqual:
	default:
		return nil, fmt.Errorf("%q is no order", e.Op)
	}
	if e.Field == loggerField || e.Field == timeField || e.Field == receivedField {
		return nil, fmt.Errorf("%s is not compared as a text", e.Field)
	}
	if e.Value == "" {
		return nil, fmt.Errorf("nothing to compare with")
	}
	to, err := targetOf(e.Field)
	if err != nil {
		return nil, err
	}
	t := &comparison{op: e.Op, text: folded(e.Value)}
	t.number, t.numeric = comparable(e.Value)
	return &fieldMatcher{to, t, 15}, c.node()
}

// comparable returns the number that a text is, or a duration's nanoseconds.
func comparable(s string) (number, bool) {
	if n, ok := parseNumber(s); ok {
		return n, true
	}
	if d, err := time.ParseDuration(s); err == nil {
		return number{i: int64(d)}, true
	}
	return number{}, false
}

func (t *comparison) test(v slog.Value) bool {
	if n, ok := numberOf(v); ok {
		return t.numeric && t.holds(compareNumbers(n, t.number))
	}
	switch v.Kind() {
	case slog.KindString:
		return t.testText(v.String())
	case slog.KindFloat64:
		return t.testText(floatWord(v.Float64()))
	case slog.KindTime:
		return t.testText(v.Time().Format(time.RFC3339Nano))
	}
	return false
}

func (t *comparison) testText(s string) bool {
	if !t.numeric {
		return t.holds(compareFold(s, t.text))
	}
	n, ok := parseNumber(s)
	return ok && t.holds(compareNumbers(n, t.number))
}

// holds reports whether the order of a value to the other one is the one asked for.
func (t *comparison) holds(c int) bool {
	switch t.op {
	case Less:
		return c < 0
	case LessEqual:
		return c <= 0
	case Greater:
		return c > 0
	}
	return c >= 0
}
