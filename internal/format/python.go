package format

import (
	"fmt"
	"log/slog"
	"strings"
)

// Style is how fields are written in a format string of Python's logging.
type Style string

const (
	PercentStyle Style = "%" // %(message)s, as by the % operator
	BraceStyle   Style = "{" // {message}, as by str.format
	DollarStyle  Style = "$" // $message or ${message}, as by string.Template
)

// show returns how a field is written.
func (s Style) show(key string) string {
	switch s {
	case BraceStyle:
		return "{" + key + "}"
	case DollarStyle:
		return "${" + key + "}"
	}
	return "%(" + key + ")s"
}

// Options are those of [New], and of Python's logging.Formatter.
type Options struct {
	// Format is the format string, fmt in Python. Defaults to the message alone if empty.
	Format string
	// Style is how its fields are written. Defaults to [PercentStyle] if empty.
	Style Style
	// DateFormat is the form of asctime, datefmt in Python, as strftime reads it in the C locale. Defaults to
	// 2006-01-02 15:04:05,000 with the milliseconds if empty.
	DateFormat string
	// UTC shows times in UTC (converter = time.gmtime in Python). They are in the local zone otherwise.
	UTC bool
	// Defaults are the values of what a record does not have. Without one it is None.
	Defaults map[string]any
	// Breaks says what becomes of line breaks and control characters. Defaults to Indent.
	Breaks Breaks
	// Unchecked takes a format string also if it shows nothing of a record, or has a key that looks like a
	// slip (validate=False in Python).
	Unchecked bool
}

// New returns the Format that a format string of Python's logging describes.
//
// The keys are those of a LogRecord and those of the record's attrs, group.member for what is in a
// group. Flags, widths, precisions and conversions are Python's, and so is the output, with exception
// and stack below it, but for this: unless Breaks is Raw, control characters are shown by their code, and a
// line of a message or an exception that could pass for a record's first is indented by four spaces;
// and what would make Python lose the record is shown instead: what the record does not have as None,
// and a value that its conversion does not fit as its text.
//
// A key that is a slip of a LogRecord's key is an error. Where an attr has such a name,
// attrs.thatname means it. An error in the format string is a [*FormatError].
func New(o Options) (Format, error) {
	if o.Style == "" {
		o.Style = PercentStyle
	}
	p := parser{format: o.Format, o: &o, layout: new(layout)}
	if p.format == "" {
		p.format = o.Style.show("message")
	}
	p.layout.setBreaks(o.Breaks)
	var err error
	switch o.Style {
	case PercentStyle:
		err = p.percent()
	case BraceStyle:
		err = p.braces()
	case DollarStyle:
		err = p.dollars()
	default:
		return nil, fmt.Errorf("format style %q: want %%, { or $", string(o.Style))
	}
	if err != nil {
		return nil, err
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	if err := p.moments(); err != nil {
		return nil, err
	}
	return p.layout.append, nil
}

// moments gives the fields that show the time its form.
func (p *parser) moments() error {
	if p.o.DateFormat == "" && !p.o.UTC {
		return nil
	}
	if strings.IndexByte(p.o.DateFormat, 0) >= 0 {
		return fmt.Errorf("date format %q holds a NUL", p.o.DateFormat)
	}
	m := &moment{utc: p.o.UTC}
	if p.o.DateFormat != "" {
		form := newDateForm(p.o.DateFormat)
		m.form = &form
	}
	for i := range p.layout.parts {
		if f := &p.layout.parts[i].field; f.asctime {
			f.moment = m
		}
	}
	return nil
}

// fallback returns the value of what a record does not have.
func (o *Options) fallback(key string) slog.Value {
	if v, ok := o.Defaults[key]; ok {
		return slog.AnyValue(v).Resolve()
	}
	return none
}

// Percent is [New] with a format string in the % style, and nothing else:
//
//	%(asctime)s %(name)-15s %(levelname)-8s %(processName)-10s %(message)s
func Percent(text string) (Format, error) {
	if text == "" {
		p := parser{o: &Options{Style: PercentStyle}, layout: new(layout)}
		return nil, p.finish()
	}
	return New(Options{Format: text})
}
