package handler

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// gz is how the name of a compressed file ends.
const gz = ".gz"

// maxDigits bounds the numbers in names: what has more is not ours.
const maxDigits = 9

// backups are the rotated files of a path, in its directory. They are called as Python calls them:
//
//	app.log.1, app.log.2 …                      without a schedule; 1 is the newest
//	app.log.2026-11-22, app.log.2026-11-22.1 …  with one; the number is of those that
//	                                            one interval had more of, 1 the oldest
//
// each as it is or, once compressed, with .gz behind it. Other files of the directory are left alone.
type backups struct {
	dir, base string
	schedule  schedule
	keep      int // 0 for all
}

func newBackups(path string, s schedule, keep int) backups {
	return backups{dir: filepath.Dir(path), base: filepath.Base(path), schedule: s, keep: keep}
}

// backup is one rotated file. Where a crash came between two steps it may be there twice, as it is and
// compressed.
type backup struct {
	stamp             string // "" without a schedule
	number            int    // 0 for none
	plain, compressed bool
}

// path returns the path of a backup that is not compressed.
func (b *backups) path(stamp string, number int) string {
	name := b.base
	if stamp != "" {
		name += "." + stamp
	}
	if number > 0 {
		name += "." + strconv.Itoa(number)
	}
	return filepath.Join(b.dir, name)
}

// parse reads the name of a file of the directory. ok is false if it is no backup's.
func (b *backups) parse(name string) (f backup, ok bool) {
	rest, ok := strings.CutPrefix(name, b.base+".")
	if !ok {
		return f, false
	}
	rest, f.compressed = strings.CutSuffix(rest, gz)
	f.plain = !f.compressed
	if b.schedule.set() {
		f.stamp, rest, ok = strings.Cut(rest, ".")
		if !b.schedule.isStamp(f.stamp) {
			return f, false
		}
		if !ok {
			return f, true
		}
	}
	if rest == "" || rest[0] == '0' || len(rest) > maxDigits || strings.ContainsFunc(rest, func(r rune) bool { return r < '0' || r > '9' }) {
		return f, false
	}
	f.number, _ = strconv.Atoi(rest)
	return f, true
}

// list returns the backups that are there, the newest first.
func (b *backups) list() ([]backup, error) {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return nil, err
	}
	var all []backup
	for _, e := range entries {
		if f, ok := b.parse(e.Name()); ok {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(x, y backup) int {
		if !b.schedule.set() {
			return cmp.Compare(x.number, y.number)
		}
		return cmp.Or(cmp.Compare(y.stamp, x.stamp), cmp.Compare(y.number, x.number))
	})
	kept := all[:0]
	for _, f := range all {
		if n := len(kept) - 1; n >= 0 && kept[n].stamp == f.stamp && kept[n].number == f.number {
			kept[n].plain = kept[n].plain || f.plain
			kept[n].compressed = kept[n].compressed || f.compressed
			continue
		}
		kept = append(kept, f)
	}
	return kept, nil
}

// place makes room for one more backup, of the given stamp, and returns its path. After an error no
// backup is missing but the one that was in excess.
func (b *backups) place(stamp string) (path string, err error) {
	all, err := b.list()
	if err != nil {
		return "", err
	}
	if b.schedule.set() {
		number := 0
		if i := slices.IndexFunc(all, func(f backup) bool { return f.stamp == stamp }); i >= 0 {
			number = all[i].number + 1
		}
		return b.path(stamp, number), nil
	}
	// Those in the way move up by one, as far as to the first gap.
	for i := range all {
		if all[i].number != i+1 {
			all = all[:i]
			break
		}
	}
	if len(all) >= b.keep {
		if err := b.remove(all[b.keep-1]); err != nil {
			return "", err
		}
		all = all[:b.keep-1]
	}
	for _, f := range slices.Backward(all) {
		if err := b.move(f, f.number+1); err != nil {
			return "", err
		}
	}
	return b.path("", 1), nil
}

// prune removes the oldest backups of a schedule beyond those to keep.
func (b *backups) prune() error {
	if b.keep == 0 || !b.schedule.set() {
		return nil // place has done it
	}
	all, err := b.list()
	if err != nil || len(all) <= b.keep {
		return err
	}
	var errs []error
	for _, f := range all[b.keep:] {
		errs = append(errs, b.remove(f))
	}
	return errors.Join(errs...)
}

func (b *backups) remove(f backup) error {
	return f.each(b.path(f.stamp, f.number), os.Remove)
}

func (b *backups) move(f backup, number int) error {
	to := b.path(f.stamp, number)
	return f.each(b.path(f.stamp, f.number), func(path string) error {
		if strings.HasSuffix(path, gz) {
			return os.Rename(path, to+gz)
		}
		return os.Rename(path, to)
	})
}

// each calls act with the paths at which the backup is. One that is gone meanwhile is no error.
func (f *backup) each(path string, act func(path string) error) error {
	var errs []error
	if f.compressed {
		errs = append(errs, act(path+gz))
	}
	if f.plain {
		errs = append(errs, act(path))
	}
	for i, err := range errs {
		if errors.Is(err, fs.ErrNotExist) {
			errs[i] = nil
		}
	}
	return errors.Join(errs...)
}

// find returns the path of the uncompressed backup that is the same file as info, "" if there is none.
func (b *backups) find(info fs.FileInfo) (path string, err error) {
	all, err := b.list()
	if err != nil {
		return "", err
	}
	for _, f := range all {
		path := b.path(f.stamp, f.number)
		if at, err := os.Lstat(path); f.plain && err == nil && os.SameFile(at, info) {
			return path, nil
		}
	}
	return "", nil
}
