// Package logrecord knows what the keys of the __dict__ of a Python logging.LogRecord mean on a
// [record.Record]. The formats that carry such a dict (pickle, JSON, an HTTP form) hand its items
// to a [Builder], one after another.
//
//	key                        on the record
//	name                       Logger
//	levelno, levelname         Level; LevelNo and LevelName where Level does not say all of it;
//	                           without levelno the level is told from levelname
//	created                    Time, in UTC; a float becomes the shortest decimal it stands for
//	msg                        Message; another type than a string as Python's str
//	message                    Message where there is no msg, or where args holds what msg lacks
//	                           (msg is then the attr "msg"); else dropped, it says the same
//	args                       attr "args" unless empty; it is never merged into msg here
//	exc_text                   Exception, see ParseException
//	exc_info                   Exception where it is a traceback's text and exc_text is not there;
//	                           else attr "exc_info" unless None or False
//	stack_info                 Stack
//	pathname, lineno, funcName Source; Python's own words for "unknown" leave it unset
//	filename, module           dropped where pathname says the same; filename stands in for a
//	                           missing pathname; else attrs
//	process, processName       Process
//	thread, threadName         Thread
//	taskName                   Task
//	msecs, relativeCreated     dropped where they are numbers: created says it
//	asctime                    dropped where created is known (it has no zone), else an attr
//	any other                  an attr with its type, in the order of the dict
//
// A value of an odd type is taken as far as sense goes (a name 5 is "5", a levelno '20' is 20) and
// is otherwise an attr under its own key. None for a key of the table means that it is not there,
// save for msg, where it is the message None. Nothing is filled in for a key that is not there. A
// key that comes twice counts as it was told last.
package logrecord

