package record

import (
	"log/slog"
	"strings"
)

// Encoder writes the JSON form of many records. It remembers what records have in common: the second of
// their times, level and logger, the place of the call, process and thread are encoded once and then copied,
// which spares about half of the work. The bytes are always those of [AppendJSON].
//
// The zero Encoder is ready to use. It is for one goroutine at a time and holds at most 512 KiB.
type Encoder struct {
	memory memory
}

// AppendJSON appends what [AppendJSON] appends.
func (e *Encoder) AppendJSON(dst []byte, r *Record) []byte {
	return e.memory.appendRecord(dst, r)
}

// memory is what an Encoder remembers. A nil memory remembers nothing.
type memory struct {
	time, received, times clock // of the record, of its receipt, of attrs

	heads  fragments[head]
	places fragments[place]
	owners fragments[owner]
}

// The keys of the memory: each is all that its text is made of.
type (
	head struct {
		level  slog.Level
		logger string
	}
	place struct {
		source slog.Source
		pc     uintptr // where source is not known
	}
	owner struct {
		process Process
		thread  Thread
	}
)

// The strings of a record may be parts of far longer ones, which a key that is kept must not keep too.

func (h head) clone() head {
	h.logger = strings.Clone(h.logger)
	return h
}

func (p place) clone() place {
	p.source.Function, p.source.File = strings.Clone(p.source.Function), strings.Clone(p.source.File)
	return p
}

func (o owner) clone() owner {
	o.process.Name, o.thread.Name = strings.Clone(o.process.Name), strings.Clone(o.thread.Name)
	return o
}

// The hashes need not be good, only quick: names differ in length, beginning or end.

func (h *head) hash() uint64 {
	first, last := edges(h.logger)
	return first*golden ^ last + uint64(len(h.logger))<<32 + uint64(h.level)
}

func (p *place) hash() uint64 {
	return uint64(p.pc) + uint64(p.source.Line)<<16 + uint64(len(p.source.File))<<8 + uint64(len(p.source.Function))
}

func (o *owner) hash() uint64 { return o.thread.ID*golden + uint64(o.process.PID) }

// golden spreads a hash over all bits.
const golden = 0x9e3779b97f4a7c15

// fragments is a bounded number of texts that were encoded before, by what they were made of. A key
// has two places that its text may be in. Where both are taken, one key of eight that are not found gets
// a place: what comes often has one soon, and what comes once seldom displaces it.
type fragments[K key[K]] struct {
	pairs []pair[K]
}

type pair[K key[K]] struct {
	kept   [2]fragment[K]
	missed uint8
}

type fragment[K key[K]] struct {
	hash uint64 // 0: none
	key  K
	text []byte
}

type key[K any] interface {
	comparable
	clone() K
}

const (
	// fragmentBits says how many pairs there are.
	fragmentBits = 6
	// maxFragment bounds a text that is kept.
	maxFragment = 512
)

// find returns the text of key; nil if it is not there. The hash is what keep wants then.
func (f *fragments[K]) find(key *K, hash uint64) ([]byte, uint64) {
	hash = (hash^hash>>32)*golden | 1
	if f.pairs == nil {
		f.pairs = make([]pair[K], 1<<fragmentBits)
	}
	p := &f.pairs[hash>>(64-fragmentBits)]
	if k := &p.kept[0]; k.hash == hash && k.key == *key {
		return k.text, hash
	}
	if k := &p.kept[1]; k.hash == hash && k.key == *key {
		return k.text, hash
	}
	return nil, hash
}

// keep puts the text of a key that was not found into one of its places, if it is the key's turn.
func (f *fragments[K]) keep(key *K, hash uint64, text []byte) {
	p := &f.pairs[hash>>(64-fragmentBits)]
	p.missed++
	k := &p.kept[0]
	if k.hash != 0 {
		if p.kept[1].hash != 0 && p.missed%8 != 0 {
			return
		}
		p.kept[0], p.kept[1] = p.kept[1], p.kept[0]
	}
	if len(text) <= maxFragment {
		k.hash, k.key, k.text = hash, (*key).clone(), append(k.text[:0], text...)
	}
}
