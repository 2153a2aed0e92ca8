package logrecord_test

import (
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
)

func TestParseException(t *testing.T) {
	f := func(text, typ, message string) {
		t.Helper()
		e := logrecord.ParseException(text)
		if e == nil || e.Type != typ || e.Message != message || e.Traceback != text {
			t.Errorf("%s\n got %+v\nwant type %q, message %q", text, e, typ, message)
		}
	}
	const (
		frames = "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    raise E()\n    ~~~~~~^^^\n  [Previous line repeated 3 more times]\n"
		during = "\n\nDuring handling of the above exception, another exception occurred:\n\n"
		cause  = "\n\nThe above exception was the direct cause of the following exception:\n\n"
	)
	f(frames+"ValueError: bad: worse", "ValueError", "bad: worse")
	f(frames+"KeyboardInterrupt", "KeyboardInterrupt", "")
	f(frames+"app.f.<locals>.Odd2: ü", "app.f.<locals>.Odd2", "ü")
	f(frames+"ValueError: first\nsecond: line\na note", "ValueError", "first")
	f(frames+"ValueError: \nsecond", "ValueError", "")
	f("Traceback (most recent call last):\n  File \"<s>\", line 1\n    x = = 1\n        ^\nSyntaxError: invalid syntax", "SyntaxError", "invalid syntax")
	f("Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    g(\n\n    )\nE: x", "E", "x")

	// Chains: the last one was logged.
	f(frames+"KeyError: 'x'"+during+frames+"ValueError: y", "ValueError", "y")
	f(frames+"KeyError: 'x'"+cause+frames+"OSError: z"+during+frames+"E: y", "E", "y")
	f(frames+"KeyError: 'x'"+cause+"ValueError: never raised", "ValueError", "never raised")
	f("concurrent.futures.process._RemoteTraceback: \n\"\"\"\n"+frames+"KeyError: 1"+during+frames+"E: x\n\"\"\""+cause+frames+"E: x", "E", "x")

	// A message that quotes a traceback, alone and with a chain.
	f(frames+"RuntimeError: child said\n"+frames+"KeyError: 'x'", "RuntimeError", "child said")
	f(frames+"RuntimeError: child said\n"+frames+"KeyError: 'x'"+during+frames+"E: inner", "", "")

	// Groups.
	const group = "  + Exception Group Traceback (most recent call last):\n  |   File \"a.py\", line 3, in f\n  |     raise g\n"
	const parts = "\n  +-+---------------- 1 ----------------\n    | ValueError: a\n    +---------------- 2 ----------------\n" +
		"    | Traceback (most recent call last):\n    |   File \"a.py\", line 3, in f\n    | TypeError: b\n    +------------------------------------"
	f(group+"  | ExceptionGroup: eg (2 sub-exceptions)"+parts, "ExceptionGroup", "eg (2 sub-exceptions)")
	f("  | ExceptionGroup: eg (2 sub-exceptions)"+parts, "ExceptionGroup", "eg (2 sub-exceptions)")
	f(group+"  | ExceptionGroup: eg (2 sub-exceptions)"+parts+cause+frames+"E: after", "E", "after")
	f(frames+"E: before"+cause+group+"  | app.Group: eg (2 sub-exceptions)"+parts, "app.Group", "eg (2 sub-exceptions)")

	f(group+"  | ExceptionGroup: eg (1 sub-exception)\n  +-+---------------- 1 ----------------\n    | Exception Group Traceback (most recent call last):\n"+
		"    | ExceptionGroup: in (1 sub-exception)\n    +------------------------------------"+during+frames+"E: last", "E", "last")

	// Never raised, or not Python's at all.
	f("ValueError: x", "ValueError", "x")
	f("error: x", "", "")
	f("java.lang.NullPointerException: x\n\tat Main.main", "java.lang.NullPointerException", "x")
	f("something went wrong: see above", "", "")
	f(frames, "", "")
	f(frames+"not a type: x", "", "")
	f(group+"ExceptionGroup: margin is missing", "", "")

	for _, none := range []string{"NoneType: None", "None", ""} {
		if e := logrecord.ParseException(none); e != nil {
			t.Errorf("%q: got %+v, want none", none, e)
		}
	}
}

func FuzzParseException(f *testing.F) {
	f.Add("Traceback (most recent call last):\n  File\nE: x")
	f.Add("  + Exception Group Traceback (most recent call last):\n  | E: x\n  +-+---------------- 1 ----------------")
	f.Fuzz(func(t *testing.T, text string) {
		e := logrecord.ParseException(text)
		if e == nil {
			return
		}
		if e.Traceback != text || !strings.Contains(text, e.Type) || !strings.Contains(text, e.Message) || strings.ContainsAny(e.Type+e.Message, "\n") {
			t.Errorf("%q: got %+v", text, e)
		}
	})
}

func TestBuilderException(t *testing.T) {
	f := func(want string, items ...item) {
		t.Helper()
		if got := build(append(items, item{"msg", "m"})...); got != want {
			t.Errorf("%v:\n got %s\nwant %s", items, got, want)
		}
	}
	const text = "Traceback (most recent call last):\nE: x"
	const made = `"exception":{"type":"E","message":"x","traceback":"Traceback (most recent call last):\nE: x"}`
	f(`{"level":"INFO","message":"m",`+made+`}`, item{"exc_text", text}, item{"exc_info", nil})
	f(`{"level":"INFO","message":"m",`+made+`}`, item{"exc_info", text})
	f(`{"level":"INFO","message":"m","attrs":{"exc_info":"Traceback (most recent call last):\nother"},`+made+`}`,
		item{"exc_text", text}, item{"exc_info", "Traceback (most recent call last):\nother"})
	f(`{"level":"INFO","message":"m"}`, item{"exc_text", "NoneType: None"}, item{"exc_info", false})
	f(`{"level":"INFO","message":"m","attrs":{"exc_info":true}}`, item{"exc_info", true}, item{"exc_text", ""})
	f(`{"level":"INFO","message":"m","attrs":{"exc_text":5,"exc_info":["x"]}}`, item{"exc_text", int64(5)}, item{"exc_info", []any{"x"}})
}
