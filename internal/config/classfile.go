package config

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackdaw-log/jackdaw/internal/format"
)

// fileParams are a file as the configuration has it.
type fileParams struct{ File }

// fileClasses are the classes of files. Their tables are made of the same keys, as Python's classes have them.
func fileClasses() []class {
	path := func(p *fileParams) *string { return &p.Path }
	plain := table[fileParams]{
		key("filename", filePath(), "The path of the file. Its directory must be there.", path).also("path").need(),
		key("mode", openMode(), "What becomes of a file that is there at the start: it is appended to, with `w` emptied, with `x` an error. One that is rotated is always appended to, as in Python.",
			func(p *fileParams) *string { return &p.Mode }).or("a"),
		key("encoding", encoding(), "How characters become bytes.", func(p *fileParams) *string { return &p.Encoding }).or("utf-8"),
		key("errors", encodingErrors(), "What is written for a character that the encoding does not have; `strict` is `backslashreplace`, so that no record is lost.",
			func(p *fileParams) *string { return &p.Errors }).or("backslashreplace"),
		key("delay", flag(), "Leave the file alone until the first record comes.", func(p *fileParams) *bool { return &p.Delay }).or("false"),
		key("permissions", permissions(), "What a new file may be used for, in octal, before the umask.", func(p *fileParams) *fs.FileMode { return &p.Perm }).or("0640"),
	}
	bySize := table[fileParams]{
		key("maxBytes", size(), "Rotate before the record with which the file would be as large or larger. 0 is never.",
			func(p *fileParams) *int64 { return &p.MaxBytes }).also("max_bytes").or("0"),
	}
	byTime := table[fileParams]{
		key("when", when(), "Rotate every second, minute, hour or day, at midnight, or at the end of Monday (W0) to Sunday (W6).",
			func(p *fileParams) *string { return &p.When }),
		key("interval", number(1, 10_000), "Every so many of `when`.", func(p *fileParams) *int { return &p.Interval }).or("1"),
		key("atTime", clock(), "A time of the day, as 03:30, to rotate at instead of midnight, with `when` midnight and W0 to W6.",
			func(p *fileParams) *time.Duration { return &p.AtTime }).also("at_time"),
		key("utc", flag(), "Days and hours are those of UTC.", func(p *fileParams) *bool { return &p.UTC }).or("false"),
	}
	kept := table[fileParams]{
		key("backupCount", count(0), "How many rotated files are kept; 0 keeps all that were rotated by time.",
			func(p *fileParams) *int { return &p.BackupCount }).also("backup_count").or("0"),
		key("compress", flag(), "Rotated files are compressed with gzip.", func(p *fileParams) *bool { return &p.Compress }).or("false"),
	}
	byTimeAlone := slices.Clone(byTime)
	byTimeAlone[0] = byTimeAlone[0].or("H")
	return []class{
		classOf(FileClass, "logging.FileHandler", "Records are appended to a file, which is rotated where the keys for it are there.",
			slices.Concat(plain, bySize, byTime, kept), finishFile),
		classOf(WatchedFileClass, "logging.handlers.WatchedFileHandler",
			"The same as `file` without rotation. Every file that is renamed or removed, as by logrotate, is made anew.", plain, finishFile),
		classOf(RotatingFileClass, "logging.handlers.RotatingFileHandler", "A file that is rotated by size: app.log.1 is the latest, then app.log.2.",
			slices.Concat(plain, bySize, kept), finishFile),
		classOf(TimedRotatingClass, "logging.handlers.TimedRotatingFileHandler", "A file that is rotated by time: app.log.2026-11-22.",
			slices.Concat(plain, byTimeAlone, bySize, kept), finishFile),
	}
}

// filePath is path, which is a variable here.
func filePath() kind[string] { return path() }

