package jackdaw_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/jackdaw-log/jackdaw"
	"github.com/jackdaw-log/jackdaw/record"
)

// former is a handler that keeps lines of JSON, and lets those be made early.
type former struct {
	hang   chan struct{} // the first batch waits until it is closed
	lines  []string
	formed int
	fail   string // a message that the form panics at
}

func (f *former) Handle(_ context.Context, batch []record.Record) error {
	<-f.hang
	for i := range batch {
		if form := batch[i].Form(); form != nil {
			f.formed++
			f.lines = append(f.lines, string(form))
		} else {
			f.lines = append(f.lines, string(record.AppendJSON(nil, &batch[i])))
		}
	}
	return nil
}

func (f *former) NewForm() (record.Handler, func(dst []byte, r *record.Record) []byte) {
	return f, func(dst []byte, r *record.Record) []byte {
		if r.Message == f.fail {
			panic("no form")
		}
		return record.AppendJSON(dst, r)
	}
}

// embedding does not make the forms of what it embeds.
type embedding struct{ *former }

func (e embedding) Handle(ctx context.Context, batch []record.Record) error {
	for i := range batch {
		if batch[i].Form() != nil {
			panic("was given a form")
		}
	}
	return e.former.Handle(ctx, batch)
}

// A handler that has fallen behind is given the forms of records, which are those that it would make itself.
func TestForms(t *testing.T) {
	f := func(name string, o jackdaw.Options, fail string, wrap func(*former) record.Handler, wantForms bool) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o.OnError = func(err error) { t.Error(err) }
				h := jackdaw.New(o)
				behind, well := &former{hang: make(chan struct{}), fail: fail}, &former{hang: make(chan struct{})}
				close(well.hang)
				add(t, h, "", wrap(behind), jackdaw.HandlerOptions{Name: "behind"})
				add(t, h, "", embedding{well}, jackdaw.HandlerOptions{Name: "well"})
				for i := range 6000 {
					log := h.Logger(fmt.Sprint("x", i%3))
					switch i % 4 {
					case 0:
						log.Info("plain", "i", i, "err", errors.ErrUnsupported)
					case 1:
						log.With("bound", i).WithGroup("g").Warn("grouped", "i", i, slog.Group("h", "in", i))
					case 2:
						h.Direct("y").LogAttrs(t.Context(), slog.LevelError, "direct", slog.Int("i", i))
					case 3:
						if err := h.Handle(t.Context(), []record.Record{{Message: "passed on", Attrs: []slog.Attr{slog.Int("i", i)}}}); err != nil {
							t.Error(err)
						}
					}
				}
				synctest.Wait()
				close(behind.hang)
				if err := h.Close(t.Context()); err != nil {
					t.Error(err)
				}
				if (behind.formed > 0) != wantForms || well.formed > 0 {
					t.Errorf("got %d forms for the handler behind, %d for the other, want some: %t, and none", behind.formed, well.formed, wantForms)
				}
				if got, want := strings.Join(behind.lines, "\n"), strings.Join(well.lines, "\n"); got != want || len(well.lines) != 6000 {
					t.Errorf("the handler that was behind wrote other lines: %d, %d", len(behind.lines), len(well.lines))
				}
				checkLaw(t, h.Stats())
			})
		})
	}
	plain := func(f *former) record.Handler { return f }
	f("behind", jackdaw.Options{}, "", plain, true)
	f("a form that panics", jackdaw.Options{}, "direct", plain, true)
	f("values that are trusted", jackdaw.Options{TrustValues: true}, "", plain, false)
	f("a handler that embeds one", jackdaw.Options{}, "", func(f *former) record.Handler { return embedding{f} }, false)
}
