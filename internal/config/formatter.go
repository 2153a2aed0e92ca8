package config

import (
	"reflect"

	"github.com/jackdaw-log/jackdaw/internal/format"
)

// Form is which form of a record a formatter is.
type Form string

// The forms.
const (
	JSONForm   Form = "json"
	LogfmtForm Form = "logfmt"
	TextForm   Form = "text"
	PrettyForm Form = "pretty"
	PythonForm Form = "python" // a format string of Python's logging
)

// Formatter is what a file says of one formatter.
type Formatter struct {
	Name string
	Place
	Form Form
	// Python are the options of a format string, which were tried: format.New takes them.
	Python format.Options
}

// New returns the form, for one handler: it may have a memory. Color is whether the pretty form is coloured.
func (f *Formatter) New(color bool) format.Format {
	switch f.Form {
	case LogfmtForm:
		return format.Logfmt
	case TextForm:
		return format.Text
	case PrettyForm:
		return format.Pretty(color)
	case PythonForm:
		if form, err := format.New(f.Python); err == nil {
			return form
		}
	}
	return format.NewJSON()
}

// Same reports whether two formatters are the same form, whatever they are called.
func (f *Formatter) Same(o *Formatter) bool {
	if f == nil || o == nil {
		return f == o
	}
	return f.Form == o.Form && reflect.DeepEqual(f.Python, o.Python)
}
