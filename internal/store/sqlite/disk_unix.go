//go:build darwin || linux

package sqlite

import "syscall"

// disk is the size of a file system, and what of it this process may still use.
type disk struct{ total, free int64 }

// diskOf returns the disk that dir is on.
func diskOf(dir string) (disk, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return disk{}, err
	}
	return disk{total: int64(s.Blocks) * int64(s.Bsize), free: int64(s.Bavail) * int64(s.Bsize)}, nil
}
