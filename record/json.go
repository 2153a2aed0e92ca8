package record

// AppendJSON appends the JSON form of r to dst and returns the result: one object, without a
// newline at its end. It is the form of the console in a pipe, of files and of the command line.
//
// The keys, in this order:
//
//	time       RFC 3339 with nine digits of the second and the offset of r.Time's location
//	level      the name, as LevelName gives it
//	logger     the dotted name
//	message    the text
//	attrs      object of the attributes; groups are objects, repeated keys stay repeated
//	source     {function, file, line}
//	exception  {type, message, traceback}
//	stack      text
//	process    {pid, name}
//	thread     {id, name}
//	task       text
//	host       text
//	trace_id, span_id, trace_flags
//	           lower case hex digits, as OpenTelemetry wants them beside a log's other fields
//	received   as time
//	peer       text
//	levelno    the sender's own level, see Record.LevelNo
//	levelname  the sender's own name of it
//
// level and message are always there; any other key whose value is unknown is absent. The result
// is valid JSON and valid UTF-8 whatever the strings hold: control characters, DEL, C1 controls and
// the line separators U+2028 and U+2029 are escaped, a lone surrogate is its \u escape, a byte that
// is no UTF-8 is \ufffd.
//
// The attrs are, byte for byte, what [log/slog.JSONHandler] writes for them (a duration is its nanoseconds, an
// error its text, a value of another type what encoding/json makes of it), save for what would lose
// something: a float always shows that it is one (1.0), and NaN and the infinities are the strings "NaN",
// "Infinity" and "-Infinity"; the members of a []any or map[string]any are written by the rules for attrs; and
// what is said above of strings holds. A value whose JSON cannot be made is the string "!ERROR: …", one
// whose method panics "!PANIC: …", and "!ERROR: …" also stands for what is nested deeper than 256.
func AppendJSON(dst []byte, r *Record) []byte {
	return (*memory)(nil).appendRecord(dst, r)
}

// MarshalJSON returns the JSON form that [AppendJSON] describes.
func (r Record) MarshalJSON() ([]byte, error) { return AppendJSON(nil, &r), nil }

// appendRecord appends the JSON form of r. What is likely to come again is taken from the memory, and
// encoded anew if there is none.
func (m *memory) appendRecord(dst []byte, r *Record) []byte {
	var c clock
	at, received, w := &c, &c, walk{times: &c}
	if m != nil {
		at, received, w.times = &m.time, &m.received, &m.times
	}
	dst = append(dst, '{')
	if !r.Time.IsZero() {
		dst = append(dst, `"time":"`...)
		dst = at.append(dst, r.Time)
		dst = append(dst, `",`...)
	}
	dst = m.appendHead(dst, r)
	dst = AppendJSONString(dst, r.Message)
	if len(r.Attrs) > 0 {
		from := len(dst)
		dst = append(dst, `,"attrs":{`...)
		empty := len(dst)
		dst = w.appendAttrs(dst, r.Attrs)
		if len(dst) == empty {
			dst = dst[:from] // nothing but empty groups
		} else {
			dst = append(dst, '}')
		}
	}
	dst = m.appendPlace(dst, r)
	if r.Exception != nil {
		dst = appendException(dst, r.Exception)
	}
	dst = appendTextField(dst, `,"stack":`, r.Stack)
	dst = m.appendOwner(dst, r)
	dst = appendTextField(dst, `,"task":`, r.Task)
	dst = appendTextField(dst, `,"host":`, r.Host)
	dst = appendTrace(dst, &r.Trace)
	if !r.Received.IsZero() {
		dst = append(dst, `,"received":"`...)
		dst = received.append(dst, r.Received)
		dst = append(dst, '"')
	}
	dst = appendTextField(dst, `,"peer":`, r.Peer)
	if r.LevelNo != 0 {
		dst = append(dst, `,"levelno":`...)
		dst = appendInt(dst, int64(r.LevelNo))
	}
	dst = appendTextField(dst, `,"levelname":`, r.LevelName)
	return append(dst, '}')
}

