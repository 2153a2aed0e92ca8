//go:build gc && !jackdaw_portable

package jackdaw

// returnAddress returns where the function that calls it returns to, by the frame pointer.
func returnAddress() uintptr
