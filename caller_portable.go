//go:build !amd64 || !gc || jackdaw_portable

package jackdaw

// returnAddress returns where the function that calls it returns to, or 0 where that is not known.
func returnAddress() uintptr { return 0 }
