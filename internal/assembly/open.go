package assembly

import (
	"fmt"
	"io"

	"github.com/jackdaw-log/jackdaw/internal/config"
	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/internal/handler"
	"github.com/jackdaw-log/jackdaw/internal/sender"
	"github.com/jackdaw-log/jackdaw/record"
)

// Output is a standard output or error.
type Output struct {
	// Writer is where it goes. What is written to an Output without one is gone.
	Writer io.Writer
	// Terminal says that people look at it: what has no formatter is shown in the form for them, and as JSON
	// otherwise. Color says that they like it coloured.
	Terminal, Color bool
}

// Env is what handlers run in.
type Env struct {
	Stdout, Stderr Output
	// Durable says that records are kept elsewhere until they are handled. A handler then takes none to keep
	// them in memory for a while, where it could wait instead.
	Durable bool
	// Before is the configuration that runs, nil if none does: a file that a handler of the same name has open
	// there is not emptied, and need not be new, whatever its mode.
	Before *config.Config
	// Files are those that are open, so that none is open twice. Nil leaves each handler to itself.
	Files *Files
	// OnError is told what handlers have to say beside their errors: that a receiver went away and is back, for
	// example. It must not block, and may be called from any goroutine. Nil means nobody is told.
	OnError func(error)
}

// Open makes a handler of a configuration, one of those that [Handlers] returns, or the target of one. Level and
// filters are not its business but those of [Loggers], save the filters of a memory's target, which no logger
// asks. Files are opened, and for a memory its target; nothing is dialled before the first record.
//
// What it returns flushes, closes, and opens its files anew as what it stands for does, by Flush(ctx), Close() and
// Reopen(ctx); each of them is there only where there is something to do.
func Open(h *config.Handler, env Env) (record.Handler, error) {
	made, err := open(h, &env)
	if err != nil {
		return nil, fmt.Errorf("handler %s: %w", h.Name, err)
	}
	return made, nil
}

func open(h *config.Handler, env *Env) (record.Handler, error) {
	onError := env.errorsOf(h)
	switch p := h.Params.(type) {
	case *config.Console:
		return env.console(h, p), nil
	case *config.File:
		return env.file(h, p)
	case *config.Socket:
		return handled(sender.NewSocket(sender.Options{
			Network: p.Network, Address: p.Address, DialTimeout: p.DialTimeout, WriteTimeout: p.WriteTimeout,
			ConfirmBytes: p.ConfirmBytes, OnError: onError,
		}))
	case *config.Syslog:
		return openSyslog(h, p, onError)
	case *config.HTTP:
		return openHTTP(p, onError)
	case *config.OTLP:
		return openOTLP(p, onError)
	case *config.SMTP:
		return openSMTP(h, p, env.Durable, onError)
	case *config.Memory:
		return openMemory(h, p, env, onError)
	case *config.Null:
		return handler.Null{}, nil
	case *config.Queue:
		return nil, fmt.Errorf("a queue is not opened itself, but what is behind it")
	}
	return nil, fmt.Errorf("of class %q: there is nothing to open", h.Class)
}

// handled returns what a constructor made as a handler, and nil where it made none.
func handled[H record.Handler](h H, err error) (record.Handler, error) {
	if err != nil {
		return nil, err
	}
	return h, nil
}

// errorsOf returns what the handler tells of, nil if nobody wants to know.
func (e *Env) errorsOf(h *config.Handler) func(error) {
	if e.OnError == nil {
		return nil
	}
	return func(err error) { e.OnError(fmt.Errorf("handler %s: %w", h.Name, err)) }
}

func (e *Env) console(h *config.Handler, p *config.Console) record.Handler {
	out := e.Stderr
	if p.Stdout {
		out = e.Stdout
	}
	if out.Writer == nil {
		out.Writer = io.Discard
	}
	form := h.Formatter
	if form == nil {
		form = &config.Formatter{Form: config.JSONForm}
		if out.Terminal {
			form = &config.Formatter{Form: config.PrettyForm}
		}
	}
	c := handler.NewConsole(out.Writer, form.New(out.Color))
	c.FormAgain(again(form))
	return c
}

func (e *Env) file(h *config.Handler, p *config.File) (record.Handler, error) {
	o := handler.FileOptions{
		Perm: p.Perm, Mode: p.Mode, Delay: p.Delay, Encoding: p.Encoding, Errors: p.Errors,
		MaxBytes: p.MaxBytes, When: p.When, Interval: p.Interval, AtTime: p.AtTime, UTC: p.UTC,
		BackupCount: p.BackupCount, Compress: p.Compress,
	}
	if e.has(h.Name, p.Path) {
		o.Mode = ""
	}
	if h.Formatter != nil {
		o.Format, o.Again = h.Formatter.New(false), again(h.Formatter)
	}
	open := func() (*handler.File, error) { return handler.OpenFile(p.Path, o) }
	if e.Files == nil {
		return handled(open())
	}
	return e.Files.use(h, open)
}

// again returns how the form of a handler is made again, for records that have theirs early, and nil for the pretty
// one: what that shows depends on the record before.
func again(form *config.Formatter) handler.Again {
	if form.Form == config.PrettyForm {
		return nil
	}
	return func() format.Format { return form.New(false) }
}

// has reports whether the handler of that name has the file open.
func (e *Env) has(name, path string) bool {
	if e.Before == nil {
		return false
	}
	before := e.Before.Handler(name)
	if before == nil {
		return false
	}
	file, ok := before.Params.(*config.File)
	return ok && file.Path == path
}
