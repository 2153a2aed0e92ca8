//go:build !linux

package testenv

import "testing"

// OnSmallDisk runs the rest of a test on a file system that holds size bytes and nothing else, where the
// machine lets it. Here it does not.
func OnSmallDisk(*testing.T, int, func(dir string)) (ran bool) { return false }
