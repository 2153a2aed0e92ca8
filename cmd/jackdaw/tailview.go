package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/client"
	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/internal/store"
	"github.com/jackdaw-log/jackdaw/internal/terminal"
	"github.com/jackdaw-log/jackdaw/record"
)

// maxHeldBytes bounds what is held while somebody reads. What arrives beyond it waits at the server.
const maxHeldBytes = 16 << 20

// eventBytes is about what an event takes besides its records.
const eventBytes = 256

// goneEvery is how often it is looked whether there is still somebody who reads, where no record comes.
const goneEvery = time.Second

// tailLevels are the levels of the keys 1 to 5.
var tailLevels = [...]slog.Level{record.LevelDebug, record.LevelInfo, record.LevelWarning, record.LevelError, record.LevelCritical}

// viewer shows records as they arrive, and does what keys say.
type viewer struct {
	p     *program
	t     *tailFlags
	c     *client.Client
	keys  <-chan terminal.Key // nil if there are none
	woken <-chan struct{}

	text   string // of the filter, as it was written
	filter *filter.Filter
	level  levelValue
	from   *following
	print  *printer
	out    bytes.Buffer // what print has written

	paused  bool
	line    *terminal.Line // a filter that is being typed, nil if none is
	held    []client.Event // while it is paused or something is typed
	bytes   int            // of what is held, about
	records int            // that are held
	marks   int
	drawn   bool // a status line stands on the terminal
}

