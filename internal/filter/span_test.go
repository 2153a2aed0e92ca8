package filter_test

import (
	"strings"
	"testing"
)

func TestAppendSpans(t *testing.T) {
	f := func(text, field, in, want string) {
		t.Helper()
		var b strings.Builder
		at := 0
		for _, s := range parse(t, text).AppendSpans(nil, field, in) {
			b.WriteString(in[at:s.Start] + "[" + in[s.Start:s.End] + "]")
			at = s.End
		}
		if got := b.String() + in[at:]; got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	f("refused", "message", "Connection refused, Refused", "Connection [refused], [Refused]")
	f("refused OR connection", "message", "Connection refused", "[Connection] [refused]")
	f(`"on refused" /ct.*f/`, "message", "Connection refused", "Conne[ction ref]used")
	f("con* ref*d", "message", "Connection refused", "[Con]nection [refused]")
	f("-refused -(a OR b)", "message", "a refused", "a refused")
	f("a", "message", "a aa a.a", "[a] aa [a].[a]")
	f("message:a host:b", "message", "a b", "[a] b")
	f("message:a host:b", "host", "a b", "a [b]")
	f("message=a", "message", "a", "a")
	f("接続", "message", "再接続", "再[接続]")
	f("/x*/", "message", "axxa", "a[xx]a")
	f("*", "message", "a", "a")

	dst := parse(t, "a").AppendSpans(parse(t, "b").AppendSpans(nil, "", "b"), "", "a b")
	if len(dst) != 2 {
		t.Errorf("appended to one span: got %v, want two", dst)
	}
	if n := len(parse(t, "a").AppendSpans(nil, "", strings.Repeat("a ", 5000))); n != 1000 {
		t.Errorf("spans of a text with 5,000: got %d, want 1,000", n)
	}
}
