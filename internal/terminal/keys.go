package terminal

import "unicode/utf8"

// controls are the keys of control characters.
var controls = map[byte]Key{
	'\r': Enter, '\n': Enter, 0x7f: Backspace, '\b': Backspace, 0x15: KillLine, 0x17: KillWord, 0x0c: Redraw,
	0x01: Home, 0x05: End, 0x02: Left, 0x06: Right, 0x04: EndOfInput,
}

// sequences are the keys of what terminals send behind an escape.
var sequences = map[string]Key{
	"[D": Left, "OD": Left, "[C": Right, "OC": Right, "[H": Home, "OH": Home, "[1~": Home, "[F": End, "OF": End, "[4~": End, "[3~": Delete,
}

// parseKeys calls f with the keys that a terminal sent at once. An escape that nothing stands behind is the key; what
// is not known is left out.
func parseKeys(sent []byte, f func(Key)) {
	for len(sent) > 0 {
		c := sent[0]
		if c == 0x1b {
			n := sequenceLen(sent[1:])
			if n == 0 {
				f(Escape)
			} else if k, ok := sequences[string(sent[1:1+n])]; ok {
				f(k)
			}
			sent = sent[1+n:]
			continue
		}
		if k, ok := controls[c]; ok {
			f(k)
			sent = sent[1:]
			continue
		}
		r, n := utf8.DecodeRune(sent)
		if r >= ' ' && (r != utf8.RuneError || n > 1) {
			f(Key(r))
		}
		sent = sent[n:]
	}
}

// sequenceLen returns how long the sequence behind an escape is, zero if there is none.
func sequenceLen(s []byte) int {
	switch {
	case len(s) >= 2 && s[0] == 'O':
		return 2
	case len(s) < 2 || s[0] != '[':
		return 0
	}
	for i, c := range s[1:] {
		if c >= 0x40 && c <= 0x7e {
			return i + 2
		}
	}
	return len(s)
}
