package sqlite

import (
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/store/storetest"
	"github.com/jackdaw-log/jackdaw/record"
	"github.com/jackdaw-log/jackdaw/record/handlertest"
)

func TestSuite(t *testing.T) {
	for name, o := range map[string]Options{
		"pending": {ChunkRecords: 5000, NoSync: true}, "small chunks": {ChunkRecords: 20, NoSync: true}, "files": {ChunkRecords: 64, NoSync: true, FileBytes: 200 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) storetest.Subject { return subject(t, t.TempDir(), o) })
		})
	}
}

func subject(t *testing.T, dir string, o Options) storetest.Subject {
	s := open(t, dir, o)
	return storetest.Subject{Handler: s, Reader: s, Shake: func() storetest.Subject {
		closeStore(t, s)
		return subject(t, dir, o)
	}}
}

func TestHandler(t *testing.T) {
	handlertest.Run(t, func(t *testing.T) handlertest.Subject {
		s := open(t, t.TempDir(), Options{ChunkRecords: 16, NoSync: true})
		return handlertest.Subject{Handler: s, Messages: func() (messages []string) {
			records := make(map[record.ID]string)
			var after *store.Place
			for {
				p, err := s.Page(t.Context(), store.PageQuery{Order: store.OldestFirst, After: after, Limit: 7})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range p.Records {
					records[r.ID] = r.Message
				}
				if after = p.Next; after == nil {
					break
				}
			}
			return inOrder(records)
		}}
	})
}
