package hierarchy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/jackdaw-log/jackdaw/record"
)

func gateBatch() (batch []record.Record) {
	for i, logger := range []string{"shop", "shop", "mail", "shop.db", "mail", "shop", "root"} {
		batch = append(batch, record.Record{Logger: logger, Level: slog.Level(4 * (i % 3)), Message: fmt.Sprint(i)})
	}
	return batch
}

func messages(batch []record.Record) (all []string) {
	for _, r := range batch {
		all = append(all, r.Message)
	}
	return all
}

// A Gate hands on what the tree routes to its handler, in order.
func TestGate(t *testing.T) {
	f := func(name string, set func(t *Tree[string]), levels bool, want ...string) {
		t.Helper()
		tree := New[string](slog.LevelDebug)
		set(tree)
		var got []string
		g := NewGate(tree, "own", record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
			got = append(got, messages(batch)...)
			return nil
		}), levels)
		batch := gateBatch()
		if err := g.Handle(t.Context(), batch); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		if passed, kept := g.Counts(); passed != uint64(len(want)) || kept != uint64(len(batch)-len(want)) {
			t.Errorf("%s: counts: got %d and %d, want %d of %d", name, passed, kept, len(want), len(batch))
		}
	}
	at := func(name string, level slog.Leveler) func(*Tree[string]) {
		return func(tree *Tree[string]) {
			tree.AddHandler(name, Attached[string]{Handler: "own", Level: level})
		}
	}
	f("at the root", at("", nil), true, "0", "1", "2", "3", "4", "5", "6")
	f("at a logger", at("shop", nil), true, "0", "1", "3", "5")
	f("with a level", at("", slog.LevelWarn), true, "1", "2", "4", "5")
	f("whose level is not respected", at("mail", slog.LevelError), false, "2", "4")
	f("another handler", func(tree *Tree[string]) { tree.AddHandler("", Attached[string]{Handler: "other"}) }, true)
	f("a logger's level", func(tree *Tree[string]) {
		at("", nil)(tree)
		tree.SetLevel("shop", slog.LevelWarn)
	}, true, "1", "2", "4", "5", "6")
	f("a logger's filter", func(tree *Tree[string]) {
		at("", nil)(tree)
		tree.AddFilter("mail", func(*record.Record) bool { return false })
	}, true, "0", "1", "3", "5", "6")
	f("no propagation", func(tree *Tree[string]) {
		at("", nil)(tree)
		tree.SetPropagate("shop", false)
	}, true, "2", "4", "6")
}

// What a failing handler has got through is told in terms of the whole batch.
func TestGatePartial(t *testing.T) {
	broken := errors.New("broken")
	f := func(err error, want int, passed, kept uint64) {
		t.Helper()
		tree := New[string](slog.LevelDebug)
		tree.AddHandler("mail", Attached[string]{Handler: "own"})
		g := NewGate(tree, "own", record.HandlerFunc(func(context.Context, []record.Record) error { return err }), true)
		got := g.Handle(t.Context(), gateBatch()) // 2 and 4 pass
		partial, ok := errors.AsType[*record.PartialError](got)
		if !errors.Is(got, broken) || !ok || partial.Handled != want || record.IsPermanent(got) != record.IsPermanent(err) {
			t.Errorf("%v: got %#v, want it after %d records", err, got, want)
		}
		if p, k := g.Counts(); p != passed || k != kept {
			t.Errorf("%v: counts: got %d and %d, want %d and %d", err, p, k, passed, kept)
		}
	}
	f(broken, 2, 0, 2)
	f(record.Permanent(broken), 2, 0, 2)
	f(&record.PartialError{Handled: 1, Err: record.Permanent(broken)}, 4, 1, 3)
	f(&record.PartialError{Handled: 7, Err: broken}, 4, 1, 3)
}

// A Gate that is held goes by the view it was given, whatever becomes of the tree.
func TestGateHold(t *testing.T) {
	tree := New[string](slog.LevelDebug)
	tree.AddHandler("mail", Attached[string]{Handler: "own"})
	var got []string
	g := NewGate(tree, "own", record.HandlerFunc(func(_ context.Context, batch []record.Record) error {
		got = append(got, messages(batch)...)
		return nil
	}), true)
	g.Hold(tree.View())
	tree.Replace(nil)
	if err := g.Handle(t.Context(), gateBatch()); err != nil || !slices.Equal(got, []string{"2", "4"}) {
		t.Errorf("got %q, %v, want 2 and 4", got, err)
	}
}

// A Gate that lets all pass neither copies nor allocates.
func TestGateAllocs(t *testing.T) {
	tree := New[string](slog.LevelDebug)
	tree.AddHandler("", Attached[string]{Handler: "own"})
	batch := gateBatch()
	g := NewGate(tree, "own", record.HandlerFunc(func(_ context.Context, got []record.Record) error {
		if &got[0] != &batch[0] {
			t.Error("the batch was copied")
		}
		return nil
	}), true)
	if n := testing.AllocsPerRun(100, func() { _ = g.Handle(t.Context(), batch) }); n > 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}
