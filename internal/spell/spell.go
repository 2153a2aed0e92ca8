// Package spell finds the word that was meant, for errors that say "did you mean".
package spell

import (
	"slices"
	"strings"
)

// maxWord bounds the words that are compared, so that a hostile one costs nothing.
const maxWord = 64

// Nearest returns the known word that word is a slip of: the one with the fewest letters added, left
// out, changed or swapped with their neighbour, the first of several. Upper and lower case are one. It
// is empty where every known word takes more such edits than a third of word's letters.
func Nearest(word string, known ...string) string {
	if len(word) > maxWord {
		return ""
	}
	lower := []rune(strings.ToLower(word))
	best, limit := "", len(lower)/3+1
	for _, k := range known {
		if len(k) > maxWord {
			continue
		}
		if d := distance(lower, []rune(strings.ToLower(k))); d < limit {
			best, limit = k, d
		}
	}
	return best
}

// distance is the number of single edits between a and b: an insertion, a deletion, a substitution
// or the swap of two neighbours (optimal string alignment).
func distance(a, b []rune) int {
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, above, row = above, row, before
		row[0] = i + 1
		for j := range b {
			change := above[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, above[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}

// Or joins words as an error lists what would be right: "a, b or c".
func Or(words ...string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		words = slices.Clone(words)
		return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
	}
}
