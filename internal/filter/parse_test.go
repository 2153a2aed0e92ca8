package filter_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/filter"
)

func TestCanonicalForm(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := parse(t, text).String(); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
		if got := parse(t, want).String(); got != want {
			t.Errorf("%s, read again: got %s", want, got)
		}
	}
	f("", "")
	f("  ", "")
	f("*", "")
	f("a *", "a")
	f("a OR *", "")
	f("-*", "-*")
	f("a -*", "-*")
	f("a OR -*", "a")
	f("  timeout   refused ", "timeout refused")
	f("a AND b", "a b")
	f("NOT a", "-a")
	f("-(-a)", "a")
	f("((a))", "a")
	f("(a b) c", "a b c")
	f("(a b) OR c", "a b OR c")
	f("a (b OR c)", "a (b OR c)")
	f("-(a OR b) -(a b)", "-(a OR b) -(a b)")
	f(`"timeout"`, "timeout")
	f(`"connection refused"`, `"connection refused"`)
	f(`"a \"b\" \\ \n"`, `"a \"b\" \\ \\n"`)
	f(`"OR" "-x" "a*" "/a/" "a:b"`, `"OR" "-x" "a*" "/a/" "a:b"`)
	f(`a\*b a\"b C\d`, `"a*b" "a\"b" "C\\d"`)
	f(`a** **a a***b`, `a* *a a*b`)
	f(`\-a* \/a* a\:*`, `\-a* \/a* a\:*`)
	f("/a b/ /a/i x:/y/", "/a b/ /a/i x:/y/")
	f(`/a\/b\\/ /[\/]/`, `/a\/b\\/ /[\/]/`)
	f("/api/v1 path:/api/v1/", "/api/v1 path:/api/v1/")
	f(`path:/health /a \/`, `path:"/health" "/a" "/"`) // bare, the last two were a regular expression
	f("// //i", "// //i")
	f("levels=3 messages:x loggers>5", "levels=3 messages:x loggers>5") // more than one is no slip
	f("12:30 a,b=c", `"12:30" "a,b=c"`)
	f("x:=1 x==1 x=1", "x=1 x=1 x=1")
	f("x!=1 x:!=1", "-x=1 -x=1")
	f("x:>=1 x:>1 x<1 x:<=1", "x>=1 x>1 x<1 x<=1")
	f("x:* x=* x!=*", "has:x has:x -has:x")
	f(`x="" x:"a b" "odd name"=1 "odd name":"x"`, `x="" x:"a b" "odd name"=1 "odd name":x`)
	f("ATTRS.x=1 attrs.level=1 attrs.msg=1 attrs.attrs.x=1 attrs:x", "x=1 attrs.level=1 attrs.msg=1 attrs.attrs.x=1 attrs:x")
	f("Message:x PID:5 User_ID:5", "message:x pid:5 User_ID:5")
	f("has:traceback has:attrs.level has:attrs.x", "has:traceback has:attrs.level has:x")
	f("has:level level:*", "")
	f("LEVEL:WARN level>=30 level=25 level:fatal level<=notset", "level:warning level>=warning level=info+2 level>=critical level<=debug-4")
	f("level>info level<error level:debug level:info level:error+1 level!=error", "level>info level<error level:debug level:info level=error+1 -level=error")
	f("logger:shop logger:=shop logger:shop.* logger:*", "logger:shop logger=shop logger:shop.* has:logger")
	f("since:-15m", "since:2026-11-22T09:26:41Z")
	f("until:2026-11-21", "until:2026-11-21T23:00:00Z")
	f("time:today", "since:2026-11-21T23:00:00Z until:2026-11-22T23:00:00Z")
	f("-time:today", "-(since:2026-11-21T23:00:00Z until:2026-11-22T23:00:00Z)")
	f("time>10:00 received<=10:00:00.5 time:*", "since:2026-11-22T09:00:00.000000001Z received<2026-11-22T09:00:00.500000001Z has:time")
	f(`peer:127.0.0.1:9020 x:-5 x:"//a" x:a/b x:"'a"`, `peer:127.0.0.1:9020 x:-5 x:"//a" x:a/b x:"'a"`)
}

