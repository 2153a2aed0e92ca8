package config_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/config"
)

func TestParseJSONErrors(t *testing.T) {
	f := func(text, want, word string) {
		t.Helper()
		wrong(t, text, want, word, config.Options{})
	}
	f("{\n  \"a\": 1,\n  «\"a\": 2\n}", `got the key "a" again, want it once: it is in line 2, column 3 already`, "")
	f("«", `got the end of the file, want a value`, "")
	f(`{"a": 1«`, `got the end of the file, want a comma or "}" for what begins in line 1, column 1`, "")
	f("{\"a\": 1\n«\"b\": 2}", `got "\"", want a comma or "}" for what begins in line 1, column 1`, "")
	f(`[1 «2]`, `got "2", want a comma or "]" for what begins in line 1, column 1`, "")
	f(`[1«,]`, `got a comma before "]", want none behind the last one`, "")
	f(`{"a": 1«, }`, `got a comma before "}", want none behind the last one`, "")
	f(`{«a: 1}`, `got "a", want a key in double quotes, such as "version"`, "")
	f(`{"a" «1}`, `got "1", want a colon behind the key "a"`, "")
	f(`{"a": «True}`, `got True, which is Python's`, "true")
	f(`{"a": «None}`, `got None, which is Python's`, "null")
	f(`{"a": «'x'}`, `got "'x'", want a text in double quotes`, "")
	f(`{"a": «yes}`, `got "yes", want a value`, "")
	f(`«// a`, `got "//", want a value; JSON has no comments, but YAML does`, "")
	f(`{"a": «01}`, `got "01", which is no number of JSON`, "")
	f(`{"a": «1.}`, `got "1.", which is no number of JSON`, "")
	f(`{"a": «1e999}`, `got "1e999", which is no number of JSON`, "")
	f(`{"a": «-}`, `got "-", which is no number of JSON`, "")
	f(`{} «{}`, `got "{" behind the end of the configuration`, "")
	f(`{"a": «"x}`, `got a text without its closing quote`, "")
	f("{\"a\": «\"x\ny\"}", `got a text without its closing quote; write a line break as \n`, "")
	f("{\"a\": \"é«\ty\"}", `got the control character 0x09 in a text, want it written as \u0009`, "")
	f(`{"a": "x«\y"}`, `got a backslash before what it means nothing of, want \\ for one`, "")
	f(`{"a": "x«\ud800y"}`, `got half of a surrogate pair, \ud800`, "")
	f(`{"a": "x«\u12`, `got a backslash before what it means nothing of, want \\ for one`, "")
	f("{\"a\": \"é«\xff\"}", `got a byte 0xff, which is no UTF-8`, "")
	f("{\"a\": «\xff}", `got "\xff", want a value`, "")
	f(strings.Repeat("[", 64)+"«[", `got lists and mappings nested more than 64 deep`, "")
	f("["+strings.Repeat("1,", 99_999)+"«1]", `got more than 100000 values`, "")
	_, err := config.ParseJSON("a.json", make([]byte, config.MaxBytes+1))
	if want := "a.json: got 4194305 bytes, want at most 4194304"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestParseJSON(t *testing.T) {
	n, err := config.ParseJSON("a.json", []byte("\ufeff{\n\t\"é\": [1, -2.5e1, true, null],\n\t\"s\": \"a\\u00e9\\ud83d\\ude00\\n/\", \"p\": \"plain\"}"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := plainValue(n), any(object{"é": []any{1.0, -25.0, true, nil}, "s": "aé😀\n/", "p": "plain"}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	s, p := n.Members[1], n.Members[2]
	if (s.Place != config.Place{Line: 3, Column: 2}) || (s.Value.Place != config.Place{Line: 3, Column: 7}) || (s.Value.Inside != config.Place{}) {
		t.Errorf("got the key at %v, its value at %v and the text at %v, want 3:2, 3:7 and nowhere", s.Place, s.Value.Place, s.Value.Inside)
	}
	if want := (config.Place{Line: 3, Column: 39}); p.Value.Inside != want {
		t.Errorf("got the text at %v, want %v", p.Value.Inside, want)
	}
}

// What encoding/json reads is read, to the same values, but for what is beyond the bounds or there twice; nothing else
// is. And whatever it is, it is checked without a panic.
func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(base))
	for _, text := range []string{
		`{"a": [1, -2.5e1, true, null], "s": "a\u00e9\ud83d\ude00"}`, `{"a": 1, "a": 2}`, `[01]`, "0\x00", `"\ud800"`, "\ufeff[]", `{"version": 1, "root": {"level": "cfg://root.level"}}`,
		`{"version": 1, "handlers": {"m": {"class": "memory", "target": "q"}, "q": {"class": "queue", "handlers": ["m", "q"]}}}`,
		`{"version": 1, "incremental": true, "handlers": {"m": {"level": 3}}, "stream": false, "web": "x:1", "x-a": []}`,
		`{"version": 1, "formatters": {"f": {"format": "{a.b[0]!r:>5}", "style": "{"}}, "filters": {"f": {"filter": "level>=5 (a OR b)"}}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want any
		valid := json.Unmarshal(text, &want) == nil
		n, err := config.ParseJSON("a.json", text)
		if err != nil {
			all, ok := errors.AsType[*config.Errors](err)
			if !ok || len(all.List) != 1 || all.List[0].Line > 1+strings.Count(string(text), "\n") {
				t.Fatalf("got %v, want one error with a place in the file", err)
			}
			// encoding/json takes a key twice, what is no UTF-8, half a pair, a number too large, any depth.
			for _, stricter := range []string{"again", "UTF-8", "surrogate", "nested", "no number", "values"} {
				valid = valid && !strings.Contains(err.Error(), stricter)
			}
			if valid {
				t.Fatalf("got %v, want it read as encoding/json does", err)
			}
			return
		}
		if got := plainValue(n); strings.HasPrefix(string(text), "\ufeff") {
			return
		} else if !valid || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v (%v)", got, want, valid)
		}
		for _, library := range []bool{false, true} {
			c, err := config.Check(n, config.Options{File: "a.json", Library: library, Env: func(string) (string, bool) { return "x", true }})
			if err == nil && !c.Incremental {
				c.Explain("a.b", 0)
			}
		}
	})
}
