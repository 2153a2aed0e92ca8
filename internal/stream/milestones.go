package stream

import "sort"

// milestoneBytes is how far milestones are apart at least. A stream of 2 GiB has some 30,000 of them, half a megabyte.
const milestoneBytes = 64 << 10

// milestones say how many bytes lie before messages of the stream, so that to purge so many of them nothing has to be
// read: the engine holds the whole block of a message that it reads in memory for ten seconds.
type milestones struct {
	at []milestone // by sequence, none behind a message of which no totals are known
}

// milestone is a message, and the bytes of payloads before it.
type milestone struct{ seq, bytes uint64 }

// pass notes a message that was stored, if it is far enough from the last one noted.
func (m *milestones) pass(seq, before uint64) {
	if n := len(m.at); n == 0 || before >= m.at[n-1].bytes+milestoneBytes {
		m.at = append(m.at, milestone{seq, before})
	}
}

// beyond returns a message, from first to last, before which there are so many bytes from first on, up to
// milestoneBytes more, and last if there are not so many; and whether that is known. What comes before first is
// forgotten.
func (m *milestones) beyond(first, last uint64, bytes int64) (seq uint64, ok bool) {
	from := sort.Search(len(m.at), func(i int) bool { return m.at[i].seq > first }) - 1
	if from < 0 {
		return 0, false
	}
	m.at = append(m.at[:0], m.at[from:]...)
	goal := m.at[0].bytes + uint64(max(bytes, 0))
	to := sort.Search(len(m.at), func(i int) bool { return m.at[i].bytes >= goal })
	if to == len(m.at) || m.at[to].seq > last {
		return last, true
	}
	return max(m.at[to].seq, first), true
}
