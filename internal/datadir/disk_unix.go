//go:build darwin || linux

package datadir

import "syscall"

// DiskOf returns the disk that dir is on. Where systems do not say, Total is 0 and Free without bound.
func DiskOf(dir string) (Disk, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return Disk{}, err
	}
	return Disk{Total: int64(s.Blocks) * int64(s.Bsize), Free: int64(s.Bavail) * int64(s.Bsize)}, nil
}
