//go:build race

package e2e

// race is true where the tests were built with the race detector.
const race = true
