package receiver

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
)

// maxTokenFile bounds what is read of a file of tokens.
const maxTokenFile = 1 << 20

// Tokens are the words of which a request must bring one, as "Authorization: Bearer WORD". They are
// safe for use by several goroutines.
type Tokens struct {
	path    string
	current atomic.Pointer[[][sha256.Size]byte]
}

// LoadTokens reads tokens from a file: one a line; what follows a # at the beginning of a line is a comment. A
// [Receiver] that is given them watches the file, as it does with [Certificates].
func LoadTokens(path string) (*Tokens, error) {
	t := &Tokens{path: path}
	if _, err := t.load(); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *Tokens) files() []string { return []string{t.path} }

func (t *Tokens) load() (said string, err error) {
	f, err := os.Open(t.path)
	if err != nil {
		return "", fmt.Errorf("tokens: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxTokenFile+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("tokens: %w", err)
	case len(b) > maxTokenFile:
		return "", fmt.Errorf("tokens: %s is longer than %d bytes", t.path, maxTokenFile)
	}
	var sums [][sha256.Size]byte
	number := 0
	for line := range bytes.Lines(b) {
		number++
		word := bytes.TrimSpace(line)
		if len(word) == 0 || word[0] == '#' {
			continue
		}
		if bytes.ContainsAny(word, " \t") {
			return "", fmt.Errorf("tokens: %s, line %d: a token has no blank in it; write one a line", t.path, number)
		}
		sums = append(sums, sha256.Sum256(word))
	}
	if len(sums) == 0 {
		return "", fmt.Errorf("tokens: %s holds none; write one a line", t.path)
	}
	t.current.Store(&sums)
	return fmt.Sprintf("%d tokens of %s", len(sums), t.path), nil
}

// Has reports whether an Authorization header brings a token. How long that takes tells nothing of those
// that there are.
func (t *Tokens) Has(authorization string) bool {
	scheme, word, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	given := sha256.Sum256([]byte(strings.TrimSpace(word)))
	found := 0
	for _, sum := range *t.current.Load() {
		found |= subtle.ConstantTimeCompare(given[:], sum[:])
	}
	return found == 1
}
