package pickle

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// Decoder makes records of frames. It carries nothing from one frame to the next but memory to work
// with and what frames have in common, at most some 100 KiB, so that connections may share Decoders
// over time; it is not for concurrent use.
//
// A pickle is a program. The Decoder runs it on a machine that has only plain values: whatever the
// program names, nothing is imported, looked up or called. What stands for objects of well-known
// types becomes what Python's str() shows of them, by the table of the package; any other object
// becomes a text like <app.models.Point x=1 y=2.5>.
//
// Strings and attrs of consecutive records share slabs, of at most 8 KiB and 5 KiB, so that a plain
// record costs a few hundredths of an allocation. The slabs belong to the records and live as long
// as any record, or string, of them.
type Decoder struct {
	limits  Limits
	builder logrecord.Builder
	strings stringPool
	groups  []slog.Attr // the slab of groups' attrs

	// What frames have in common.
	places [40]place
	kept   int // bytes of the stretches that are kept

	// What goes directly. It is of the frame under way, as all below.
	dict       int         // where the record's dict is made
	early      int         // the items of it that went directly
	puts       []uint32    // the memo: where the opcodes are whose values it has
	loosePairs []slog.Attr // of the dicts under way
	loose      []any       // of the lists under way

	// The machine.
	frame   []byte
	pos     int  // of the next opcode
	at      int  // of the one under way
	op      byte // the one under way
	err     *Error
	stack   []value
	marks   []uint32
	memo    []value
	objects arena
	made    []byte  // texts that stand in no frame
	arrays  []array // arrays of numbers
	held    int     // values counted by Limits.Nodes
	shown   int     // values counted by Limits.Nodes while the record is made
	text    int     // bytes counted by Limits.Text
	looking int     // the nesting of look
	unset   bool    // what went directly was taken off the stack instead

	scratch []byte // a text being unescaped
	out     []byte // a text being shown
	name    []byte // the name of a global
}

// NewDecoder returns a Decoder that rejects what is beyond l.
func NewDecoder(l Limits) *Decoder {
	return &Decoder{
		limits: l.withDefaults(),
		stack:  make([]value, 0, 96),
		memo:   make([]value, 0, 96),
		marks:  make([]uint32, 0, 8),
	}
}

// Decode makes *r, which it overwrites, the record that a frame holds: payload is the pickle without
// the length before it. Afterwards *r shares no memory with payload. The error is an [*Error]; *r is
// then of no use, and the Decoder is as good as before. A payload that goes on after its end is
// taken, as Python takes it.
func (d *Decoder) Decode(payload []byte, r *record.Record) error {
	if uint64(len(payload)) > math.MaxUint32 {
		return &Error{Reason: fmt.Sprintf("a frame of %d bytes, at most %d are taken", len(payload), uint32(math.MaxUint32))}
	}
	d.start(payload, r)
	var root value
	pos, done := d.direct()
	if !done {
		root = d.run(d.handOver(pos, r))
	}
	if d.early > 0 && (d.err != nil || !done && d.takenBack(root)) {
		d.start(payload, r)
		root, done = d.run(0), false
	}
	if done {
		d.finish(d.dict)
	} else {
		d.fill(root)
	}
	d.frame = nil
	d.trim()
	if d.err != nil {
		return d.err
	}
	return nil
}

// start makes the machine ready for a frame.
func (d *Decoder) start(payload []byte, r *record.Record) {
	d.builder.Start(r)
	d.frame, d.err = payload, nil
	d.stack, d.marks, d.memo = d.stack[:0], d.marks[:0], d.memo[:0]
	d.objects.used, d.made, d.arrays = 0, d.made[:0], d.arrays[:0]
	d.held, d.shown, d.text, d.looking, d.early = 0, 0, 0, 0, 0
	d.unset = false
}

// takenBack reports whether the items that went to the builder directly are not of the record: the
// dict they belong to is not what the pickle left, or it was left before they were set in it.
func (d *Decoder) takenBack(root value) bool {
	return d.unset || root.kind != kindObject || root.num != 0
}

// How many values, and bytes of text, there is memory for from frame to frame: what needs more is an
// odd frame.
const (
	keptValues = 1 << 12
	keptText   = 1 << 14
)

