package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/config/yaml"
)

// matches holds a value against a schema, as far as Schema goes.
func matches(schema any, v any) bool {
	s, ok := schema.(object)
	if !ok {
		return schema == true
	}
	for word, arg := range s {
		if !matchesWord(s, word, arg, v) {
			return false
		}
	}
	return true
}

func matchesWord(s object, word string, arg, v any) bool {
	text, isText := v.(string)
	number, isNumber := v.(float64)
	items, isList := v.([]any)
	members, isMap := v.(object)
	switch word {
	case "type":
		_, isBool := v.(bool)
		return map[string]bool{
			"string": isText, "number": isNumber, "integer": isNumber && number == float64(int64(number)), "boolean": isBool, "array": isList, "object": isMap, "null": v == nil,
		}[arg.(string)]
	case "anyOf":
		for _, one := range arg.([]any) {
			if matches(one, v) {
				return true
			}
		}
		return false
	case "allOf":
		for _, one := range arg.([]any) {
			if !matches(one, v) {
				return false
			}
		}
	case "enum":
		for _, one := range arg.([]any) {
			if reflect.DeepEqual(one, v) {
				return true
			}
		}
		return false
	case "const":
		return reflect.DeepEqual(arg, v)
	case "pattern":
		return !isText || regexp.MustCompile(arg.(string)).MatchString(text)
	case "minLength":
		return !isText || float64(len(text)) >= arg.(float64)
	case "minimum":
		return !isNumber || number >= arg.(float64)
	case "maximum":
		return !isNumber || number <= arg.(float64)
	case "minItems":
		return !isList || float64(len(items)) >= arg.(float64)
	case "maxItems":
		return !isList || float64(len(items)) <= arg.(float64)
	case "items":
		for _, item := range items {
			if !matches(arg, item) {
				return false
			}
		}
	case "prefixItems":
		for i, item := range items[:min(len(items), len(arg.([]any)))] {
			if !matches(arg.([]any)[i], item) {
				return false
			}
		}
	case "required":
		for _, name := range arg.([]any) {
			if _, ok := members[name.(string)]; isMap && !ok {
				return false
			}
		}
	case "properties", "additionalProperties", "patternProperties":
		return matchesMembers(s, members)
	case "$schema", "title", "description":
	default:
		panic("the test knows nothing of " + word)
	}
	return true
}

func matchesMembers(s, members object) bool {
	for name, v := range members {
		known := false
		if properties, ok := s["properties"].(object); ok && properties[name] != nil {
			if known = true; !matches(properties[name], v) {
				return false
			}
		}
		if patterns, ok := s["patternProperties"].(object); ok {
			for pattern := range patterns {
				known = known || regexp.MustCompile(pattern).MatchString(name)
			}
		}
		if !known && !matches(s["additionalProperties"], v) {
			return false
		}
	}
	return true
}

func schema(t *testing.T) any {
	t.Helper()
	var s any
	if err := json.Unmarshal(config.Schema(), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// plainValue is a tree as encoding/json has it.
func plainValue(n *config.Node) any {
	switch n.Kind {
	case config.BoolKind:
		return n.Bool
	case config.IntKind, config.FloatKind:
		return n.Float
	case config.TextKind:
		return n.Text
	case config.ListKind:
		all := []any{}
		for _, item := range n.Items {
			all = append(all, plainValue(item))
		}
		return all
	case config.MapKind:
		all := object{}
		for _, m := range n.Members {
			all[m.Key] = plainValue(m.Value)
		}
		return all
	}
	return nil
}

// What the documents show is taken, without a word, and so says the schema.
func TestExamples(t *testing.T) {
	text, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	s, blocks := schema(t), 0
	for _, block := range regexp.MustCompile("(?s)\n```(yaml|json)\n(.*?)\n```").FindAllSubmatch(text, -1) {
		blocks++
		example := string(block[2])
		n, err := yaml.Parse(fmt.Sprint("example ", blocks), block[2])
		if err != nil {
			t.Error(err)
			continue
		}
		c, err := config.Check(n, config.Options{Env: func(string) (string, bool) { return "1", true }})
		if err != nil {
			t.Errorf("%s\n%v", example, err)
			continue
		}
		if len(c.Notes) > 0 {
			t.Errorf("%s\ngot the notes %v, want none", example, c.Notes)
		}
		if !matches(s, plainValue(n)) {
			t.Errorf("%s\ngot a configuration that the schema does not take", example)
		}
	}
	if blocks == 0 {
		t.Error("got no example")
	}
}

// An editor shows no error where there is none, and shows those that a schema can see.
func TestSchema(t *testing.T) {
	s := schema(t)
	f := func(text string, want bool) {
		t.Helper()
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if got := matches(s, v); got != want {
			t.Errorf("%s: got %v by the schema, want %v", text, got, want)
		}
		if _, err := check(text, config.Options{Env: func(string) (string, bool) { return "1", true }}); want && err != nil {
			t.Errorf("%s: got %v, want it taken as by the schema", text, err)
		} else if !want && err == nil {
			t.Errorf("%s: got it taken, want an error as by the schema", text)
		}
	}
	f(`{"version": 1}`, true)
	f(`{}`, false)
	f(`{"version": 2}`, false)
	f(`{"version": 1, "recievers": {}}`, false)
	f(`{"version": 1, "x-mine": [1]}`, true)
	f(`{"version": 1, "handlers": {"a": {"class": "console", "level": 30}, "b": {"class": "logging.FileHandler", "filename": "x"}}}`, true)
	f(`{"version": 1, "handlers": {"a": {"class": "console", "filename": "x"}}}`, false)
	f(`{"version": 1, "handlers": {"a": {"class": "consol"}}}`, false)
	f(`{"version": 1, "handlers": {"a": {"class": "file"}}}`, false)
	f(`{"version": 1, "handlers": {"a": {"class": "socket", "host": "h", "port": "env://PORT"}}}`, true)
	f(`{"version": 1, "handlers": {"a": {"class": "socket", "host": "h", "port": 99999}}}`, false)
	f(`{"version": 1, "handlers": {"a": {"class": "syslog", "address": ["h", 514], "facility": 3, "socktype": "ext://socket.SOCK_STREAM"}}}`, true)
	f(`{"version": 1, "incremental": true, "handlers": {"a": {"level": "INFO"}}}`, true)
	f(`{"version": 1, "stream": "off", "store": {"max_age": "14d", "max_bytes": "10GiB"}, "web": "127.0.0.1:0", "receivers": {"tcp": false, "syslog": ["127.0.0.1:0"]}}`, true)
	f(`{"version": 1, "store": {"max_age": "14 apples"}}`, false)
	f(`{"version": 1, "root": {"handlers": [], "propagat": true}}`, false)
	if !strings.Contains(string(config.Schema()), "Rotate before the record") {
		t.Error("got a schema without the sentences of the reference")
	}
}
