// Package e2e tests the built program against real peers: unmodified Python programs, Go programs,
// and strangers. It holds tests only, in a module of its own.
package e2e
