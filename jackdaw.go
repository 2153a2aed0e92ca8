// Package jackdaw is logging that never blocks the program: log/slog in front, named loggers in a
// hierarchy, a bounded queue, and a listener that hands records to several handlers, each with its own
// level.
//
// It is Python's logging, in Go's manner. Loggers have dotted names; each has the level of its nearest
// ancestor that was given one, and its records go to its own handlers and its ancestors':
//
//	var logger = jackdaw.Logger("myapp.db") // a *slog.Logger; follows whatever main configures later
//
//	func main() {
//		defer jackdaw.Shutdown(5 * time.Second) // hands over what is still in the queue
//		jackdaw.AddHandler("", record.FromSlog(slog.NewJSONHandler(os.Stdout, nil)), jackdaw.HandlerOptions{})
//		jackdaw.SetLevel("myapp", slog.LevelWarn)
//		…
//	}
//
// The package functions work on one default [Hierarchy], as slog has one default logger; [New] makes
// others. A handler is a [record.Handler], or any [slog.Handler] by [record.FromSlog]. [FromConfig] and
// [Configure] set all of it up as a configuration of Python's dictConfig says.
//
// The package, and all it imports, is the standard library alone.
package jackdaw

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/jackdaw-log/jackdaw/record"
)

// home holds the default hierarchy.
var home = func() *atomic.Pointer[Hierarchy] {
	p := new(atomic.Pointer[Hierarchy])
	p.Store(New(Options{}))
	return p
}()

// Default returns the default hierarchy.
func Default() *Hierarchy { return home.Load() }

// SetDefault makes h the default hierarchy. Loggers that [Logger] returned before, in package
// variables for example, log to it from then on. The one that was the default until then is not
// closed.
func SetDefault(h *Hierarchy) { home.Store(h) }

// Logger returns a logger of the default hierarchy, and of the one that takes its place.
func Logger(name string) *slog.Logger { return slog.New(newHandler(home, name)) }

// SetLevel calls [Hierarchy.SetLevel] of the default hierarchy.
func SetLevel(logger string, level slog.Level) { Default().SetLevel(logger, level) }

// AddHandler calls [Hierarchy.AddHandler] of the default hierarchy.
func AddHandler(logger string, h record.Handler, o HandlerOptions) error {
	return Default().AddHandler(logger, h, o)
}

// Flush calls [Hierarchy.Flush] of the default hierarchy.
func Flush(ctx context.Context) error { return Default().Flush(ctx) }

// Close calls [Hierarchy.Close] of the default hierarchy.
func Close(ctx context.Context) error { return Default().Close(ctx) }