func TestErrors(t *testing.T) {
	f := func(text string, column, width int, fix, problem string) {
		t.Helper()
		_, err := filter.Parse(text, now)
		e, ok := errors.AsType[*filter.Error](err)
		if !ok {
			t.Errorf("%s: got %v, want an error", text, err)
			return
		}
		if e.Column != column || e.Width != width || e.Fix != fix || e.Problem != problem || e.Text != text {
			t.Errorf("%s: got column %d, width %d, fix %q\n\t%s\nwant column %d, width %d, fix %q\n\t%s",
				text, e.Column, e.Width, e.Fix, e.Problem, column, width, fix, problem)
		}
		if fix == "" {
			return
		}
		// What would be right is.
		runes := []rune(text)
		mended := string(runes[:e.Column-1]) + e.Fix + string(runes[e.Column-1+e.Width:])
		if _, err := filter.Parse(mended, now); err != nil {
			t.Errorf("%s: mended to %s: %v", text, mended, err)
		}
	}
	f(`"connection`, 1, 1, "", `this quote has no end; put another " where the phrase ends, or \" here to look for a quote`)
	f(`x:"a`, 3, 1, "", `this quote has no end; put another " where the phrase ends, or \" here to look for a quote`)
	f(`"a"b`, 4, 1, "", `a space is missing after the quote`)
	f(`a"b`, 2, 1, `\"`, `a quote within a word; put a backslash before it to look for it, or a space before it to begin a phrase`)
	f(`'a b' c`, 1, 5, `"a b"`, `a phrase stands in straight double quotes: "a b"`)
	f(`x:“a b”`, 3, 5, `"a b"`, `a phrase stands in straight double quotes: "a b"`)
	f(`'a b`, 1, 2, `"'a"`, `a phrase stands in straight double quotes; write "'a" to look for this text`)
	f(`charge(x)`, 7, 1, "", `a parenthesis within a word; write "charge(x)" to look for this text, or put a space before it to begin a group`)
	f(`(a`, 1, 1, `\(`, `this ( has no ); put a backslash before it to look for it`)
	f(`a (b OR (c)`, 3, 1, `\(`, `this ( has no ); put a backslash before it to look for it`)
	f(`a)`, 2, 1, `\)`, `this ) has no (; put a backslash before it to look for it`)
	f(`(a)b`, 4, 1, "", `a space is missing after the parenthesis`)
	f(`x ()`, 3, 2, `"()"`, `nothing stands between the parentheses; write "()" to look for them`)
	f(`a OR`, 5, 0, "", `a term is missing here`)
	f(`(a OR )`, 7, 0, "", `a term is missing here`)
	f(`OR a`, 1, 2, `"OR"`, `OR needs a term on both sides; write "OR" to look for the word`)
	f(`a AND OR b`, 7, 2, `"OR"`, `OR needs a term on both sides; write "OR" to look for the word`)
	f(`a || b`, 3, 2, "OR", `write OR in place of ||, or "||" to look for it`)
	f(`a && b`, 3, 2, "AND", `write AND in place of &&, or leave it out; write "&&" to look for it`)
	f(`a - b`, 3, 1, `"-"`, `a minus stands directly before what is not to be found; write "-" to look for one`)
	f(`--verbose x`, 1, 9, `"--verbose"`, `two minus signs; write "--verbose" to look for this text`)
	f(`NOT -a`, 1, 5, "", `negated twice; leave out both`)
	f(`status:`, 8, 0, "", `nothing stands after status:; write for example status:5, or "status:" to look for this text`)
	f(`ValueError: bad`, 1, 15, "ValueError:bad", `no space stands after :; write ValueError:bad, or "ValueError:" to look for this text`)
	f(`level >= warning`, 7, 2, "", `nothing stands before >=; write for example status>=500, or ">=" to look for this text`)
	f(`=>`, 1, 1, "", `nothing stands before =; write for example status=500, or "=>" to look for this text`)
	f(`level:(error OR warning)`, 7, 1, "", `a value cannot be a group; write for example (level:a OR level:b)`)
	f(`http://x/y`, 1, 10, `"http://x/y"`, `this reads as the attr http; write "http://x/y" to look for the text`)
	f(`a std::vec`, 3, 8, `"std::vec"`, `this reads as the attr std; write "std::vec" to look for the text`)
	f(`C:\temp`, 1, 7, `"C:\\temp"`, `this reads as the attr C; write "C:\\temp" to look for the text`)
	f(`ä levle:warning`, 3, 5, "level", `field "levle" is unknown; did you mean level? (an attr of that name is attrs.levle)`)
	f(`msg:x`, 1, 3, "message", `field "msg" is unknown; did you mean message? (an attr of that name is attrs.msg)`)
	f(`attr.user:5`, 1, 9, "attrs.user", `field "attr.user" is unknown; did you mean attrs.user? (an attr of that name is attrs.attr.user)`)
	f(`has:tracback`, 5, 8, "traceback", `field "tracback" is unknown; did you mean traceback? (an attr of that name is attrs.tracback)`)
	f(`process.pdi:5`, 1, 11, "process.pid", `field "process.pdi" is unknown; did you mean process.pid? (an attr of that name is attrs.process.pdi)`)
	f(`has>x`, 1, 4, "has:", `has takes a colon and the name of a field or an attr: has:traceback`)
	f(`has:x*`, 5, 2, "", `x* is not possible here; write for example has:traceback or has:user_id`)
	f(`has:since`, 5, 5, "attrs.since", `no record has a field since; an attr of that name is attrs.since`)
	f(`level>=wrning`, 8, 6, "warning", `level "wrning" is unknown; did you mean warning?`)
	f(`level:loud`, 7, 4, "", `level "loud" is unknown; write debug, info, warning, error or critical, a form like info+2, or a Python level number; what a sender itself calls a level is levelname:loud`)
	f(`level:warn*`, 7, 5, "", `warn* is not possible here; write for example level:warning, or level>=warning for that and all above`)
	f(`logger>=shop`, 1, 12, "", `loggers have no order; logger:shop is that logger and all below it, logger:=shop that one alone`)
	f(`since:17.30`, 7, 5, "", `"17.30" is no time; write -15m, 17:30, yesterday, 2026-11-22 or 2026-11-22T10:41:41+01:00`)
	f(`until:2026-13-01`, 7, 10, "", `"2026-13-01" is no time; write -15m, 17:30, yesterday, 2026-11-22 or 2026-11-22T10:41:41+01:00`)
	f(`since>=-5m`, 1, 7, "since:", `since takes a colon and a time: since:-15m`)
	f(`since:*`, 7, 1, "", `* is no time; write -15m, 17:30, yesterday, 2026-11-22 or 2026-11-22T10:41:41+01:00`)
	f(`time:10:00`, 1, 10, "", `hardly a record is of one moment; write time>= and time<, or a day`)
	f(`x=/a/`, 1, 5, "x:/a/", `a regular expression stands after a colon: x:/a/`)
	f(`x>=/a/`, 4, 3, "", `>= compares with one value, a number for example`)
	f(`x>5*`, 3, 2, "", `> compares with one value, a number for example`)
	f(`x>""`, 3, 2, "", `> needs a value, a number for example`)
	f(`x:""`, 3, 2, "", `an empty text is in every text; write x="" for an empty value, or has:x for any`)
	f(`""`, 1, 2, "", `an empty text is in every text`)
	f(`"":x`, 1, 2, "", `the name is empty`)
	f(`a /b(c/`, 5, 1, "", `a ( in the regular expression has no ); put a backslash before one that is to be found`)
	f(`/[(]\)(a)(b/`, 10, 1, "", `a ( in the regular expression has no ); put a backslash before one that is to be found`)
	f(`/b)c/i`, 3, 1, "", `a ) in the regular expression has no (; put a backslash before one that is to be found`)
	f(`/x[a/`, 3, 2, "", `a [ in the regular expression has no ]; put a backslash before one that is to be found`)
	f(`/*a/`, 2, 1, "", `nothing stands before * in the regular expression that could be repeated; for any text write .*`)
	f(`/a**/`, 3, 2, "", `** repeats what is repeated already; one of them is enough`)
	f(`/x(?=a)/`, 3, 3, "", `(?= is not supported: no looking ahead or back, as in RE2`)
	f(`x:/a\q/`, 5, 2, "", `the regular expression is wrong: invalid escape sequence: \q`)
	f(`/a{1001}/`, 3, 6, "", `the regular expression is too large: {1001}`)
	f(`/a{400}/ /b{400}/`, 11, 6, "", `the regular expressions are too large: 802 instructions, want at most 500`)
	f("a \xff", 3, 1, "", `this is no UTF-8`)
}

