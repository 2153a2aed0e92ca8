package sqlite

import (
	"context"
	"slices"

	"github.com/jackdaw-log/jackdaw/internal/store"
)

// view is what there is to be read at a moment: each record is in a chunk of one of the shelves or in one of the heads.
type view struct {
	s       *Store
	shelves []*shelf // by file, the oldest first
	heads   []headView
}

// acquire returns what there is to be read, whose files stay until release is called.
func (s *Store) acquire(ctx context.Context) (*view, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, store.ErrClosed
	}
	v := &view{s: s, shelves: slices.Clone(s.shelves)}
	for _, h := range s.heads {
		if len(h.records) > 0 {
			v.heads = append(v.heads, headView{h.file, h.records})
		}
	}
	for _, sh := range v.shelves {
		sh.users++
	}
	s.users++
	return v, nil
}

// release lets go of the files. Those that were to be removed meanwhile are.
func (v *view) release() {
	v.s.mu.Lock()
	var gone []*file
	for _, sh := range v.shelves {
		if sh.users--; sh.users == 0 && sh.gone {
			gone = append(gone, sh.file)
		}
	}
	v.s.users--
	if v.s.users == 0 && v.s.unused != nil {
		close(v.s.unused)
		v.s.unused = nil
	}
	v.s.mu.Unlock()
	for _, f := range gone {
		if err := v.s.discard(f); err != nil {
			v.s.notices.Give("expire", "store: remove %s: %v", f.name, err)
		}
	}
}
