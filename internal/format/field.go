package format

import (
	"fmt"
	"log/slog"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/spell"
	"github.com/jackdaw-log/jackdaw/record"
)

// field is one value of a record that a format string shows.
type field struct {
	value func(*record.Record) slog.Value
	// asctime is true for that key, which is shown without the detour of a value where plain says that
	// it is shown as it is.
	asctime, plain bool
	moment         *moment // how asctime is written; nil for the default
	// attr is the key of the attr that is shown where value is nil.
	attr string
	// steps lead from the value to the part of it that is shown.
	steps []step
	kind  kind
	// lines is true where the value is a text that may have several lines.
	lines bool
	// fallback is the value where the record has none.
	fallback slog.Value
	spec     spec
}

// spec is how a style writes a value, which is one of r's.
type spec interface {
	append(dst []byte, v slog.Value, r *record.Record, how *escaping) []byte
}

// append appends what the field shows of a record.
func (f *field) append(dst []byte, r *record.Record, how *escaping) []byte {
	if f.asctime && f.plain && !r.Time.IsZero() {
		return f.moment.append(dst, r.Time)
	}
	return f.spec.append(dst, f.of(r), r, how)
}

// kind is the type that the values of a key have.
type kind string

const (
	anyKind   kind = "of any type"
	textKind  kind = "text"
	wholeKind kind = "a whole number"
	floatKind kind = "a float"
)

// none is Python's None.
var none = slog.AnyValue(nil)

// logRecordKey is a key of a LogRecord.
type logRecordKey struct {
	name  string
	kind  kind
	value func(*record.Record) slog.Value
}

// logRecordTable holds the keys that a Record has a field for.
var logRecordTable = []logRecordKey{
	{"name", textKind, func(r *record.Record) slog.Value { return slog.StringValue(loggerName(r)) }},
	{"levelno", wholeKind, func(r *record.Record) slog.Value { return slog.IntValue(levelNo(r)) }},
	{"levelname", textKind, func(r *record.Record) slog.Value { return slog.StringValue(pythonLevelName(r)) }},
	{"pathname", textKind, func(r *record.Record) slog.Value { return slog.StringValue(pathname(r)) }},
	{"filename", textKind, func(r *record.Record) slog.Value { return slog.StringValue(filename(r)) }},
	{"module", textKind, module},
	{"lineno", wholeKind, func(r *record.Record) slog.Value { return slog.IntValue(caller(r).Line) }},
	{"funcName", textKind, funcName},
	{"created", floatKind, created},
	{"asctime", textKind, nil},
	{"msecs", floatKind, msecs},
	{"relativeCreated", floatKind, nil},
	{"thread", wholeKind, func(r *record.Record) slog.Value { return known(r.Thread.ID != 0, slog.Uint64Value(r.Thread.ID)) }},
	{"threadName", textKind, func(r *record.Record) slog.Value { return textOrNone(r.Thread.Name) }},
	{"process", wholeKind, func(r *record.Record) slog.Value { return known(r.Process.PID != 0, slog.IntValue(r.Process.PID)) }},
	{"processName", textKind, func(r *record.Record) slog.Value { return textOrNone(r.Process.Name) }},
	{"taskName", textKind, func(r *record.Record) slog.Value { return textOrNone(r.Task) }},
	{"message", textKind, func(r *record.Record) slog.Value { return slog.StringValue(r.Message) }},
	{"msg", textKind, func(r *record.Record) slog.Value { return slog.StringValue(r.Message) }},
	{"exc_text", textKind, excText},
	{"stack_info", textKind, func(r *record.Record) slog.Value { return textOrNone(r.Stack) }},
}

// logRecordKeys are the names of the table.
var logRecordKeys = func() (names []string) {
	for _, k := range logRecordTable {
		names = append(names, k.name)
	}
	return names
}()

// setKey tells the field what to show.
func (f *field) setKey(key string, o *Options) error {
	if key == "" {
		return fmt.Errorf("%s names no key; write for example %s", strings.TrimSuffix(o.Style.show(""), "s"), o.Style.show("message"))
	}
	f.attr, f.kind, f.fallback = key, anyKind, o.fallback(key)
	if rest, ok := strings.CutPrefix(key, "attrs."); ok && rest != "" {
		f.attr = rest
		return nil
	}
	for _, k := range logRecordTable {
		if k.name == key {
			f.value, f.kind = k.value, k.kind
			f.asctime = key == "asctime"
			f.lines = key == "message" || key == "msg" || key == "exc_text" || key == "stack_info"
			return nil
		}
	}
	if _, known := o.Defaults[key]; known || o.Unchecked {
		return nil
	}
	return knownKey(key, o.Style)
}

