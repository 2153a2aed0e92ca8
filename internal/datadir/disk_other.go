//go:build !(darwin || linux)

package datadir

import "math"

// DiskOf knows nothing here: there is no bound by the size of the disk, and no floor of free space.
func DiskOf(string) (Disk, error) { return Disk{Free: math.MaxInt64}, nil }
