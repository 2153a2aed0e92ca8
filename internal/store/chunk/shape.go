package chunk

import (
	"encoding/binary"
	"log/slog"
	"slices"
)

// The attrs of records mostly differ in their values alone. What they have in common is a shape: the keys in their
// order, the groups they are in, and of what kind the values are. The values of one key, in one group, of one
// kind are a column, and so are those that have the same key once more in the same record.
//
// A part of attrs has these sections:
//
//	schema   columns, and of each: kind, keys, key …
//	         shapes, and of each: items, item …
//	shapes   codes: which shape the attrs of each record have
//	…        the sections of each column
//
// Kind: a byte. Keys: how many there are from outside in, the last one that of the value; of kindOther, which
// holds its own, those of the groups alone. Item: 0 the end of a group, 1 the beginning of one, with its key, and from 2 on a column.
// Numbers are uvarints, a key its length and bytes.
const (
	itemEnd    = 0
	itemGroup  = 1
	itemColumn = 2

	// maxColumns bounds the columns of attrs, about, maxNodes the steps of all shapes, maxItems those of a
	// record, and maxGroups how deep groups are followed. What is beyond goes into columns of kindOther.
	maxColumns = 1000
	maxNodes   = 4000
	maxItems   = 128
	maxGroups  = 6
	maxKeys    = maxGroups + 1
)

// node is a step on the way through attrs: all attrs that begin alike share their way.
type node struct {
	item   int // itemEnd, itemGroup, or the column
	key    string
	kind   kind
	parent int32
	next   []int32
	last   int32 // where the last one went on
	shape  int32 // of the attrs that end here; -1 for none
}

// shapes tells the shapes of attrs, and gathers their values into columns.
type shapes struct {
	nodes   []node
	columns []*attrColumn
	known   map[string]int // column by kind, keys and repetition
	codes   []uint32       // the shapes of the records
	count   int            // shapes
	left    int            // items that the record may still have
}

// attrColumn is a column under way: its values are in the slice for its kind.
type attrColumn struct {
	kind  kind
	keys  []string
	texts []string
	ints  []int64 // the bits of floats, too
	zones []int64
}

func (s *shapes) reset() {
	s.nodes = append(s.nodes[:0], node{last: -1, shape: -1})
	s.columns, s.codes, s.count = s.columns[:0], s.codes[:0], 0
	if s.known == nil {
		s.known = make(map[string]int)
	}
	clear(s.known)
}

// add takes the attrs of the next record.
func (s *shapes) add(attrs []slog.Attr) {
	s.left = maxItems
	at := s.walk(0, attrs, 0)
	n := &s.nodes[at]
	if n.shape < 0 {
		n.shape = int32(s.count)
		s.count++
	}
	s.codes = append(s.codes, uint32(n.shape))
}

// walk goes from a node over attrs and returns where it arrives.
func (s *shapes) walk(at int32, attrs []slog.Attr, depth int) int32 {
	for i := range attrs {
		a := &attrs[i]
		if s.left--; s.left < 0 {
			return s.other(at, attrs[i:])
		}
		if a.Value.Kind() == slog.KindGroup {
			members := a.Value.Group()
			if len(members) == 0 || a.Key == "" || depth == maxGroups {
				at = s.other(at, attrs[i:i+1])
				continue
			}
			next := s.step(at, itemGroup, a.Key, 0)
			if next < 0 {
				return s.other(at, attrs[i:])
			}
			at = s.end(s.walk(next, members, depth+1))
			continue
		}
		k := kindOf(&a.Value)
		if k == kindOther || a.Key == "" {
			at = s.other(at, attrs[i:i+1])
			continue
		}
		next := s.step(at, itemColumn, a.Key, k)
		if next < 0 {
			return s.other(at, attrs[i:])
		}
		at = next
		s.columns[s.nodes[at].item-itemColumn].add(&a.Value)
	}
	return at
}

// step goes on from a node with an item. It returns -1 where there is no room for one that is new.
func (s *shapes) step(at int32, item int, key string, k kind) int32 {
	n := &s.nodes[at]
	if n.last >= 0 {
		if to := &s.nodes[n.last]; to.kind == k && min(to.item, itemColumn) == item && to.key == key {
			return n.last
		}
	}
	for _, next := range n.next {
		if to := &s.nodes[next]; to.kind == k && min(to.item, itemColumn) == item && to.key == key {
			n.last = next
			return next
		}
	}
	if len(s.nodes) >= maxNodes {
		return -1
	}
	return s.grow(at, item, key, k)
}

