package receiver

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
)

// maxTokenFile bounds what is read of a file of tokens.
const maxTokenFile = 1 << 20

// Tokens are the words of which a request must bring one, as "Authorization: Bearer WORD", or by HTTP's Basic
// authentication: as the password of any user, or, if the word is "user:password", as these two. They are safe
// for use by several goroutines.
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

// SameFile reports whether both were loaded from the same file. Either may be nil.
func (t *Tokens) SameFile(o *Tokens) bool {
	if t == nil || o == nil {
		return t == o
	}
	return t.path == o.path
}

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
	word = strings.TrimSpace(word)
	password := word
	switch {
	case strings.EqualFold(scheme, "Bearer"):
	case strings.EqualFold(scheme, "Basic"):
		pair, err := base64.StdEncoding.DecodeString(word)
		word = string(pair)
		var ok bool
		if _, password, ok = strings.Cut(word, ":"); err != nil || !ok {
			return false
		}
	default:
		return false
	}
	both, alone := sha256.Sum256([]byte(word)), sha256.Sum256([]byte(password))
	found := 0
	for _, sum := range *t.current.Load() {
		found |= subtle.ConstantTimeCompare(both[:], sum[:]) | subtle.ConstantTimeCompare(alone[:], sum[:])
	}
	return found == 1
}
