package config

import (
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"log/slog"

	"github.com/jackdaw-log/jackdaw/internal/spell"
	"github.com/jackdaw-log/jackdaw/record"
)

// kind is a kind of value: what it is called in the reference, the words it takes if it takes only some, its JSON
// schema, and how it is read. read takes the error of what is wrong, and reports whether there is a value.
type kind[T any] struct {
	name   string
	words  []string
	schema any
	read   func(c *checker, key string, n *Node) (T, bool)
}

// object is a part of a JSON schema.
type object = map[string]any

func anyOf(schemas ...any) object { return object{"anyOf": schemas} }

// text is any text. Numbers and booleans are taken as they are written.
func text() kind[string] {
	return kind[string]{"text", nil, object{"type": "string"}, func(c *checker, key string, n *Node) (string, bool) {
		switch n.Kind {
		case TextKind:
			if strings.HasPrefix(n.Text, extPrefix) && n.env == "" {
				c.fail(n.Place, "", "%s: got %s, want a plain value; ext:// is for stream alone, with sys.stdout or sys.stderr", key, quote(n.Text))
				return "", false
			}
			return n.Text, true
		case IntKind, FloatKind:
			return n.Text, true
		}
		if n.Kind == MapKind {
			c.want(key, n, "a text; in YAML one that begins with { is put in quotes")
			return "", false
		}
		c.want(key, n, "a text")
		return "", false
	}}
}

// named is a text that has to have characters, called name in the reference.
func named(name, want string) kind[string] {
	return kind[string]{name, nil, object{"type": "string", "minLength": 1}, func(c *checker, key string, n *Node) (string, bool) {
		s, ok := text().read(c, key, n)
		if ok && (s == "" || strings.ContainsRune(s, 0)) {
			c.want(key, n, want)
			return "", false
		}
		return s, ok
	}}
}

func path() kind[string] { return named("path", "a path") }

// word is one of some words, in any case.
func word(words ...string) kind[string] {
	return kind[string]{"word", words, object{"enum": words}, func(c *checker, key string, n *Node) (string, bool) {
		for _, w := range words {
			if strings.EqualFold(n.Text, w) && n.Kind != ListKind && n.Kind != MapKind {
				return w, true
			}
		}
		c.wantOne(key, n, spell.Or(words...), words...)
		return "", false
	}}
}

// flag is true or false, or 1 or 0.
func flag() kind[bool] {
	return kind[bool]{"true or false", nil, object{"type": "boolean"}, func(c *checker, key string, n *Node) (bool, bool) {
		switch {
		case n.Kind == BoolKind:
			return n.Bool, true
		case n.Kind == IntKind && (n.Int == 0 || n.Int == 1):
			return n.Int == 1, true
		case n.Kind == TextKind:
			switch strings.ToLower(n.Text) {
			case "true", "yes", "on", "1":
				return true, true
			case "false", "no", "off", "0", "":
				if n.env != "" {
					return false, true
				}
				c.wantWord(key, n, "false", "true or false: a text is true in Python, whatever it says")
				return false, false
			}
		}
		c.want(key, n, "true or false")
		return false, false
	}}
}

// pointer is a kind whose absence is told from every value.
func pointer[T any](k kind[T]) kind[*T] {
	return kind[*T]{k.name, k.words, k.schema, func(c *checker, key string, n *Node) (*T, bool) {
		v, ok := k.read(c, key, n)
		return &v, ok
	}}
}

// number is a whole number within bounds.
func number(low, high int64) kind[int] {
	want := "a number from " + strconv.FormatInt(low, 10) + " to " + strconv.FormatInt(high, 10)
	if high == math.MaxInt32 {
		want = "a number, " + strconv.FormatInt(low, 10) + " or more"
	}
	if low == high {
		want = strconv.FormatInt(low, 10)
	}
	schema := object{"type": "integer", "minimum": low, "maximum": high}
	return kind[int]{"number", nil, schema, func(c *checker, key string, n *Node) (int, bool) {
		i, ok := whole(n)
		if ok && i >= low && i <= high {
			return int(i), true
		}
		word := ""
		if i, err := strconv.ParseInt(n.Text, 10, 64); err == nil && n.Kind == TextKind && n.env == "" && i >= low && i <= high {
			word = n.Text // without quotes
		}
		c.wantWord(key, n, word, want)
		return 0, false
	}}
}

// count is a whole number from low on.
func count(low int64) kind[int] { return number(low, math.MaxInt32) }

