package yaml_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/config/yaml"
)

// show writes a tree so that kinds and values are seen: texts in quotes, numbers as they are.
func show(n *config.Node) string {
	switch n.Kind {
	case config.TextKind:
		return fmt.Sprintf("%q", n.Text)
	case config.BoolKind:
		return fmt.Sprint(n.Bool)
	case config.IntKind:
		return fmt.Sprint(n.Int)
	case config.FloatKind:
		return fmt.Sprintf("%#v", n.Float)
	case config.ListKind:
		var items []string
		for _, item := range n.Items {
			items = append(items, show(item))
		}
		return "[" + strings.Join(items, " ") + "]"
	case config.MapKind:
		var members []string
		for _, m := range n.Members {
			members = append(members, m.Key+":"+show(m.Value))
		}
		return "{" + strings.Join(members, " ") + "}"
	}
	return "null"
}

func TestParse(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		n, err := yaml.Parse("a.yaml", []byte(text))
		if err != nil {
			t.Errorf("%q: got %v, want %s", text, err, want)
		} else if got := show(n); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	f("", "null")
	f("# nothing\n", "null")
	f("\ufeffa: b", `{a:"b"}`)
	// As yaml.safe_load has them.
	f("[yes, No, on, OFF, true, FALSE, y, n, yEs]", `[true false true false true false "y" "n" "yEs"]`)
	f("[~, null, NULL, nULL, '', '~']", `[null null null "nULL" "" "~"]`)
	f("[0640, 0x1F, 0b101, -1_000, +3, 08, 0o17, 9223372036854775808]", `[416 31 5 -1000 3 "08" "0o17" 9.223372036854776e+18]`)
	f("[1.5, 1e3, 1.0e+3, 1.0e3, .5, 1., .inf]", `[1.5 "1e3" 1000 "1.0e3" 0.5 1 NaN]`)
	f("['yes', \"12\", !!str 12, !!int '12', !!bool 'no']", `["yes" "12" "12" 12 false]`)
	// Unlike there: no numbers to the base of sixty, no dates.
	f("[12:30, 2026-11-22, =]", `["12:30" "2026-11-22" "="]`)
	f("on: 1\n12: x\n'': y", `{on:1 12:"x" :"y"}`)
	f("a: &x {b: 1, c: 2}\nd: *x\ne:\n  <<: *x\n  c: 3", `{a:{b:1 c:2} d:{b:1 c:2} e:{c:3 b:1}}`)
	f("a: &x {b: 1}\nd: {<<: [*x, {b: 2, c: 4}], e: 5}", `{a:{b:1} d:{e:5 b:1 c:4}}`)
	f("a: >\n  one\n  two\nb: |\n  one\n  two\n", `{a:"one two\n" b:"one\ntwo\n"}`)
	f("---\na: 1\n...\n", `{a:1}`)
	f(`{"version": 1, "a": ["b", true, null, 1.5]}`, `{version:1 a:["b" true null 1.5]}`)
}

// Each row has « before the place that the error names.
func TestErrors(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"a: 1\nb: 2\n«a: 3", `got the key "a" again, want it once: it is in line 1, column 1 already`},
		{"a: 1\n«---\nb: 2", "got a second document, want one in a file"},
		{"a:\n«\tb: 1", "got a tab; YAML is indented by spaces"},
		{"format: «%(message)s", `got "%", with which no plain text begins; put the text in quotes`},
		{"é: b«: c", `got a colon in a plain text, or a key that stands too far to the right; put a text with ": " in it in quotes`},
		{"a: «*b", "got an alias of an anchor that there is not: unknown anchor 'b' referenced"},
		{"a: &a [«*a]", "got the alias *a within what it stands for"},
		{"a: «!!python/object/apply:os.system ['id']", "got the tag !!python/object/apply:os.system, want none: a configuration is texts, numbers, booleans, lists and mappings"},
		{"a: «!!binary aGk=", "got the tag !!binary, want none: a configuration is texts, numbers, booleans, lists and mappings"},
		{"a: «!!int x", `got "x" by the tag !!int, which it is not`},
		{"? «[a]\n: 1", "got a key that is no text"},
		{"<<: «3", "got a number to merge by <<, want a mapping, or a list of mappings"},
		{"a: é«\xff", "got a byte 0xff, which is no UTF-8"},
		{"a: [1, 2\nb«: 3", "got what is no YAML: did not find expected ',' or ']', while parsing a flow sequence that begins in line 1"},
		{"f: {a} «{b}\ng: 1", "got what is no YAML: did not find expected key, while parsing a block mapping; a text that begins with { or [ is put in quotes"},
		{strings.Repeat("[", 64) + "«[" + strings.Repeat("]", 65), "got lists and mappings nested more than 64 deep"},
	} {
		before, _, _ := strings.Cut(row.text, "«")
		line, column := 1+strings.Count(before, "\n"), len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))+1
		_, err := yaml.Parse("a.yaml", []byte(strings.Replace(row.text, "«", "", 1)))
		want := fmt.Sprintf("a.yaml:%d:%d: %s", line, column, row.want)
		if err == nil || err.Error() != want {
			t.Errorf("%q:\ngot  %v\nwant %s", row.text, err, want)
		}
	}
}

