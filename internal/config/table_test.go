package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/wire/syslog"
)

// The reference says of every key what it does, and of every kind of value how it is written.
func TestTable(t *testing.T) {
	var kinds, used []string
	for _, k := range valueKinds() {
		kinds = append(kinds, k[0])
	}
	for _, s := range sections() {
		names := map[string]bool{}
		for _, k := range s.keys {
			used = append(used, k.Kind)
			if !slices.Contains(kinds, k.Kind) {
				t.Errorf("%s, %s: got the kind %q, which the reference does not explain", s.title, k.Name, k.Kind)
			}
			if !strings.HasSuffix(k.Doc, ".") || strings.Contains(k.Doc+k.Default, "|") {
				t.Errorf("%s, %s: got %q and %q, want a sentence that fits a table", s.title, k.Name, k.Doc, k.Default)
			}
			for _, name := range append([]string{k.Name}, k.Also...) {
				if names[name] {
					t.Errorf("%s: got the key %s twice", s.title, name)
				}
				names[name] = true
			}
		}
	}
	for _, kind := range kinds {
		if !slices.Contains(used, kind) {
			t.Errorf("got the kind %q explained, which no key has", kind)
		}
	}
}

// A class has no key that every handler has, and no name that another one has.
func TestClasses(t *testing.T) {
	names := map[string]Class{}
	for _, k := range classes() {
		for _, key := range k.names {
			if handlerTable().find(key) != nil {
				t.Errorf("%s: got the key %s, which every handler has", k.name, key)
			}
		}
		for _, name := range slices.Concat([]string{string(k.name)}, k.also, k.python) {
			if names[name] != "" {
				t.Errorf("got the name %s for %s and for %s", name, names[name], k.name)
			}
			names[name] = k.name
		}
	}
}

// The facilities of a configuration are those that syslog has.
func TestFacilities(t *testing.T) {
	if got, want := facilities(), syslog.Facilities(); !slices.Equal(got, want) {
		t.Errorf("got the facilities %v, want %v", got, want)
	}
}

// Whatever stands at a key, it is taken or there is an error with a place, and nothing panics.
func TestAnyValueAnywhere(t *testing.T) {
	values := []string{
		`null`, `true`, `false`, `0`, `-1`, `1`, `1e300`, `-0.5`, `9007199254740993`, `""`, `" "`, `"x"`, `"off"`, `"\u0000"`, `"1e400GB"`, `"999999999999999w"`, `"..B"`, `[]`, `{}`, `[null]`, `[[]]`, `[{}]`,
		`{"": null}`, `{"a": {}}`, `["a", "b"]`, `[1, 2]`, `["a", 70000]`, `"env://X"`, `"env://"`, `"env://Y:"`, `"cfg://version"`, `"cfg://x"`, `"cfg://handlers"`, `"cfg://loop"`, `"ext://sys.stdout"`, `"ext://"`, `{"()": []}`,
	}
	try := func(before, key, value, after string) {
		t.Helper()
		text := fmt.Sprintf(`{"version": 1, "loop": {"loop": "cfg://loop.loop"}, %s%q: %s%s}`, before, key, value, after)
		n, err := ParseJSON("a.json", []byte(text))
		if err != nil {
			return // the version twice
		}
		c, err := Check(n, Options{File: "a.json", Env: func(name string) (string, bool) { return "1", name == "X" }})
		if all, ok := err.(*Errors); ok {
			for _, e := range all.List {
				if e.Line != 1 || e.Column < 1 || e.Column > len(text) || e.Text == "" {
					t.Errorf("%s: got %v, want a place in the text", text, e)
				}
			}
			return
		}
		if err != nil {
			t.Errorf("%s: got %T, want *Errors", text, err)
			return
		}
		c.Explain("a", 0)
		for _, h := range c.Handlers {
			if !h.Same(h) {
				t.Errorf("%s: got a handler that is not the same as itself", text)
			}
		}
	}
	for _, value := range values {
		for _, k := range topTable().keys() {
			try("", k.Name, value, "")
		}
		for name, keys := range map[string][]Key{
			`"formatters": {"f": {`: formatterTable().keys(), `"filters": {"f": {`: filterTable().keys(), `"loggers": {"f": {`: loggerTable().keys(),
			`"receivers": {"tls": {`: serverTLSTable().keys(), `"stream": {"tls": {`: streamTLSTable().keys(),
		} {
			for _, k := range keys {
				try(name, k.Name, value, "}}")
			}
		}
		for name, keys := range map[string][]Key{`"root": {`: loggerTable().keys(), `"receivers": {`: receiversTable().keys(), `"stream": {`: streamTable().keys(), `"store": {`: storeTable().keys(), `"web": {`: webTable().keys()} {
			for _, k := range keys {
				try(name, k.Name, value, "}")
			}
		}
		for _, class := range classes() {
			keys := class.keys
			if class.name == ConsoleClass {
				keys = append(handlerTable().keys(), keys...) // which every class has
			}
			for _, k := range keys {
				members := []string{fmt.Sprintf(`"handlers": {"h": {"class": %q`, class.name)}
				for _, other := range class.keys {
					if other.Required && other.Name != k.Name {
						members = append(members, fmt.Sprintf(`%q: "a@b"`, other.Name))
					}
				}
				try(strings.Join(members, ", ")+", ", k.Name, value, "}}")
			}
		}
	}
}