func (d *Decoder) trim() {
	if d.held+cap(d.memo)+cap(d.stack)+cap(d.marks) > keptValues {
		d.stack, d.memo, d.marks, d.objects = nil, nil, nil, arena{}
	}
	if cap(d.puts)+cap(d.loosePairs)+cap(d.loose) > keptValues {
		d.puts, d.loosePairs, d.loose = nil, nil, nil
	}
	if cap(d.made)+cap(d.scratch)+cap(d.out)+cap(d.name) > keptText {
		d.made, d.scratch, d.out, d.name = nil, nil, nil, nil
	}
	d.arrays = d.arrays[:0:min(cap(d.arrays), 16)]
}

// run runs the program from pos on and returns what it leaves. Stack, memo and position are in local
// variables, which is what makes it fast: the opcodes of plain values are done here, and break to
// d.step where they have a fault; the others are done in d.step.
func (d *Decoder) run(pos int) value {
	p, stack, memo := d.frame, d.stack, d.memo
	for pos < len(p) {
		if len(stack) > d.limits.Nodes {
			d.fail(pos, "more than %d values", d.limits.Nodes)
			return value{}
		}
		op := p[pos]
		switch op {
		case opBinUnicode:
			if len(p)-pos < 5 {
				break
			}
			n := binary.LittleEndian.Uint32(p[pos+1:])
			if uint64(n) > uint64(len(p)-pos-5) {
				break
			}
			v := value{kindText, n, uint64(pos + 5)}
			stack = append(stack, v)
			pos += 5 + int(n)
			// Each string is put in the memo; done here it saves a turn.
			if len(p)-pos > 1 && p[pos] == opBinPut && int(p[pos+1]) == len(memo) {
				memo = append(memo, v)
				pos += 2
			}
			continue
		case opShortBinUnicode:
			if len(p)-pos < 2 || int(p[pos+1]) > len(p)-pos-2 {
				break
			}
			stack = append(stack, value{kindText, uint32(p[pos+1]), uint64(pos + 2)})
			pos += 2 + int(p[pos+1])
			continue
		case opBinPut:
			if len(p)-pos < 2 || int(p[pos+1]) != len(memo) || len(stack) == 0 {
				break
			}
			memo = append(memo, stack[len(stack)-1])
			pos += 2
			continue
		case opMemoize:
			if len(stack) == 0 || len(memo) >= d.limits.Memo {
				break
			}
			memo = append(memo, stack[len(stack)-1])
			pos++
			continue
		case opBinGet:
			if len(p)-pos < 2 || int(p[pos+1]) >= len(memo) || memo[p[pos+1]].kind == kindUnset {
				break
			}
			stack = append(stack, memo[p[pos+1]])
			pos += 2
			continue
		case opMark:
			if len(d.marks) >= d.limits.Nodes {
				break
			}
			d.marks = append(d.marks, uint32(len(stack)))
			pos++
			continue
		case opEmptyDict, opEmptyList:
			d.at = pos
			k := objList
			if op == opEmptyDict {
				k = objDict
			}
			stack = append(stack, d.newObject(k, nil))
			pos++
			if d.err != nil {
				return value{}
			}
			continue
		case opNone:
			stack = append(stack, value{kind: kindNone})
			pos++
			continue
		case opBinInt1:
			if len(p)-pos < 2 {
				break
			}
			stack = append(stack, value{kind: kindInt, num: uint64(p[pos+1])})
			pos += 2
			continue
		case opBinInt2:
			if len(p)-pos < 3 {
				break
			}
			stack = append(stack, value{kind: kindInt, num: uint64(binary.LittleEndian.Uint16(p[pos+1:]))})
			pos += 3
			continue
		case opBinInt:
			if len(p)-pos < 5 {
				break
			}
			n := int32(binary.LittleEndian.Uint32(p[pos+1:]))
			stack = append(stack, value{kind: kindInt, num: uint64(int64(n))})
			pos += 5
			continue
		case opBinFloat:
			if len(p)-pos < 9 {
				break
			}
			stack = append(stack, value{kind: kindFloat, num: binary.BigEndian.Uint64(p[pos+1:])})
			pos += 9
			continue
		case opLong:
			if n, end := smallLong(p, pos+1); end > 0 {
				stack = append(stack, value{kind: kindInt, num: n})
				pos = end
				continue
			}
		case opStop:
			d.at, d.op, d.stack, d.memo = pos, op, stack, memo
			return d.stop()
		}
		d.at, d.op, d.pos, d.stack, d.memo = pos, op, pos+1, stack, memo
		if d.step(op); d.err != nil {
			return value{}
		}
		pos, stack, memo = d.pos, d.stack, d.memo
	}
	d.fail(pos, "the pickle ends without STOP")
	return value{}
}

