package format

import (
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/filter"
	"github.com/jackdaw-log/jackdaw/record"
)

// The colours of the pretty form: the 16 of ANSI, so that the terminal's theme decides how they
// look, and no background.
const (
	reset   = "\x1b[0m"
	faint   = "\x1b[2m"
	red     = "\x1b[31m"
	green   = "\x1b[32m"
	yellow  = "\x1b[33m"
	cyan    = "\x1b[36m"
	blue    = "\x1b[94m"
	magenta = "\x1b[1;35m"

	reversed = "\x1b[7m"
	upright  = "\x1b[27m"
)

func colorOf(level slog.Level) string {
	switch {
	case level >= record.LevelCritical:
		return magenta
	case level >= record.LevelError:
		return red
	case level >= record.LevelWarning:
		return yellow
	case level >= record.LevelInfo:
		return green
	}
	return blue
}

// The columns that short names are padded to. Nothing is ever cut.
const (
	levelWidth  = len("CRITICAL")
	loggerWidth = 16
)

// Pretty returns the Format for people at a terminal, coloured or not: the time of day in the local
// zone, level, logger, message and attrs on a line, then the rest of a message of several lines, the
// traceback and the stack, indented. From WARNING on the place of the call is shown too. Where a
// record is of another day than the one before it, a line with the date stands above it; the day
// before the first record is that of the call to Pretty.
func Pretty(color bool) Format { return NewPretty(PrettyOptions{Color: color}) }

// PrettyOptions say how the pretty form looks.
type PrettyOptions struct {
	Color bool
	// Zone is that of the times. Defaults to time.Local if nil.
	Zone *time.Location
	// Highlight is a filter: what its words find is shown in reverse, where there is colour.
	Highlight *filter.Filter
	// Origins gives the loggers of each process a colour of its own, none of which is red or yellow, where
	// there is colour; Names shows which process that is: its host, its number and its name. A Format with one
	// of them is for one goroutine at a time.
	Origins, Names bool
	// Raw shows messages, tracebacks and stacks as they are: their control characters act on the terminal.
	Raw bool
}

// NewPretty returns a Format as [Pretty] does.
func NewPretty(o PrettyOptions) Format {
	p := &pretty{o: o, color: o.Color, zone: o.Zone, text: &indented}
	if p.zone == nil {
		p.zone = time.Local
	}
	if o.Raw {
		p.text = &indentedRaw
	}
	if o.Color && o.Highlight != nil {
		p.mark = p.reverse
	}
	if o.Origins || o.Names {
		p.origins = new(origins)
	}
	p.day.Store(dayOf(time.Now().In(p.zone)))
	return p.append
}

type pretty struct {
	o       PrettyOptions
	color   bool
	zone    *time.Location
	text    *escaping
	mark    marker       // nil if nothing is marked
	origins *origins     // nil if they are no matter
	day     atomic.Int64 // that of the last record, as dayOf numbers it
}

func (p *pretty) append(dst []byte, r *record.Record) []byte {
	if r.Time.IsZero() {
		dst = p.paint(dst, faint)
		dst = append(dst, "--:--:--.---"...)
	} else {
		at := r.Time.In(p.zone)
		dst = p.appendDay(dst, at)
		dst = p.paint(dst, faint)
		dst = appendTimeOfDay(dst, at)
	}
	dst = append(p.paint(dst, reset), ' ')

	dst = p.paint(dst, colorOf(r.Level))
	dst = appendPadded(dst, levelName(r), levelWidth)
	dst = append(p.paint(dst, reset), ' ')

	color := cyan
	if p.origins != nil {
		o := p.origins.of(r)
		color = o.color
		if p.o.Names {
			dst = p.paint(dst, color)
			dst = appendPadded(dst, o.name, p.origins.width)
			dst = append(p.paint(dst, reset), ' ')
		}
	}
	dst = p.paint(dst, color)
	dst = appendPadded(dst, loggerName(r), loggerWidth)
	dst = append(p.paint(dst, reset), ' ')

	first, rest, _ := strings.Cut(withoutBreaks(r.Message), "\n")
	from := len(dst)
	dst = p.text.append(dst, strings.TrimSuffix(first, "\r"))
	dst = p.marked(dst, from, "message")
	dst = p.appendAside(dst, r)
	dst = append(dst, '\n')

	if rest != "" {
		dst = p.appendBelow(dst, rest, "", "message")
	}
	if r.Exception != nil {
		dst = p.appendTraceback(dst, tracebackOf(r.Exception))
	}
	if r.Stack != "" {
		dst = p.appendBelow(dst, r.Stack, faint, "stack")
	}
	return dst
}