func (s *shapes) grow(at int32, item int, key string, k kind) int32 {
	next := int32(len(s.nodes))
	if item == itemColumn {
		c := s.column(at, key, k)
		if c < 0 {
			return -1
		}
		item += c
	}
	s.nodes = append(s.nodes, node{item: item, key: key, kind: k, parent: at, last: -1, shape: -1})
	n := &s.nodes[at]
	n.next = append(n.next, next)
	n.last = next
	return next
}

// end goes on with the end of a group, for which there always is room.
func (s *shapes) end(at int32) int32 {
	if next := s.step(at, itemEnd, "", 0); next >= 0 {
		return next
	}
	return s.grow(at, itemEnd, "", 0)
}

// other puts attrs into a column of their own, for which there always is room.
func (s *shapes) other(at int32, attrs []slog.Attr) int32 {
	next := s.step(at, itemColumn, "", kindOther)
	if next < 0 {
		next = s.grow(at, itemColumn, "", kindOther)
	}
	c := s.columns[s.nodes[next].item-itemColumn]
	c.texts = append(c.texts, encodeOther(attrs))
	return next
}

// column returns the column of a value that comes after a node, -1 where there is no room for one more.
func (s *shapes) column(at int32, key string, k kind) int {
	keys := s.groupsAt(at)
	if k != kindOther {
		keys = append(keys, key)
	}
	name := columnName(keys, k)
	for repeated := 0; ; repeated++ {
		c, ok := s.known[string(binary.AppendUvarint(name, uint64(repeated)))]
		if !ok {
			if len(s.columns) >= maxColumns && k != kindOther {
				return -1
			}
			s.known[string(binary.AppendUvarint(name, uint64(repeated)))] = len(s.columns)
			s.columns = append(s.columns, &attrColumn{kind: k, keys: keys})
			return len(s.columns) - 1
		}
		if !s.passed(at, c) {
			return c
		}
	}
}

func columnName(keys []string, k kind) []byte {
	name := []byte{byte(k)}
	for _, key := range keys {
		name = appendText(name, key)
	}
	return name
}

// groupsAt returns the keys of the groups that are open at a node, from outside in.
func (s *shapes) groupsAt(at int32) (keys []string) {
	closed := 0
	for ; at > 0; at = s.nodes[at].parent {
		switch n := &s.nodes[at]; {
		case n.item == itemEnd:
			closed++
		case n.item == itemGroup && closed > 0:
			closed--
		case n.item == itemGroup:
			keys = append(keys, n.key)
		}
	}
	slices.Reverse(keys)
	return keys
}

// passed reports whether the way to a node has a value for the column.
func (s *shapes) passed(at int32, column int) bool {
	for ; at > 0; at = s.nodes[at].parent {
		if s.nodes[at].item == itemColumn+column {
			return true
		}
	}
	return false
}

// appendSchema appends the columns and the shapes.
func (s *shapes) appendSchema(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s.columns)))
	for _, c := range s.columns {
		dst = binary.AppendUvarint(append(dst, byte(c.kind)), uint64(len(c.keys)))
		for _, key := range c.keys {
			dst = appendText(dst, key)
		}
	}
	ends := make([]int32, s.count)
	for i := range s.nodes {
		if shape := s.nodes[i].shape; shape >= 0 {
			ends[shape] = int32(i)
		}
	}
	dst = binary.AppendUvarint(dst, uint64(len(ends)))
	var way []int32
	for _, at := range ends {
		way = way[:0]
		for ; at > 0; at = s.nodes[at].parent {
			way = append(way, at)
		}
		dst = binary.AppendUvarint(dst, uint64(len(way)))
		for _, at := range slices.Backward(way) {
			n := &s.nodes[at]
			dst = binary.AppendUvarint(dst, uint64(n.item))
			if n.item == itemGroup {
				dst = appendText(dst, n.key)
			}
		}
	}
	return dst
}