// appendHead appends level and logger, and the key of the message.
func (m *memory) appendHead(dst []byte, r *Record) []byte {
	if m == nil {
		return appendHead(dst, r)
	}
	key := head{r.Level, r.Logger}
	text, hash := m.heads.find(&key, key.hash())
	if text != nil {
		return append(dst, text...)
	}
	from := len(dst)
	dst = appendHead(dst, r)
	m.heads.keep(&key, hash, dst[from:])
	return dst
}

func appendHead(dst []byte, r *Record) []byte {
	dst = append(dst, `"level":"`...)
	dst = append(dst, LevelName(r.Level)...)
	dst = append(dst, '"')
	dst = appendTextField(dst, `,"logger":`, r.Logger)
	return append(dst, `,"message":`...)
}

// appendPlace appends the source, if it is known.
func (m *memory) appendPlace(dst []byte, r *Record) []byte {
	known := r.placed()
	if !known && r.PC == 0 {
		return dst
	}
	if m == nil {
		return appendSource(dst, r)
	}
	key := place{source: r.Source}
	if !known {
		key.pc = r.PC
	}
	text, hash := m.places.find(&key, key.hash())
	if text != nil {
		return append(dst, text...)
	}
	from := len(dst)
	dst = appendSource(dst, r)
	m.places.keep(&key, hash, dst[from:])
	return dst
}

func appendSource(dst []byte, r *Record) []byte {
	src := r.Caller()
	if src == nil {
		return dst
	}
	o := object{dst: append(dst, `,"source":`...)}
	o.text(`"function":`, src.Function)
	o.text(`"file":`, src.File)
	o.number(`"line":`, uint64(max(src.Line, 0)))
	return o.end()
}

func appendException(dst []byte, e *Exception) []byte {
	o := object{dst: append(dst, `,"exception":`...)}
	o.text(`"type":`, e.Type)
	o.text(`"message":`, e.Message)
	o.text(`"traceback":`, e.Traceback)
	return o.end()
}

// appendOwner appends process and thread, as far as they are known.
func (m *memory) appendOwner(dst []byte, r *Record) []byte {
	if r.Process == (Process{}) && r.Thread == (Thread{}) {
		return dst
	}
	if m == nil {
		return appendOwner(dst, r)
	}
	key := owner{r.Process, r.Thread}
	text, hash := m.owners.find(&key, key.hash())
	if text != nil {
		return append(dst, text...)
	}
	from := len(dst)
	dst = appendOwner(dst, r)
	m.owners.keep(&key, hash, dst[from:])
	return dst
}

func appendOwner(dst []byte, r *Record) []byte {
	if r.Process != (Process{}) {
		o := object{dst: append(dst, `,"process":`...)}
		o.number(`"pid":`, uint64(max(r.Process.PID, 0)))
		o.text(`"name":`, r.Process.Name)
		dst = o.end()
	}
	if r.Thread != (Thread{}) {
		o := object{dst: append(dst, `,"thread":`...)}
		o.number(`"id":`, r.Thread.ID)
		o.text(`"name":`, r.Thread.Name)
		dst = o.end()
	}
	return dst
}

// object writes the fields that are known, with commas between them.
type object struct {
	dst  []byte
	open bool
}

func (o *object) key(key string) {
	if o.open {
		o.dst = append(o.dst, ',')
	} else {
		o.dst = append(o.dst, '{')
	}
	o.open = true
	o.dst = append(o.dst, key...)
}

func (o *object) text(key, s string) {
	if s != "" {
		o.key(key)
		o.dst = AppendJSONString(o.dst, s)
	}
}

func (o *object) number(key string, n uint64) {
	if n != 0 {
		o.key(key)
		o.dst = appendUint(o.dst, n)
	}
}

func (o *object) end() []byte {
	if !o.open {
		o.dst = append(o.dst, '{')
	}
	return append(o.dst, '}')
}

func appendTextField(dst []byte, key, s string) []byte {
	if s == "" {
		return dst
	}
	return AppendJSONString(append(dst, key...), s)
}
