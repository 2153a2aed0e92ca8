package pickle

import "fmt"

// The defaults of [Limits].
const (
	DefaultDepth  = 100
	DefaultNodes  = 1 << 17
	DefaultMemo   = 1 << 17
	DefaultDigits = 4300
	DefaultKeys   = 1 << 16
	DefaultText   = 2 * MaxFrame
)

// Limits bounds what one frame may ask for. A frame beyond a limit is rejected as a whole; the next
// one is not affected. The length of a frame is bounded by who cuts it from its stream: [MaxFrame].
type Limits struct {
	// Depth bounds the nesting of containers and objects. Defaults to DefaultDepth if zero.
	Depth int
	// Nodes bounds the values a frame holds, and the values a record is made of, where a value that
	// is used in several places counts in each. Defaults to DefaultNodes if zero.
	Nodes int
	// Memo bounds the index of a memo entry; the length of the frame bounds it too. Defaults to
	// DefaultMemo if zero.
	Memo int
	// Digits bounds the decimal digits of an integer. Defaults to DefaultDigits if zero, which is
	// Python's own.
	Digits int
	// Keys bounds the items of one mapping. Defaults to DefaultKeys if zero.
	Keys int
	// Text bounds the bytes of text that go into a record, where a text that is used in several
	// places counts in each. Defaults to DefaultText if zero.
	Text int
}

func (l Limits) withDefaults() Limits {
	set := func(n *int, value int) {
		if *n <= 0 {
			*n = value
		}
	}
	set(&l.Depth, DefaultDepth)
	set(&l.Nodes, DefaultNodes)
	set(&l.Memo, DefaultMemo)
	set(&l.Digits, DefaultDigits)
	set(&l.Keys, DefaultKeys)
	set(&l.Text, DefaultText)
	return l
}

// Error says why a frame is no record, and at which byte of the pickle.
type Error struct {
	// Offset is that of the opcode at fault, or of the one that made the value at fault.
	Offset int
	// Reason says what is wrong there.
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("pickle: byte %d: %s", e.Offset, e.Reason) }
