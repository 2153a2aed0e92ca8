// Package launch starts Python programs so that they send what they log, with no line of them changed.
//
// Python imports a module sitecustomize at its start, if there is one on its path. Install writes one, and
// Environ puts it on the path of the program, and of all Python programs that it starts. The module sees the records
// that loggers hand to their handlers, whatever the program does with basicConfig and dictConfig, and sends them
// over the wire of SocketHandler from a bounded queue and a thread of its own. It needs Python 3.7.
package launch

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

//go:embed python/sitecustomize.py
var module []byte

// moduleName is the file that Python looks for.
const moduleName = "sitecustomize.py"

// Install writes the module below dir, where nobody but the user writes, and returns the directory that it is in: another one
// for each version of the module, since programs may run that have the last one. It is fine to call it again, from several
// processes at once too.
func Install(dir string) (string, error) {
	sum := sha256.Sum256(module)
	home := filepath.Join(dir, "run-"+hex.EncodeToString(sum[:6]))
	if err := os.MkdirAll(home, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(home, moduleName)
	if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, module) {
		return home, nil
	}
	f, err := os.CreateTemp(home, moduleName+".*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(module)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path) // a program that starts meanwhile sees all of it or nothing
	}
	if err != nil {
		os.Remove(f.Name())
		return "", fmt.Errorf("write %s: %w", path, err)
	}
	return home, nil
}

// Private makes a directory that is the user's alone, where everybody may make one: what stands there already is taken only
// if nobody else made it, or can write to it. A program runs what Install writes there.
func Private(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || !isOwn(info) {
		return fmt.Errorf("%s: got %v of another user, or that others may use, want a directory that is this user's alone", dir, info.Mode())
	}
	return nil
}

// Options say what the module does.
type Options struct {
	// Server is where the records go: host:port of a receiver of Python's wire.
	Server string
	// Level is what the root logger's level is at first, by Python's numbers. Zero leaves it at Python's WARNING.
	Level int
}

// Environ returns the environment of a program that is to send what it logs: env with the module, which is in home,
// first on the path.
func Environ(env []string, home string, o Options) []string {
	set := map[string]string{"PYTHONPATH": home, "JACKDAW_RUN_SERVER": o.Server}
	if o.Level != 0 {
		set["JACKDAW_RUN_LEVEL"] = strconv.Itoa(o.Level)
	}
	var out []string
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		if name == "PYTHONPATH" && value != "" {
			set[name] = home + string(os.PathListSeparator) + value
		}
		switch name {
		case "PYTHONPATH", "JACKDAW_RUN_SERVER", "JACKDAW_RUN_LEVEL":
		default:
			out = append(out, kv)
		}
	}
	for _, name := range []string{"PYTHONPATH", "JACKDAW_RUN_SERVER", "JACKDAW_RUN_LEVEL"} {
		if value, ok := set[name]; ok {
			out = append(out, name+"="+value)
		}
	}
	return out
}