func TestNormalForm(t *testing.T) {
	f := func(e filter.Expr, want string) {
		t.Helper()
		x, err := filter.New(e)
		if err != nil || x.String() != want {
			t.Errorf("%#v: got %v, %v, want %s", e, x, err, want)
		}
	}
	word := func(s string) filter.Expr { return filter.Text{Pattern: filter.Plain(s)} }
	f(filter.Or{}, "-*")
	f(filter.And{word("a"), filter.Or{}}, "-*")
	f(filter.And{filter.And{word("a")}, filter.Or{filter.Or{word("b"), word("c")}}}, "a (b OR c)")
	f(filter.Level{Min: 5, Max: 3}, "-*")
	f(filter.Level{Min: filter.MinLevel, Max: filter.MaxLevel}, "")
	f(filter.Level{Min: 2, Max: 9}, "level>=info+2 level<=error+1")
	f(filter.Text{Field: "MSG", Pattern: filter.Pattern{Regexp: `a\/b/`}}, `attrs.MSG:/a\/b\//`)
	f(filter.Text{Field: "x", Pattern: filter.Pattern{Parts: []string{"", "", ""}}}, "has:x")
}

func TestErrorText(t *testing.T) {
	_, err := filter.Parse("levle:x", now)
	if got, want := fmt.Sprint(err), `filter "levle:x", column 1: field "levle" is unknown; did you mean level? (an attr of that name is attrs.levle)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_, err = filter.Parse(strings.Repeat("word ", 100)+"(", now)
	if got, want := fmt.Sprint(err), `filter, column 502: a term is missing here`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPicture(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := filter.Parse(text, now)
		e, ok := errors.AsType[*filter.Error](err)
		if !ok {
			t.Fatalf("%s: got %v, want an error", text, err)
		}
		if got := strings.TrimSuffix(e.Picture(), e.Problem+"\n"); got != want {
			t.Errorf("%s: got\n%swant\n%s", text, got, want)
		}
	}
	f("a level>=wrning b", "a level>=wrning b\n         ^^^^^^\n")
	f("a OR", "a OR\n    ^\n")
	f("接続 ä e\u0301 levle:x", "接続 ä e\u0301 levle:x\n         ^^^^^\n")
	f("a\tb\x1b\u202e (", "a b?? (\n       ^\n")
	long := strings.Repeat("word ", 40)
	f(long+"levle:x "+long, "… ord word word word word levle:x word word word word word word word word  …\n                          ^^^^^\n")
}

func TestLimits(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := filter.Parse(text, now)
		switch {
		case want == "" && err != nil:
			t.Errorf("%.20s…: got %v, want nil", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%.20s…: got %v, want %s", text, err, want)
		}
	}
	f(strings.Repeat("x", filter.MaxLength), "")
	f(strings.Repeat("x", filter.MaxLength+1), "too long: 8193 bytes, want at most 8192")
	f(strings.Repeat("x ", filter.MaxNodes), "")
	f(strings.Repeat("x ", filter.MaxNodes+1), "column 513: more than 256 terms")
	f(strings.Repeat("(", filter.MaxDepth)+"x"+strings.Repeat(")", filter.MaxDepth), "")
	f(strings.Repeat("(", filter.MaxDepth+1)+"x"+strings.Repeat(")", filter.MaxDepth+1), "column 33: parentheses nested deeper than 32")
	f(strings.Repeat("(", filter.MaxLength), "column 33")
	f(strings.Repeat("-", filter.MaxLength), "two minus signs")
	f(`/[^a]{400}/`, "")
	f(strings.Repeat("time>1.001s ", 250), "9249 bytes long, want at most 8192")

	if _, err := filter.New(filter.And{}); err != nil {
		t.Error(err)
	}
	refused := func(e filter.Expr, want string) {
		t.Helper()
		if _, err := filter.New(e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%#v: got %v, want %s", e, err, want)
		}
	}
	refused(filter.Text{}, "either a regular expression or parts")
	refused(filter.Text{Pattern: filter.Pattern{Parts: []string{"a b", ""}}}, "no white space")
	refused(filter.Text{Pattern: filter.Plain("")}, "empty text")
	refused(filter.Text{Pattern: filter.Plain("x"), Whole: true}, "only a field")
	refused(filter.Text{Field: "x", Pattern: filter.Pattern{Regexp: "x"}, Whole: true}, "colon")
	refused(filter.Text{Field: "level", Pattern: filter.Plain("x")}, "no field that has a value")
	refused(filter.Text{Field: "time", Pattern: filter.Plain("x")}, "a time is no text")
	refused(filter.Compare{Field: "x", Op: "=", Value: "5"}, "no order")
	refused(filter.Compare{Field: "logger", Op: "<", Value: "5"}, "not compared")
	refused(filter.Compare{Field: "x", Op: "<"}, "nothing to compare")
	refused(filter.Present{}, "no field")
	x := filter.Text{Pattern: filter.Plain("x")}
	refused(filter.And(slices.Repeat([]filter.Expr{x}, filter.MaxNodes+1)), "more than 256 terms")
	deep := filter.Expr(x)
	for range filter.MaxDepth + 1 {
		deep = filter.Not{X: filter.And{deep, x}}
	}
	refused(deep, "nested 33 deep, want at most 32")
}
