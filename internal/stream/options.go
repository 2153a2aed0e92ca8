package stream

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/datadir"
)

// Level is a level of durability: what a Handle that returned nil promises.
type Level uint8

// The levels of durability.
const (
	// Sync survives power loss: the records are written and synced (fsync) before Handle returns.
	Sync Level = iota
	// Disk survives the death of the process: the records are written before Handle returns.
	Disk
	// Memory may lose what came in the last moments before a crash.
	Memory
	// Cluster is the level of a cluster, which decides for itself.
	Cluster
)

func (l Level) String() string { return [...]string{"sync", "disk", "memory", "cluster"}[l] }

// The defaults of Options.
const (
	DefaultName      = "JACKDAW"
	DefaultMaxBytes  = 2 << 30
	DefaultFreeSpace = 512 << 20
	DefaultLinger    = 5 * time.Millisecond
	DefaultDead      = 64 << 20
)

// maxLinger is the longest that records may be held back to be gathered with others.
const maxLinger = 20 * time.Millisecond

// Options configure a [Stream].
type Options struct {
	// Dir is the directory of the stream's files. It is made if it is missing, and belongs to one
	// process at a time. Dir or URL must be set.
	Dir string
	// URL is a cluster of NATS servers with JetStream, as nats://a,b,c. The stream belongs to one
	// process at a time there too.
	URL string
	// Access is what the servers of URL want of who connects.
	Access Access
	// Name is the stream's name in JetStream, of letters, digits, - and _. Each process that uses a
	// cluster needs one of its own. Defaults to DefaultName if empty.
	Name string
	// Replicas is how many servers of the cluster keep the stream. Defaults to 3 if zero and URL names
	// three servers or more, else to 1.
	Replicas int
	// Level is the level of durability. It is Sync if zero. A cluster has its own.
	Level Level
	// MaxBytes bounds the stream. Defaults to DefaultMaxBytes if zero, and to a tenth of the disk if
	// that is less.
	MaxBytes int64
	// FreeSpace is the floor of free space on the disk: below it the stream takes nothing. Defaults to
	// DefaultFreeSpace if zero, and to a tenth of the disk if that is less; negative is no floor. A cluster
	// has its own.
	FreeSpace int64
	// DeadBytes bounds the dead letters; the oldest go first. Defaults to DefaultDead if zero.
	DeadBytes int64
	// Linger is how long records are held back at most, while others come, to be stored together.
	// Defaults to DefaultLinger if zero; more than 20 ms are 20 ms.
	Linger time.Duration
	// Notify is told, in a line, what an operator should know: damage, a full disk, a handler that
	// fails. It is called from any goroutine and must not block. Nil tells nobody.
	Notify func(text string)
}

// settle checks o and fills in what is not set.
func (o *Options) settle() error {
	if (o.Dir == "") == (o.URL == "") {
		return errors.New("either a directory or the URL of a cluster must be set")
	}
	if o.Name == "" {
		o.Name = DefaultName
	}
	if strings.Trim(o.Name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" || len(o.Name) > 64 {
		return fmt.Errorf("the name %q: want at most 64 letters, digits, - and _", o.Name)
	}
	if o.URL != "" {
		if err := o.settleURL(); err != nil {
			return err
		}
	}
	if o.Level > Memory && o.URL == "" {
		return fmt.Errorf("the level %d: want sync, disk or memory", o.Level)
	}
	if o.Replicas == 0 {
		o.Replicas = 1
	}
	if o.Replicas < 1 || o.Replicas > maxReplicas || o.Dir != "" && o.Replicas > 1 {
		return fmt.Errorf("%d replicas: want 1 to %d, and in a directory 1", o.Replicas, maxReplicas)
	}
	if o.DeadBytes == 0 {
		o.DeadBytes = DefaultDead
	}
	if o.Linger <= 0 {
		o.Linger = DefaultLinger
	}
	o.Linger = min(o.Linger, maxLinger)
	if o.Notify == nil {
		o.Notify = func(string) {}
	}
	return nil
}

// maxReplicas is how many servers keep a stream at most, in JetStream.
const maxReplicas = 5

// settleURL checks what is said of a cluster, and fills in what is not set.
func (o *Options) settleURL() error {
	all, err := servers(o.URL)
	if err != nil {
		return err
	}
	if o.Replicas == 0 && len(all) >= 3 {
		o.Replicas = 3
	}
	if o.Level != Sync {
		return fmt.Errorf("the level %s: a cluster decides for itself", o.Level)
	}
	o.Level, o.FreeSpace = Cluster, -1
	return o.Access.check()
}

// settleDir makes the directory, and sets by the size of the disk what is not set.
func (o *Options) settleDir() error {
	if o.Dir != "" {
		var err error
		if o.Dir, err = filepath.Abs(o.Dir); err != nil {
			return err
		}
		if err := os.MkdirAll(o.Dir, 0o700); err != nil {
			return err
		}
	}
	tenth := int64(math.MaxInt64)
	if o.Dir != "" {
		if disk, err := datadir.DiskOf(o.Dir); err == nil && disk.Total > 0 {
			tenth = disk.Total / 10
		}
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = max(min(DefaultMaxBytes, tenth), minMaxBytes)
	}
	if o.FreeSpace == 0 {
		o.FreeSpace = min(DefaultFreeSpace, tenth)
	}
	if o.MaxBytes < minMaxBytes {
		return fmt.Errorf("the bound of %d bytes is too small, want at least %d", o.MaxBytes, minMaxBytes)
	}
	return nil
}

// minMaxBytes has room for a few messages of the usual size.
const minMaxBytes = 4 << 20
