package filter

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// characters are those of Unicode, less the planes in which none is assigned.
func characters(yield func(rune) bool) {
	for r := range unicode.MaxRune + 1 {
		if (r < 0x34000 || r >= 0xe0000) && (r < 0xe1000 || r >= 0x10fff0) && !yield(r) {
			return
		}
	}
}

// Folding is a choice of one from all characters that differ by case, and changes no class: an index
// that folds terms, and a search that folds characters, must not disagree.
func TestFold(t *testing.T) {
	orbits := map[rune]rune{}
	for r := range characters {
		f := fold(r)
		if fold(f) != f {
			t.Errorf("%U: folded to %U, and that to %U", r, f, fold(f))
		}
		if (f < utf8.RuneSelf) != (r < utf8.RuneSelf) {
			t.Errorf("%U: folded to %U, want both ASCII or neither", r, f)
		}
		if classOf(f) != classOf(r) {
			t.Errorf("%U: class %d, folded %d", r, classOf(r), classOf(f))
		}
		least := r
		for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
			if (o < utf8.RuneSelf) == (r < utf8.RuneSelf) {
				least = min(least, o)
			}
		}
		if got, ok := orbits[least]; ok && got != f {
			t.Errorf("%U: folded to %U, want %U as another of its kind", r, f, got)
		}
		orbits[least] = f
	}
	kinds := map[rune]int{}
	for _, f := range orbits {
		if kinds[f]++; kinds[f] > 1 {
			t.Errorf("%U: stands for characters that differ by more than case", f)
		}
	}
	for _, r := range "aZ9äÄßẞσςΣжЖ接ア한" {
		for _, u := range unfolded(fold(r)) {
			if first, _ := utf8.DecodeRuneInString(u); fold(first) != fold(r) {
				t.Errorf("unfolded %c: %s does not fold to it", r, u)
			}
		}
		if !slices.Contains(unfolded(fold(r)), string(r)) && r >= utf8.RuneSelf {
			t.Errorf("unfolded %c: got %q, want itself among them", r, unfolded(fold(r)))
		}
	}
}

// The classes are those of the tables, whatever short cuts there are.
func TestClass(t *testing.T) {
	for r := range characters {
		want := apart
		if unicode.In(r, unicode.L, unicode.M, unicode.N) {
			want = joined
			if unicode.In(r, unspaced...) {
				want = single
			}
		}
		if got := classOf(r); got != want {
			t.Errorf("%U: got class %d, want %d", r, got, want)
		}
	}
}

func TestCutTerm(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		var got []string
		buf := make([]byte, 0, MaxTerm)
		for rest := text; ; {
			term, after, ok := CutTerm(buf, rest)
			if !ok {
				break
			}
			got, rest = append(got, string(term)), after
		}
		if !slices.Equal(got, want) {
			t.Errorf("terms of %q: got %q, want %q", text, got, want)
		}
	}
	f("")
	f(" .-_/ \x00\xff")
	f("Connection refused", "connection", "refused")
	f("user_id=42, TimeoutError", "user", "id", "42", "timeouterror")
	f("10.0.0.7:5432", "10", "0", "0", "7", "5432")
	f("a\xffb", "a", "b")
	f("ÄRGER straße", "ärger", "straße")
	f("サーバー接続x", "サ", "ー", "バ", "ー", "接", "続", "x")
	f("한국어 로그", "한국어", "로그")
	f("cafe\u0301", "cafe\u0301")
	long := strings.Repeat("ab", MaxTerm)
	f(long+" x", long[:MaxTerm], "x")
	f(strings.Repeat("ä", MaxTerm), strings.Repeat("ä", MaxTerm/2))
	f("x"+strings.Repeat("ä", MaxTerm), "x"+strings.Repeat("ä", MaxTerm/2-1))
}

func TestCompareNumbers(t *testing.T) {
	texts := []string{"0", "-0", "1", "-1", "42", "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"18446744073709551615", "18446744073709551616", "36893488147419103232", "36893488147419103233", "-36893488147419103233", "100000000000000000000000",
		"0.5", "-0.5", "42.0", "42.5", "9007199254740992.0", "9223372036854775808.0", "18446744073709551616.0", "36893488147419103232.0", "1e21", "1e300", "-1e300", "5e-324", "-0.0"}
	for _, a := range texts {
		for _, b := range texts {
			x, ok := parseNumber(a)
			y, also := parseNumber(b)
			if !ok || !also {
				t.Fatalf("%s or %s is no number", a, b)
			}
			if got, want := compareNumbers(x, y), exact(a).Cmp(exact(b)); got != want {
				t.Errorf("%s and %s: got %d, want %d", a, b, got, want)
			}
			if compareNumbers(x, y) != 0 {
				continue
			}
			if text := string(y.append(nil)); b != "-0" && !slices.Contains(x.forms(), text) {
				t.Errorf("forms of %s: got %q, want %s among them", a, x.forms(), text)
			}
		}
	}
	for _, s := range []string{"", "-", "01", "1.", ".5", "1e", "+1", "0x1", "1_000", "Inf", "NaN", "1 ", "1e400", "--1", "1.2.3"} {
		if n, ok := parseNumber(s); ok {
			t.Errorf("%q: got %+v, want no number", s, n)
		}
	}
}

// exact is the number that a text stands for in a record: one with a point is the float nearest to
// it.
func exact(s string) *big.Rat {
	if strings.ContainsAny(s, ".e") {
		f, _, _ := big.ParseFloat(s, 10, 53, big.ToNearestEven)
		f64, _ := f.Float64()
		return new(big.Rat).SetFloat64(f64)
	}
	r, _ := new(big.Rat).SetString(s)
	return r
}

// A literal is where the plainest search finds it.
func TestIndex(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	alphabet := []string{"a", "A", "b", "é", "É", "ß", "ẞ", "接", " ", ".", "\u212a", "k", "\xff"}
	text := func(n int) string {
		var b strings.Builder
		for range r.IntN(n) {
			b.WriteString(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	for range 20_000 {
		s, look := strings.Repeat(text(8), 1+r.IntN(40)), strings.ToValidUTF8(text(4), "")
		if look == "" {
			continue
		}
		l, e := newLiteral(look), edges{r.IntN(2) == 0, r.IntN(2) == 0}
		from := r.IntN(len(s) + 1)
		for from < len(s) && !utf8.RuneStart(s[from]) {
			from++
		}
		start, end := l.index(s, from, e)
		steadyStart, steadyEnd := newSteady(l.text).index(s, from, edges{e.left && l.joinedStart, e.right && l.joinedEnd})
		wantStart, wantEnd := -1, -1
		for i := from; i < len(s) && wantStart < 0; i++ {
			if n := prefixLen(s[i:], l.text); n >= 0 && utf8.RuneStart(s[i]) &&
				!(e.left && joinedAt(l.text, 0) && joinedBefore(s, i)) && !(e.right && joinedBefore(l.text, len(l.text)) && joinedAt(s, i+n)) {
				wantStart, wantEnd = i, i+n
			}
		}
		if start != wantStart || end != wantEnd {
			t.Fatalf("%q in %q from %d, edges %v: got %d to %d, want %d to %d", look, s, from, e, start, end, wantStart, wantEnd)
		}
		if steadyStart != wantStart || steadyEnd != wantEnd {
			t.Fatalf("%q in %q from %d, edges %v, steadily: got %d to %d, want %d to %d", look, s, from, e, steadyStart, steadyEnd, wantStart, wantEnd)
		}
	}
}
