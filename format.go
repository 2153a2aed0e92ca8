package jackdaw

import (
	"github.com/jackdaw-log/jackdaw/internal/format"
	"github.com/jackdaw-log/jackdaw/record"
)

// Logfmt is the [Format] of one line of pairs: time=… level=INFO logger=shop msg="…" and the attrs.
func Logfmt(dst []byte, r *record.Record) []byte { return format.Logfmt(dst, r) }

// Style is how fields are written in a format string of Python's logging.
type Style string

const (
	PercentStyle Style = "%" // %(levelname)-8s
	BraceStyle   Style = "{" // {levelname:<8}
	DollarStyle  Style = "$" // $levelname or ${levelname}
)

// Breaks says what becomes of line breaks in the texts of a record.
type Breaks int

const (
	// Indent begins the further lines of a message with four spaces, and puts exception and stack below,
	// as Python does.
	Indent Breaks = iota
	// OneLine keeps a record on one line: breaks are shown as \n, and exception and stack stand behind
	// the rest.
	OneLine
	// Raw leaves texts as they are, control characters too, as Python does. A record may then look like
	// several, and act on the terminal that shows it.
	Raw
)

// FormatterOptions are the options of [NewFormatter], which are those of logging.Formatter in Python.
type FormatterOptions struct {
	// Format is the format string. Defaults to the message alone if empty.
	Format string
	// Style is how its fields are written. Defaults to [PercentStyle] if empty.
	Style Style
	// DateFormat is the form of asctime, as strftime has it in the C locale: "%d.%m.%Y %H:%M". Defaults to
	// date and time with milliseconds, 2006-01-02 15:04:05,000, if empty.
	DateFormat string
	// UTC shows times in UTC, and not in the local zone.
	UTC bool
	// Defaults are the values of what a record does not have. Without one it is None.
	Defaults map[string]any
	// Breaks says what becomes of line breaks and control characters. Defaults to [Indent].
	Breaks Breaks
	// Unchecked takes also a format string that shows nothing of a record, or has a key that looks like a
	// slip.
	Unchecked bool
}

// NewFormatter returns the [Format] that a format string of Python's logging describes, in any of its three
// styles. What it writes is what Python writes, byte for byte, save that nothing of a record acts on a
// terminal or passes for another record unless Breaks is [Raw], and that a record that Python would lose, for
// want of a key or by a conversion that does not fit, is shown all the same.
//
// Keys are those of a LogRecord and the record's attrs, group.member for what is in a group. The error says
// what is wrong, and where.
func NewFormatter(o FormatterOptions) (Format, error) {
	f, err := format.New(format.Options{
		Format: o.Format, Style: format.Style(o.Style), DateFormat: o.DateFormat, UTC: o.UTC, Defaults: o.Defaults,
		Breaks: format.Breaks(o.Breaks), Unchecked: o.Unchecked,
	})
	return Format(f), err
}
