package sqlite

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/jackdaw-log/jackdaw/internal/testenv"
	"github.com/jackdaw-log/jackdaw/record"
)

func open(t testing.TB, dir string, o Options) *Store {
	t.Helper()
	if o.Notify == nil {
		o.Notify = func(text string) { t.Log(text) }
	}
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(t, s) })
	return s
}

func closeStore(t testing.TB, s *Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testenv.Patience)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Error(err)
	}
}

// inOrder returns texts in the order of their ids.
func inOrder(texts map[record.ID]string) (all []string) {
	for _, id := range slices.SortedFunc(maps.Keys(texts), record.ID.Compare) {
		all = append(all, texts[id])
	}
	return all
}