// whole returns a node's value as a whole number. A text is one if it is from the environment.
func whole(n *Node) (int64, bool) {
	if n.Kind == FloatKind && n.Float == math.Trunc(n.Float) && math.Abs(n.Float) < 1<<53 {
		return int64(n.Float), true
	}
	if n.env == "" {
		return n.Int, n.Kind == IntKind
	}
	i, err := strconv.ParseInt(n.Text, 10, 64)
	return i, err == nil
}

// ParseSize reads a number of bytes, alone or with a unit of a thousand (KB, MB, GB, TB) or of 1024 (KiB …), in small
// letters too.
func ParseSize(text string) (n int64, ok bool) {
	units := map[string]float64{
		"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
	}
	f, unit, ok := amount(text)
	if !ok || units[unit] == 0 || f*units[unit] >= math.MaxInt64 {
		return 0, false
	}
	return int64(f * units[unit]), true
}

// ParseAge reads how long something is kept: a number, whole or not, of hours (h), days (d) or weeks (w),
// or off, for ever, which is below zero.
func ParseAge(text string) (age time.Duration, ok bool) {
	if strings.EqualFold(text, "off") {
		return -1, true
	}
	f, unit, ok := amount(text)
	of := float64(timeUnits()[unit])
	if !ok || of < float64(time.Hour) || f <= 0 || f*of >= math.MaxInt64 {
		return 0, false
	}
	return time.Duration(f * of), true
}

// amount cuts a text into a number and what is behind it.
func amount(s string) (n float64, unit string, ok bool) {
	digits := strings.TrimRightFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	n, err := strconv.ParseFloat(digits, 64)
	return n, strings.ToLower(strings.TrimSpace(s[len(digits):])), err == nil
}

// size is a number of bytes, alone or with a unit. Zero is no bound.
func size() kind[int64] {
	pattern := `^[0-9.]+ *([kKmMgGtT][iI]?)?[bB]?$`
	schema := anyOf(object{"type": "integer", "minimum": 0}, object{"type": "string", "pattern": pattern})
	return kind[int64]{"size", nil, schema, func(c *checker, key string, n *Node) (int64, bool) {
		if i, ok := whole(n); ok && i >= 0 {
			return i, true
		}
		if i, ok := ParseSize(n.Text); ok && n.Kind == TextKind {
			return i, true
		}
		c.want(key, n, "a number of bytes, or a size such as 500KB, 100MB or 2GiB")
		return 0, false
	}}
}

// bytes is a size that fits an int.
func bytes() kind[int] {
	k := size()
	return kind[int]{k.name, nil, k.schema, func(c *checker, key string, n *Node) (int, bool) {
		i, ok := k.read(c, key, n)
		if ok && i > math.MaxInt32 {
			c.want(key, n, "less than 2GiB")
			return 0, false
		}
		return int(i), ok
	}}
}

// atLeast is a kind of number with a least one, beside 0 for the default.
func atLeast(k kind[int], low int, want string) kind[int] {
	read := k.read
	k.read = func(c *checker, key string, n *Node) (int, bool) {
		i, ok := read(c, key, n)
		if ok && i != 0 && i < low {
			c.want(key, n, want)
			return 0, false
		}
		return i, ok
	}
	return k
}

// timeUnits are those that durations are written in.
func timeUnits() map[string]time.Duration {
	return map[string]time.Duration{
		"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
	}
}

// duration is a number of seconds, or one with a unit.
func duration() kind[time.Duration] {
	schema := anyOf(object{"type": "number", "minimum": 0}, object{"type": "string", "pattern": `^[0-9.]+ *(ms|s|m|h|d|w)?$`})
	return kind[time.Duration]{"duration", nil, schema, func(c *checker, key string, n *Node) (time.Duration, bool) {
		f, unit, ok := n.Float, "s", n.Kind == IntKind || n.Kind == FloatKind
		if n.Kind == TextKind {
			if f, unit, ok = amount(n.Text); unit == "" {
				unit = "s"
			}
		}
		if of := float64(timeUnits()[unit]); ok && of > 0 && f >= 0 && f*of < math.MaxInt64 {
			return time.Duration(f * of), true
		}
		c.want(key, n, "a number of seconds, or a time such as 500ms, 30s or 5m")
		return 0, false
	}}
}

