package chunk

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/record"
)

func TestInts(t *testing.T) {
	f := func(v ...int64) {
		t.Helper()
		b := appendInts(nil, v)
		r := reader{b: b}
		got := r.ints(nil, len(v))
		if err := r.end(); err != nil || !slices.Equal(got, v) {
			t.Errorf("%d integers: got %v, %v, want %v", len(v), got, err, v)
		}
	}
	f()
	f(0)
	f(-1)
	f(math.MinInt64, math.MaxInt64, 0, -1, math.MinInt64)
	f(5, 5, 5, 5)
	g := rand.New(rand.NewPCG(1, 1))
	for width := range 64 {
		for _, n := range []int{1, 7, 8, 127, 128, 129, 300} {
			plain, rising := make([]int64, n), make([]int64, n)
			sum := int64(g.Uint64())
			for i := range plain {
				plain[i] = int64(g.Uint64()>>width) - 1<<62>>width
				sum += int64(g.Uint64() >> width)
				rising[i] = sum
			}
			f(plain...)
			f(rising...)
		}
	}
}

// Numbers take as many bits as they need, and rising ones as many as their steps.
func TestIntsAreSmall(t *testing.T) {
	f := func(what string, most int, v func(i int) int64) {
		t.Helper()
		all := make([]int64, 1024)
		for i := range all {
			all[i] = v(i)
		}
		if n := len(appendInts(nil, all)); n > most {
			t.Errorf("1024 integers, %s: got %d bytes, want at most %d", what, n, most)
		}
	}
	f("all the same", 1+8*3, func(int) int64 { return 77 })
	f("of ten bits", 1280+1+8*3, func(i int) int64 { return int64(i * 7919 % 1024) })
	f("that rise by one", 1+2+8*3, func(i int) int64 { return 1_700_000_000_000_000_000 + int64(i) })
}

func TestTimes(t *testing.T) {
	f := func(v ...int64) {
		t.Helper()
		r := reader{b: appendTimes(nil, v)}
		got := r.times(len(v))
		if err := r.end(); err != nil || !slices.Equal(got, v) {
			t.Errorf("got %v, %v, want %v", got, err, v)
		}
	}
	f()
	f(0)
	f(1_700_000_000_000_001_000, 1_700_000_000_000_002_000, 1_699_999_999_999_999_000)
	f(1_700_000_000_000_000_001, 1_700_000_000_000_002_000)
	f(store.NoMoment, math.MaxInt64, 0, 5_000)
	f(0, 1_000_000_000, -3_000_000_000)
}

func TestCodes(t *testing.T) {
	for _, kinds := range []int{1, 2, 255, 256, 257, 65535, 65536} {
		codes := []uint32{0, uint32(kinds - 1), uint32(kinds / 2), 0}
		b := appendCodes(nil, codes, kinds)
		r := reader{b: b}
		got := r.codes(len(codes), kinds)
		if err := r.end(); err != nil || !slices.Equal(got, codes) {
			t.Errorf("codes of %d: got %v, %v, want %v", kinds, got, err, codes)
		}
	}
	r := reader{b: []byte{0, 3}}
	if r.codes(2, 3); r.err == nil {
		t.Error("code 3 of 3: got no error")
	}
}

