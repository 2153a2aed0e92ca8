//go:build !unix

package handler

import "io/fs"

// nameless reports whether no name leads to the file that info is of, where that can be known.
func nameless(fs.FileInfo) bool { return false }
