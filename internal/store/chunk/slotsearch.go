package chunk

import (
	"strconv"
	"strings"
)

// inTaken finds rows by the terms that were taken out of their texts.
func (l *leaf) inTaken(t *textColumn, rows func() []int32, found Rows) error {
	k, err := t.slots()
	if err != nil {
		return err
	}
	var matches [][]bool // by pattern, and by place among its texts
	for code := range t.ends {
		p := &k.patterns[code]
		m := l.inSlots(k, p, t.entry(code))
		if m != nil && matches == nil {
			matches = make([][]bool, len(t.ends))
		}
		if m != nil {
			matches[code] = m
		}
	}
	if matches == nil {
		return nil
	}
	var of []int32
	if rows != nil {
		of = rows()
	}
	for i, code := range t.codes {
		if m := matches[code]; m != nil && m[k.ordinal[i]] {
			if of != nil {
				i = int(of[i])
			}
			found.add(i)
		}
	}
	return nil
}

// inSlots returns which texts of a pattern have the word in one of their slots; nil if none has.
func (l *leaf) inSlots(k *taken, p *takenPattern, pattern string) (matches []bool) {
	set := func(j int) {
		if matches == nil {
			matches = make([]bool, p.count)
		}
		matches[j] = true
	}
	value, err := strconv.ParseInt(l.word, 10, 64)
	number := err == nil && len(l.word) <= maxDigits
	padded := number && l.word[0] == '0' && len(l.word) > 1
	i, s := p.ints, p.end
	for at := 0; at < len(pattern); at++ {
		width := 0
		switch pattern[at] {
		case slotText:
			for j := range p.count {
				if strings.EqualFold(k.text(s+j), l.word) {
					set(j)
				}
			}
			s += p.count
			continue
		case escapeByte:
			at++
			continue
		case slotPadded:
			if at++; at == len(pattern) {
				continue
			}
			width = int(pattern[at])
		case slotInt:
		default:
			continue
		}
		if number && (width == 0 && !padded || padded && width == len(l.word)) {
			for j, n := range k.ints[i : i+p.count] {
				if n == value {
					set(j)
				}
			}
		}
		i += p.count
	}
	return matches
}