// stop returns what the program leaves, which is one value.
func (d *Decoder) stop() value {
	if len(d.marks) > 0 || len(d.stack) != 1 {
		d.fail(d.at, "STOP finds %d values and %d marks on the stack, wants 1 and none", len(d.stack), len(d.marks))
		return value{}
	}
	return d.stack[0]
}

// smallLong reads the argument of LONG, as every record has one: up to 18 digits, then L and a
// newline. end is 0 where it looks different.
func smallLong(p []byte, pos int) (n uint64, end int) {
	for i := pos; i < len(p) && i < pos+19; i++ {
		c := p[i] - '0'
		if c > 9 {
			if p[i] == 'L' && i > pos && i+1 < len(p) && p[i+1] == '\n' {
				return n, i + 2
			}
			return 0, 0
		}
		n = n*10 + uint64(c)
	}
	return 0, 0
}

// step does an opcode that run leaves: one that is rare, or one that has a fault.
func (d *Decoder) step(op byte) {
	switch op {
	case opMark:
		d.fail(d.at, "more than %d marks", d.limits.Nodes)
	case opPop:
		if n := len(d.marks); n > 0 && int(d.marks[n-1]) == len(d.stack) {
			d.popMark()
		} else if d.has(1) {
			d.pop()
		}
	case opPopMark:
		d.popMark()
	case opDup:
		if d.has(1) {
			d.push(d.top())
		}
	case opProto:
		if v := d.take(1); v != nil && v[0] > 5 {
			d.fail(d.at, "protocol %d is not known, want 0 to 5", v[0])
		}
	case opFrame: // says how much to read at once
		d.take(8)
	default:
		d.stepGroup(op)
	}
}

// stepGroup does an opcode by what it is about.
func (d *Decoder) stepGroup(op byte) {
	switch opcodes[op].group {
	case opScalar:
		d.stepScalar(op)
	case opText:
		d.stepText(op)
	case opContainer:
		d.stepContainer(op)
	case opObject:
		d.stepObject(op)
	case opMemo:
		d.stepMemo(op)
	default:
		d.fail(d.at, "%#02x is no opcode", op)
	}
}

// take reads the next n bytes of the frame; nil, and the frame fails, where there are fewer.
func (d *Decoder) take(n uint64) []byte {
	if n > uint64(len(d.frame)-d.pos) {
		d.fail(d.at, "%s wants %d bytes, the frame has %d left", opcode(d.op), n, len(d.frame)-d.pos)
		return nil
	}
	b := d.frame[d.pos : d.pos+int(n) : d.pos+int(n)]
	d.pos += int(n)
	return b
}

// number reads an unsigned number of width bytes, little endian.
func (d *Decoder) number(width int) (n uint64, ok bool) {
	b := d.take(uint64(width))
	if b == nil {
		return 0, false
	}
	for i, c := range b {
		n |= uint64(c) << (8 * i)
	}
	return n, true
}

// sized reads a length of width bytes and what is that long, as a value of the kind.
func (d *Decoder) sized(width int, k kind) (value, bool) {
	n, ok := d.number(width)
	if !ok {
		return value{}, false
	}
	at := d.pos
	if d.take(n) == nil {
		return value{}, false
	}
	return value{k, uint32(n), uint64(at)}, true
}

// line reads up to the next newline, as a value of the kind.
func (d *Decoder) line(k kind) (value, bool) {
	at := d.pos
	for i := at; i < len(d.frame); i++ {
		if d.frame[i] == '\n' {
			d.pos = i + 1
			return value{k, uint32(i - at), uint64(at)}, true
		}
	}
	d.fail(d.at, "%s: the line does not end", opcode(d.op))
	return value{}, false
}

// in returns the bytes of the frame that v is.
func (d *Decoder) in(v value) []byte { return d.frame[v.num : v.num+uint64(v.n)] }

// signed is the int64 that bits stand for, as a value.
func signed(n int64) value { return value{kind: kindInt, num: uint64(n)} }

func floating(f float64) value { return value{kind: kindFloat, num: math.Float64bits(f)} }
