package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/daemon"
	"github.com/jackdaw-log/jackdaw/internal/store/sqlite"
)

// storeFlags say what is kept of the records to be found again.
type storeFlags struct {
	dir   string
	age   age
	bytes size
	free  int64 // the floor of free space, which has no flag
}

// minStoreSize has room for some files of the smallest size.
const minStoreSize = 32 << 20

func (s *storeFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.dir, "store", "", "keep records to be found again in `DIR`, or off: keep none (the directory\nstore in that of --data)")
	f.Var(&s.age, "store-age", "remove them after `AGE`, such as 36h, 14d or 8w, or off: keep them as long as\nthere is room (14d)")
	f.Var(&s.bytes, "store-size", "keep at most `SIZE`, such as 50GB, the newest (10 GiB, at most a tenth of the\ndisk)")
	inGroup(cmd, "Find", "store", "store-age", "store-size")
}

// apply sets what the flags say.
func (s *storeFlags) apply(o *daemon.Options, flags *pflag.FlagSet) error {
	none := ""
	switch {
	case o.Data == "" && (o.Cluster.URL == "" || s.dir == ""):
		none = "--data"
	case s.dir == off:
		none = "--store"
	}
	for _, name := range []string{"store-age", "store-size"} {
		if flags.Changed(name) && none != "" {
			return usagef("--%s is for a store; leave %s off out", name, none)
		}
	}
	if s.bytes > 0 && s.bytes < minStoreSize {
		return usagef("--store-size %s: want %s or more, since it is whole files that go", bytesText(int64(s.bytes)), bytesText(minStoreSize))
	}
	switch {
	case s.dir == off:
		o.Store.Off = true
	case o.Data == "" && o.Cluster.URL == "" && s.dir != "":
		return usagef("--store: it takes the records that are kept in the directory of --data; leave --data off out")
	case flags.Changed("store") && s.dir == "":
		return usagef("--store: name a directory, or off")
	default:
		o.Store = daemon.StoreOptions{Dir: s.dir, MaxAge: time.Duration(s.age), MaxBytes: int64(s.bytes), FreeSpace: s.free}
	}
	return nil
}

// fill takes what a configuration says where no flag was given.
func (s *storeFlags) fill(c *config.Store, flags *pflag.FlagSet) {
	if c == nil {
		return
	}
	if c.Off {
		set(flags, "store", &s.dir, off)
	}
	set(flags, "store", &s.dir, c.Directory)
	set(flags, "store-age", &s.age, age(c.MaxAge))
	set(flags, "store-size", &s.bytes, size(c.MaxBytes))
	s.free = c.FreeSpace
}

// age is the value of a flag that says how long something is kept: zero is the default, below that for ever.
type age time.Duration

const day = 24 * time.Hour

// String returns the age as it would be given.
func (a *age) String() string {
	switch d := time.Duration(*a); {
	case d == 0:
		return ""
	case d < 0:
		return off
	case d%day == 0:
		return strconv.FormatInt(int64(d/day), 10) + "d"
	default:
		return strings.TrimSuffix(d.String(), "0m0s")
	}
}

// Type returns how the flag's value is called in the help.
func (a *age) Type() string { return "AGE" }

// Set takes a number, whole or not, of hours, days or weeks, or off.
func (a *age) Set(text string) error {
	d, ok := config.ParseAge(text)
	if !ok {
		return fmt.Errorf("want an age such as 36h, 14d or 8w, or off")
	}
	*a = age(d)
	return nil
}

// storeText says what is in a store.
func storeText(s *sqlite.Stats) string {
	if s.Records == 0 {
		return "is empty"
	}
	text := fmt.Sprintf("has %s in %s", of(s.Records, "record"), bytesText(s.Bytes))
	if s.MaxBytes > 0 {
		text += " of " + bytesText(s.MaxBytes)
	}
	if !s.Oldest.IsZero() {
		text += ", since " + s.Oldest.Local().Format(time.DateTime)
	}
	return text
}
