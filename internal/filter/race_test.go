//go:build race

package filter_test

// race is true where the race detector is on, under which pools lose what they hold at random.
const race = true
