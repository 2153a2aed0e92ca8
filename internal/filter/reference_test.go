package filter_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/record"
)

// The reference evaluates a filter on the JSON form of a record, in the plainest way: what it shares
// with the package is the syntax tree, and which characters belong to terms.

// leaf is a value of the JSON form with its path. The value of an empty object or list is missing.
type leaf struct {
	path  string
	value any // string, json.Number, bool, nil or missing
}

type missing struct{}

// leaves returns the values of r's JSON form.
func leaves(t testing.TB, r *record.Record) (all []leaf) {
	dec := json.NewDecoder(bytes.NewReader(record.AppendJSON(nil, r)))
	dec.UseNumber()
	var value func(path string)
	value = func(path string) {
		token, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		delim, ok := token.(json.Delim)
		if !ok {
			all = append(all, leaf{path, token})
			return
		}
		n := len(all)
		for dec.More() {
			below := path
			if delim == '{' {
				key, err := dec.Token()
				if err != nil {
					t.Fatal(err)
				}
				if below = key.(string); path != "" {
					below = path + "." + key.(string)
				}
			}
			value(below)
		}
		if _, err := dec.Token(); err != nil {
			t.Fatal(err)
		}
		if len(all) == n {
			all = append(all, leaf{path, missing{}})
		}
	}
	value("")
	return all
}

// reference holds a record against expressions.
type reference struct{ leaves []leaf }

// shorts are the short names of fields.
var shorts = map[string]string{"traceback": "exception.traceback", "function": "source.function",
	"file": "source.file", "line": "source.line", "pid": "process.pid"}

// searched are the fields that a word without a name is looked for in.
var searched = []string{"message", "attrs", "exception", "stack", "trace_id", "span_id"}

// of returns the values of a field.
func (f *reference) of(field string) (values []any) {
	var paths []string
	switch {
	case field == "":
		paths = searched
	case field == "attrs" || strings.HasPrefix(field, "attrs."):
		paths = []string{field}
	case field == "logger" || field == "time" || field == "received":
		paths = []string{field}
	default:
		own := field
		if long, ok := shorts[field]; ok {
			own = long
		}
		paths = []string{"attrs." + field}
		for _, name := range filter.Fields() {
			if name == own {
				paths = append(paths, own)
			}
		}
	}
	for _, l := range f.leaves {
		for _, p := range paths {
			if n := len([]rune(p)); len([]rune(l.path)) >= n {
				head, rest := string([]rune(l.path)[:n]), string([]rune(l.path)[n:])
				if alike(head, p) && (rest == "" || rest[0] == '.') && !(l.value == "" && !strings.HasPrefix(l.path, "attrs")) {
					values = append(values, l.value)
				}
			}
		}
	}
	return values
}

func (f *reference) text(path string) string {
	for _, l := range f.leaves {
		if s, ok := l.value.(string); ok && l.path == path {
			return s
		}
	}
	return ""
}

func (f *reference) match(e filter.Expr) bool {
	switch e := e.(type) {
	case filter.And:
		for _, m := range e {
			if !f.match(m) {
				return false
			}
		}
		return true
	case filter.Or:
		return slices.ContainsFunc(e, f.match)
	case filter.Not:
		return !f.match(e.X)
	case filter.Level:
		level, _ := record.ParseLevel(f.text("level"))
		return level >= e.Min && level <= e.Max
	case filter.Time:
		path := "time"
		if e.Received {
			path = "received"
		}
		at, err := time.Parse(time.RFC3339Nano, f.text(path))
		return err == nil && at.Before(e.At) == e.Before
	case filter.Present:
		return len(f.of(e.Field)) > 0
	case filter.Compare:
		for _, v := range f.of(e.Field) {
			if compare(v, e) {
				return true
			}
		}
		return false
	}
	return f.matchText(e.(filter.Text))
}

func (f *reference) matchText(e filter.Text) bool {
	values := f.of(e.Field)
	if e.Field == "logger" && !e.Whole && e.Pattern.Regexp == "" {
		name := f.text("logger")
		for i := range name {
			if name[i] == '.' {
				values = append(values, name[:i])
			}
		}
		e.Whole = true
	}
	for _, v := range values {
		if v == "" && e.Field == "logger" {
			continue
		}
		if matchValue(v, e) {
			return true
		}
	}
	return false
}