// age is how long something is kept, or off for ever, which is below zero.
func age() kind[time.Duration] {
	schema := anyOf(object{"type": "string", "pattern": `^[0-9.]+ *(h|d|w)$|^off$`}, object{"const": false})
	return kind[time.Duration]{"age", nil, schema, func(c *checker, key string, n *Node) (time.Duration, bool) {
		if isOff(n) {
			return -1, true
		}
		if age, ok := ParseAge(n.Text); ok && n.Kind == TextKind {
			return age, true
		}
		c.want(key, n, "an age such as 36h, 14d or 8w, or off")
		return 0, false
	}}
}

// isOff reports whether a value is off, which YAML reads as false.
func isOff(n *Node) bool {
	return n.Kind == BoolKind && !n.Bool || n.Kind == TextKind && strings.EqualFold(n.Text, "off")
}

// level is a level by its name or number. Nil is NOTSET.
func level() kind[*slog.Level] {
	schema := anyOf(object{"type": "string"}, object{"type": "integer", "minimum": 0})
	return kind[*slog.Level]{"level", nil, schema, func(c *checker, key string, n *Node) (*slog.Level, bool) {
		want := "DEBUG, INFO, WARNING, ERROR, CRITICAL or a number of Python's such as 25"
		if i, ok := whole(n); ok && i >= 0 && i < 1<<20 {
			l, _ := record.FromPythonLevel(int(i))
			if i == 0 {
				return nil, true
			}
			return &l, true
		}
		if n.Kind != TextKind {
			c.want(key, n, want)
			return nil, false
		}
		if strings.EqualFold(n.Text, "NOTSET") {
			return nil, true
		}
		l, err := record.ParseLevel(n.Text)
		if err != nil {
			c.wantOne(key, n, want, "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "NOTSET")
			return nil, false
		}
		return &l, true
	}}
}

// list is some values of a kind, or one of them alone.
func list[T any](k kind[T], name string) kind[[]T] {
	schema := anyOf(k.schema, object{"type": "array", "items": k.schema})
	return kind[[]T]{name, k.words, schema, func(c *checker, key string, n *Node) ([]T, bool) {
		items := []*Node{n}
		if n.Kind == ListKind {
			items = n.Items
		}
		all, good := make([]T, 0, len(items)), true
		for _, item := range items {
			v := c.value(item)
			if v == nil {
				if item.Kind == NullKind {
					c.want(key, item, "a value")
				}
				good = false
				continue
			}
			one, ok := k.read(c, key, v)
			all, good = append(all, one), good && ok
		}
		return all, good
	}}
}

// hostPort is an address of a network.
func hostPort() kind[string] {
	return kind[string]{"host:port", nil, object{"type": "string", "pattern": `^.*:[0-9]+$`}, func(c *checker, key string, n *Node) (string, bool) {
		return n.Text, c.hostPort(key, n, n.Text, "")
	}}
}

// hostPort reports whether an address is host:port, with an error if it is not; or says what would be right too.
func (c *checker) hostPort(key string, n *Node, address, or string) bool {
	if n.Kind == IntKind || n.Kind == TextKind && !strings.Contains(address, ":") {
		if _, err := strconv.ParseUint(address, 10, 16); err == nil {
			c.wantWord(key, n, "127.0.0.1:"+address, "HOST:PORT"+or)
			return false
		}
	}
	_, port, err := net.SplitHostPort(address)
	if n.Kind != TextKind || err != nil {
		c.want(key, n, "HOST:PORT"+or)
		return false
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		c.want(key, n, "a port from 0 to 65535 behind the colon")
		return false
	}
	return true
}

// headers is a mapping of names to texts.
func headers() kind[map[string]string] {
	schema := object{"type": "object", "additionalProperties": object{"type": "string"}}
	return kind[map[string]string]{"mapping", nil, schema, func(c *checker, key string, n *Node) (map[string]string, bool) {
		if n.Kind != MapKind {
			c.want(key, n, "a mapping of names to texts")
			return nil, false
		}
		all, good := map[string]string{}, true
		for _, m := range n.Members {
			bad := func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' }
			if m.Key == "" || strings.ContainsFunc(m.Key, bad) {
				c.fail(m.Place, "", "%s: got the name %s, want letters, digits and dashes", key, quote(m.Key))
				good = false
			}
			v := c.value(m.Value)
			if v == nil {
				good = good && m.Value.Kind == NullKind
				continue
			}
			s, ok := text().read(c, key+"."+m.Key, v)
			if ok && slices.ContainsFunc([]rune(s), func(r rune) bool { return r < ' ' && r != '\t' }) {
				c.want(key+"."+m.Key, v, "a text without line breaks")
				ok = false
			}
			all[m.Key], good = s, good && ok
		}
		return all, good
	}}
}
