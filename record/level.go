package record

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// Levels. A level is a [slog.Level]; the table that every room uses is
//
//	         slog   Python   OTel   syslog
//	DEBUG      -4       10      5   7 debug
//	INFO        0       20      9   6 informational
//	(notice)    2       25     11   5 notice
//	WARNING     4       30     13   4 warning
//	ERROR       8       40     17   3 error
//	CRITICAL   12       50     21   2 critical
//
// and between and beyond these the three formulas hold: Python = 20 + 2.5·slog, OTel = slog + 9,
// syslog the last row that is not above. Sources: the levels of Python's logging module,
// OpenTelemetry's log data model (SeverityNumber, and its own slog bridge), RFC 5424 §6.2.1.
const (
	LevelDebug    = slog.LevelDebug
	LevelInfo     = slog.LevelInfo
	LevelWarning  = slog.LevelWarn
	LevelError    = slog.LevelError
	LevelCritical = slog.Level(12)

	// LevelAll is Python's NOTSET as a threshold: lower than any level programs use.
	LevelAll = slog.Level(-8)
)

// minLevel and maxLevel bound what is taken from outside, so that the formulas never overflow.
const minLevel, maxLevel = slog.Level(-1 << 20), slog.Level(1 << 20)

// PythonLevel returns level as a levelno of Python's logging, rounded to the nearest integer.
func PythonLevel(level slog.Level) int {
	l := int(min(max(level, minLevel), maxLevel))
	// 20 + 2.5·l, halves rounded up; the shift keeps the division exact for negative levels.
	return (40 + 5*l + 1) >> 1
}

// FromPythonLevel returns the level that Python's levelno stands for, rounded to the nearest, and
// whether [PythonLevel] gives the same levelno back.
func FromPythonLevel(levelno int) (level slog.Level, exact bool) {
	n := min(max(levelno, -1<<20), 1<<20)
	level = slog.Level((2*(n-20) + 2) / 5) // there are no halves
	if n < 20 {
		level = slog.Level((2*(n-20) - 2) / 5)
	}
	return level, PythonLevel(level) == levelno
}

// OTelSeverity returns level as OpenTelemetry's SeverityNumber, from 1 (TRACE) to 24 (FATAL4).
func OTelSeverity(level slog.Level) int {
	return int(min(max(level, -8), 15)) + 9
}

// FromOTelSeverity returns the level a SeverityNumber stands for; ok is false where it is out of
// 1 to 24, as for 0, unspecified.
func FromOTelSeverity(severity int) (level slog.Level, ok bool) {
	return slog.Level(severity - 9), severity >= 1 && severity <= 24
}

// SyslogSeverity returns level as a severity of RFC 5424, from 2 (critical) to 7 (debug).
func SyslogSeverity(level slog.Level) int {
	switch {
	case level < LevelInfo:
		return 7
	case level < 2:
		return 6
	case level < LevelWarning:
		return 5
	case level < LevelError:
		return 4
	case level < LevelCritical:
		return 3
	}
	return 2
}

// FromSyslogSeverity returns the level that a severity of RFC 5424 stands for: alert and emergency
// lie above CRITICAL. ok is false where severity is out of 0 to 7.
func FromSyslogSeverity(severity int) (level slog.Level, ok bool) {
	if severity < 0 || severity > 7 {
		return 0, false
	}
	return [...]slog.Level{20, 16, 12, 8, 4, 2, 0, -4}[severity], true
}

// LevelName returns the level's name: DEBUG, INFO, WARNING, ERROR or CRITICAL, or between them the
// nearest one below and the distance, as slog writes it: INFO+2, DEBUG-4.
func LevelName(level slog.Level) string {
	if i := int(level) - levelNamesFrom; i >= 0 && i < len(levelNames) {
		return levelNames[i]
	}
	return levelName(level)
}

// levelNames holds the names that occur, so that naming a level does not allocate.
const levelNamesFrom = -8

var levelNames = func() (names [29]string) {
	for i := range names {
		names[i] = levelName(slog.Level(i + levelNamesFrom))
	}
	return names
}()

func levelName(level slog.Level) string {
	name, base := "DEBUG", LevelDebug
	switch {
	case level >= LevelCritical:
		name, base = "CRITICAL", LevelCritical
	case level >= LevelError:
		name, base = "ERROR", LevelError
	case level >= LevelWarning:
		name, base = "WARNING", LevelWarning
	case level >= LevelInfo:
		name, base = "INFO", LevelInfo
	}
	if level == base {
		return name
	}
	return fmt.Sprintf("%s%+d", name, int(level-base))
}

// levelWords are the words ParseLevel takes, in lower case.
var levelWords = []struct {
	word  string
	level slog.Level
}{
	{"debug", LevelDebug}, {"info", LevelInfo}, {"warning", LevelWarning}, {"error", LevelError}, {"critical", LevelCritical},
	{"warn", LevelWarning}, {"fatal", LevelCritical}, {"notset", LevelAll},
}

// ParseLevel reads a level: a name of slog or Python in any case (warn, WARNING, fatal, NOTSET), a
// name with a distance as [LevelName] writes it (INFO+2), or a levelno of Python (25), which is
// rounded to the nearest level. The error says what would be right.
func ParseLevel(s string) (slog.Level, error) {
	if n, err := strconv.Atoi(s); err == nil {
		level, _ := FromPythonLevel(n)
		return level, nil
	}
	word, distance := strings.ToLower(s), 0
	if i := strings.IndexAny(word, "+-"); i > 0 {
		n, err := strconv.ParseInt(word[i:], 10, 32)
		if err != nil {
			return 0, fmt.Errorf("level %q: %q is no distance; write it as in INFO+2", s, word[i:])
		}
		word, distance = word[:i], int(n)
	}
	for _, w := range levelWords {
		if w.word == word {
			return w.level + slog.Level(distance), nil
		}
	}
	for _, w := range levelWords {
		if len(word) > 1 && (strings.HasPrefix(w.word, word) || strings.HasPrefix(word, w.word)) {
			return 0, fmt.Errorf("level %q is unknown; did you mean %s?", s, strings.ToUpper(w.word))
		}
	}
	return 0, fmt.Errorf("level %q is unknown; use DEBUG, INFO, WARNING, ERROR, CRITICAL, a form like INFO+2, or a Python level number", s)
}
