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
	texts [numKeys]string
}

// slabAttrs bounds what a record with few attrs keeps alive: 256 attrs are 10 KiB.
const slabAttrs = 256

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
	if k := KeyOf(key); k != Other {
		b.SetKey(k, v)
		return
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

// odd keeps a value that makes no sense for its key.
func (b *Builder) odd(k Key, v slog.Value) { b.SetOther(k.String(), v) }

// SetKey takes the value of a key of the table.
func (b *Builder) SetKey(k Key, v slog.Value) {
	if isNone(v) && k != Msg {
		return
	}
	switch k {
	case Name:
		b.text(k, v, &b.r.Logger)
	case LevelNo:
		b.setLevelNo(v)
	case Created:
		b.setCreated(v)
	case Msg:
		b.seen |= 1 << k
		b.r.Message = Str(v)
	case StackInfo:
		b.text(k, v, &b.r.Stack)
	case PathName:
		b.text(k, v, &b.r.Source.File)
	case FuncName:
		b.text(k, v, &b.r.Source.Function)
	case LineNo:
		b.number(k, v, &b.r.Source.Line)
	case ProcessID:
		b.number(k, v, &b.r.Process.PID)
	case ProcessName:
		b.text(k, v, &b.r.Process.Name)
	case ThreadID:
		b.setThread(v)
	case ThreadName:
		b.text(k, v, &b.r.Thread.Name)
	case TaskName:
		b.text(k, v, &b.r.Task)
	case LevelName, Message, FileName, Module, Asctime:
		b.seen |= 1 << k
		b.text(k, v, &b.texts[k])
	case Msecs, RelativeCreated:
		if _, ok := float(v); !ok {
			b.odd(k, v)
		}
	case Args:
		if !isEmpty(v) {
			b.seen |= 1 << k
			b.odd(k, v)
		}
	case ExcText, ExcInfo:
		b.setException(k, v)
	}
}

// text takes a value that should be a string.
func (b *Builder) text(k Key, v slog.Value, to *string) {
	switch v.Kind() {
	case slog.KindString:
		*to = v.String()
	case slog.KindGroup, slog.KindAny:
		b.odd(k, v)
	default:
		*to = Str(v)
	}
}

// number takes a value that should be a small integer.
func (b *Builder) number(k Key, v slog.Value, to *int) {
	n, ok := integer(v)
	if !ok || n < 0 || int64(int(n)) != n {
		b.odd(k, v)
		return
	}
	*to = int(n)
}

func (b *Builder) setThread(v slog.Value) {
	if v.Kind() == slog.KindUint64 {
		b.r.Thread.ID = v.Uint64()
		return
	}
	n, ok := integer(v)
	if !ok || n < 0 {
		b.odd(ThreadID, v)
		return
	}
	b.r.Thread.ID = uint64(n)
}

func (b *Builder) setLevelNo(v slog.Value) {
	n, ok := integer(v)
	if !ok || int64(int(n)) != n {
		b.odd(LevelNo, v)
		return
	}
	b.seen |= 1 << LevelNo
	b.levelNo = n
}

func (b *Builder) setCreated(v slog.Value) {
	t, ok := time.Time{}, false
	switch v.Kind() {
	case slog.KindFloat64:
		t, ok = Time(v.Float64())
	case slog.KindInt64:
		t = time.Unix(v.Int64(), 0).UTC()
		ok = inCalendar(v.Int64())
	}
	if !ok {
		b.odd(Created, v)
		return
	}
	b.r.Time = t
}

// setException takes exc_text, and an exc_info that some formatters fill with the text.
func (b *Builder) setException(k Key, v slog.Value) {
	switch v.Kind() {
	case slog.KindString:
		text := v.String()
		switch {
		case text == "":
		case k == ExcText:
			b.seen |= 1 << k
			b.r.Exception = ParseException(text)
		case b.seen.has(ExcText) || !strings.Contains(text, tracebackHeader):
			b.odd(k, v)
		default:
			b.r.Exception = ParseException(text)
		}
	case slog.KindBool:
		if v.Bool() {
			b.odd(k, v)
		}
	default:
		b.odd(k, v)
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
	if b.seen.has(FileName) {
		switch name := b.texts[FileName]; {
		case r.Source.File == "":
			r.Source.File = name
		case !strings.HasSuffix(r.Source.File, name):
			b.odd(FileName, slog.StringValue(name))
		}
	}
	if b.seen.has(Module) {
		name := b.texts[Module]
		file := r.Source.File[strings.LastIndexAny(r.Source.File, `/\`)+1:]
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