func matchValue(v any, e filter.Text) bool {
	p := e.Pattern
	var s string
	whole := true
	switch v := v.(type) {
	case missing:
		return false
	case string:
		s, whole = v, e.Whole
	case json.Number:
		if len(p.Parts) == 1 {
			a, b := rat(v.String()), rat(p.Parts[0])
			return a != nil && b != nil && a.Cmp(b) == 0
		}
		s = v.String()
	case bool:
		s = map[bool]string{true: "true", false: "false"}[v]
	case nil:
		s = "null"
	}
	if p.Regexp != "" {
		if p.IgnoreCase {
			return regexp.MustCompile("(?i)" + p.Regexp).MatchString(s)
		}
		return regexp.MustCompile(p.Regexp).MatchString(s)
	}
	text, pattern := []rune(s), stars(p.Parts)
	if whole {
		return globs(text, pattern, len(text), true)
	}
	first, last := pattern[0], pattern[len(pattern)-1]
	for i := 0; i <= len(text); i++ {
		if first != star && i > 0 && i < len(text) && joins(text[i-1]) && joins(text[i]) {
			continue
		}
		for j := i; j <= len(text); j++ {
			if last != star && j > 0 && j < len(text) && joins(text[j-1]) && joins(text[j]) {
				continue
			}
			if globs(text[i:j], pattern, j-i, false) {
				return true
			}
		}
	}
	return false
}

// star stands for a wildcard.
const star = rune(-1)

func stars(parts []string) (pattern []rune) {
	for i, part := range parts {
		if i > 0 {
			pattern = append(pattern, star)
		}
		pattern = append(pattern, []rune(part)...)
	}
	if len(pattern) == 0 {
		return []rune{}
	}
	return pattern
}

// globs reports whether the pattern is the whole of the text; space says whether a wildcard stands
// for white space too.
func globs(text, pattern []rune, n int, space bool) bool {
	if len(pattern) == 0 {
		return len(text) == 0
	}
	if pattern[0] != star {
		return len(text) > 0 && alike(string(text[0]), string(pattern[0])) && globs(text[1:], pattern[1:], n, space)
	}
	for i := 0; i <= len(text); i++ {
		if globs(text[i:], pattern[1:], n, space) {
			return true
		}
		if i < len(text) && !space && unicode.IsSpace(text[i]) {
			return false
		}
	}
	return false
}

// alike reports whether two texts differ by case only.
func alike(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) != len(y) {
		return false
	}
	for i := range x {
		if !strings.EqualFold(string(x[i]), string(y[i])) || (x[i] < 128) != (y[i] < 128) {
			return false
		}
	}
	return true
}

// joins reports whether a character is part of a longer term.
func joins(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N) &&
		!unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// rat returns the number that s is in JSON, nil if it is none.
func rat(s string) *big.Rat {
	if !regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d{1,3})?$`).MatchString(s) {
		return nil
	}
	if f, err := strconv.ParseFloat(s, 64); strings.ContainsAny(s, ".eE") {
		if err != nil {
			return nil
		}
		return new(big.Rat).SetFloat64(f)
	}
	n, _ := new(big.Rat).SetString(s)
	return n
}

func compare(v any, e filter.Compare) bool {
	other := rat(e.Value)
	if d, err := time.ParseDuration(e.Value); err == nil && other == nil {
		other = new(big.Rat).SetInt64(int64(d))
	}
	c := 0
	switch v := v.(type) {
	case json.Number:
		if other == nil {
			return false
		}
		c = rat(v.String()).Cmp(other)
	case string:
		n := rat(v)
		switch {
		case other == nil:
			c = compareText(v, e.Value)
		case n == nil:
			return false
		default:
			c = n.Cmp(other)
		}
	default:
		return false
	}
	return map[filter.Op]bool{"<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[e.Op]
}

// compareText compares by characters of which the lower case is what counts.
func compareText(a, b string) int {
	return strings.Compare(filter.Fold(a), filter.Fold(b)) // UTF-8 sorts as its characters do
}

// flat are the attrs of a record for tests that need only these.
func flat(attrs ...any) []slog.Attr { return slog.Group("", attrs...).Value.Group() }
