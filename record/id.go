package record

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// ID is the identity of a record that went through a stream: the stream's epoch, the sequence of the
// message the record was stored in, and its place in that message. A record keeps it for life. IDs of
// one stream compare in the order in which the records were stored; the zero ID is none.
type ID struct {
	Epoch    uint64
	Sequence uint64
	Index    uint32
}

// IsZero reports whether the id is that of no record.
func (id ID) IsZero() bool { return id == ID{} }

// Compare returns -1, 0 or 1 as id was stored before other, is other, or was stored after it.
func (id ID) Compare(other ID) int {
	return cmp.Or(cmp.Compare(id.Epoch, other.Epoch), cmp.Compare(id.Sequence, other.Sequence), cmp.Compare(id.Index, other.Index))
}

// String returns the id as <epoch>-<sequence>-<index>, the epoch to the base 36, and "" for none.
func (id ID) String() string {
	if id.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s-%d-%d", strconv.FormatUint(id.Epoch, 36), id.Sequence, id.Index)
}

// ParseID reads what [ID.String] wrote.
func ParseID(text string) (ID, error) {
	if text == "" {
		return ID{}, nil
	}
	parts := strings.Split(text, "-")
	if len(parts) != 3 {
		return ID{}, fmt.Errorf("read id %q: want <epoch>-<sequence>-<index>", text)
	}
	epoch, err1 := strconv.ParseUint(parts[0], 36, 64)
	sequence, err2 := strconv.ParseUint(parts[1], 10, 64)
	index, err3 := strconv.ParseUint(parts[2], 10, 32)
	if err := cmp.Or(err1, err2, err3); err != nil {
		return ID{}, fmt.Errorf("read id %q: %w", text, err)
	}
	return ID{Epoch: epoch, Sequence: sequence, Index: uint32(index)}, nil
}
