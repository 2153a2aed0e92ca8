package filter_test

import (
	"encoding/json"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

// matches returns a function that holds a record against filters.
func matches(t *testing.T, r *record.Record) func(text string, want bool) {
	return func(text string, want bool) {
		t.Helper()
		if got := parse(t, text).Match(r); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	r := &record.Record{Message: "Connection refused: user_id=42 GET /health?x=1 TimeoutError", Logger: "shop.pay", Host: "web-1",
		Attrs:     []slog.Attr{slog.String("card", "Visa gold"), slog.Group("in", slog.Any("list", []any{"deep", int64(7)})), slog.Bool("ok", true), slog.Any("none", nil)},
		Exception: &record.Exception{Type: "ValueError", Message: "bad thing", Traceback: "Traceback (most recent call last):\n  File \"pay.py\""},
		Stack:     "Stack frame"}
	f := matches(t, r)
	f("", true)
	f("refused", true)
	f("REFUSED", true)
	f("refuse", false)
	f("fused", false)
	f("refus*", true)
	f("*fused", true)
	f("*fus*", true)
	f("con*used", false) // a wildcard is no white space
	f("conn*ion", true)
	f("conn*connection", false)
	f("user", true) // the underscore stands between terms
	f("user_id", true)
	f("user_i", false)
	f("user_id=42", false) // an attr, and there is none
	f(`"user_id=42"`, true)
	f(`"user_id=4"`, false)
	f("/health", true)
	f("/heal", false)
	f("timeout", false)
	f("timeout*", true)
	f("timeouterror", true)
	f(`"connection refused"`, true)
	f(`"connection refuse"`, false)
	f(`"connection  refused"`, false)
	f(`"refused: user"`, true)
	f(`": "`, true)
	f("connection quartz", false)
	f("quartz OR refused", true)
	f("quartz OR vixen", false)
	f("-quartz", true)
	f("-refused", false)
	f("NOT quartz AND refused", true)
	f("quartz vixen OR refused", true)
	f("refused (quartz OR vixen)", false)
	f("-(quartz OR refused)", false)
	f("-(quartz refused)", true)
	f("*", true)
	f("-*", false)
	f("visa", true)
	f("gold", true)
	f("card", false) // names are not looked in
	f("deep", true)
	f("7", true)
	f("true", true)
	f("null", true)
	f("valueerror", true)
	f("thing", true)
	f(`pay.py`, true)
	f("frame", true)
	f("shop", false)
	f("web-1", false)
	f("/connection (refused|reset)/", false)
	f("/connection (refused|reset)/i", true)
	f(`/^Connection/`, true)
	f(`/^refused/`, false)
	f(`/GET \/health/`, true)
	f(`/\d{2}/`, true)
	f("/health/i", true)
	f(`a\*b`, false)

	f = matches(t, &record.Record{Message: "a ac\u00a0äc d"})
	f("a*c", true)
	f("ä*c", true)
	f("a*d", false)
}

func TestUnicodeWords(t *testing.T) {
	f := matches(t, &record.Record{Message: "Größe ÉTÉ Σίσυφος サーバー接続エラー ไม่พบไฟล์ \u212a ſ cafe\u0301 naïve\xff\xfeend 4²"})
	f("GRÖSSE", false) // simple folding: ß is one character
	f("GRÖẞE", true)
	f("größ", false)
	f("été", true)
	f("σίσυφοσ", true) // a final sigma is a sigma
	f("接続", true)      // no spaces between words: found anywhere
	f("続エ", true)
	f("接エ", false)
	f("サーバー", true)
	f("ไฟล์", true)
	f("k", false) // the sign for Kelvin is no ASCII letter
	f("s", false)
	f("\u212a", true)
	f("cafe", false) // an accent makes another letter
	f("cafe\u0301", true)
	f("café", false) // composed and decomposed are not the same
	f("end", true)
	f("naïve", true)
	f("4", false)
	f("4²", true)
}

func TestNames(t *testing.T) {
	r := &record.Record{
		Time: now, Received: now.Add(time.Second), Level: 5, Logger: "shop.pay", Message: "declined", Host: "Web-1", Peer: "127.0.0.1:5000",
		Attrs: []slog.Attr{slog.Int("user_id", 42), slog.String("path", "/health/live"), slog.Group("card", slog.String("kind", "visa"), slog.Int("n", 4)),
			slog.Any("m", map[string]any{"k.j": []any{int64(1), map[string]any{"x": "y"}}, "e": map[string]any{}}), slog.Any("none", nil), slog.String("empty", ""),
			slog.String("host", "db-1"), slog.String("level", "gold"), slog.String("flat.key", "v"), slog.Group("gone"), slog.Group("", slog.String("inline", "yes")),
			slog.String("user_id", "twice"), slog.Any("level", "low")},
		Exception: &record.Exception{Type: "ValueError", Traceback: "Traceback"}, Source: slog.Source{Function: "charge", File: "/srv/pay.py", Line: 81},
		Process: record.Process{PID: 4242, Name: "MainProcess"}, Thread: record.Thread{ID: 7, Name: "Thread-1"}, Task: "Task-1",
		LevelNo: 33, LevelName: "ALERT", Trace: record.Trace{ID: [16]byte{0x4b, 15: 0x36}, Span: [8]byte{7: 0xb7}, Flags: 1},
	}
	f := matches(t, r)
	f("user_id:42", true)
	f("USER_ID:42", true)
	f("user_id:4", false)
	f("user_id:twice", true) // any of the values of a name
	f("user:42", false)
	f("path:/health", true)
	f("path=/health", false)
	f("path=/health/live", true)
	f("path=/HEALTH/*", true)
	f("path!=/health/live", false)
	f("path:live", true)
	f("path:/^\\/health/", true)
	f("path:/^health/", false)
	f("card:visa", true)
	f("card.kind:visa", true)
	f("card.kind:master", false)
	f("card.ki:visa", false)
	f("m:y", true)
	f("m.k:y", true)
	f("m.k.j.x=y", true)
	f("m.k.j=1", true)
	f("m.x=y", false)
	f("flat.key:v", true)
	f("flat:v", true)
	f("flat.k:v", false)
	f("inline:yes", true)
	f("has:card.kind", true)
	f("has:card.brand", false)
	f("has:none", true)
	f("none:null", true)
	f("has:empty", true)
	f(`empty=""`, true)
	f(`path=""`, false)
	f("has:m.e", true)
	f("has:gone", false)
	f("has:level", true)
	f("has:attrs", true)
	f("attrs:visa", true)
	f("attrs=yes", true)
	f("attrs:declined", false)
	f("user_id:*", true)
	f("-has:user_id", false)
	f("has:nothing", false)

	f("host:web", true)
	f("host:web-1", true)
	f("host=web-1", true)
	f("host=web", false)
	f("host:db-1", true) // an attr of that name as well
	f("attrs.host:web-1", false)
	f("attrs.host:db-1", true)
	f("attrs.level:gold", true)
	f("message:declined", true)
	f("message:visa", false)
	f("exception:ValueError", true)
	f("exception.type=valueerror", true)
	f("exception.message:x", false)
	f("traceback:traceback", true)
	f("has:traceback", true)
	f("has:stack", false)
	f("source:charge", true)
	f("function=charge", true)
	f("file:pay.py", true)
	f("line=81", true)
	f("line>=80 line<82", true)
	f("pid:4242", true)
	f("process.pid:4242", true)
	f("process:MainProcess", true)
	f("thread:7 thread.name:thread-1 task:task-1", true)
	f("peer:127.0.0.1", true)
	f("levelno=33 levelname:alert", true)
	f("trace_id:4b000000000000000000000000000036", true)
	f("trace_id=4B000000000000000000000000000036", true)
	f("4b000000000000000000000000000036", true)
	f("00000000000000b7", true)
	f("trace_id:4b*", true)
	f("trace_id:4b", false)
	f("4b0*", true)
	f("span_id:/b7$/", true)
	f("span_id:4b000000000000000000000000000036", false)
	f("trace_flags:01", true)
	f("has:trace_id has:span_id has:time has:received has:logger has:source has:process has:thread has:exception", true)

	f("level:warning", true)
	f("level=warning", false)
	f("level=warning+1", true)
	f("level:info", false)
	f("level!=warning", true)
	f("level>=warning level<error level>info level<=WARNING+1", true)
	f("level:35 OR level:critical OR level:debug", false)
	f("logger:shop", true)
	f("logger:Shop.Pay", true)
	f("logger:sho", false)
	f("logger:shop.p", false)
	f("logger:pay", false)
	f("logger:shop.pay.x", false)
	f("logger:=shop", false)
	f("logger:=shop.pay", true)
	f("logger!=shop.pay", false)
	f("logger:*.pay", true)
	f("logger:s*p", true)
	f("logger=s*p", false)
	f("logger:/p.y$/", true)
}

func TestNumbers(t *testing.T) {
	r := &record.Record{Attrs: []slog.Attr{
		slog.Int("i", 42), slog.Int("neg", -7), slog.Uint64("u", math.MaxUint64), slog.Float64("f", 0.25), slog.Float64("whole", 5), slog.Float64("large", 1e21),
		slog.Any("big", json.Number("36893488147419103232")), slog.String("text", "500"), slog.String("version", "1.10.3"), slog.Duration("d", 1500*time.Millisecond),
		slog.Any("nan", math.NaN()), slog.Float64("zero", math.Copysign(0, -1)), slog.Time("at", time.Date(2026, 11, 22, 10, 0, 0, 5e8, time.UTC)), slog.Bool("b", true)}}
	f := matches(t, r)
	f("i=42 i:42 i=42.0 i=4.2e1", true)
	f("i:4*", true)
	f("i:4", false)
	f("i:*2", true)
	f("i:*3", false)
	f("i:/^4/", true)
	f("i>41.5 i<42.5 i>=42 i<=42", true)
	f("i>42 OR i<42", false)
	f("neg<-6.5 neg>-8", true)
	f("u=18446744073709551615", true)
	f("u>9223372036854775807 u<18446744073709551616 u>1e18", true)
	f("f=0.25 f:0.25 f>0.2", true)
	f("f:25", false) // the whole number, not a part of its text
	f("f:0.2*", true)
	f("whole=5", true)
	f("whole:5", true)
	f("large=1e21 large=1000000000000000000000", true)
	f("large=1000000000000000000001", false)
	f("large<1000000000000000000001", true)
	f("big=36893488147419103232 big>18446744073709551615", true)
	f("big=36893488147419103233", false)
	f("big=36893488147419103232.0", true)
	f("text>=500 text<501 text=500", true)
	f("text>5000", false)
	f("version>1", false) // no number
	f("version>1.10.2x version<=1.10.3x", true)
	f("d>1s d<=1.5s", true)
	f("d=1500000000", true)
	f("nan:nan", true)
	f("nan>0 OR nan<0", false)
	f("zero=0", true)
	f("at>=2026-11-22T10:00 at<2026-11-22T10:01", true)
	f("at:2026-11-22*", true)
	f("b:true b=TRUE b:t*", true)
	f("b:false OR b:1", false)
}

func TestTimes(t *testing.T) {
	at := func(s string) *record.Record {
		v, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return &record.Record{Time: v, Received: v.Add(time.Minute)}
	}
	// now is 10:41:41 in a zone an hour before UTC.
	f := matches(t, at("2026-11-22T09:30:00Z"))
	f("since:-15m", true)
	f("since:-5m", false)
	f("until:-5m", true)
	f("since:10:30 until:10:31", true)
	f("since:10:30:01", false)
	f("until:10:30", false) // up to that moment, not with it
	f("since:11:00 until:10:00", false)
	f("since:11:00", true) // yesterday's
	f("since:2026-11-22T09:30:00Z", true)
	f("since:2026-11-22T10:30:00+01:00 until:2026-11-22T10:30:00.000000001+01:00", true)
	f("since:2026-11-22 until:2026-11-22", true) // a day is meant whole
	f("until:2026-11-21", false)
	f("time:today", true)
	f("time:yesterday", false)
	f("time!=today", false)
	f("time>=2026-11-22T10:30 time<=2026-11-22T10:30", true)
	f("time>2026-11-22T10:30 OR time<2026-11-22T10:30", false)
	f("time>2026-11-22", false)
	f("time<=2026-11-22", true)
	f("received>=10:31", true)
	f("received<10:31", false)
	f("time:* received:*", true)
	f("time!=*", false)

	f = matches(t, &record.Record{})
	f("since:2000-01-01", false) // a time that is not known is neither before nor after
	f("until:2100-01-01", false)
	f("-since:2000-01-01", true)
	f("has:time OR has:received", false)
}

// No record makes Match panic, whatever its values do.
func TestAwkwardRecords(t *testing.T) {
	filters := []string{"x", "bottom", "attrs:x", "d.d.d.d:bottom", "has:d.d.d", "panics:x", "err:x OR chan:x OR has:nil", "list:x list.k:x", "attrs>5", "/x/", "*x", "line<5 pid:x", "level>=critical", "function:x"}
	for _, r := range handlertest.Awkward() {
		for _, text := range filters {
			f := parse(t, text)
			f.Match(&r)
			x := filter.Index{Term: func([]byte) {}, Attr: func(_, _ []byte) {}}
			x.Add(&r)
		}
	}
	f := matches(t, &handlertest.Awkward()[6])
	f("list=x", true)
	f("x list=1", true)
	f("list.k:*", true)
}

// endless is in the group that it is.
type endless struct{}

func (endless) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("a", endless{}), slog.Any("b", endless{}))
}

