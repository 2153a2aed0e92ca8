package stream

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	// damagedDir is where damaged files are kept as they were found, below the data directory.
	damagedDir = "damaged"
	// maxDamaged is how many of them are kept, the newest.
	maxDamaged = 8
)

// mend looks through the files before JetStream opens them, after a crash through all, else through the last
// two, which it reads too. Where it finds a damaged message, JetStream cuts off the file, with all
// messages after that one: so what is damaged is cut out before, and costs that message alone. It returns
// what there was.
func (s *Stream) mend() (tail, error) {
	if s.o.Dir == "" {
		return tail{}, nil
	}
	all, err := blocks(s.o.Dir, s.o.Name)
	if err != nil || len(all) == 0 {
		return tail{}, nil // it is new
	}
	if doc, err := lastState(s.o.Dir, s.o.Name); err == nil && doc.Clean {
		all = all[max(0, len(all)-2):]
	}
	v := verifier{}
	mended := false
	for _, b := range all {
		if err := v.block(&b); err != nil {
			return tail{}, err
		}
		if n := len(v.holes); n > 0 && v.holes[0].to < int64(len(v.text)) {
			if err := s.mendBlock(&b, v.text, v.holes); err != nil {
				s.notices.Give("mend "+b.path, "stream: %s is damaged, and what can be read in it after that is lost: it cannot be mended: %v", b.path, err)
				continue
			}
			mended = true
		}
	}
	if mended { // the index is not right any more: JetStream makes it anew
		if err := os.Remove(filepath.Join(filepath.Dir(all[0].path), "index.db")); err != nil && !os.IsNotExist(err) {
			return tail{}, err
		}
	}
	v.ended()
	return tail{last: v.last, damage: v.report.Damage}, nil
}

// mendBlock writes a file anew without its holes, and keeps it as it was.
func (s *Stream) mendBlock(b *block, text []byte, holes []hole) error {
	dir := filepath.Join(s.o.Dir, damagedDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	kept := filepath.Join(dir, fmt.Sprintf("%s-%s-%d", s.o.Name, filepath.Base(b.path), time.Now().UnixNano()))
	if err := writeSynced(kept, text); err != nil {
		return err
	}
	if err := keepNewest(dir, maxDamaged); err != nil {
		return err
	}
	var whole []byte
	from := int64(0)
	for _, h := range holes {
		whole = append(whole, text[from:h.from]...)
		from = h.to
	}
	whole = append(whole, text[from:]...)
	mended := b.path + ".mended"
	if err := writeSynced(mended, whole); err != nil {
		return errors.Join(err, os.Remove(mended))
	}
	if err := os.Rename(mended, b.path); err != nil {
		return err
	}
	s.notices.Give("mend "+b.path, "stream: %s was damaged; the messages in it that can be read stay, and it is kept as it was in %s", b.path, kept)
	return nil
}

// writeSynced writes a file that is there after a power failure.
func writeSynced(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return cmp.Or(err, f.Sync(), f.Close())
}

// keepNewest removes all but the newest files of a directory.
func keepNewest(dir string, n int) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	age := func(e os.DirEntry) int64 {
		info, err := e.Info()
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	slices.SortFunc(files, func(a, b os.DirEntry) int { return cmp.Compare(age(b), age(a)) })
	for _, f := range files[min(n, len(files)):] {
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}
