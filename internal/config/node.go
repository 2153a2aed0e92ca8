package config

// Place is where something stands in a file: line and column, both from 1, the column in characters. The zero Place
// is nowhere.
type Place struct{ Line, Column int }

// Kind is the kind of a [Node].
type Kind uint8

// The kinds.
const (
	NullKind Kind = iota
	BoolKind
	IntKind
	FloatKind
	TextKind
	ListKind
	MapKind
)

// String returns what a node of the kind is called in errors.
func (k Kind) String() string {
	return [...]string{"nothing", "a boolean", "a number", "a number", "a text", "a list", "a mapping"}[k]
}

// Node is a value of a configuration, with its place: the one form that JSON and YAML are read into. A Node may be
// in several places of a tree, where YAML has an alias; there is no cycle.
type Node struct {
	Kind Kind
	Place
	// Text is a scalar as it is written, without quotes and escapes. Inside is the place of its first character, where
	// each character of it stands in the file as it is; nowhere otherwise, as with escapes.
	Text   string
	Inside Place
	// Bool, Int and Float are the value, by the kind; Float is that of an Int too.
	Bool  bool
	Int   int64
	Float float64
	// Items are the members of a list.
	Items []*Node
	// Members are those of a mapping, in the order of the file, no key twice.
	Members []Member

	env string // the variable that Text is from
}

// Member is a key of a mapping with its value. The Place is that of the key.
type Member struct {
	Key string
	Place
	Value *Node
}

// Get returns the value of a key of a mapping, nil if it has none.
func (n *Node) Get(key string) *Node {
	for _, m := range n.Members {
		if m.Key == key {
			return m.Value
		}
	}
	return nil
}

// The bounds of a configuration. What goes beyond is an error.
const (
	// MaxBytes bounds the text.
	MaxBytes = 4 << 20
	// MaxDepth bounds how deep lists and mappings are nested.
	MaxDepth = 64
	// MaxNodes bounds the values, those of aliases counted each time.
	MaxNodes = 100_000
)