// What is nested deep, or contains itself several times, costs neither the stack nor for ever.
func TestDeepRecords(t *testing.T) {
	group, list := slog.StringValue("bottom"), any("bottom")
	for range 100_000 {
		group = slog.GroupValue(slog.Attr{Key: "g", Value: group})
		list = []any{list}
	}
	inlined := slog.StringValue("bottom")
	for range 100_000 {
		inlined = slog.GroupValue(slog.Attr{Value: inlined})
	}
	itself, mapping, members := make([]any, 3), map[string]any{}, make([]slog.Attr, 3)
	for i := range itself {
		mapping["a"], mapping["b"], itself[i] = itself, mapping, mapping
		members[i] = slog.Attr{Key: "g", Value: slog.GroupValue(members...)}
	}
	x := filter.Index{Term: func([]byte) {}, Attr: func(_, _ []byte) {}}
	for _, v := range []slog.Value{group, slog.AnyValue(list), inlined, slog.AnyValue(itself), slog.GroupValue(members...), slog.AnyValue(endless{})} {
		r := &record.Record{Attrs: []slog.Attr{{Key: "v", Value: v}}}
		f := matches(t, r)
		f("bottom", false)
		f("v:bottom", false)
		f("v.g.g:bottom", false)
		f("v.a.b.a.b>5", false)
		f("has:v.x", false)
		x.Add(r)
	}
}

