//go:build !race

package filter_test

const race = false
