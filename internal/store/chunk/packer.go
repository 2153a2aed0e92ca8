package chunk

import (
	"log/slog"
	"slices"

	"github.com/jackdaw-log/jackdaw/record"
)

// MaxRecords bounds the records of a chunk.
const MaxRecords = 1 << 16

// Part is a part of a chunk, which is read by itself.
type Part int

// The parts.
const (
	Head   Part = iota // when, who, how important
	Said               // message, exception, stack
	Attrs              //
	Origin             // source, process, thread, host …
	Parts
)

// Packed is a chunk in bytes, and what is to be known of it without a look into them.
type Packed struct {
	Summary
	Parts [Parts][]byte
	// Terms are the hashes of all that the records can be found by, each once. See [Need].
	Terms []uint64
}

// Packer makes chunks, one after another. It is not for concurrent use.
type Packer struct {
	w       writer
	head    headPacker
	said    saidPacker
	shapes  shapes
	texts   textPacker
	numbers numberPacker
	origin  originPacker
	terms   terms
	others  others
	list    []slog.Attr
	buf     []byte
}

// NewPacker returns a Packer.
func NewPacker(c *Codec) *Packer {
	p := &Packer{w: writer{codec: c}}
	p.said.terms = &p.terms
	return p
}

// Pack makes a chunk of records, of which there are 1 to [MaxRecords], in their order. It keeps nothing of them.
func (p *Packer) Pack(records []record.Record) *Packed {
	p.terms.reset()
	k := new(Packed)
	k.Parts[Head] = p.head.pack(&p.w, records)
	k.Parts[Said] = p.said.pack(&p.w, records)
	k.Parts[Attrs] = p.packAttrs(records)
	k.Parts[Origin] = p.origin.pack(&p.w, records, p.head.moments)
	p.originTerms()
	k.Terms = p.terms.hashes()
	k.Summary = summarize(records, p.head.moments, slices.Clone(p.head.pairs))
	return k
}

func (p *Packer) packAttrs(records []record.Record) []byte {
	p.w.reset()
	p.shapes.reset()
	for i := range records {
		p.shapes.add(records[i].Attrs)
	}
	p.buf = p.shapes.appendSchema(p.buf[:0])
	p.w.section(p.buf)
	p.buf = appendCodes(p.buf[:0], p.shapes.codes, p.shapes.count)
	p.w.section(p.buf)
	for _, c := range p.shapes.columns {
		if c.kind.sections() == textSections {
			p.texts.pack(&p.w, c.texts, c.kind == kindOther)
		} else {
			p.numbers.pack(&p.w, c)
		}
		p.columnTerms(c)
	}
	return p.w.part()
}

// columnTerms adds what is in a column that was just packed.
func (p *Packer) columnTerms(c *attrColumn) {
	if c.kind == kindOther {
		for _, s := range p.texts.dict {
			if attrs, err := p.others.decode(s); err == nil {
				p.terms.attrs(c.keys, attrs)
			}
		}
		return
	}
	last := len(c.keys) - 1
	key := c.keys[last]
	p.list = p.list[:0]
	if c.kind == kindString {
		texts := c.texts
		if p.texts.mode == textsWhole {
			texts = p.texts.dict
		}
		for _, s := range texts {
			p.list = append(p.list, slog.Attr{Key: key, Value: slog.StringValue(s)})
		}
	} else {
		of := column{kind: c.kind, ints: c.ints, zones: c.zones}
		if len(p.numbers.values) > 0 {
			of.ints = p.numbers.values
		}
		for i := range of.ints {
			p.list = append(p.list, slog.Attr{Key: key, Value: of.number(i)})
		}
	}
	p.terms.attrs(c.keys[:last], p.list)
	clear(p.list)
}

// originTerms adds what is in the origin that was just packed.
func (p *Packer) originTerms() {
	var r record.Record
	for i := range p.origin.whos.list {
		r = record.Record{}
		p.origin.whos.list[i].fill(&r)
		p.terms.record(&r)
	}
	for _, place := range p.origin.places.list {
		p.terms.record(&record.Record{Source: place})
	}
	for i := range p.origin.levels.list {
		r = record.Record{}
		p.origin.levels.list[i].fill(&r)
		p.terms.record(&r)
	}
	for _, trace := range p.said.traces.traces {
		p.terms.record(&record.Record{Trace: trace})
	}
}