func TestPattern(t *testing.T) {
	f := func(text, pattern string, ints []int64, texts ...string) {
		t.Helper()
		var p parsed
		p.parse(text)
		if string(p.pattern) != pattern || !slices.Equal(p.ints, ints) || !slices.Equal(p.texts, texts) {
			t.Errorf("%q: got %q, %v, %q, want %q, %v, %q", text, p.pattern, p.ints, p.texts, pattern, ints, texts)
		}
		if ints, texts := slots(pattern); ints != len(p.ints) || texts != len(p.texts) {
			t.Errorf("slots of %q: got %d and %d, want %d and %d", pattern, ints, texts, len(p.ints), len(p.texts))
		}
		ends := []int64{}
		var all strings.Builder
		for _, s := range p.texts {
			all.WriteString(s)
			ends = append(ends, int64(all.Len()))
		}
		k := taken{ints: p.ints, texts: all.String(), ends: ends}
		if got := string(k.fill(nil, pattern, 0, 0, 1)); got != text {
			t.Errorf("%q: got %q back", text, got)
		}
	}
	f("", "", nil)
	f("no digit here", "no digit here", nil)
	f("order 67254 took 696 ms", "order \x00 took \x00 ms", []int64{67254, 696})
	f("7", "\x00", []int64{7})
	f("0 00 007 10.03", "\x00 \x03\x02 \x03\x03 \x00.\x03\x02", []int64{0, 0, 7, 10, 3})
	f("id=3fa9 0x7F v2", "id=\x01 \x01 \x01", nil, "3fa9", "0x7F", "v2")
	f("a5é é5 5", "a5é é5 \x00", []int64{5})
	f("999999999999999999 1999999999999999999", "\x00 \x01", []int64{999999999999999999}, "1999999999999999999")
	f("\x00\x01\x02\x03 5", "\x02\x00\x02\x01\x02\x02\x02\x03 \x00", []int64{5})
	f("user_42", "user_\x00", []int64{42})
}

// Of a text with a great many numbers not all are taken out.
func TestPatternIsBounded(t *testing.T) {
	text := []byte("1")
	for range 5000 {
		text = append(text, " 22 a3"...)
	}
	var p parsed
	p.parse(string(text))
	if n := len(p.ints) + len(p.texts); n != maxTaken {
		t.Errorf("taken out: got %d, want %d", n, maxTaken)
	}
}

func TestSummary(t *testing.T) {
	s := Numbered{
		Summary: Summary{
			Records: 9, From: -5, To: math.MaxInt64, First: record.ID{Sequence: 1}, Last: record.ID{Epoch: math.MaxUint64, Sequence: 7, Index: math.MaxUint32},
			Minutes: []Minute{{Minute: -3, Levels: [5]uint64{1, 2}}, {Minute: 29_000_000, Levels: [5]uint64{4: 6}}},
		},
		Lots: 12, Pairs: []NumberedPair{{Number: 0, Records: 4}, {Number: 900, Records: 5}},
	}
	b := s.Append([]byte("before"))[len("before"):]
	got, err := ReadSummary(b)
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Append(nil)) != string(b) || got.To != s.To || got.Last != s.Last || got.Minutes[1] != s.Minutes[1] || got.Pairs[1] != s.Pairs[1] {
		t.Errorf("got %+v, want %+v", got, s)
	}
	for i := range b {
		b[i] ^= 0x10
		if _, err := ReadSummary(b); err == nil {
			t.Errorf("byte %d changed: got no error", i)
		}
		b[i] ^= 0x10
	}
}

func TestMinuteOf(t *testing.T) {
	f := func(moment, want int64, known bool) {
		t.Helper()
		if got, ok := MinuteOf(moment); got != want || ok != known {
			t.Errorf("%d: got %d, %v, want %d, %v", moment, got, ok, want, known)
		}
	}
	f(0, 0, true)
	f(59_999_999_999, 0, true)
	f(60_000_000_000, 1, true)
	f(-1, -1, true)
	f(-60_000_000_000, -1, true)
	f(-60_000_000_001, -2, true)
	if _, ok := MinuteOf(store.NoMoment); ok {
		t.Error("no moment: got a minute")
	}
}

// The hashes are written, so that they stay what they are.
func TestHashes(t *testing.T) {
	f := func(got, want uint64) {
		t.Helper()
		if got != want {
			t.Errorf("got %#x, want %#x", got, want)
		}
	}
	f(hashTerm(""), 0x40cb93986bc96f93)
	f(hashTerm("refused"), 0x8a04ae7ce5c139b)
	f(hashTerm([]byte("connection")), 0xbd4ae91673e91049)
	f(hashTerm("a term of more than sixteen bytes"), 0xd8aed93ca11159f1)
	f(hashAttr("user_id", "42"), 0xa1000ea695983634)
}
