package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Say which version this is",
		Example: "jackdaw version",
		Args:    noCommand,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintln(p.stdout, version())
			return nil
		},
	}
}

// version returns the program's version, Go's and the platform, from what was built in.
func version() string {
	own, revision, modified := "(devel)", "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			own = info.Main.Version
		}
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				revision = " " + s.Value[:min(len(s.Value), 12)]
			case s.Key == "vcs.modified" && s.Value == "true":
				modified = " with changes"
			}
		}
	}
	return fmt.Sprintf("jackdaw %s%s%s, %s, %s/%s", own, revision, modified, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
