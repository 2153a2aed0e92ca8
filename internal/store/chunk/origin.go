package chunk

import (
	"encoding/binary"
	"log/slog"

	"github.com/jackdaw-log/jackdaw/record"
)

// Where records come from is in these sections:
//
//	whos       entries, and of each: host, peer, task, process id, process name, thread id, thread name
//	codes      which one each record is of
//	places     entries, and of each: function, file, line
//	codes
//	ownLevels  entries, and of each: number, name
//	codes
//	received   times: the nanoseconds of the receipt less those of store.Moment
//	stamps     three sections: what else there is to the time of the receipt
//
// Entries and the thread id are uvarints, process id, line and number zigzag varints, the rest texts.
const (
	originWhos = iota
	originWhoCodes
	originPlaces
	originPlaceCodes
	originLevels
	originLevelCodes
	originReceived
	originStamps
)

// who is who logged a record.
type who struct {
	host, peer, task string
	process          record.Process
	thread           record.Thread
}

// ownLevel is what is kept of a sender's own level.
type ownLevel struct {
	number int
	name   string
}

// entries is a dictionary of what records have in common.
type entries[E comparable] struct {
	known map[E]uint32
	list  []E
	codes []uint32
}

func (d *entries[E]) reset() {
	if d.known == nil {
		d.known = make(map[E]uint32)
	}
	clear(d.known)
	clear(d.list)
	d.list, d.codes = d.list[:0], d.codes[:0]
}

func (d *entries[E]) add(e *E) {
	if n := len(d.codes); n > 0 {
		if last := d.codes[n-1]; d.list[last] == *e {
			d.codes = append(d.codes, last)
			return
		}
	}
	code, ok := d.known[*e]
	if !ok {
		code = uint32(len(d.list))
		d.known[*e] = code
		d.list = append(d.list, *e)
	}
	d.codes = append(d.codes, code)
}

// pack adds the sections of the entries, of which each is appended by one, and of the codes.
func (d *entries[E]) pack(w *writer, buf []byte, one func(dst []byte, e *E) []byte) []byte {
	buf = binary.AppendUvarint(buf[:0], uint64(len(d.list)))
	for i := range d.list {
		buf = one(buf, &d.list[i])
	}
	w.section(buf)
	buf = appendCodes(buf[:0], d.codes, len(d.list))
	w.section(buf)
	return buf
}

func appendWho(dst []byte, e *who) []byte {
	dst = appendText(appendText(appendText(dst, e.host), e.peer), e.task)
	dst = appendText(binary.AppendVarint(dst, int64(e.process.PID)), e.process.Name)
	return appendText(binary.AppendUvarint(dst, e.thread.ID), e.thread.Name)
}

func appendPlace(dst []byte, e *slog.Source) []byte {
	return binary.AppendVarint(appendText(appendText(dst, e.Function), e.File), int64(e.Line))
}

func appendOwnLevel(dst []byte, e *ownLevel) []byte {
	return appendText(binary.AppendVarint(dst, int64(e.number)), e.name)
}

// originPacker packs where records come from.
type originPacker struct {
	whos     entries[who]
	places   entries[slog.Source]
	levels   entries[ownLevel]
	received []int64
	stamps   stamps
	buf      []byte
}

func (o *originPacker) pack(w *writer, records []record.Record, moments []int64) []byte {
	w.reset()
	o.whos.reset()
	o.places.reset()
	o.levels.reset()
	o.stamps.reset()
	o.received = o.received[:0]
	for i := range records {
		o.add(&records[i], moments[i])
	}
	o.buf = o.whos.pack(w, o.buf, appendWho)
	o.buf = o.places.pack(w, o.buf, appendPlace)
	o.buf = o.levels.pack(w, o.buf, appendOwnLevel)
	o.buf = appendTimes(o.buf[:0], o.received)
	w.section(o.buf)
	o.buf = o.stamps.pack(w, o.buf)
	return w.part()
}

func (o *originPacker) add(r *record.Record, moment int64) {
	o.whos.add(&who{r.Host, r.Peer, r.Task, r.Process, r.Thread})
	place := &r.Source
	if r.PC != 0 && *place == (slog.Source{}) {
		if place = r.Caller(); place == nil {
			place = &r.Source
		}
	}
	o.places.add(place)
	o.levels.add(&ownLevel{r.LevelNo, r.LevelName})
	o.received = append(o.received, o.stamps.add(r.Received, moment)-moment)
}

// origin is where records come from, as it is read.
type origin struct {
	whos       []who
	whoCodes   []uint32
	places     []slog.Source
	placeCodes []uint32
	levels     []ownLevel
	levelCodes []uint32
	received   []int64
	stamps     *stampColumn
}

func openOrigin(p *part, n int, moments []int64) (o *origin, err error) {
	o = new(origin)
	if o.whos, o.whoCodes, err = readEntries(p, originWhos, n, (*reader).who); err != nil {
		return nil, err
	}
	if o.places, o.placeCodes, err = readEntries(p, originPlaces, n, (*reader).place); err != nil {
		return nil, err
	}
	if o.levels, o.levelCodes, err = readEntries(p, originLevels, n, (*reader).ownLevel); err != nil {
		return nil, err
	}
	received := p.reader(originReceived)
	o.received = received.times(n)
	if err := received.end(); err != nil {
		return nil, err
	}
	for i, m := range moments {
		o.received[i] += m
	}
	o.stamps, err = p.stamps(originStamps, n)
	return o, err
}

func readEntries[E any](p *part, first, n int, one func(*reader) E) ([]E, []uint32, error) {
	r, codes := p.reader(first), p.reader(first+1)
	r.all = string(r.b)
	list := make([]E, r.count(min(n, len(r.b))))
	for i := range list {
		list[i] = one(&r)
	}
	if err := r.end(); err != nil {
		return nil, nil, err
	}
	c := codes.codes(n, len(list))
	return list, c, codes.end()
}

// string reads a text, which is a part of all.
func (r *reader) string() string {
	n := len(r.text())
	end := len(r.all) - len(r.b)
	return r.all[end-n : end]
}

func (r *reader) who() who {
	return who{
		host: r.string(), peer: r.string(), task: r.string(),
		process: record.Process{PID: int(r.varint()), Name: r.string()},
		thread:  record.Thread{ID: r.uvarint(), Name: r.string()},
	}
}

func (r *reader) place() slog.Source {
	return slog.Source{Function: r.string(), File: r.string(), Line: int(r.varint())}
}

func (r *reader) ownLevel() ownLevel { return ownLevel{number: int(r.varint()), name: r.string()} }

// fill sets where a record comes from.
func (o *origin) fill(r *record.Record, row int) {
	o.whos[o.whoCodes[row]].fill(r)
	r.Source = o.places[o.placeCodes[row]]
	o.levels[o.levelCodes[row]].fill(r)
	r.Received = o.stamps.time(row, o.received[row])
}

func (e *who) fill(r *record.Record) {
	r.Host, r.Peer, r.Task, r.Process, r.Thread = e.host, e.peer, e.task, e.process, e.thread
}

func (e *ownLevel) fill(r *record.Record) { r.LevelNo, r.LevelName = e.number, e.name }
