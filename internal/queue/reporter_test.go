package queue

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// told returns a reporter, and what its hook was told, which may be read when nothing moves. The hook waits for each token.
func told(tokens chan struct{}) (p *reporter, errs *[]string) {
	errs = new([]string)
	return &reporter{hook: func(err error) {
		<-tokens
		*errs = append(*errs, fmt.Sprint(err))
	}}, errs
}

// Errors that nobody waited for are told however soon all is closed: before the hook was called for the first, or while it runs.
func TestErrorsAsideAtTheEnd(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that the hook is not called at once
	for name, running := range map[string]bool{"at once": false, "while the hook runs": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tokens := make(chan struct{})
				p, got := told(tokens)
				p.reportAside("x", errors.New("first"))
				if running {
					synctest.Wait()
				}
				p.reportAside("x", errors.New("second"))
				p.reportAside("y", errors.New("of another"))
				if running {
					p.flush()
					close(tokens)
				} else {
					close(tokens)
					p.flush()
				}
				synctest.Wait()
				slices.Sort(*got)
				if want := []string{"x: first", "x: second", "y: of another"}; !slices.Equal(*got, want) {
					t.Errorf("got %q, want %q", *got, want)
				}
			})
		})
	}
}

// An error that is found out to be late twice is told once.
func TestErrorsAsideLateTwice(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	synctest.Test(t, func(t *testing.T) {
		tokens := make(chan struct{})
		p, got := told(tokens)
		p.reportAside("x", errors.New("first"))
		synctest.Wait()
		p.reportAside("y", errors.New("first"))
		p.reportAside("y", errors.New("second"))
		p.flush()
		synctest.Wait()
		close(tokens)
		synctest.Wait()
		if want := []string{"x: first", "y: first (and 1 more like it since the last message)"}; !slices.Equal(*got, want) {
			t.Errorf("got %q, want %q", *got, want)
		}
	})
}

// Of a source that has many errors the hook is told the first at once, and then how many there were.
func TestErrorsAsideAreNotMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := make(chan struct{})
		close(tokens)
		p, got := told(tokens)
		for range 20 {
			for range 100 {
				p.reportAside("x", errors.New("again"))
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		p.flush()
		const more = "x: again (and 999 more like it since the last message)"
		if want := []string{"x: again", more, strings.Replace(more, "999", "998", 1)}; !slices.Equal(*got, want) {
			t.Errorf("got %q, want %q", *got, want)
		}
	})
}
