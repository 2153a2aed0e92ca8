package assembly

import (
	"slices"
	"sync"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/record"
)

// Files are the files that handlers have open, each once: a handler that hangs on a logger and is the target of a
// memory is one, as in Python, however many open it. The zero value is ready. Handlers with the same Files are opened
// one after another, and may be closed at any time.
type Files struct {
	mu   sync.Mutex // guards open, and users of those in it
	open []*openFile
}

// openFile is a file with those who have it open.
type openFile struct {
	*handler.File
	of    *config.Handler
	users int
}

// use returns the file of a handler, which it opens if nobody has.
func (f *Files) use(h *config.Handler, open func() (*handler.File, error)) (record.Handler, error) {
	file := f.join(h)
	if file == nil {
		opened, err := open()
		if err != nil {
			return nil, err
		}
		file = &openFile{File: opened, of: h, users: 1}
		f.mu.Lock()
		f.open = append(f.open, file)
		f.mu.Unlock()
	}
	return &fileUse{file.File, sync.OnceValue(func() error { return f.leave(file) })}, nil
}

// join returns the file of a handler that is made like this one, and counts one more who has it; nil if nobody has.
func (f *Files) join(h *config.Handler) *openFile {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, file := range f.open {
		if file.of.Same(h) {
			file.users++
			return file
		}
	}
	return nil
}

// leave closes the file when nobody has it any more.
func (f *Files) leave(file *openFile) error {
	f.mu.Lock()
	file.users--
	last := file.users == 0
	if last {
		f.open = slices.DeleteFunc(f.open, func(o *openFile) bool { return o == file })
	}
	f.mu.Unlock()
	if last {
		return file.Close()
	}
	return nil
}

// fileUse is a file for one of those who have it open.
type fileUse struct {
	*handler.File
	leave func() error
}

// NewForm implements [record.Former].
func (u *fileUse) NewForm() (of record.Handler, form func(dst []byte, r *record.Record) []byte) {
	_, form = u.File.NewForm()
	return u, form
}

// Close closes the file if nobody else has it.
func (u *fileUse) Close() error { return u.leave() }