// finishFile fills in what Python's classes have without a key, and leaves out what does nothing.
func finishFile(c *checker, s *site, g given, p *fileParams) any {
	f := &p.File
	if f.When == "" && g.has("when") {
		return f // what goes with it is not known
	}
	if s.h.Class == TimedRotatingClass && f.When == "" {
		f.When = "H"
	}
	if f.When == "" {
		for _, name := range []string{"interval", "atTime", "utc"} {
			if m, ok := g[name]; ok {
				c.fail(m.Place, "", "%s: it goes with when, which is missing; want for example when: midnight", name)
			}
		}
	}
	if m, ok := g["atTime"]; ok && f.When != "" && f.When != "midnight" && f.When[0] != 'W' {
		c.fail(m.Place, "", "atTime: got when %s, want it with midnight or W0 to W6", f.When)
	}
	switch {
	case f.MaxBytes > 0 && f.When == "" && f.BackupCount == 0:
		c.note(g["maxBytes"].Place, "maxBytes without backupCount: the file is never rotated, as in Python; say how many rotated files to keep")
		f.MaxBytes, f.Compress = 0, false
	case f.MaxBytes == 0 && f.When == "" && (f.BackupCount > 0 || f.Compress):
		m, ok := g["backupCount"]
		if !ok {
			m = g["compress"]
		}
		c.note(m.Place, "%s: the file is not rotated, since it has no maxBytes", m.Key)
		f.BackupCount, f.Compress = 0, false
	}
	return f
}

// openMode is Python's mode of a file, without what says that it is of text, and that it may be read.
func openMode() kind[string] {
	words := []string{"a", "w", "x"}
	schema := object{"type": "string", "pattern": "^[awx][t+]*$"}
	return kind[string]{"word", words, schema, func(c *checker, key string, n *Node) (string, bool) {
		mode := strings.Trim(n.Text, "t+")
		if n.Kind == TextKind && slices.Contains(words, mode) {
			return mode, true
		}
		c.want(key, n, "a (append to it), w (empty it first) or x (a new file)")
		return "", false
	}}
}

// encoding is one of Python's names of an encoding that is known here.
func encoding() kind[string] {
	return kind[string]{"word", []string{"utf-8", "ascii", "latin-1"}, object{"type": "string"}, func(c *checker, key string, n *Node) (string, bool) {
		if strings.EqualFold(n.Text, "locale") {
			return "", true // it is of the machine, and those of today have UTF-8
		}
		if _, err := format.NewCharset(n.Text, ""); err != nil || n.Kind != TextKind {
			c.want(key, n, "utf-8, ascii or latin-1")
			return "", false
		}
		return n.Text, true
	}}
}

// encodingErrors is what open has in Python for characters that an encoding does not have.
func encodingErrors() kind[string] {
	return word("backslashreplace", "replace", "xmlcharrefreplace", "ignore", "strict")
}

// when is a word of Python's TimedRotatingFileHandler.
func when() kind[string] {
	return word("S", "M", "H", "D", "midnight", "W0", "W1", "W2", "W3", "W4", "W5", "W6")
}

// permissions is the mode of a file, in octal digits.
func permissions() kind[fs.FileMode] {
	schema := anyOf(object{"type": "string", "pattern": "^(0|0o)?[0-7]{3}$"}, object{"type": "integer"})
	return kind[fs.FileMode]{"permissions", nil, schema, func(c *checker, key string, n *Node) (fs.FileMode, bool) {
		digits := strings.TrimPrefix(strings.TrimPrefix(n.Text, "0o"), "0")
		mode, err := strconv.ParseUint(digits, 8, 16)
		if err != nil || len(digits) != 3 || n.Kind != TextKind && n.Kind != IntKind {
			c.want(key, n, `three octal digits, such as "0640"`)
			return 0, false
		}
		if mode&0o200 == 0 {
			c.want(key, n, `permissions by which it may be written, such as "0640"`)
			return 0, false
		}
		return fs.FileMode(mode), true
	}}
}

// clock is a time of the day.
func clock() kind[time.Duration] {
	schema := object{"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?$"}
	return kind[time.Duration]{"time of the day", nil, schema, func(c *checker, key string, n *Node) (time.Duration, bool) {
		for _, layout := range []string{"15:04", time.TimeOnly} {
			if t, err := time.Parse(layout, n.Text); err == nil && n.Kind == TextKind {
				return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second, true
			}
		}
		c.want(key, n, `a time of the day such as "03:30"`)
		return 0, false
	}}
}
