package record

// Former is implemented by a [Handler] that writes a form of each record that depends on the record alone:
// a line of JSON, for example. Who keeps records for such a handler may have the forms made early, on another
// goroutine, and keep those instead: they take less memory, and less work when it is the handler's turn.
// package jackdaw does so when a handler falls behind.
type Former interface {
	Handler
	// NewForm returns the handler itself, and a function that appends the form of a record to dst, for
	// use by one goroutine at a time. That must be quick, must not wait for anything, and must not keep
	// the record. The handler then is given records that have their [Record.Form].
	//
	// The handler is returned so that one that embeds another is not taken for it. The function is nil
	// if there are no forms.
	NewForm() (of Handler, form func(dst []byte, r *Record) []byte)
}

// Form returns the form of the record that was made early, and nil if there is none. A record that has
// it has its Time, Level, Logger and Message as well, and nothing else.
func (r *Record) Form() []byte { return r.form }

// SetForm gives the record its form, which must not be changed as long as the record is used.
func (r *Record) SetForm(form []byte) { r.form = form }