// A few lines of aliases stand for billions of values.
func TestManyAliases(t *testing.T) {
	var text strings.Builder
	text.WriteString("a: &a [x, x, x, x, x, x, x, x, x, x]\n")
	for c := 'b'; c < 'k'; c++ {
		fmt.Fprintf(&text, "%c: &%c [%s*%c]\n", c, c, strings.Repeat(fmt.Sprintf("*%c, ", c-1), 9), c-1)
	}
	_, err := yaml.Parse("a.yaml", []byte(text.String()))
	if err == nil || !strings.Contains(err.Error(), "more than 100000 values") {
		t.Errorf("got %v, want an error of too many values", err)
	}
	_, err = yaml.Parse("a.yaml", make([]byte, config.MaxBytes+1))
	if err == nil || !strings.Contains(err.Error(), "want at most 4194304") {
		t.Errorf("got %v, want an error of the size", err)
	}
}

// A scalar tells where its text begins, so that an error within it has its place.
func TestInside(t *testing.T) {
	n, err := yaml.Parse("a.yaml", []byte("é: plain\nb: \"double\"\nc: 'it''s'\nd: >\n  folded\ne: &x anchored"))
	if err != nil {
		t.Fatal(err)
	}
	want := []config.Place{{Line: 1, Column: 4}, {Line: 2, Column: 5}, {}, {}, {}}
	for i, m := range n.Members {
		if m.Value.Inside != want[i] {
			t.Errorf("%s: got the text at %v, want %v", m.Key, m.Value.Inside, want[i])
		}
	}
}

// Whatever the text is, there is a tree within the bounds or an error with a place in the file; and what is JSON is
// read as the reader of JSON reads it.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"version: 1\nhandlers:\n  a: {class: console, level: INFO}\n", "a: &x {b: 1}\nd: {<<: [*x, {b: 2}]}", "a: |\n  x\n", "- 0640\n- ~\n- .inf\n",
		`{"version": 1, "a": ["b", true, null, 1.5]}`, "a: !!str 1\n---\n", "? a\n: b", "\ufeffa: 'b''c'", "&a [*a]", "%YAML 1.1\n---\na",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		n, err := yaml.Parse("a.yaml", text)
		if err != nil {
			all, ok := errors.AsType[*config.Errors](err)
			if !ok || len(all.List) != 1 || all.List[0].Line > 1+lines(text) {
				t.Fatalf("got %v, want one error with a place in the file", err)
			}
			return
		}
		if values := count(n); values > config.MaxNodes {
			t.Fatalf("got %d values, want at most %d", values, config.MaxNodes)
		}
		if _, err := config.Check(n, config.Options{File: "a.yaml"}); err != nil {
			if _, ok := errors.AsType[*config.Errors](err); !ok {
				t.Fatalf("got %T %v, want config.Errors", err, err)
			}
		}
		other, err := config.ParseJSON("a.json", text)
		if err == nil && plain(text) && show(n) != show(other) {
			t.Fatalf("got %s, want %s as JSON", show(n), show(other))
		}
	})
}

// plain reports whether JSON means the same in YAML 1.1: numbers with an exponent do not, nor do tabs and escapes.
func plain(text []byte) bool {
	return json.Valid(text) && !strings.ContainsAny(string(text), "eE\t\\\r\u0085\u2028\u2029<")
}

// lines counts the line breaks of YAML.
func lines(text []byte) int {
	return strings.Count(strings.NewReplacer("\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(string(text)), "\n")
}

func count(n *config.Node) int {
	c := 1
	for _, item := range n.Items {
		c += count(item)
	}
	for _, m := range n.Members {
		c += count(m.Value)
	}
	return c
}
