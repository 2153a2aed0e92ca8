package otlp

import "fmt"

// The defaults of [Limits].
const (
	DefaultBytes   = 16 << 20
	DefaultDepth   = 320
	DefaultRecords = 1 << 17
	DefaultAttrs   = 1 << 20
)

// Limits bounds what one message may ask for. A message beyond a limit is an error as a whole.
type Limits struct {
	// Bytes bounds the length of a message. Defaults to DefaultBytes if zero.
	Bytes int
	// Depth bounds the nesting of lists and mappings. Defaults to DefaultDepth if zero, which is more than
	// Append writes.
	Depth int
	// Records bounds the records of a message. Defaults to DefaultRecords if zero.
	Records int
	// Attrs bounds the attributes of a message, where the members of a group and the items of a list
	// count each. Defaults to DefaultAttrs if zero.
	Attrs int
}

func (l Limits) withDefaults() Limits {
	set := func(n *int, value int) {
		if *n <= 0 {
			*n = value
		}
	}
	set(&l.Bytes, DefaultBytes)
	set(&l.Depth, DefaultDepth)
	set(&l.Records, DefaultRecords)
	set(&l.Attrs, DefaultAttrs)
	return l
}

// Error says why a message is none of OTLP's, and at which byte.
type Error struct {
	Offset int
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("otlp: byte %d: %s", e.Offset, e.Reason) }