// A literal is found where a search in the plainest way finds it, in texts longer than what is
// searched at a time too.
func TestLongTexts(t *testing.T) {
	pad := strings.Repeat("qQ x_ ÄÖ 接 ", 60)
	for n := range 40 {
		text := pad[:len(pad)-n] + " Needle in ÄRGER 接続 " + pad
		f := matches(t, &record.Record{Message: strings.ToValidUTF8(text, "")})
		for _, word := range []string{"needle", "*eedle", "need*e", `"needle in"`, "ärger", "är*r", "接続", `"in ärger"`, "*続"} {
			f(word, true)
		}
		for _, word := range []string{"needl", "eedle", "needles", "ärge", "rger", "続接続"} {
			f(word, false)
		}
	}
}

func TestNilAndAll(t *testing.T) {
	var none *filter.Filter
	if !none.Match(typical()) || none.String() != "" {
		t.Error("a nil filter does not match every record")
	}
	both, err := filter.All(parse(t, "refused OR quartz"), nil, parse(t, "level>=error"), parse(t, "a b"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := both.String(), "(refused OR quartz) level>=error a b"; got != want {
		t.Errorf("All: got %s, want %s", got, want)
	}
	if every, err := filter.All(); err != nil || every.String() != "" {
		t.Errorf("All of nothing: got %v, %v", every, err)
	}
}

// What a text and a filter hold decides what is found, not how long it takes: the lengths of both
// multiplied would be ten seconds here and more.
func TestTextsThatRepeatThemselves(t *testing.T) {
	n := 1 << 18
	if race {
		n >>= 4 // what is found is the same
	}
	text := strings.Repeat("-a", 2*n) + "-b ä" + strings.Repeat("äa", n/2) + "äb."
	f := matches(t, &record.Record{Message: text})
	start := time.Now()
	f(`"`+strings.Repeat("-a", 4000)+`-b"`, true)
	f(`"`+strings.Repeat("-a", 4000)+`-c"`, false)
	f(`"`+strings.Repeat("äa", 2000)+`äb"`, false) // it begins within a term
	f("*"+strings.Repeat("äa", 2000)+"äb", true)
	f("a*a*a*a*a*c", false)
	f(`/[^c]{100}c/`, false)
	if took := time.Since(start); took > slow && !race {
		t.Errorf("took %s, want less than %s: it takes a tenth of a second", took, slow)
	}
}

// Regular expressions see the beginning of a long text.
func TestRegexpOfLongText(t *testing.T) {
	f := matches(t, &record.Record{Message: strings.Repeat("ä", filter.MaxRegexpText/2-1) + "x接 y"})
	f("/x/", true)
	f("/y/", false)
	f("y", true)
}
