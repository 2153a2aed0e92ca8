package pickle

import (
	"encoding/binary"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/record"
)

// Append appends r to dst as the pickle of the dict that Python's logging.makeLogRecord takes, and
// returns the result. It is protocol 2: the newest that Python 2 loads too, and the first that has
// booleans and binary integers of any size.
//
// The dict has the keys of a LogRecord's __dict__ in Python's order, with the meanings that
// SocketHandler gives them, so that a receiver's formatters, filters and handlers work unchanged:
//
//	name                       Logger, "root" where it is empty
//	msg, args                  Message, None: the arguments are merged already
//	levelname, levelno         LevelName and LevelNo where set, else Python's for Level: WARNING 30, "Level 23" 23;
//	                           below Python's range "DEBUG-8" 0, since no handler of Python takes a negative one
//	pathname, lineno, funcName r.Caller; filename and module are parts of pathname
//	exc_info, exc_text         None, and Exception's traceback, "Type: Message" if it has none, or None
//	stack_info                 Stack or None
//	created, msecs             Time, to the microsecond that a float can say
//	relativeCreated            0.0
//	thread, threadName         Thread
//	processName, process       Process
//	taskName                   Task or None
//
// What is unknown is what every format string copes with, because a Python formatter that fails
// loses the record: an unknown number is 0 (so that %(process)d works), an unknown text is empty,
// and only the keys that a plain Python record often has as None are None. If Time is zero, created
// and msecs are absent, and makeLogRecord puts the time of receipt. A time out of the years 1 to
// 9999, which Python cannot show, is clamped.
//
// Attrs follow as keys of their own, as logging's extra does. A key that a LogRecord needs for
// itself ("name", "message", "asctime", "getMessage", "__class__" …) gets a trailing underscore:
// "name_". Of a repeated key the last one counts, as in any dict. Host becomes the key "host", and
// Trace "trace_id", "span_id" and "trace_flags", in hex digits, each unless an attr has that name.
// Received and Peer are about the receiver and stay here.
//
// Values are plain: nil, bool, int of any size, float (NaN and the infinities too), str, list and
// dict. Groups are dicts, without the empty ones; a group without a key is inlined. A time is its
// RFC 3339 text, a duration float seconds, a json.Number an int or float; an error and a
// [fmt.Stringer] without a JSON form of its own is its text, any other value what encoding/json
// makes of it. A value whose JSON cannot be made is the string "!ERROR: …", one whose method panics
// "!PANIC: …"; "!ERROR: …" also stands where attrs are nested deeper than 90 or hold more than 50,000
// values.
//
// Strings are valid UTF-8, save that lone surrogates are kept, as Python's own pickles keep them;
// any other byte that is no UTF-8 becomes U+FFFD. Nothing is allocated but dst where the values are
// slog's plain kinds and Source is known.
func Append(dst []byte, r *record.Record) []byte {
	e := encoder{dst: dst}
	e.raw(encHead)
	if r.Logger == "" {
		e.text(record.RootLogger)
	} else {
		e.text(r.Logger)
	}
	e.raw(encMsg)
	e.text(r.Message)
	e.raw(encArgsLevelName)
	e.level(r)
	e.origin(r)
	e.time(r.Time)
	e.raw(encThread)
	e.uint(r.Thread.ID)
	e.raw(encThreadName)
	e.text(r.Thread.Name)
	e.raw(encProcessName)
	e.text(r.Process.Name)
	e.raw(encProcess)
	e.int(int64(max(r.Process.PID, 0)))
	e.raw(encTaskName)
	e.textOrNone(r.Task)
	e.members(r.Attrs, 0, true)
	if r.Host != "" && e.taken&takesHost == 0 {
		e.raw(encHost)
		e.text(r.Host)
	}
	if r.Trace != (record.Trace{}) {
		e.trace(&r.Trace)
	}
	e.dst = append(e.dst, opSetItems, opStop)
	return e.dst
}

// AppendFrame appends the frame that SocketHandler and DatagramHandler send: the length of the
// pickle in four bytes, big-endian, and the pickle as [Append] makes it. Receivers have limits of
// their own, so a sender looks at the length of the result. A pickle of 4 GiB or more has no frame:
// AppendFrame then returns dst as it was.
func AppendFrame(dst []byte, r *record.Record) []byte {
	from := len(dst)
	dst = Append(append(dst, 0, 0, 0, 0), r)
	size := len(dst) - from - 4
	if uint64(size) > math.MaxUint32 {
		return dst[:from]
	}
	binary.BigEndian.PutUint32(dst[from:], uint32(size))
	return dst
}

