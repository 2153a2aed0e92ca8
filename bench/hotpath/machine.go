package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// machine returns what the figures are measured on, and the versions of the peers.
func machine(chosen []peer) string {
	s := fmt.Sprintf("%s %s/%s, GOMAXPROCS %d", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	if cpu := processor(); cpu != "" {
		s += ", " + cpu
	}
	s += "\n"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return s
	}
	for _, m := range info.Deps {
		if slices.ContainsFunc(chosen, func(p peer) bool { return p.module == m.Path }) {
			s += m.Path + " " + m.Version + "\n"
		}
	}
	return s
}

// processor returns the processor's name where the system tells it.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "model name"); ok {
			return strings.TrimLeft(name, "\t :")
		}
	}
	return ""
}
