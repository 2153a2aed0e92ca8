package chunk

import "encoding/binary"

// A column of texts takes four sections:
//
//	dictionary  mode, entries, length …, bytes of all entries
//	codes       which entry each text is, or is made from
//	integers    what was taken out: for each pattern and each of its slots, the integers of all texts of the
//	            pattern in their order; for a slot of texts their lengths
//	bytes       the texts taken out, in the same order
//
// Mode: a byte, 0 where the entries are the texts themselves, 1 where they are patterns. Entries and lengths
// are uvarints.
const (
	textsWhole   = 0
	textsPattern = 1

	textSections = 4
)

// textPacker packs a column of texts. What it leaves in its fields is of the last one.
type textPacker struct {
	mode  byte
	known map[string]uint32
	dict  []string // of the mode
	codes []uint32
	// Of patterns: what was taken out of the texts, one after another.
	parsed
	// slots says how many of these belong to each entry.
	slots []slotCount

	buf   []byte
	group []int64
}

type slotCount struct{ ints, texts int }

// pack adds the sections of a column. Its texts are made from patterns, unless whole is true or few
// of them differ.
func (t *textPacker) pack(w *writer, texts []string, whole bool) {
	t.reset()
	if !t.packWhole(texts, whole) {
		t.reset()
		t.packPatterns(texts)
	}
	t.buf = binary.AppendUvarint(append(t.buf[:0], t.mode), uint64(len(t.dict)))
	for _, entry := range t.dict {
		t.buf = binary.AppendUvarint(t.buf, uint64(len(entry)))
	}
	for _, entry := range t.dict {
		t.buf = append(t.buf, entry...)
	}
	w.section(t.buf)
	if t.terms != nil {
		for _, entry := range t.dict {
			t.terms.text(entry)
		}
	}
	t.buf = appendCodes(t.buf[:0], t.codes, len(t.dict))
	w.section(t.buf)
	if t.mode == textsWhole {
		w.section(nil)
		w.section(nil)
		return
	}
	t.packSlots(w)
}

func (t *textPacker) reset() {
	if t.known == nil {
		t.known = make(map[string]uint32)
	}
	clear(t.known)
	clear(t.dict)
	clear(t.texts)
	t.dict, t.codes, t.slots = t.dict[:0], t.codes[:0], t.slots[:0]
	t.ints, t.texts = t.ints[:0], t.texts[:0]
}

// packWhole makes a dictionary of the texts. Unless it must, it gives up where too many of them differ.
func (t *textPacker) packWhole(texts []string, must bool) bool {
	t.mode = textsWhole
	most := len(texts)
	if !must {
		most = 16 + len(texts)/8
	}
	for i, s := range texts {
		if i > 0 && s == texts[i-1] {
			t.codes = append(t.codes, t.codes[i-1])
			continue
		}
		code, ok := t.known[s]
		if !ok {
			if len(t.dict) == most {
				return false
			}
			code = uint32(len(t.dict))
			t.known[s] = code
			t.dict = append(t.dict, s)
		}
		t.codes = append(t.codes, code)
	}
	return true
}

func (t *textPacker) packPatterns(texts []string) {
	t.mode = textsPattern
	for _, s := range texts {
		ints, taken := len(t.ints), len(t.texts)
		t.pattern = t.pattern[:0]
		t.parse(s)
		code, ok := t.known[string(t.pattern)]
		if !ok {
			code = uint32(len(t.dict))
			entry := string(t.pattern)
			t.known[entry] = code
			t.dict = append(t.dict, entry)
			t.slots = append(t.slots, slotCount{len(t.ints) - ints, len(t.texts) - taken})
		}
		t.codes = append(t.codes, code)
	}
}

// packSlots adds what was taken out, pattern by pattern and slot by slot.
func (t *textPacker) packSlots(w *writer) {
	byPattern := t.byPattern()
	ints, bytes := t.buf[:0], []byte(nil)
	for code, n := range t.slots {
		rows := byPattern[code]
		for slot := range n.ints {
			t.group = t.group[:0]
			for _, r := range rows {
				t.group = append(t.group, t.ints[r.ints+slot])
			}
			ints = appendInts(ints, t.group)
		}
		for slot := range n.texts {
			t.group = t.group[:0]
			for _, r := range rows {
				s := t.texts[r.texts+slot]
				t.group = append(t.group, int64(len(s)))
				bytes = append(bytes, s...)
			}
			ints = appendInts(ints, t.group)
		}
	}
	w.section(ints)
	w.section(bytes)
	t.buf = ints
}

// byPattern returns for each pattern where the slots of its texts begin.
func (t *textPacker) byPattern() [][]slotCount {
	counts := make([]int, len(t.dict)+1)
	for _, c := range t.codes {
		counts[c+1]++
	}
	all := make([]slotCount, len(t.codes))
	lists := make([][]slotCount, len(t.dict))
	for c := range lists {
		counts[c+1] += counts[c]
		lists[c] = all[counts[c]:counts[c]:counts[c+1]]
	}
	var at slotCount
	for _, c := range t.codes {
		lists[c] = append(lists[c], at)
		at.ints += t.slots[c].ints
		at.texts += t.slots[c].texts
	}
	return lists
}
