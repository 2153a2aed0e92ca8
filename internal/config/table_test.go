package config

import (
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
