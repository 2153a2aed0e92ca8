package chunk

import "encoding/binary"

// Where only some of the records have something, it is written of which: their number, a uvarint, and the
// rows as integers.

func appendRows(dst []byte, rows []int64) []byte {
	return appendInts(binary.AppendUvarint(dst, uint64(len(rows))), rows)
}

// rows reads rows of n, in ascending order. It returns for each of the n its place among them, or -1; nothing
// if there are none.
func (r *reader) rows(n int) (rows []int64, places []int32) {
	count := r.count(n)
	if count == 0 {
		return nil, nil
	}
	rows = r.ints(nil, count)
	places = make([]int32, n)
	for i := range places {
		places[i] = -1
	}
	before := int64(-1)
	for i, row := range rows {
		if row <= before || row >= int64(n) {
			r.fail("row %d after %d, of %d", row, before, n)
			break
		}
		places[row] = int32(i)
		before = row
	}
	return rows, places
}

// placeIn returns the place of a row, or -1.
func placeIn(places []int32, row int) int {
	if places == nil {
		return -1
	}
	return int(places[row])
}