// marked marks what is looked for in the text of a field that begins at from.
func (p *pretty) marked(dst []byte, from int, field string) []byte {
	if p.mark == nil {
		return dst
	}
	return p.mark(dst, from, field)
}

// reverse is a marker. What it sees has no control characters any more that are not its own.
func (p *pretty) reverse(dst []byte, from int, field string) []byte {
	text := string(dst[from:])
	spans := p.o.Highlight.AppendSpans(nil, field, text)
	if len(spans) == 0 {
		return dst
	}
	dst = dst[:from]
	at := 0
	for _, s := range spans {
		dst = append(dst, text[at:s.Start]...)
		dst = append(dst, reversed...)
		dst = append(dst, text[s.Start:s.End]...)
		dst = append(dst, upright...)
		at = s.End
	}
	return append(dst, text[at:]...)
}

func (p *pretty) paint(dst []byte, code string) []byte {
	if !p.color || code == "" {
		return dst
	}
	return append(dst, code...)
}

// appendDay appends the date as a line of its own when it is not that of the record before.
func (p *pretty) appendDay(dst []byte, at time.Time) []byte {
	if day := dayOf(at); p.day.Swap(day) == day {
		return dst
	}
	dst = p.paint(dst, faint)
	dst = at.AppendFormat(dst, "Monday 2006-01-02")
	return append(p.paint(dst, reset), '\n')
}

// appendAside appends what stands after the message: the attrs, and where the record is of
// consequence, the place of its call.
func (p *pretty) appendAside(dst []byte, r *record.Record) []byte {
	source := placeOf(r)
	if len(r.Attrs) == 0 && source == nil {
		return dst
	}
	dst = append(dst, ' ')
	dst = p.paint(dst, faint)
	dst = appendAttrs(dst, r.Attrs, p.mark)
	if source != nil {
		dst = append(dst, ' ')
		dst = appendPlace(dst, source)
	}
	return p.paint(dst, reset)
}

// appendBelow appends text of a field in the given colour, each line indented.
func (p *pretty) appendBelow(dst []byte, text, color, field string) []byte {
	dst = append(dst, p.text.indent...)
	dst = p.paint(dst, color)
	from := len(dst)
	dst = p.text.append(dst, withoutBreaks(text))
	dst = p.marked(dst, from, field)
	if color != "" {
		dst = p.paint(dst, reset)
	}
	return append(dst, '\n')
}

// appendTraceback appends an exception's text, with the line that says what it was in red.
func (p *pretty) appendTraceback(dst []byte, text string) []byte {
	for line := range strings.Lines(withoutBreaks(text)) {
		line = withoutBreaks(line)
		if line == "" {
			dst = append(dst, '\n')
			continue
		}
		color := red
		if line[0] == ' ' || isTracebackHead(line) {
			color = faint
		}
		dst = p.appendBelow(dst, line, color, "exception.traceback")
	}
	return dst
}

// levelName is the level's name as the sender called it.
func levelName(r *record.Record) string {
	if r.LevelName != "" {
		return r.LevelName
	}
	return record.LevelName(r.Level)
}

// loggerName is the logger's name, that of the root where it is unknown.
func loggerName(r *record.Record) string {
	if r.Logger == "" {
		return record.RootLogger
	}
	return r.Logger
}

// appendPadded appends s and spaces up to width characters.
func appendPadded(dst []byte, s string, width int) []byte {
	from := len(dst)
	dst = oneLine.append(dst, s)
	for n := utf8.RuneCount(dst[from:]); n < width; n++ {
		dst = append(dst, ' ')
	}
	return dst
}

// placeOf returns the place of the call where it matters and is known, else nil.
func placeOf(r *record.Record) *slog.Source {
	if r.Level < record.LevelWarning {
		return nil
	}
	if source := r.Caller(); source != nil && source.File != "" {
		return source
	}
	return nil
}

// appendPlace appends the file's own name and the line: "pay.py:10".
func appendPlace(dst []byte, source *slog.Source) []byte {
	dst = oneLine.append(dst, source.File[strings.LastIndexAny(source.File, `/\`)+1:])
	dst = append(dst, ':')
	return strconv.AppendInt(dst, int64(source.Line), 10)
}