// The constant parts of a pickle: the keys, with the values that never change and the opcodes
// between them. 0x80 is PROTO, } EMPTY_DICT, ( MARK, X BINUNICODE, N NONE, G BINFLOAT.
var (
	encHead           = "\x80\x02}(" + encKey("name")
	encMsg            = encKey("msg")
	encArgsLevelName  = encKey("args") + "N" + encKey("levelname")
	encLevelNo        = encKey("levelno")
	encPathname       = encKey("pathname")
	encFilename       = encKey("filename")
	encModule         = encKey("module")
	encExcInfoExcText = encKey("exc_info") + "N" + encKey("exc_text")
	encStackInfo      = encKey("stack_info")
	encLineNo         = encKey("lineno")
	encFuncName       = encKey("funcName")
	encCreated        = encKey("created")
	encMsecs          = encKey("msecs")
	encThread         = encKey("relativeCreated") + "G\x00\x00\x00\x00\x00\x00\x00\x00" + encKey("thread")
	encThreadName     = encKey("threadName")
	encProcessName    = encKey("processName")
	encProcess        = encKey("process")
	encTaskName       = encKey("taskName")
	encHost           = encKey("host")
	encTraceID        = encKey("trace_id")
	encSpanID         = encKey("span_id")
	encTraceFlags     = encKey("trace_flags")
)

// encKey returns a BINUNICODE of key.
func encKey(key string) string {
	return string(binary.LittleEndian.AppendUint32([]byte{'X'}, uint32(len(key)))) + key
}

// encoder appends one pickle.
type encoder struct {
	dst []byte
	// nodes counts the values of attrs, so that a value that contains itself twice over comes to
	// an end.
	nodes int
	// taken says which keys attrs have taken that fields would have got.
	taken byte
}

func (e *encoder) raw(s string) { e.dst = append(e.dst, s...) }

func (e *encoder) textOrNone(s string) {
	if s == "" {
		e.dst = append(e.dst, opNone)
		return
	}
	e.text(s)
}

// level appends the values of levelname and levelno.
func (e *encoder) level(r *record.Record) {
	no := r.LevelNo
	if no == 0 {
		no = record.PythonLevel(r.Level)
	}
	below := no < 0 && r.LevelNo == 0
	if below {
		no = 0
	}
	switch name := encLevelName(no); {
	case r.LevelName != "":
		e.text(r.LevelName)
	case below:
		e.text(record.LevelName(r.Level))
	case name != "":
		e.text(name)
	default:
		at := e.openText()
		e.raw("Level ")
		e.dst = strconv.AppendInt(e.dst, int64(no), 10)
		e.closeText(at)
	}
	e.raw(encLevelNo)
	e.int(int64(no))
}

// encLevelName returns the name that Python's logging has for levelno, "" if it has none.
func encLevelName(levelno int) string {
	switch levelno {
	case 0:
		return "NOTSET"
	case 10:
		return "DEBUG"
	case 20:
		return "INFO"
	case 30:
		return "WARNING"
	case 40:
		return "ERROR"
	case 50:
		return "CRITICAL"
	}
	return ""
}

// origin appends what is between levelno and created: the place of the call, the exception and the
// stack.
func (e *encoder) origin(r *record.Record) {
	var src slog.Source
	if caller := r.Caller(); caller != nil {
		src = *caller
	}
	// Paths of other machines come through as well, so both separators count.
	filename := src.File[strings.LastIndexAny(src.File, `/\\`)+1:]
	module := filename
	if dot := strings.LastIndexByte(filename, '.'); dot > 0 {
		module = filename[:dot]
	}
	e.raw(encPathname)
	e.text(src.File)
	e.raw(encFilename)
	e.text(filename)
	e.raw(encModule)
	e.text(module)
	e.raw(encExcInfoExcText)
	e.textOrNone(encExcText(r.Exception))
	e.raw(encStackInfo)
	e.textOrNone(r.Stack)
	e.raw(encLineNo)
	e.int(int64(max(src.Line, 0)))
	e.raw(encFuncName)
	e.text(src.Function)
}

// encExcText returns what is known of an exception as the text that Python shows below the message.
func encExcText(x *record.Exception) string {
	switch {
	case x == nil:
		return ""
	case x.Traceback != "":
		return x.Traceback
	case x.Type == "" || x.Message == "":
		return x.Type + x.Message
	}
	return x.Type + ": " + x.Message
}

// The times Python can show in every time zone: datetime ends with the years 1 and 9999 of the
// local time.
var (
	encMinTime = time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)
	encMaxTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
)

// time appends created and msecs.
func (e *encoder) time(t time.Time) {
	if t.IsZero() {
		return
	}
	if t.Before(encMinTime) {
		t = encMinTime
	} else if t.After(encMaxTime) {
		t = encMaxTime
	}
	e.raw(encCreated)
	e.float(float64(t.Unix()) + float64(t.Nanosecond())/1e9)
	e.raw(encMsecs)
	e.float(float64(t.Nanosecond() / 1e6)) // whole, as Python's are, so that %(msecs)03d is exact
}