import (
	"errors"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// ErrNoMessage is the error of a dict that is no log record.
var ErrNoMessage = errors.New("neither msg nor message is among the keys: this is no log record")

// Builder fills records from the items of a dict: Start, Set for each item, Finish. It is used for
// one record after another, not concurrently. The zero Builder is ready.
//
// The attrs of consecutive records share slabs of at most [slabAttrs] attrs, so that a record costs
// no allocation for them. A slab belongs to the records and lives as long as any of them.
type Builder struct {
	r *record.Record

	// slab[from:] are the attrs of the record under way; what is before belongs to others.
	slab []slog.Attr
	from int

	seen    keySet
	levelNo int64
	// texts holds what only Finish can judge.
	texts [NumKeys]string
}

// slabAttrs bounds what a record with few attrs keeps alive: 128 attrs are 5 KiB.
const slabAttrs = 128

// keySet is a set of keys of the table.
type keySet uint32

func (s keySet) has(k Key) bool { return s&(1<<k) != 0 }

// Start begins a record. *r is overwritten; it is filled when Finish has returned nil.
func (b *Builder) Start(r *record.Record) {
	*r = record.Record{}
	clear(b.slab[b.from:])
	b.slab = b.slab[:b.from]
	b.r, b.seen, b.levelNo = r, 0, 0
	b.texts[LevelName] = ""
}

// Set takes the value of a key. v must be of a plain kind, as [record.Record] lists them. The
// Builder keeps v and key.
func (b *Builder) Set(key string, v slog.Value) {
	if len(key) <= MaxKeyLen {
		var spelled [MaxKeyLen]byte
		if k := KeyOf(spelled[:copy(spelled[:], key)]); k != Other {
			b.SetKey(k, v)
			return
		}
	}
	b.SetOther(key, v)
}

// SetOther takes the value of a key that is not in the table.
func (b *Builder) SetOther(key string, v slog.Value) {
	if len(b.slab) == cap(b.slab) {
		b.grow()
	}
	b.slab = append(b.slab, slog.Attr{Key: key, Value: v})
}

// grow begins a new slab with the attrs of the record under way.
func (b *Builder) grow() {
	own := b.slab[b.from:]
	size := max(min(2*cap(b.slab), slabAttrs), 2*len(own), 8)
	b.slab, b.from = append(make([]slog.Attr, 0, size), own...), 0
}

// odd keeps a value under the key's own name.
func (b *Builder) odd(k Key, v slog.Value) {
	if k == Args {
		b.seen |= 1 << k
	}
	b.SetOther(k.String(), v)
}

// SetKey takes the value of a key of the table.
func (b *Builder) SetKey(k Key, v slog.Value) {
	switch v.Kind() {
	case slog.KindString:
		b.SetText(k, v.String())
		return
	case slog.KindInt64:
		b.SetInt(k, v.Int64())
		return
	case slog.KindFloat64:
		b.SetFloat(k, v.Float64())
		return
	case slog.KindAny:
		if v.Any() == nil && k != Msg {
			return
		}
	}
	switch k {
	case ThreadID:
		if v.Kind() == slog.KindUint64 {
			b.r.Thread.ID = v.Uint64()
			return
		}
		b.odd(k, v)
	case Msecs, RelativeCreated:
		if _, ok := float(v); !ok {
			b.odd(k, v)
		}
	case Args:
		if !isEmpty(v) {
			b.odd(k, v)
		}
	case ExcText, ExcInfo:
		if v.Kind() != slog.KindBool || v.Bool() {
			b.odd(k, v)
		}
	case LevelNo, Created, LineNo, ProcessID:
		b.odd(k, v)
	case Msg:
		b.SetText(k, Str(v))
	default:
		if v.Kind() == slog.KindGroup || v.Kind() == slog.KindAny {
			b.odd(k, v)
		} else {
			b.SetText(k, Str(v))
		}
	}
}

// SetInt is SetKey for an integer.
func (b *Builder) SetInt(k Key, n int64) {
	switch k {
	case LevelNo:
		if int64(int(n)) != n {
			b.odd(k, slog.Int64Value(n))
			return
		}
		b.seen |= 1 << k
		b.levelNo = n
	case LineNo:
		b.setNumber(k, n, &b.r.Source.Line)
	case ProcessID:
		b.setNumber(k, n, &b.r.Process.PID)
	case ThreadID:
		if n < 0 {
			b.odd(k, slog.Int64Value(n))
			return
		}
		b.r.Thread.ID = uint64(n)
	case Created:
		if !inCalendar(n) {
			b.odd(k, slog.Int64Value(n))
			return
		}
		b.r.Time = time.Unix(n, 0).UTC()
	case Msecs, RelativeCreated:
	case Args, ExcText, ExcInfo:
		b.odd(k, slog.Int64Value(n))
	default:
		b.SetText(k, strconv.FormatInt(n, 10))
	}
}

// SetFloat is SetKey for a float.
func (b *Builder) SetFloat(k Key, f float64) {
	switch k {
	case Created:
		t, ok := Time(f)
		if !ok {
			b.odd(k, slog.Float64Value(f))
			return
		}
		b.r.Time = t
	case Msecs, RelativeCreated:
	case LevelNo, LineNo, ProcessID, ThreadID:
		if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			b.SetInt(k, int64(f))
			return
		}
		b.odd(k, slog.Float64Value(f))
	case Args, ExcText, ExcInfo:
		b.odd(k, slog.Float64Value(f))
	default:
		b.SetText(k, Str(slog.Float64Value(f)))
	}
}

// SetText is SetKey for a string.
func (b *Builder) SetText(k Key, s string) {
	b.seen |= 1 << k
	switch k {
	case Name:
		b.r.Logger = s
	case Msg:
		b.r.Message = s
	case StackInfo:
		b.r.Stack = s
	case PathName:
		b.r.Source.File = s
	case FuncName:
		b.r.Source.Function = s
	case ProcessName:
		b.r.Process.Name = s
	case ThreadName:
		b.r.Thread.Name = s
	case TaskName:
		b.r.Task = s
	case LevelName, Message, FileName, Module, Asctime:
		b.texts[k] = s
	case ExcText, ExcInfo:
		b.setException(k, s)
	default:
		b.seen &^= 1 << k
		b.setOddText(k, s)
	}
}

