package syslog

import (
	"encoding/hex"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackdaw-log/jackdaw/internal/wire/logrecord"
	"github.com/jackdaw-log/jackdaw/record"
)

// The bounds that RFC 5424 §6 has for the parts of a header.
const (
	maxHost  = 255
	maxApp   = 48
	maxMsgID = 32
	maxName  = 32
)

// dataID is the name of the structured data of ours. 32473 is the number that RFC 5612 keeps for those who have
// none of their own.
const dataID = "jackdaw@32473"

// maxDepth bounds the groups that are parts of a name.
const maxDepth = 8

// appendHeader appends the header of RFC 5424, and the structured data; start is where the message begins.
func (a *Appender) appendHeader(dst []byte, start int, r *record.Record) (out []byte, cut bool) {
	dst = append(dst, "1 "...)
	if r.Time.IsZero() || r.Time.Year() < 1 || r.Time.Year() > 9999 {
		dst = append(dst, '-')
	} else {
		dst = r.Time.Local().AppendFormat(dst, "2006-01-02T15:04:05.000000Z07:00")
	}
	dst = appendWord(dst, a.host(r), maxHost)
	dst = appendWord(dst, a.app(r), maxApp)
	pid := ""
	if n := a.pid(r); n > 0 {
		pid = strconv.Itoa(n)
	}
	dst = appendWord(dst, pid, 128)
	msgID := r.Logger
	if msgID == record.RootLogger {
		msgID = ""
	}
	dst = appendWord(dst, msgID, maxMsgID)
	dst = append(dst, " ["...)
	d := data{dst: append(dst, dataID...), limit: start + a.Max/2} // also without parameters: it says whose message it is
	if msgID != r.Logger || !isWord(msgID, maxMsgID) {
		d.param("logger", r.Logger)
	}
	d.members("", r.Attrs, 0)
	d.trace(&r.Trace)
	if r.Task != "" {
		d.param("task", r.Task)
	}
	if r.Thread.Name != "" {
		d.param("thread", r.Thread.Name)
	}
	return append(d.end(), ' '), d.omitted > 0
}

// appendWord appends a blank and a part of the header, "-" for an empty one.
func appendWord(dst []byte, s string, limit int) []byte {
	dst = append(dst, ' ')
	if s == "" {
		return append(dst, '-')
	}
	return appendName(dst, s, limit, "")
}

// isWord reports whether appendWord leaves s as it is.
func isWord(s string, limit int) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return len(s) <= limit
}

// data is structured data under way, of one element.
type data struct {
	dst     []byte
	limit   int // where it has to end
	omitted int // parameters for which there was no room
}

// members adds the attrs of a group, whose name is before theirs.
func (d *data) members(before string, attrs []slog.Attr, depth int) {
	for i := range attrs {
		v := attrs[i].Value.Resolve()
		name := before + attrs[i].Key
		switch {
		case v.Kind() == slog.KindGroup && depth < maxDepth:
			if attrs[i].Key != "" {
				name += "."
			}
			d.members(name, v.Group(), depth+1)
		case attrs[i].Key == "" && v.Kind() == slog.KindAny && v.Any() == nil:
		default:
			d.param(name, text(v))
		}
	}
}

// text is a value as a text: JSON, where it has parts.
func text(v slog.Value) string {
	switch v.Kind() {
	case slog.KindString:
		return v.String()
	case slog.KindAny, slog.KindGroup, slog.KindTime:
		s := string(record.AppendJSONValue(nil, v))
		if plain, err := strconv.Unquote(s); err == nil && strings.HasPrefix(s, `"`) {
			return plain
		}
		return s
	case slog.KindDuration:
		return v.Duration().String()
	case slog.KindBool:
		return strconv.FormatBool(v.Bool())
	}
	return logrecord.Str(v)
}

func (d *data) trace(t *record.Trace) {
	if t.ID != [16]byte{} {
		d.param("trace_id", hex.EncodeToString(t.ID[:]))
	}
	if t.Span != [8]byte{} {
		d.param("span_id", hex.EncodeToString(t.Span[:]))
	}
}

// param adds a parameter, if there is room for it.
func (d *data) param(name, value string) {
	at := len(d.dst)
	const around = len(` ="" omitted="0000000000"]`)
	if at+len(name)+len(value)+around > d.limit {
		d.omitted++
		return
	}
	d.dst = append(d.dst, ' ')
	if name == "" {
		name = "_"
	}
	d.dst = append(appendName(d.dst, name, maxName, `="]`), `="`...)
	d.dst = append(appendValue(d.dst, value), '"')
	if len(d.dst)+around > d.limit { // it had much to escape
		d.dst = d.dst[:at]
		d.omitted++
	}
}

// end ends the structured data.
func (d *data) end() []byte {
	if d.omitted > 0 {
		d.dst = append(strconv.AppendInt(append(d.dst, ` omitted="`...), int64(d.omitted), 10), '"')
	}
	return append(d.dst, ']')
}

// appendValue appends the value of a parameter: '"', '\' and ']' have a backslash before them, and control characters
// are shown by their code, which has one too.
func appendValue(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		c, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == '"' || c == '\\' || c == ']':
			dst = append(dst, '\\', byte(c))
		case c == '\n':
			dst = append(dst, `\\n`...)
		case c == '\t':
			dst = append(dst, `\\t`...)
		case c < ' ' || c >= 0x7f && c < 0xa0 || c == utf8.RuneError && size == 1:
			const hexDigits = "0123456789abcdef"
			b := byte(c)
			if c == utf8.RuneError {
				b = s[i]
			}
			dst = append(dst, '\\', '\\', 'x', hexDigits[b>>4], hexDigits[b&15])
		default:
			dst = append(dst, s[i:i+size]...)
		}
		i += size
	}
	return dst
}

// facilities are the names of the facilities, by their number, as Python's SysLogHandler has them.
var facilities = [24]string{
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "security", "console", "solaris-cron",
	"local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
}

// Facilities are the names of the facilities, by their number.
func Facilities() []string { return slices.Clone(facilities[:]) }