// knownKey returns an error where key is a slip of a LogRecord's key.
func knownKey(key string, style Style) error {
	if near := spell.Nearest(key, logRecordKeys...); near != "" {
		return fmt.Errorf("unknown key %q; did you mean %s? (an attr of that name is %s)", key, style.show(near), style.show("attrs."+key))
	}
	return nil
}

// of returns the field's value for a record.
func (f *field) of(r *record.Record) slog.Value {
	v, ok := f.whole(r)
	if !ok {
		v = f.fallback
	}
	for _, s := range f.steps {
		v = s.of(v)
	}
	return v
}

// whole returns the value that the key stands for; ok is false if the record has none.
func (f *field) whole(r *record.Record) (v slog.Value, ok bool) {
	switch {
	case f.asctime:
		if r.Time.IsZero() {
			return none, false
		}
		return slog.StringValue(string(f.moment.append(nil, r.Time))), true
	case f.value != nil:
		v = f.value(r)
	default:
		if v, ok = lookup(r.Attrs, f.attr); ok {
			return v, true
		}
		v = traceField(r, f.attr)
	}
	return v, !isNone(v)
}

func isNone(v slog.Value) bool { return v.Kind() == slog.KindAny && v.Any() == nil }

// lookup returns the last attr of that key, or the member of a group that a dotted key leads to.
func lookup(attrs []slog.Attr, key string) (v slog.Value, ok bool) {
	for i := len(attrs) - 1; i >= 0; i-- {
		a := &attrs[i]
		if a.Key == key {
			return a.Value.Resolve(), true
		}
		inner, ok := key, a.Key == ""
		if !ok && len(key) > len(a.Key) && key[len(a.Key)] == '.' && strings.HasPrefix(key, a.Key) {
			inner, ok = key[len(a.Key)+1:], true
		}
		if !ok {
			continue
		}
		if g := a.Value.Resolve(); g.Kind() == slog.KindGroup {
			if v, ok = lookup(g.Group(), inner); ok {
				return v, true
			}
		}
	}
	return slog.Value{}, false
}

func known(ok bool, v slog.Value) slog.Value {
	if !ok {
		return none
	}
	return v
}

func textOrNone(s string) slog.Value { return known(s != "", slog.StringValue(s)) }

func levelNo(r *record.Record) int {
	if r.LevelNo != 0 {
		return r.LevelNo
	}
	return record.PythonLevel(r.Level)
}

// pythonLevelName is the name that Python's logging has for the level.
func pythonLevelName(r *record.Record) string {
	if r.LevelName != "" {
		return r.LevelName
	}
	switch n := levelNo(r); n {
	case 10, 20, 30, 40, 50:
		return record.LevelName(r.Level)
	case 0:
		return "NOTSET"
	default:
		return "Level " + strconv.Itoa(n)
	}
}

// caller is the place of the call, its fields unset where it is unknown.
func caller(r *record.Record) slog.Source {
	if source := r.Caller(); source != nil {
		return *source
	}
	return slog.Source{}
}

// The words are those of Python for a call whose place it does not know.

func pathname(r *record.Record) string {
	if file := caller(r).File; file != "" {
		return file
	}
	return "(unknown file)"
}

func filename(r *record.Record) string {
	name := pathname(r)
	return name[strings.LastIndexAny(name, `/\`)+1:]
}

func module(r *record.Record) slog.Value {
	name := filename(r)
	if stem := strings.TrimSuffix(name, path.Ext(name)); stem != "" {
		name = stem
	}
	return slog.StringValue(name)
}

func funcName(r *record.Record) slog.Value {
	if name := caller(r).Function; name != "" {
		return slog.StringValue(name)
	}
	return slog.StringValue("(unknown function)")
}

func excText(r *record.Record) slog.Value {
	if r.Exception == nil {
		return none
	}
	return textOrNone(tracebackOf(r.Exception))
}

// created is the float nearest to the time in seconds; that of a received record is the one sent.
func created(r *record.Record) slog.Value {
	if r.Time.IsZero() {
		return none
	}
	sec, nsec := r.Time.Unix(), int64(r.Time.Nanosecond())
	sign := ""
	if sec < 0 {
		sign, sec, nsec = "-", -sec, -nsec
		if nsec < 0 {
			sec, nsec = sec-1, nsec+int64(time.Second)
		}
	}
	nanos := strconv.FormatInt(nsec+int64(time.Second), 10)[1:]
	f, err := strconv.ParseFloat(sign+strconv.FormatInt(sec, 10)+"."+nanos, 64)
	if err != nil {
		return none
	}
	return slog.Float64Value(f)
}

// msecs is the millisecond of the second, as a whole float.
func msecs(r *record.Record) slog.Value {
	if r.Time.IsZero() {
		return none
	}
	return slog.Float64Value(float64(r.Time.Nanosecond() / int(time.Millisecond)))
}
