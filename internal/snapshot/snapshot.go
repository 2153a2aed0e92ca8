// Package snapshot takes the values of attrs as they are at the call that logs them.
//
// A record is handled later, on other goroutines, and what it says is what was true at the call. A
// value that nobody can change any more may travel as it is ([Settled]); any other is replaced by what
// it is now ([Attr]).
//
// Most values are settled, and a call has no time to ask each for its kind. The package looks at
// [slog.Value] and [slog.Record] in place, as they are laid out by the Go that it is built with, and
// goes by their methods where it finds another layout.
package snapshot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"syscall"
)

// Settled reports whether nobody can change what v holds, so that it may be read later, and by any
// goroutine. It calls no method that is not the standard library's.
func Settled(v slog.Value) bool {
	if known && types.settles(wordOf(&v)) {
		return true
	}
	switch v.Kind() {
	case slog.KindAny:
		return settledAny(v.Any())
	case slog.KindLogValuer, slog.KindGroup:
		return false
	}
	return true
}

// AllSettled reports whether all values are settled.
func AllSettled(attrs []slog.Attr) bool {
	if !known {
		for i := range attrs {
			if !Settled(attrs[i].Value) {
				return false
			}
		}
		return true
	}
	for i := range attrs {
		v := &attrs[i].Value
		if w := wordOf(v); w != types.plain && w != types.text && w != types.err && !Settled(*v) {
			return false
		}
	}
	return true
}

// settledAny reports whether x is of a type of the standard library's that never changes, and whose
// methods may be called at any time.
func settledAny(x any) bool {
	switch x := x.(type) {
	case nil, netip.Addr, netip.AddrPort, netip.Prefix, slog.Kind:
		return true
	case error:
		return settledError(x, 0)
	}
	return false
}

// maxWrapped bounds how deep errors are looked into.
const maxWrapped = 16

// settledError reports whether err, with all that it wraps, is made by the standard library to be kept
// and compared: by errors.New, fmt.Errorf, errors.Join, or an error number.
func settledError(err error, depth int) bool {
	t := reflect.TypeOf(err)
	if t == newError {
		return true
	}
	if _, ok := err.(syscall.Errno); ok || t == deadlineError {
		return true
	}
	if depth == maxWrapped {
		return false
	}
	switch t {
	case wrapError:
		return settledError(errors.Unwrap(err), depth+1)
	case wrapErrors, joinError:
		for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
			if !settledError(e, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}

// The types of the errors that the standard library makes without saying of which type they are.
var (
	newError      = reflect.TypeOf(errors.New(""))
	wrapError     = reflect.TypeOf(fmt.Errorf("%w", errors.ErrUnsupported))
	wrapErrors    = reflect.TypeOf(fmt.Errorf("%w%w", errors.ErrUnsupported, errors.ErrUnsupported))
	joinError     = reflect.TypeOf(errors.Join(errors.ErrUnsupported))
	deadlineError = reflect.TypeOf(context.DeadlineExceeded)
)
