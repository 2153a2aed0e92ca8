package web

import (
	"strings"
	"unicode/utf8"
)

const (
	// maxTemplate bounds how much of a message's first line is looked at, in bytes and in words.
	maxTemplate = 300
	maxWords    = 40
	// maxQuoted bounds what is taken for a quoted value, in bytes.
	maxQuoted = 200

	// varies stands in a template for what differs within a word, variesQuoted for what does between quotes.
	varies       = '\x00'
	variesQuoted = '\x01'
)

// template is what messages have in common: the words of their first line, in which numbers, hashes, ids and quoted values
// are marks.
type template struct {
	words []string
	// more says that the messages go on behind the words.
	more bool
}

// templateOf returns the template of a message.
func templateOf(message string) template {
	line, _, more := strings.Cut(message, "\n")
	if more {
		line = strings.TrimSuffix(line, "\r")
	}
	if len(line) > maxTemplate {
		line, more = line[:maxTemplate], true
		for len(line) > 0 && !utf8.RuneStart(message[len(line)]) {
			line = line[:len(line)-1]
		}
		if i := strings.LastIndexByte(line, ' '); i > 0 {
			line = line[:i] // no part of a word
		}
	}
	words := strings.Split(maskQuoted(line), " ")
	if len(words) > maxWords {
		words, more = words[:maxWords], true
	}
	for i, w := range words {
		words[i] = maskWord(w)
	}
	return template{words, more}
}

// clone returns a copy that does not hold on to the message.
func (t *template) clone() template {
	words := make([]string, len(t.words))
	for i, w := range t.words {
		words[i] = strings.Clone(w)
	}
	return template{words, t.more}
}

// key tells templates apart.
func (t *template) key() string {
	key := strings.Join(t.words, " ")
	if t.more {
		key += "\n"
	}
	return key
}

// String returns the template with a star for each thing that varies.
func (t *template) String() string {
	text := strings.NewReplacer(string(varies), "*", string(variesQuoted), "*").Replace(strings.Join(t.words, " "))
	if t.more {
		text += " …"
	}
	return text
}

// joins reports whether the other one says the same but for some words: at least half of them are equal.
func (t *template) joins(o *template) bool {
	if len(t.words) != len(o.words) || t.more != o.more {
		return false
	}
	equal, plain := 0, 0
	for i, w := range t.words {
		if w == o.words[i] {
			equal++
			if strings.IndexFunc(w, func(r rune) bool { return r != varies && r != variesQuoted }) >= 0 {
				plain++
			}
		}
	}
	return plain > 0 && 2*equal >= len(t.words)
}

// join makes marks of the words that differ.
func (t *template) join(o *template) {
	for i, w := range o.words {
		if before := t.words[i]; before != w {
			t.words[i] = string(varies)
			if strings.ContainsRune(before+w, variesQuoted) {
				t.words[i] = string(variesQuoted)
			}
		}
	}
}

// maskQuoted puts a mark in the place of values between quotes: those that begin and end where a word does.
func maskQuoted(s string) string {
	if !strings.ContainsAny(s, `"'`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteByte(s[i])
		if s[i] != '"' && s[i] != '\'' || i > 0 && !strings.ContainsRune(" =(:[{,", rune(s[i-1])) {
			continue
		}
		if n := quotedLength(s[i+1:], s[i]); n > 0 {
			b.WriteRune(variesQuoted)
			b.WriteByte(s[i])
			i += n + 1
		}
	}
	return b.String()
}

// quotedLength returns how long the value is that a quote ends, 0 where none does.
func quotedLength(s string, quote byte) int {
	for i := 0; i < len(s) && i <= maxQuoted; i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == quote && (i+1 == len(s) || strings.IndexByte(" ,.;:)]}", s[i+1]) >= 0):
			return i
		}
	}
	return 0
}

// maskWord puts marks in the place of what is no word of a language: numbers with the signs in them, hashes and ids.
func maskWord(s string) string {
	if isAddress(s) {
		return string(varies)
	}
	if !strings.ContainsAny(s, "0123456789") {
		return s
	}
	b := make([]byte, 0, len(s))
	mark := func() {
		if len(b) == 0 || b[len(b)-1] != varies {
			b = append(b, varies)
		}
	}
	for i := 0; i < len(s); {
		n, uuid := uuidLength(s[i:]), true
		if n == 0 {
			n, uuid = runLength(s[i:]), false
		}
		switch {
		case n == 0:
			if !isInNumber(s, i) {
				b = append(b, s[i])
			}
			n = 1
		case uuid, isID(s[i : i+n]):
			mark()
		default:
			for _, c := range []byte(s[i : i+n]) {
				if isDigit(c) {
					mark()
				} else {
					b = append(b, c)
				}
			}
		}
		i += n
	}
	return string(b)
}

// isAddress reports whether a word is an address of mail.
func isAddress(s string) bool {
	name, host, ok := strings.Cut(s, "@")
	return ok && name != "" && strings.Contains(host, ".") && !strings.ContainsAny(host, "/:=@")
}

// isInNumber reports whether the sign at i is a part of a number, as in -1.5, 10:41:07 and 2026-11-22.
func isInNumber(s string, i int) bool {
	if i+1 >= len(s) || !isDigit(s[i+1]) {
		return false
	}
	if i == 0 {
		return s[0] == '-' || s[0] == '+'
	}
	return isDigit(s[i-1]) && strings.IndexByte(".,:-", s[i]) >= 0
}

// isID reports whether a run of letters and digits varies as a whole: it is a hash, an id, an address.
func isID(run string) bool {
	const hash, id = 6, 16
	hex, digits, changes := true, 0, 0
	for i := range len(run) {
		hex = hex && isHex(run[i])
		if isDigit(run[i]) {
			digits++
		}
		if i > 0 && isDigit(run[i]) != isDigit(run[i-1]) {
			changes++
		}
	}
	return digits > 0 && (hex && len(run) >= hash || len(run) >= id || changes >= 2)
}

// runLength returns how many letters of ASCII and digits s begins with.
func runLength(s string) int {
	n := 0
	for n < len(s) && (isDigit(s[n]) || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z') {
		n++
	}
	return n
}

// uuidLength returns the length of the UUID that s begins with, 0 where it does with none.
func uuidLength(s string) int {
	const length = 36
	if len(s) < length || len(s) > length && runLength(s[length:]) > 0 {
		return 0
	}
	for i := range length {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (s[i] == '-') || !dash && !isHex(s[i]) {
			return 0
		}
	}
	return length
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
