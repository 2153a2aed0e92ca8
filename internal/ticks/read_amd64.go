//go:build gc && !race && !jackdaw_portable

package ticks

// Known says that there are ticks, and that reading them takes 10 ns where the clock takes 24.
const Known = true

// Read returns what the processor has counted. It may do so before it has done what comes before in the program.
func Read() int64
