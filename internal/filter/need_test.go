package filter_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/record"
)

// show returns a need as a text: terms as they are, prefixes with a star, alternatives with |.
func show(n filter.Need) string {
	list := func(parts []filter.Need, between string) string {
		var texts []string
		for _, p := range parts {
			texts = append(texts, show(p))
		}
		return "(" + strings.Join(texts, between) + ")"
	}
	switch n := n.(type) {
	case filter.NeedAll:
		return list(n, " ")
	case filter.NeedAny:
		return list(n, "|")
	case filter.NeedTerm:
		return n.Term + map[bool]string{true: "*"}[n.Prefix]
	case filter.NeedAttr:
		return n.Name + "=" + n.Value
	case filter.NeedLevel:
		return strings.NewReplacer(fmt.Sprint(int(filter.MinLevel)), "", fmt.Sprint(int(filter.MaxLevel)), "").Replace(fmt.Sprintf("level[%d,%d]", n.Min, n.Max))
	case filter.NeedLogger:
		return "logger " + n.Name + map[bool]string{true: "."}[n.Below]
	case filter.NeedTime:
		return fmt.Sprintf("time[%s,%s]%v", clock(n.From), clock(n.To), n.Received)
	}
	panic("unknown need")
}

func clock(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("15:04")
}

func TestNeed(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := show(parse(t, text).Need()); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	const nothing = "()"
	f("", nothing)
	f("Refused", "refused")
	f(`"Connection refused: x"`, "(connection refused x)")
	f("a b OR c", "((a b)|c)")
	f("a (b OR -c)", "a")
	f("a a", "a")
	f("conn*", "conn*")
	f("*fused", nothing)
	f("a.conn*b.c*d", "(a conn* c*)") // b may be the end of a term, d too
	f("x接続*", "(x 接 続)")
	f("...", nothing)
	f("42", "42")
	f("42.0", "42")
	f("1e21", "(1e21|(1e 21)|1000000000000000000000)")
	f("-x", nothing)
	f("-(a OR level<info)", "level[0,]")
	f("level>=warning", "level[4,]")
	f("-level>=warning", "level[,3]")
	f("-level:info", "(level[,-1]|level[4,])")
	f("logger:Shop.Pay", "logger shop.pay.")
	f("logger:=shop", "logger shop")
	f("logger:shop.p* logger:*x logger:/x/", "logger shop.")
	f("since:09:00Z until:10:00+01:00", "(time[09:00,]false time[,09:00]false)")
	f("received>=09:00Z", "time[09:00,]true")
	f("-since:-5m", nothing) // a record without a time
	f("message:x", "x")
	f("user_id:x", "x")
	f("user_id=x", "(x user_id=x)")
	f("User_ID=42", "(42 (user_id=42|user_id=42.0))")
	f(`user_id="a B"`, "(a b user_id=a b)")
	f("user_id=a*", "a*")
	f("attrs.host=x", "(x host=x)")
	f("host=Web-1", "host=web-1")
	f("host:web", nothing) // not among the terms
	f("process=5", "(process=5|process=5.0)")
	f("pid=5", "(pid=5|process.pid=5|pid=5.0|process.pid=5.0)")
	f("message=x", "x")
	f("attrs=x", "x")
	f(strings.Repeat("x", 70), strings.Repeat("x", filter.MaxTerm))
	f("a="+strings.Repeat("x", 70), strings.Repeat("x", filter.MaxTerm))
	f("has:x x>5 x!=y", nothing)
	f("/Connection refused by/", "(refused by*)")
	f(`/^Connection refused$/`, "(connection refused)")
	f(`/\d+ (refused by) x?/`, "(refused by)")
	f(`/a\s+b+\scde/`, "cde*")
	f(`/a |b c/`, nothing)
	f(`/ risk taken .*/i`, "(ri* ta*)") // i takes the sign for Kelvin for a k
	f(`/[,;] order [0-9]+/`, "order")   // no term goes on before a comma
	f("x:/ a b /", "(a b)")

	if n, ok := parse(t, "a -*").Need().(filter.NeedAny); !ok || len(n) != 0 {
		t.Errorf("a filter that nothing matches: got %v, want an empty NeedAny", n)
	}
}

func TestBounds(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		b := filter.BoundsOf(parse(t, text).Need())
		if got := show(b.Level) + show(b.Time) + show(b.Received); got != want && !(want == "none" && b.None()) {
			t.Errorf("%s: got %s, none %v, want %s", text, got, b.None(), want)
		}
	}
	f("a", "level[,]time[,]falsetime[,]true")
	f("level>=warning level<critical a", "level[4,11]time[,]falsetime[,]true")
	f("level=warning OR level=debug", "level[-4,4]time[,]falsetime[,]true")
	f("level=warning OR a", "level[,]time[,]falsetime[,]true")
	f("since:09:00Z until:09:30Z received<09:31Z", "level[,]time[09:00,09:30]falsetime[,09:31]true")
	f("(since:09:00Z until:09:10Z) OR (since:09:20Z until:09:30Z) OR -*", "level[,]time[09:00,09:30]falsetime[,]true")
	f("since:09:00Z OR until:08:00Z", "level[,]time[,]falsetime[,]true")
	f("since:09:00Z until:08:00Z", "none")
	f("level>warning level<warning", "none")
	f("level>warning level<warning OR level:error", "level[8,11]time[,]falsetime[,]true")
	f("-*", "none")
}

func TestIndexOfRecord(t *testing.T) {
	r := &record.Record{Level: 4, Logger: "shop", Message: "Declined: card", Host: "Web-1", Process: record.Process{PID: 7}, Source: slog.Source{File: "pay.py"},
		Exception: &record.Exception{Type: "ValueError"}, Trace: record.Trace{Span: [8]byte{7: 0xb7}},
		Attrs: []slog.Attr{slog.Int("user_id", 42), slog.Group("card", slog.String("Kind", "VISA gold"), slog.Any("n.m", []any{0.5, nil})), slog.String("long", strings.Repeat("x", 100))}}
	got := indexOf(r)
	if want := []string{"declined", "card", "valueerror", "00000000000000b7", "42", "visa", "gold", "0", "5", "null", strings.Repeat("x", 64)}; !slices.Equal(got.terms, want) {
		t.Errorf("terms: got %q, want %q", got.terms, want)
	}
	want := []filter.NeedAttr{{"source", "pay.py"}, {"source.file", "pay.py"}, {"process", "7"}, {"process.pid", "7"}, {"host", "web-1"}, {"user_id", "42"}, {"card", "visa gold"}, {"card.kind", "visa gold"},
		{"card", "0.5"}, {"card.n", "0.5"}, {"card.n.m", "0.5"}, {"card", "null"}, {"card.n", "null"}, {"card.n.m", "null"}}
	if !slices.Equal(got.attrs, want) {
		t.Errorf("attrs: got %q, want %q", got.attrs, want)
	}
	terms := 0
	x := filter.Index{Term: func([]byte) { terms++ }}
	x.Add(typical())
	if n := testing.AllocsPerRun(100, func() { x.Add(typical()) }) - testing.AllocsPerRun(100, func() { typical() }); n > 0 || terms == 0 {
		t.Errorf("%v allocations for a record, want none", n)
	}
}
