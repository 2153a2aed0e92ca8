package chunk

import "unicode/utf8"

// The texts of a column are mostly made from a few patterns: "order 67254 took 696 ms" is one of
// "order ‹integer› took ‹integer› ms". What stands for itself is kept once, and the rest by itself, where it
// packs well. What is taken out of a text is always a term as package filter has them: a longest run of letters and
// digits, here of ASCII, with a digit in it. So what is in the pattern and what is not can be searched apart.
//
// In a pattern stand, besides the text itself:
const (
	slotInt    = 0 // for an integer of at most 18 digits, without a zero in front
	slotText   = 1 // for any other term with a digit
	escapeByte = 2 // before a byte of the text that is one of these four
	slotPadded = 3 // and the number of digits, at most 18: for an integer with zeros in front

	maxDigits = 18
	// maxTaken bounds what is taken out of one text. What comes after stays in the pattern.
	maxTaken = 1024
)

const (
	charApart byte = iota
	charLetter
	charDigit
	charOther   // part of a character that is not ASCII
	charEscaped // one of the four
)

var charClass = func() (table [256]byte) {
	for c := range table {
		switch {
		case c <= slotPadded:
			table[c] = charEscaped
		case '0' <= c && c <= '9':
			table[c] = charDigit
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z':
			table[c] = charLetter
		case c >= utf8.RuneSelf:
			table[c] = charOther
		}
	}
	return table
}()

// parsed is a text taken apart.
type parsed struct {
	pattern []byte
	ints    []int64
	texts   []string
	terms   *terms // if set, is given what is taken out
}

// parse appends the pattern of s to an empty p.pattern, and what was taken out to ints and texts.
func (p *parsed) parse(s string) {
	from := 0 // what is not yet in the pattern
	most := len(p.ints) + len(p.texts) + maxTaken
	for i := 0; i < len(s); {
		switch charClass[s[i]] {
		case charLetter, charDigit:
		case charEscaped:
			p.pattern = append(append(p.pattern, s[from:i]...), escapeByte)
			from = i
			i++
			continue
		default:
			i++
			continue
		}
		start, digits := i, 0
		for i < len(s) {
			c := charClass[s[i]]
			if c == charDigit {
				digits++
			} else if c != charLetter {
				break
			}
			i++
		}
		if digits == 0 || len(p.ints)+len(p.texts) >= most || start > 0 && s[start-1] >= utf8.RuneSelf || i < len(s) && s[i] >= utf8.RuneSelf {
			continue
		}
		p.pattern = append(p.pattern, s[from:start]...)
		p.take(s[start:i], digits)
		from = i
	}
	p.pattern = append(p.pattern, s[from:]...)
}

// take puts a slot into the pattern, and the term with those taken out.
func (p *parsed) take(term string, digits int) {
	if p.terms != nil {
		p.terms.term(term)
	}
	if digits < len(term) || digits > maxDigits {
		p.pattern = append(p.pattern, slotText)
		p.texts = append(p.texts, term)
		return
	}
	if term[0] == '0' && digits > 1 {
		p.pattern = append(p.pattern, slotPadded, byte(digits))
	} else {
		p.pattern = append(p.pattern, slotInt)
	}
	n := int64(0)
	for i := range len(term) {
		n = 10*n + int64(term[i]-'0')
	}
	p.ints = append(p.ints, n)
}

// slots returns how many integers and texts a pattern has room for. A pattern that ends within an escape or a
// slot has none of that.
func slots(pattern string) (ints, texts int) {
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case slotInt:
			ints++
		case slotText:
			texts++
		case escapeByte:
			i++
		case slotPadded:
			if i++; i < len(pattern) {
				ints++
			}
		}
	}
	return ints, texts
}

// appendPadded appends a number with at least so many digits.
func appendPadded(dst []byte, n int64, digits int) []byte {
	var buf [20]byte
	at := len(buf)
	u := uint64(n)
	for at > 0 && (u > 0 || at > len(buf)-max(digits, 1)) {
		at--
		buf[at] = byte('0' + u%10)
		u /= 10
	}
	return append(dst, buf[at:]...)
}
