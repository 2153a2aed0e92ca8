package form

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

func TestDecode(t *testing.T) {
	f := func(form, want string) {
		t.Helper()
		r := decode(t, form)
		if got := string(record.AppendJSON(nil, &r)); got != want {
			t.Errorf("Decode(%s):\ngot  %s\nwant %s", form, got, want)
		}
	}
	f("msg=hello", `{"level":"INFO","message":"hello"}`)
	f("&&msg=a%2Bb+c%3d%26&&x&=y&", `{"level":"INFO","message":"a+b c=&","attrs":{"x":"","":"y"}}`)
	f("message=said&levelname=ERROR&name=shop", `{"level":"ERROR","logger":"shop","message":"said"}`)
	f("msg=%FF%ed%b3%bf%e2%82", `{"level":"INFO","message":"`+"\ufffd"+`\udcff`+"\ufffd\ufffd"+`"}`)
	f("msg=m&created=1700000000.123456&levelno=22", `{"time":"2023-11-14T22:13:20.123456000Z","level":"INFO+1","message":"m","levelno":22}`)
	f("msg=m&created=soon&levelno=high&lineno=-&thread=x", `{"level":"INFO","message":"m","attrs":{"created":"soon","levelno":"high","lineno":"-","thread":"x"}}`)
	f("msg=None&name=None&args=None&message=None", `{"level":"INFO","logger":"None","message":"None"}`)

	// Arguments that cannot be put in are kept, and so is the template.
	f("msg=%25s&args=%28x%2C%29", `{"level":"INFO","message":"%s","attrs":{"args":"(x,)"}}`)
	f("msg=%25s&args=%281%2C+2%29", `{"level":"INFO","message":"%s","attrs":{"args":"(1, 2)"}}`)
	f("msg=%25s&args=%28x%2C%29&message=an+x", `{"level":"INFO","message":"an x","attrs":{"args":"(x,)","msg":"%s"}}`)
	f("msg=%25s&args=%281%2C%29&message=two", `{"level":"INFO","message":"two","attrs":{"args":"(1,)","msg":"%s"}}`)
	f("message=m&args=%281%2C%29", `{"level":"INFO","message":"m","attrs":{"args":"(1,)"}}`)

	// Exceptions.
	f("msg=m&exc_info=%28%3Cclass+%27ValueError%27%3E%2C+ValueError%28%29%2C+None%29", `{"level":"INFO","message":"m","exception":{"type":"ValueError"}}`)
	f("msg=m&exc_info=%28%3Cclass+%27OSError%27%3E%2C+OSError%282%2C+%27x%27%29%2C+None%29", `{"level":"INFO","message":"m","attrs":{"exc_info":"OSError(2, 'x')"},"exception":{"type":"OSError"}}`)
	f("msg=m&exc_info=True", `{"level":"INFO","message":"m","attrs":{"exc_info":"True"}}`)
	f("msg=m&exc_info=%28%3Cclass+%27E%27%3E%2C+E%28%29%2C+x%29", `{"level":"INFO","message":"m","attrs":{"exc_info":"(<class 'E'>, E(), x)"}}`)
}

func TestReject(t *testing.T) {
	f := func(form, want string) {
		t.Helper()
		var r record.Record
		if err := new(Decoder).Decode([]byte(form), &r); err == nil || err.Error() != want {
			t.Errorf("Decode(%s): got %v, want %s", form, err, want)
		}
	}
	f("msg=a&x=%4", `form: byte 8: got "%4", want a % and two hexadecimal digits`)
	f("%zz=1", `form: byte 0: got "%zz", want a % and two hexadecimal digits`)
	f("name=x", "form: "+logrecord.ErrNoMessage.Error())
	f("", "form: "+logrecord.ErrNoMessage.Error())
	var r record.Record
	if err := NewDecoder(Limits{Pairs: 3}).Decode([]byte("msg=a&b&c&d"), &r); err == nil || !strings.Contains(err.Error(), "more than 3 keys") {
		t.Errorf("too many keys: got %v", err)
	}
	if err := new(Decoder).Decode([]byte(strings.Repeat("k&", 1<<20)), &r); err == nil {
		t.Error("a million keys: got nil, want an error")
	}
}

// Arguments make a message little longer than they are, and little work, whatever the template asks for.
func TestGrowth(t *testing.T) {
	f := func(msg, args string) {
		t.Helper()
		form := "msg=" + strings.ReplaceAll(msg, "%", "%25") + "&args=" + args
		if r := decode(t, form); len(r.Message) > 2*len(form)+maxGrowth || r.Attrs == nil {
			t.Errorf("%.40s with %.40s: got a message of %d bytes and attrs %.40v, want it left alone", msg, args, len(r.Message), r.Attrs)
		}
	}
	f(strings.Repeat("%(a)s", 10_000), "{'a': '"+strings.Repeat("x", 10_000)+"'}")
	f(strings.Repeat("%(a).0a", 100_000), "{'a': '"+strings.Repeat("x", 100_000)+"'}")
	f("%999999999d", "(1,)")
	f("%*d", "(999999999, 1)")
	f("%.999999999f", "(1.0,)")
	f("%d", "(1e308, "+strings.Repeat("9", 100_000)+")")
	f("%d", "("+strings.Repeat("9", 100_000)+",)")
	f(strings.Repeat("%(a)e", 1000), "{'a': 0."+strings.Repeat("0", 1000)+"}")
	f(strings.Repeat("%(a)e", 1000), "{'a': 1e-"+strings.Repeat("0", 1000)+"}")
	f(strings.Repeat("%(a)d", 1000), "{'a': -"+strings.Repeat("0", 1000)+"}")
	f(strings.Repeat("%s", 10_001), "("+strings.Repeat("1, ", 10_000)+"1)")
	var keys strings.Builder
	for i := range 10_001 {
		fmt.Fprintf(&keys, "'%d': 1, ", i)
	}
	f("%(0)s", "{"+strings.TrimSuffix(keys.String(), ", ")+"}")
	f("%s", strings.Repeat("(", 100_000)+strings.Repeat(",)", 100_000))
}

func FuzzDecode(f *testing.F) {
	for _, c := range goldenCases(f) {
		f.Add([]byte(c[0]))
	}
	f.Add([]byte("msg=%25*.*f&args=(-5, 2, 1.5)&exc_info=(<class 'E'>, E(b'\\x00'), None)"))
	f.Add([]byte("msg=%25(a(b))+08d&args={'a(b)': -5, 'c': {1, 'x'}, 'd': frozenset({1}), 'e': set()}"))
	d := new(Decoder)
	f.Fuzz(func(t *testing.T, form []byte) {
		before := string(form)
		var r, again record.Record
		err := d.Decode(form, &r)
		if string(form) != before {
			t.Fatal("the form was changed")
		}
		if _, ok := errors.AsType[*Error](err); err != nil && !ok && !errors.Is(err, logrecord.ErrNoMessage) {
			t.Fatalf("got error %v", err)
		}
		if err != nil {
			return
		}
		if len(r.Message) > 3*(2*len(form)+maxGrowth) {
			t.Fatalf("got a message of %d bytes of a form of %d", len(r.Message), len(form))
		}
		want := string(record.AppendJSON(nil, &r))
		if err := new(Decoder).Decode(form, &again); err != nil || string(record.AppendJSON(nil, &again)) != want {
			t.Fatalf("by another decoder: got %s, %v, want %s", record.AppendJSON(nil, &again), err, want)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	form := []byte(goldenCases(b)[1][0])
	d, r := new(Decoder), new(record.Record)
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Decode(form, r); err != nil {
			b.Fatal(err)
		}
	}
}
