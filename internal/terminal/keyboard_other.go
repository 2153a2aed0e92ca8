//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package terminal

import (
	"errors"
	"io"
)

// Keyboard is not known on this system.
type Keyboard struct{}

// OpenKeyboard always fails.
func OpenKeyboard() (*Keyboard, error) { return nil, errors.ErrUnsupported }

// Keys returns nil.
func (k *Keyboard) Keys() <-chan Key { return nil }

// Woken returns nil.
func (k *Keyboard) Woken() <-chan struct{} { return nil }

// Close does nothing.
func (k *Keyboard) Close() error { return nil }

// Restore does nothing.
func (k *Keyboard) Restore() {}

// Gone is not known on this system.
func Gone(io.Writer) bool { return false }
