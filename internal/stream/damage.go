package stream

import (
	"fmt"
)

// Damage is something in the stream's files that is not as it was written.
type Damage struct {
	// File and Offset say where, if it is known. Offset is in bytes.
	File   string
	Offset int64
	// What says what is wrong there.
	What string
	// After is the last message before the damage, and Before the first one after it; zero is none.
	After, Before uint64
	// Records is how many records are lost by it. It is a lower bound if AtLeast is set: of the end of a
	// stream nothing says how much there was.
	Records uint64
	AtLeast bool
}

func (d Damage) String() string {
	text := d.What
	if d.File != "" {
		text = fmt.Sprintf("%s, byte %d: %s", d.File, d.Offset, text)
	}
	switch {
	case d.After != 0 && d.Before != 0:
		text += fmt.Sprintf("; between messages %d and %d", d.After, d.Before)
	case d.After != 0:
		text += fmt.Sprintf("; after message %d", d.After)
	case d.Before != 0:
		text += fmt.Sprintf("; before message %d", d.Before)
	}
	switch {
	case d.AtLeast && d.Records == 0:
		return text + "; how many records are lost is not known"
	case d.AtLeast:
		return fmt.Sprintf("%s; at least %d records are lost", text, d.Records)
	}
	return fmt.Sprintf("%s; %d records are lost", text, d.Records)
}
