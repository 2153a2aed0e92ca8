//go:build unix

package handler

import (
	"io/fs"
	"syscall"
)

// nameless reports whether no name leads to the file that info is of.
func nameless(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && s.Nlink == 0
}