// setOddText takes a string for what should not be one.
func (b *Builder) setOddText(k Key, s string) {
	v := slog.StringValue(s)
	switch k {
	case LevelNo, LineNo, ProcessID, ThreadID:
		if n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64); err == nil {
			b.SetInt(k, n)
			return
		}
	case Msecs, RelativeCreated:
		if _, ok := float(v); ok {
			return
		}
	case Args:
		if isEmpty(v) {
			return
		}
	}
	b.odd(k, v)
}

// setNumber takes what should be a small number.
func (b *Builder) setNumber(k Key, n int64, to *int) {
	if n < 0 || n > math.MaxInt32 {
		b.odd(k, slog.Int64Value(n))
		return
	}
	*to = int(n)
}

// setException takes exc_text, and an exc_info that some formatters fill with the text.
func (b *Builder) setException(k Key, text string) {
	switch {
	case text == "":
		b.seen &^= 1 << k
	case k == ExcText:
		b.r.Exception = ParseException(text)
	case b.seen.has(ExcText) || !strings.Contains(text, tracebackHeader):
		b.odd(k, slog.StringValue(text))
	default:
		b.r.Exception = ParseException(text)
	}
}

// Finish ends the record. Its error is [ErrNoMessage]; the record is then of no use.
func (b *Builder) Finish() error {
	r := b.r
	b.r = nil
	if !b.finishMessage(r) {
		return ErrNoMessage
	}
	b.finishLevel(r)
	b.finishSource(r)
	if b.seen.has(Asctime) && r.Time.IsZero() {
		b.odd(Asctime, slog.StringValue(b.texts[Asctime]))
	}
	if n := len(b.slab); n > b.from {
		r.Attrs = b.slab[b.from:n:n]
		b.from = n
	}
	return nil
}

func (b *Builder) finishMessage(r *record.Record) bool {
	if !b.seen.has(Message) {
		return b.seen.has(Msg)
	}
	if !b.seen.has(Msg) {
		r.Message = b.texts[Message]
	} else if b.seen.has(Args) {
		b.odd(Msg, slog.StringValue(r.Message))
		r.Message = b.texts[Message]
	}
	return true
}

func (b *Builder) finishLevel(r *record.Record) {
	name := b.texts[LevelName]
	if !b.seen.has(LevelNo) {
		r.Level, r.LevelName = levelOf(name)
		return
	}
	level, exact := record.FromPythonLevel(int(b.levelNo))
	r.Level = level
	if !exact {
		r.LevelNo = int(b.levelNo)
	}
	if name != "" && !isUsual(name, b.levelNo, level) {
		r.LevelName = name
	}
}

// finishSource judges filename and module by pathname, from which Python derives them.
func (b *Builder) finishSource(r *record.Record) {
	file := ""
	if b.seen.has(FileName) {
		switch file = b.texts[FileName]; {
		case r.Source.File == "":
			r.Source.File = file
		case !strings.HasSuffix(r.Source.File, file):
			b.odd(FileName, slog.StringValue(file))
			file = ""
		}
	}
	if b.seen.has(Module) {
		if file == "" {
			file = r.Source.File[strings.LastIndexAny(r.Source.File, `/\`)+1:]
		}
		name := b.texts[Module]
		rest, ok := strings.CutPrefix(file, name)
		if name != "Unknown module" && (!ok || rest != "" && rest[0] != '.') {
			b.odd(Module, slog.StringValue(name))
		}
	}
	if r.Source.File == "(unknown file)" {
		r.Source.File = ""
	}
	if r.Source.Function == "(unknown function)" {
		r.Source.Function = ""
	}
}