// run shows records until ctx ends, or there is nobody who sees them.
func (v *viewer) run(ctx context.Context) error {
	if err := v.begin(ctx, v.t.limit, !v.t.from.IsZero()); err != nil {
		return err
	}
	defer func() { v.from.end() }()
	if v.keys != nil {
		v.p.note("following %s; Space pauses, / filters, 1-5 level, m marks, ? all keys, q leaves", v.t.addr)
	}
	for gone := time.Tick(goneEvery); ; {
		events := v.from.events
		if v.bytes >= maxHeldBytes {
			events = nil
		}
		var err error
		select {
		case e := <-events:
			err = v.event(e)
		case <-v.from.ended:
			err = v.from.err
		case k := <-v.keys:
			err = v.press(ctx, k)
		case <-v.woken:
			v.draw()
		case <-v.p.hangup:
			if !v.p.nohup {
				return errLeft // the terminal is gone
			}
		case <-gone:
			if terminal.Gone(v.p.stdout) {
				return errLeft
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// begin follows the server, from the last records that match on or from a time.
func (v *viewer) begin(ctx context.Context, last int, history bool) error {
	f, err := above(v.filter, v.level)
	if err != nil {
		return err
	}
	v.print = v.t.newPrinter(v.p, &v.out, v.p.stdout, v.filter)
	if !history {
		v.from = follow(ctx, v.c, client.TailQuery{Filter: f, Last: last, Patient: v.from != nil})
		return nil
	}
	v.from = follow(ctx, v.c, client.TailQuery{Filter: f})
	select {
	case e := <-v.from.events:
		if e.Hello == nil {
			return fmt.Errorf("the server does not say where it begins")
		}
		err = v.history(ctx, store.Query{Filter: f}, e.Hello.Last)
	case <-v.from.ended:
		err = v.from.err
	}
	if err != nil {
		v.from.end()
	}
	return err
}

// event shows what the server tells, or holds it.
func (v *viewer) event(e client.Event) error {
	if v.paused || v.line != nil {
		v.held = append(v.held, e)
		v.bytes += eventBytes
		v.records += len(e.Records)
		for i := range e.Records {
			v.bytes += weight(&e.Records[i])
		}
		v.draw()
		return nil
	}
	return v.show(e)
}

// show shows what the server tells.
func (v *viewer) show(e client.Event) error {
	switch {
	case e.Gap != nil:
		v.note(gapText(e.Gap))
	case e.Lost != nil:
		v.note(fmt.Sprintf("the connection to %s is lost: %v; trying again", v.t.addr, e.Lost.Err))
	case e.Back != nil && e.Back.Resumed:
		v.note(fmt.Sprintf("%s is back after %v; what arrived meanwhile follows", v.t.addr, e.Back.After.Round(100*time.Millisecond)))
	case e.Back != nil:
		v.note(fmt.Sprintf("%s is back after %v; what arrived meanwhile may be missing", v.t.addr, e.Back.After.Round(100*time.Millisecond)))
	}
	for i := range e.Records {
		if err := v.print.record(&e.Records[i], false); err != nil {
			return err
		}
	}
	return v.flush()
}

// release shows what was held.
func (v *viewer) release() error {
	held := v.held
	v.held, v.bytes, v.records = nil, 0, 0
	v.erase()
	for _, e := range held {
		if err := v.show(e); err != nil {
			return err
		}
	}
	return nil
}

// flush writes what was printed with one Write.
func (v *viewer) flush() error {
	if v.out.Len() == 0 {
		return nil
	}
	v.erase()
	_, err := v.p.stdout.Write(v.out.Bytes())
	if v.out.Reset(); v.out.Cap() > 1<<20 {
		v.out = bytes.Buffer{}
	}
	return err
}

// note tells lines on the standard error, at their place among the records.
func (v *viewer) note(text string) {
	v.erase()
	for i, line := range strings.Split(text, "\n") {
		if i == 0 {
			v.p.note("%s", line)
		} else {
			fmt.Fprintln(v.p.stderr, "         "+printable(line))
		}
	}
}

// press does what a key says.
func (v *viewer) press(ctx context.Context, k terminal.Key) error {
	if v.line != nil {
		return v.typed(ctx, k)
	}
	switch k {
	case ' ':
		if v.paused = !v.paused; !v.paused {
			return v.release()
		}
		v.draw()
	case '/':
		v.line = terminal.NewLine(v.text)
		v.draw()
	case '1', '2', '3', '4', '5':
		v.level.level = tailLevels[k-'1']
		return v.restart(ctx)
	case 'm':
		v.marks++
		return v.rule(fmt.Sprintf("mark %d, %s", v.marks, time.Now().In(v.t.zone).Format("15:04:05.000")))
	case terminal.Enter:
		fmt.Fprintln(&v.out)
		err := v.flush()
		v.draw()
		return err
	case terminal.Redraw:
		v.drawn = false
		io.WriteString(&v.out, "\x1b[H\x1b[2J")
		err := v.flush()
		v.draw()
		return err
	case '?', 'h':
		v.note("Space pauses and goes on\n/ changes the filter\n1 2 3 4 5 show DEBUG, INFO, WARNING, ERROR, CRITICAL and above\nm leaves a mark, Enter an empty line\nCtrl-L clears the screen\nq leaves")
		v.draw()
	case 'q', 'Q', terminal.EndOfInput:
		return errLeft
	}
	return nil
}

// typed goes on with the filter that is being typed.
func (v *viewer) typed(ctx context.Context, k terminal.Key) error {
	switch k {
	case terminal.Escape:
		v.line = nil
		if v.paused {
			v.draw()
			return nil
		}
		return v.release()
	case terminal.Enter:
		v.t.now = time.Now().In(v.t.zone)
		f, err := v.t.parse([]string{v.line.String()})
		if err != nil {
			v.note(err.Error())
			v.draw()
			return nil
		}
		v.text, v.filter, v.line = v.line.String(), f, nil
		return v.restart(ctx)
	}
	v.line.Press(k)
	v.draw()
	return nil
}

// restart shows the last records that match by now, and what arrives from then on.
func (v *viewer) restart(ctx context.Context) error {
	v.from.end()
	v.paused = false
	if err := v.release(); err != nil {
		return err
	}
	if err := v.rule(filterText(v.filter, v.level)); err != nil {
		return err
	}
	return v.begin(ctx, defaultLast, false)
}

// rule writes a line that is no record across the terminal.
func (v *viewer) rule(text string) error {
	text = "── " + printable(text) + " "
	text += strings.Repeat("─", max(3, min(terminal.Width(v.p.stdout)-1, 100)-utf8.RuneCountInString(text)))
	if terminal.Colored(v.t.color.word, true, v.p.getenv) {
		text = "\x1b[2m" + text + "\x1b[0m"
	}
	fmt.Fprintln(&v.out, text)
	err := v.flush()
	v.draw()
	return err
}

// draw draws the status line, if there is something to say.
func (v *viewer) draw() {
	if v.keys == nil {
		return
	}
	columns := terminal.Width(v.p.stdout) - 1
	switch {
	case v.line != nil:
		text, cursor := v.line.Show(columns - 1)
		fmt.Fprintf(v.p.stdout, "\r\x1b[K/%s\r\x1b[%dC", text, cursor+1)
	case v.paused:
		text := "paused"
		if v.records > 0 {
			text += "; " + of(v.records, "record") + " waiting"
		}
		if v.bytes >= maxHeldBytes {
			text += ", and more at the server"
		}
		text += "; Space goes on"
		text = text[:max(0, min(len(text), columns))]
		fmt.Fprintf(v.p.stdout, "\r\x1b[K\x1b[7m%s\x1b[27m", text)
	default:
		return
	}
	v.drawn = true
}

// erase takes the status line away.
func (v *viewer) erase() {
	if v.drawn {
		io.WriteString(v.p.stdout, "\r\x1b[K")
		v.drawn = false
	}
}
